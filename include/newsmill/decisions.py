"""What people decided of blocks of text and of entities: decisions.toml, read strictly and only ever added to."""

import json
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from newsmill.errors import Permanent
from newsmill.relations import DECISIONS, ENTITY_DECISIONS

_HASH = re.compile(r"[0-9a-f]{16}")
_ENTITY = re.compile(r"(person|organization|place):\S.*")


class _Kind(NamedTuple):
    """What a value must be, in words and as a test."""

    expected: str
    fits: Callable[[object], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _one_of(*words: str) -> _Kind:
    return _Kind(f"{', '.join(words[:-1])} or {words[-1]}", lambda value: value in words)


def _text(meaning: str) -> _Kind:
    return _Kind(f"a text: {meaning}", _is_text)


def _entity(meaning: str) -> _Kind:
    return _Kind(
        f"{meaning}, an entity_id such as person:ada quill",
        lambda value: isinstance(value, str) and _ENTITY.fullmatch(value) is not None,
    )


def _is(kind: _Kind) -> dict:
    return {"kind": kind}


_BLOCK = _Kind(
    "the 16 hexadecimal digits of block_hash in dw.dim_boilerplate",
    lambda value: isinstance(value, str) and _HASH.fullmatch(value) is not None,
)
_BY = _text("who decided")
_AT = _Kind(
    "a date and time with its offset from UTC, such as 2026-03-02T09:30:00Z",
    lambda value: isinstance(value, datetime) and value.tzinfo is not None,
)
_BECAUSE = _text("why")


@dataclass(frozen=True)
class Decision:
    """One decision of one person on a block of text; `hash` names the block in every source."""

    hash: str = field(metadata=_is(_BLOCK))
    decision: str = field(metadata=_is(_one_of("keep", "drop")))
    by: str = field(metadata=_is(_BY))
    at: datetime = field(metadata=_is(_AT))
    because: str = field(metadata=_is(_BECAUSE))

    @property
    def subject(self) -> tuple:
        """Return what the decision is about: of several on it the last counts."""
        return (self.hash,)


@dataclass(frozen=True)
class EntityDecision:
    """One decision of one person on an entity.

    merge: whoever is called so is `into`; split: is `into` in articles of `source`, or in which `role` is told;
    hide: is told by no mart; rename: goes by `name`.
    """

    entity: str = field(metadata=_is(_entity("whom it is about")))
    decision: str = field(metadata=_is(_one_of("merge", "split", "hide", "rename")))
    by: str = field(metadata=_is(_BY))
    at: datetime = field(metadata=_is(_AT))
    because: str = field(metadata=_is(_BECAUSE))
    into: str | None = field(metadata=_is(_entity("who it is")), default=None)
    name: str | None = field(metadata=_is(_text("the name to show")), default=None)
    source: str | None = field(metadata=_is(_text("the source_id of the articles meant")), default=None)
    role: str | None = field(metadata=_is(_text("words of the role_title that the articles meant tell")), default=None)

    @property
    def subject(self) -> tuple:
        """Return what the decision is about: of several on it the last counts."""
        return (self.entity, self.decision, self.source, self.role)


_TABLES = {"block": Decision, "entity": EntityDecision}
# what a decision on an entity needs beside what all need, and what else it may have
_NEEDS = {"merge": {"into"}, "split": {"into"}, "hide": set(), "rename": {"name"}}
_MAY_HAVE = {"split": {"source", "role"}}


class Decisions(NamedTuple):
    """What stands in the file: of several decisions on one subject the last."""

    blocks: tuple[Decision, ...]
    entities: tuple[EntityDecision, ...]


def decisions(path: Path) -> Decisions:
    """Read what stands of each block and entity; Permanent names the entry, the key and what was expected."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise Permanent(f"{path}: there is no such file; an empty one says that nothing was decided") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Permanent(f"{path}: not readable as TOML: {error}") from error
    except OSError as error:
        raise Permanent(f"{path}: cannot be read: {error.strerror}; give the decisions as a file") from error
    if strange := [key for key, value in told.items() if key not in _TABLES or not isinstance(value, list)]:
        raise Permanent(f"{path}: expected nothing but [[block]] and [[entity]] tables, found {', '.join(strange)}")
    standing = {}
    for table in _TABLES:
        entries = (_checked(path, table, number, entry) for number, entry in enumerate(told.get(table, ()), 1))
        standing[table] = tuple({made.subject: made for made in entries}.values())
    _ends(path, standing["entity"])
    return Decisions(standing["block"], standing["entity"])


def add(path: Path, made: Decision | EntityDecision) -> None:
    """Write a decision behind those made before; the file is read first, so that no broken one grows."""
    table = next(name for name, kind in _TABLES.items() if isinstance(made, kind))
    known = decisions(path)
    told = {key: value for key, value in vars(made).items() if value is not None}
    _checked(path, table, len(known.blocks if table == "block" else known.entities) + 1, told)
    _ends(path, tuple({other.subject: other for other in (*known.entities, made) if table == "entity"}.values()))
    lines = ["", f"[[{table}]]", *(f"{key} = {_toml(value)}" for key, value in told.items())]
    with open(path, "ab") as file:
        file.write(("\n".join(lines) + "\n").encode())
        os.fsync(file.fileno())


def block_rows(path: Path) -> pa.Table:
    """Return the decisions on blocks as rows of the relation `decisions`."""
    rows = [{"words_hash": int(made.hash, 16), **_told(made)} for made in decisions(path).blocks]
    return pa.Table.from_pylist(rows, DECISIONS.schema)


def entity_rows(path: Path) -> pa.Table:
    """Return the decisions on entities as rows of the relation `entity_decisions`, merges followed to their end."""
    made_of = decisions(path).entities
    ends = _ends(path, made_of)
    rows = [
        {
            "decision_no": number,
            "entity_id": made.entity if made.decision in ("merge", "split") else ends.get(made.entity, made.entity),
            "into_entity_id": made.into and ends.get(made.into, made.into),
            "given_name": made.name,
            "source_id": made.source,
            "role_title": made.role,
            **_told(made),
        }
        for number, made in enumerate(made_of, 1)
    ]
    return pa.Table.from_pylist(rows, ENTITY_DECISIONS.schema)


def _told(made: Decision | EntityDecision) -> dict:
    return {
        "decision": made.decision,
        "decided_by": made.by,
        "decided_at": made.at.astimezone(UTC),
        "because": made.because,
    }


def _ends(path: Path, made_of: tuple[EntityDecision, ...]) -> dict[str, str]:
    """Return whom each merged entity ends in; Permanent where merges go round in a circle."""
    into = {made.entity: made.into for made in made_of if made.decision == "merge" and made.into != made.entity}
    ends = {}
    for entity in into:
        way = [entity]
        while way[-1] in into:
            way.append(into[way[-1]])
            if way[-1] in way[:-1]:
                raise Permanent(f"{path}: merges go round in a circle: {' → '.join(way)}; delete one of them")
        ends[entity] = way[-1]
    return ends


def _checked(path: Path, table: str, number: int, entry: object) -> Decision | EntityDecision:
    kind = _TABLES[table]
    keys = {key.name: key for key in fields(kind)}
    where = f"{path}: the {table} no. {number}"
    if not isinstance(entry, dict):
        raise Permanent(f"{where} is {entry!r}; expected a table with the keys {', '.join(keys)}")
    for key in sorted(entry.keys() - keys.keys()):
        raise Permanent(f"{where}: unknown key {key!r}; known keys: {', '.join(keys)}")
    for key, told in keys.items():
        expected = told.metadata["kind"]
        if key not in entry and told.default is MISSING:
            raise Permanent(f"{where}: the key {key!r} is missing; expected {expected.expected}")
        if key in entry and not expected.fits(entry[key]):
            raise Permanent(f"{where}: {key} is {entry[key]!r}; expected {expected.expected}")
    if table == "entity":
        _check_needs(where, entry)
    return kind(**entry)


def _check_needs(where: str, entry: dict) -> None:
    """Hold a decision on an entity to the keys that its kind has."""
    decision, optional = entry["decision"], {key.name for key in fields(EntityDecision) if key.default is None}
    needed, allowed = _NEEDS[decision], _NEEDS[decision] | _MAY_HAVE.get(decision, set())
    if missing := sorted(needed - entry.keys()):
        raise Permanent(f"{where}: to {decision} an entity takes the key {missing[0]!r}, which is missing")
    if strange := sorted(entry.keys() & optional - allowed):
        raise Permanent(f"{where}: to {decision} an entity takes no key {strange[0]!r}")
    if decision == "split" and not entry.keys() & _MAY_HAVE["split"]:
        raise Permanent(f"{where}: to split an entity takes 'source' or 'role', or both: which articles mean another")


def _toml(value: str | datetime) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
