"""People's decisions: on blocks of text and on entities in decisions.toml, all others in files of the home folder.

All files are read strictly and only appended to.
"""

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar

import pyarrow as pa

from newsmill.errors import Permanent
from newsmill.relations import DECISIONS, ENTITY_DECISIONS, RECORD_DECISIONS

_HASH = re.compile(r"[0-9a-f]{16}")
_ENTITY = re.compile(r"(person|organization|place):\S.*")


class _ValueType(NamedTuple):
    """The expected value of a key, in words and as a test."""

    expected: str
    fits: Callable[[object], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _choice_type(*words: str) -> _ValueType:
    return _ValueType(f"{', '.join(words[:-1])} or {words[-1]}", lambda value: value in words)


def _text_type(meaning: str) -> _ValueType:
    return _ValueType(f"a text: {meaning}", _is_text)


def _entity_type(meaning: str) -> _ValueType:
    return _ValueType(
        f"{meaning}, an entity_id such as person:ada quill",
        lambda value: isinstance(value, str) and _ENTITY.fullmatch(value) is not None,
    )


def _with_type(value_type: _ValueType) -> dict[str, _ValueType]:
    return {"type": value_type}


_BLOCK_HASH = _ValueType(
    "the 16 hexadecimal digits of block_hash in dw.dim_boilerplate",
    lambda value: isinstance(value, str) and _HASH.fullmatch(value) is not None,
)
_BY = _text_type("who decided")
_AT = _ValueType(
    "a date and time with its offset from UTC, such as 2026-03-02T09:30:00Z",
    lambda value: isinstance(value, datetime) and value.tzinfo is not None,
)
_BECAUSE = _text_type("why")
_NIGHT = _ValueType(
    "a night, such as 2026-03-02", lambda value: isinstance(value, date) and not isinstance(value, datetime)
)
RELEASE, DISCARD = "release", "discard"
RECORDS_FILE = "quarantine.toml"
"""The file of decisions on rejected records, in the home folder: a record is one of a home."""
ANSWERS_FILE = "approvals.toml"
"""The file of answers to held publishes, in the home folder."""
HISTORY_FILE = "history.toml"
"""The file of rebuilds and rollbacks, in the home folder."""
NO_REASON = "no reason given"
"""Kept as the reason where a person may leave it out."""


class Author(NamedTuple):
    """Who decided, and why."""

    by: str
    because: str = NO_REASON


@dataclass(frozen=True)
class PersonDecision:
    """The keys of every decision: what was decided, by whom, when and why."""

    decision: str
    by: str = field(metadata=_with_type(_BY))
    at: datetime = field(metadata=_with_type(_AT))
    because: str = field(metadata=_with_type(_BECAUSE))


@dataclass(frozen=True)
class BlockDecision(PersonDecision):
    """A person's decision on a block of text; `hash` names the block in every source."""

    table: ClassVar[str] = "block"

    decision: str = field(metadata=_with_type(_choice_type("keep", "drop")))
    hash: str = field(metadata=_with_type(_BLOCK_HASH))

    @property
    def subject(self) -> tuple[str | None, ...]:
        """Return the subject of the decision; the last decision on a subject counts."""
        return (self.hash,)


@dataclass(frozen=True)
class EntityDecision(PersonDecision):
    """A person's decision on an entity.

    merge: the entity is the same as `into`. split: the entity is `into` in articles of `source`, or in articles with
    `role`. hide: marts leave out the entity. rename: the entity is shown as `name`.
    """

    table: ClassVar[str] = "entity"

    decision: str = field(metadata=_with_type(_choice_type("merge", "split", "hide", "rename")))
    entity: str = field(metadata=_with_type(_entity_type("whom it is about")))
    into: str | None = field(metadata=_with_type(_entity_type("who it is")), default=None)
    name: str | None = field(metadata=_with_type(_text_type("the name to show")), default=None)
    source: str | None = field(metadata=_with_type(_text_type("the source_id of the articles meant")), default=None)
    role: str | None = field(
        metadata=_with_type(_text_type("words of the role_title in the articles meant")), default=None
    )

    @property
    def subject(self) -> tuple[str | None, ...]:
        """Return the subject of the decision; the last decision on a subject counts."""
        return (self.entity, self.decision, self.source, self.role)


@dataclass(frozen=True)
class RecordDecision(PersonDecision):
    """A person's decision on a rejected record, or on all of a source with a reason on some nights.

    release: the record is an article. discard: it is none, and waits for nobody. The last decision on a record counts.
    """

    table: ClassVar[str] = "record"

    decision: str = field(metadata=_with_type(_choice_type(RELEASE, DISCARD)))
    record: str | None = field(metadata=_with_type(_text_type("the page_id of the record")), default=None)
    source: str | None = field(metadata=_with_type(_text_type("the source of sources.toml")), default=None)
    reason: str | None = field(metadata=_with_type(_text_type("the reason in ops.rejected")), default=None)
    first: date | None = field(metadata=_with_type(_NIGHT), default=None)
    last: date | None = field(metadata=_with_type(_NIGHT), default=None)

    def concerns(self, night: date) -> bool:
        """Report whether records of the night may be meant."""
        if self.record is not None:
            return self.record.startswith(f"{night}/")
        assert self.first and self.last  # checked when the decision was read
        return self.first <= night <= self.last


@dataclass(frozen=True)
class PublishDecision(PersonDecision):
    """A person's answer to a publish that warnings held, or that of the time limit."""

    table: ClassVar[str] = "publish"

    decision: str = field(metadata=_with_type(_choice_type("approve", "reject")))
    night: date = field(metadata=_with_type(_NIGHT))
    run: str = field(metadata=_with_type(_text_type("the run_id")))


@dataclass(frozen=True)
class HistoryDecision(PersonDecision):
    """A person's decision to publish another history: the nights of a rebuild, or an earlier snapshot.

    Readers saw `before`, None where the warehouse was lost, and see `after`. A rebuild has a first step and nights, and
    the plan if one was approved.
    """

    table: ClassVar[str] = "history"

    decision: str = field(metadata=_with_type(_choice_type("rebuild", "rollback")))
    after: str = field(metadata=_with_type(_text_type("the snapshot that readers see afterwards")))
    before: str | None = field(metadata=_with_type(_text_type("the snapshot that readers saw before")), default=None)
    step: str | None = field(metadata=_with_type(_text_type("the first step that was repeated")), default=None)
    plan: str | None = field(metadata=_with_type(_text_type("the plan of the approved dry run")), default=None)
    first: date | None = field(metadata=_with_type(_NIGHT), default=None)
    last: date | None = field(metadata=_with_type(_NIGHT), default=None)


AnyDecision = BlockDecision | EntityDecision | RecordDecision | PublishDecision | HistoryDecision
HomeDecision = RecordDecision | PublishDecision | HistoryDecision
Decision = TypeVar("Decision", bound=AnyDecision)
Subject = TypeVar("Subject", bound=BlockDecision | EntityDecision)
_TABLES = (BlockDecision.table, EntityDecision.table)
BLOCK_WORDS, ENTITY_WORDS = ("keep", "drop"), ("merge", "split", "hide", "rename")
# required keys of each decision on an entity besides those of all decisions, and optional keys
_REQUIRED_KEYS: dict[str, set[str]] = {"merge": {"into"}, "split": {"into"}, "hide": set(), "rename": {"name"}}
_OPTIONAL_KEYS = {"split": {"source", "role"}}


class Decisions(NamedTuple):
    """The decisions of the file, the last on each subject."""

    blocks: tuple[BlockDecision, ...]
    entities: tuple[EntityDecision, ...]


def read_decisions(path: Path) -> Decisions:
    """Read the decisions on blocks and entities; Permanent names the entry, the key and the expected value."""
    content = _read_tables(path, _TABLES)
    blocks, entities = _keep_last(_check_entries(path, BlockDecision, content)), _read_entities(path, content)
    return Decisions(blocks, entities)


def read_record_decisions(home: Path) -> tuple[RecordDecision, ...]:
    """Read the decisions on rejected records of a home, in order; none without a file."""
    return _read_home_file(home / RECORDS_FILE, RecordDecision)


def read_publish_decisions(home: Path) -> tuple[PublishDecision, ...]:
    """Read the answers to held publishes of a home, in order; none without a file."""
    return _read_home_file(home / ANSWERS_FILE, PublishDecision)


def read_history_decisions(home: Path) -> tuple[HistoryDecision, ...]:
    """Read the rebuilds and rollbacks of a home, in order; none without a file."""
    return _read_home_file(home / HISTORY_FILE, HistoryDecision)


def _read_home_file(path: Path, kind: type[Decision]) -> tuple[Decision, ...]:
    content = _read_tables(path, (kind.table,)) if path.exists() else {}
    return _check_entries(path, kind, content)


def _read_tables(path: Path, tables: tuple[str, ...]) -> dict[str, Any]:
    """Return the content of a file with nothing but some tables."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise Permanent(f"{path}: there is no such file; create an empty one if nothing was decided") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Permanent(
            f"{path}: not readable as TOML: {error}; correct it, or delete an entry at the end that a crash left "
            "unfinished"
        ) from error
    except OSError as error:
        raise Permanent(f"{path}: cannot be read: {error.strerror}; give the decisions as a file") from error
    if unknown := [key for key, value in content.items() if key not in tables or not isinstance(value, list)]:
        expected = " and ".join(f"[[{name}]]" for name in tables)
        raise Permanent(f"{path}: expected nothing but {expected} tables, found {', '.join(unknown)}")
    return content


def _read_entities(path: Path, content: dict[str, Any]) -> tuple[EntityDecision, ...]:
    entities = _keep_last(_check_entries(path, EntityDecision, content))
    _follow_merges(path, entities)
    return entities


def check_decision(path: Path, decision: BlockDecision | EntityDecision) -> Decisions:
    """Return the decisions of the file, checked with the next one; Permanent names the key and the expected value."""
    known = read_decisions(path)
    same_kind = known.blocks if isinstance(decision, BlockDecision) else known.entities
    _check_entry(path, type(decision), len(same_kind) + 1, _make_entry(decision))
    if isinstance(decision, EntityDecision):
        _follow_merges(path, tuple({other.subject: other for other in (*known.entities, decision)}.values()))
    return known


def append_decision(path: Path, decision: BlockDecision | EntityDecision) -> None:
    """Append a decision to the file after a check of the file, so a broken file does not grow.

    An equal entry, of a task that is tried again, is not repeated.
    """
    known = check_decision(path, decision)
    if decision not in (*known.blocks, *known.entities):
        _append_entry(path, decision.table, _make_entry(decision))


def _make_entry(decision: AnyDecision) -> dict[str, Any]:
    return {key: value for key, value in vars(decision).items() if value is not None}


def append_record_decision(home: Path, decision: RecordDecision) -> None:
    """Append a decision on rejected records to the file of the home, after a check of the file."""
    _append_to_home(home / RECORDS_FILE, decision)


def append_publish_decision(home: Path, decision: PublishDecision) -> None:
    """Append the answer to a held publish to the file of the home, after a check of the file."""
    _append_to_home(home / ANSWERS_FILE, decision)


def check_history_decision(home: Path, decision: HistoryDecision) -> None:
    """Check the file of the home, and a decision as its next entry."""
    _check_next(home / HISTORY_FILE, decision)


def append_history_decision(home: Path, decision: HistoryDecision) -> None:
    """Append a rebuild or a rollback to the file of the home, after a check of the file."""
    _append_to_home(home / HISTORY_FILE, decision)


def _append_to_home(path: Path, decision: HomeDecision) -> None:
    _check_next(path, decision)
    _append_entry(path, decision.table, _make_entry(decision))


def _check_next(path: Path, decision: HomeDecision) -> None:
    known = _read_home_file(path, type(decision))
    _check_entry(path, type(decision), len(known) + 1, _make_entry(decision))


def _append_entry(path: Path, table: str, entry: dict[str, Any]) -> None:
    lines = ["", f"[[{table}]]", *(f"{key} = {_format_toml(value)}" for key, value in entry.items())]
    with open(path, "ab") as file:
        file.write(("\n".join(lines) + "\n").encode())
        os.fsync(file.fileno())


def tabulate_record_decisions(home: Path, night: date) -> pa.Table:
    """Return the decisions on records of a night as rows of the relation `record_decisions`."""
    rows = [
        {
            "decision_no": decision_no,
            "page_id": decision.record,
            "dump": decision.source,
            "reason": decision.reason,
            **_audit_columns(decision),
        }
        for decision_no, decision in enumerate(read_record_decisions(home), 1)
        if decision.concerns(night)
    ]
    return pa.Table.from_pylist(rows, RECORD_DECISIONS.schema)


def hash_releases(decided: pa.Table) -> str:
    """Hash the decisions of a night that change its articles: releases, and discards after one; "" without any."""
    changing: list[tuple[str | None, ...]] = []
    for row in decided.to_pylist():
        subject = (row["page_id"], row["dump"], row["reason"])
        is_record = row["page_id"] is not None
        # a record is one of its kind too, so a discard may take back a release of the same subject or of the other sort
        overlapping = (other for other in changing if other[:3] == subject or (other[0] is not None) != is_record)
        if row["decision"] == RELEASE or any(overlapping):
            changing.append((*subject, row["decision"]))
    return hashlib.sha256(repr(changing).encode()).hexdigest() if changing else ""


class RecordDecisionIndex:
    """The decisions on records of a night, for a look by record: the last decision on it or on its kind counts."""

    def __init__(self, decided: pa.Table):
        rows = decided.to_pylist()
        self._by_record = {row["page_id"]: row for row in rows if row["page_id"] is not None}
        self._by_kind = {(row["dump"], row["reason"]): row for row in rows if row["page_id"] is None}

    def __bool__(self) -> bool:
        """Report whether anything was decided."""
        return bool(self._by_record or self._by_kind)

    def find(self, page_id: str, dump: str, reason: str) -> dict[str, Any] | None:
        """Return the decision that counts for a record, as a row of `record_decisions`."""
        matches = [self._by_record.get(page_id), self._by_kind.get((dump, reason))]
        return max(filter(None, matches), key=lambda row: row["decision_no"], default=None)


def tabulate_block_decisions(path: Path) -> pa.Table:
    """Return the decisions on blocks as rows of the relation `decisions`."""
    blocks = read_decisions(path).blocks
    rows = [{"words_hash": int(decision.hash, 16), **_audit_columns(decision)} for decision in blocks]
    return pa.Table.from_pylist(rows, DECISIONS.schema)


def tabulate_entity_decisions(path: Path) -> pa.Table:
    """Return the decisions on entities as rows of the relation `entity_decisions`, with chains of merges resolved."""
    entities = read_decisions(path).entities
    final = _follow_merges(path, entities)
    rows = [
        {
            "decision_no": decision_no,
            "entity_id": decision.entity
            if decision.decision in ("merge", "split")
            else final.get(decision.entity, decision.entity),
            "into_entity_id": decision.into and final.get(decision.into, decision.into),
            "given_name": decision.name,
            "source_id": decision.source,
            "role_title": decision.role,
            **_audit_columns(decision),
        }
        for decision_no, decision in enumerate(entities, 1)
    ]
    return pa.Table.from_pylist(rows, ENTITY_DECISIONS.schema)


def _audit_columns(decision: AnyDecision) -> dict[str, Any]:
    return {
        "decision": decision.decision,
        "decided_by": decision.by,
        "decided_at": decision.at.astimezone(UTC),
        "because": decision.because,
    }


def _follow_merges(path: Path, entities: tuple[EntityDecision, ...]) -> dict[str, str]:
    """Return the final entity of each merged entity; Permanent where merges form a circle."""
    into = {
        decision.entity: decision.into
        for decision in entities
        if decision.decision == "merge" and decision.into and decision.into != decision.entity
    }
    final = {}
    for entity in into:
        chain = [entity]
        while chain[-1] in into:
            chain.append(into[chain[-1]])
            if chain[-1] in chain[:-1]:
                raise Permanent(f"{path}: merges go round in a circle: {' → '.join(chain)}; delete one of them")
        final[entity] = chain[-1]
    return final


def _check_entries(path: Path, kind: type[Decision], content: dict[str, Any]) -> tuple[Decision, ...]:
    """Return the decisions in the table of a kind."""
    entries = enumerate(content.get(kind.table, ()), 1)
    return tuple(_check_entry(path, kind, entry_no, entry) for entry_no, entry in entries)


def _keep_last(decisions: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """Return the last decision on each subject."""
    return tuple({decision.subject: decision for decision in decisions}.values())


def _check_entry(path: Path, kind: type[Decision], entry_no: int, entry: object) -> Decision:
    """Return the entry as a decision; Permanent names the key and the expected value."""
    keys = {key.name: key for key in fields(kind)}
    entry_name = f"{path}: the {kind.table} no. {entry_no}"
    if not isinstance(entry, dict):
        raise Permanent(f"{entry_name} is {entry!r}; expected a table with the keys {', '.join(keys)}")
    for key in sorted(entry.keys() - keys.keys()):
        raise Permanent(f"{entry_name}: unknown key {key!r}; known keys: {', '.join(keys)}")
    for key, declared in keys.items():
        expected: _ValueType = declared.metadata["type"]
        if key not in entry and declared.default is MISSING:
            raise Permanent(f"{entry_name}: the key {key!r} is missing; expected {expected.expected}")
        if key in entry and not expected.fits(entry[key]):
            raise Permanent(f"{entry_name}: {key} is {entry[key]!r}; expected {expected.expected}")
    if kind is EntityDecision:
        _check_entity_keys(entry_name, entry)
    if kind is RecordDecision:
        _check_record_keys(entry_name, entry)
    return kind(**entry)


def _check_entity_keys(entry_name: str, entry: dict[str, Any]) -> None:
    """Check the keys of a decision on an entity; Permanent names a missing or an extra key."""
    decision, optional = entry["decision"], {key.name for key in fields(EntityDecision) if key.default is None}
    needed, allowed = _REQUIRED_KEYS[decision], _REQUIRED_KEYS[decision] | _OPTIONAL_KEYS.get(decision, set())
    if missing := sorted(needed - entry.keys()):
        raise Permanent(f"{entry_name}: to {decision} an entity takes the key {missing[0]!r}, which is missing")
    if extra := sorted(entry.keys() & optional - allowed):
        raise Permanent(f"{entry_name}: to {decision} an entity takes no key {extra[0]!r}")
    if decision == "split" and not entry.keys() & _OPTIONAL_KEYS["split"]:
        raise Permanent(
            f"{entry_name}: to split an entity takes 'source' or 'role', or both: which articles mean another"
        )


def _check_record_keys(entry_name: str, entry: dict[str, Any]) -> None:
    """Check that a decision names a record, or a kind of records; Permanent names what is missing or too much."""
    kind = [key for key in ("source", "reason", "first", "last") if key in entry]
    if "record" in entry and kind:
        raise Permanent(f"{entry_name}: a decision on a record takes no key {kind[0]!r}")
    if "record" not in entry and len(kind) < 4:
        raise Permanent(
            f"{entry_name}: expected 'record', or 'source', 'reason', 'first' and 'last': the records that are meant"
        )
    if kind and entry["first"] > entry["last"]:
        raise Permanent(f"{entry_name}: the first night {entry['first']} is after the last, {entry['last']}")


def _format_toml(value: str | date | datetime) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
