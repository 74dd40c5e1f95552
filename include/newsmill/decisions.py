"""What people decided of blocks of text: decisions.toml, read strictly and only ever added to."""

import json
import os
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from newsmill.errors import Permanent
from newsmill.relations import DECISIONS

_HASH = re.compile(r"[0-9a-f]{16}")
_KEYS = {
    "hash": "the 16 hexadecimal digits of block_hash in dw.dim_boilerplate",
    "decision": "keep or drop",
    "by": "a text: who decided",
    "at": "a date and time with its offset from UTC, such as 2026-03-02T09:30:00Z",
    "because": "a text: why",
}
_FITS = {
    "hash": lambda value: isinstance(value, str) and _HASH.fullmatch(value) is not None,
    "decision": lambda value: value in ("keep", "drop"),
    "by": lambda value: isinstance(value, str) and value.strip() != "",
    "at": lambda value: isinstance(value, datetime) and value.tzinfo is not None,
    "because": lambda value: isinstance(value, str) and value.strip() != "",
}


@dataclass(frozen=True)
class Decision:
    """One decision of one person; `hash` names the block in every source."""

    hash: str
    decision: str
    by: str
    at: datetime
    because: str


def decisions(path: Path) -> dict[str, Decision]:
    """Read what stands of each block, the last word on it; Permanent names the entry, the key and what was expected."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise Permanent(f"{path}: there is no such file; an empty one says that nothing was decided") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Permanent(f"{path}: not readable as TOML: {error}") from error
    except OSError as error:
        raise Permanent(f"{path}: cannot be read: {error.strerror}; give the decisions as a file") from error
    entries = told.pop("block", [])
    if told or not isinstance(entries, list):
        raise Permanent(f"{path}: expected nothing but [[block]] tables, found {', '.join(told) or repr(entries)}")
    return {entry["hash"]: Decision(**entry) for entry in (_checked(path, n, e) for n, e in enumerate(entries, 1))}


def add(path: Path, made: Decision) -> None:
    """Write a decision behind those made before; the file is read first, so that no broken one grows."""
    _checked(path, len(decisions(path)) + 1, vars(made))
    lines = ["", "[[block]]"]
    lines += [f"{key} = {_toml(getattr(made, key))}" for key in _KEYS]
    with open(path, "ab") as file:
        file.write(("\n".join(lines) + "\n").encode())
        os.fsync(file.fileno())


def table(path: Path) -> pa.Table:
    """Return the decisions as rows of the relation `decisions`."""
    rows = [
        {"words_hash": int(made.hash, 16), "decision": made.decision, "decided_by": made.by,
         "decided_at": made.at.astimezone(UTC), "because": made.because}
        for made in decisions(path).values()
    ]
    return pa.Table.from_pylist(rows, DECISIONS.schema)


def _checked(path: Path, number: int, entry: object) -> dict:
    where = f"{path}: the block no. {number}"
    if not isinstance(entry, dict):
        raise Permanent(f"{where} is {entry!r}; expected a table with the keys {', '.join(_KEYS)}")
    for key in entry.keys() | _KEYS.keys():
        if key not in _KEYS:
            raise Permanent(f"{where}: unknown key {key!r}; known keys: {', '.join(_KEYS)}")
        if key not in entry:
            raise Permanent(f"{where}: the key {key!r} is missing; expected {_KEYS[key]}")
        if not _FITS[key](entry[key]):
            raise Permanent(f"{where}: {key} is {entry[key]!r}; expected {_KEYS[key]}")
    return entry


def _toml(value: str | datetime) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
