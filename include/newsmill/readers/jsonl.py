"""The format jsonl: one JSON object a line, its fields under whatever names, its text repaired."""

import json
from collections.abc import Iterator

import orjson

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.detect import HEAD_BYTES, wide_encoding
from newsmill.readers.fields import Namer
from newsmill.readers.fix_text import decode
from newsmill.readers.lines import lines
from newsmill.readers.record import Found, Record, Reject, crash
from newsmill.readers.text import empty
from newsmill.readers.unpack import Unpacked

_SHOWN_CHARS = 80


def read(file: Unpacked, name: str) -> Iterator[Found]:
    """Yield a record or a reject for every line that is not blank; no line is known by the file's `name`."""
    namer, wide, number, end = Namer(), wide_encoding(file.head(HEAD_BYTES)), 0, 0
    file.past_damage = wide is None
    for start, end, line, is_cut in lines(file, file.limits.record_bytes, wide):
        if line is not None and (not line or line.isspace()):
            continue
        found = guarded(number + 1, start, end, line, namer, file.limits.record_bytes)
        if isinstance(found, Reject) and is_cut and found.reason in ("not_json", "record_too_large"):
            continue  # a line at which the file breaks off: its failure speaks of it
        number += 1
        if isinstance(found, Record) and wide:
            found.byte_start = found.byte_end = None
            found.encoding = wide
        yield found
    if number == 0 and not file.failure:
        yield empty(end)


def guarded(
    number: int, start: int, end: int, value: bytes | None, namer: Namer, limit: int, where: str = "line"
) -> Record | Reject:
    """Read one JSON value as a page; None stands for one over the limit, `where` for what a record is in the format."""
    try:
        return _record(number, start, end, value, namer, limit, where)
    except MemoryError:
        raise
    except Exception as error:  # one record must not take the night with it
        return crash(number, error)


def _record(
    number: int, start: int, end: int, line: bytes | None, namer: Namer, limit: int, where: str
) -> Record | Reject:
    if line is None:
        return Reject(
            number,
            "record_too_large",
            f"the record at byte {start} has {end - start} bytes, the limit is {limit}; it was skipped; split it",
        )
    encoding, repairs = "utf-8", ()
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as fault:
        try:
            value, encoding, repairs = _lenient(line)
        except (ValueError, RecursionError):
            found = f"the {where} at byte {start} is no JSON ({fault}); it begins {_shown(line)}"
            detail = f"{found}; expected a whole object"
            return Reject(number, "not_json", detail + (" on each line" if where == "line" else ""))
    if not isinstance(value, dict):
        kind = {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a single value")
        detail = f"the {where} is {kind}, expected an object with a field such as text; it begins {_shown(line)}"
        return Reject(number, "not_an_object", detail)
    return field_records.page(number, start, end, value, namer, encoding, repairs)


def loads(value: bytes) -> object:
    """Read a JSON value that could be read before."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return _lenient(value)[0]


def _lenient(line: bytes) -> tuple[object, str, tuple[str, ...]]:
    """Read JSON in another encoding, with halves of surrogate pairs, NaN or bare control characters."""
    try:
        return json.loads(line.decode(), strict=False), "utf-8", ()
    except UnicodeDecodeError:
        text, encoding, repairs = decode(line)
        return json.loads(text, strict=False), encoding, repairs


def _shown(line: bytes) -> str:
    return ascii(line[:_SHOWN_CHARS].decode("utf-8", "replace"))


FORMATS = (Format("jsonl", read, has_standalone_records=True),)
