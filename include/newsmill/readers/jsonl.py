"""The format jsonl: a JSON object a line, fields under any known names, the text repaired."""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.detect import HEAD_BYTES, find_wide_encoding
from newsmill.readers.fields import FieldMapper
from newsmill.readers.fix_text import decode_text
from newsmill.readers.lines import read_lines
from newsmill.readers.record import ReadResult, Record, RecordPosition, Reject, crash_reject
from newsmill.readers.text import reject_empty
from newsmill.readers.unpack import UnpackedFile

_SHOWN_CHARS = 80


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield a record or a reject for every line but blank ones; `name` is not used."""
    namer, wide, number, end = FieldMapper(), find_wide_encoding(file.head(HEAD_BYTES)), 0, 0
    file.past_damage = wide is None
    for start, end, line, is_cut in read_lines(file, file.limits.record_bytes, wide):
        if line is not None and (not line or line.isspace()):
            continue
        record = read_value(RecordPosition(number + 1, start, end), line, namer, file.limits.record_bytes)
        if isinstance(record, Reject) and is_cut and record.reason in ("not_json", "record_too_large"):
            continue  # the failure of the file already reports the line at which the file breaks off
        number += 1
        if isinstance(record, Record) and wide:
            record.byte_start = record.byte_end = None
            record.encoding = wide
        yield record
    if number == 0 and not file.failure:
        yield reject_empty(end)


def read_value(
    position: RecordPosition, value: bytes | None, namer: FieldMapper, limit: int, where: str = "line"
) -> Record | Reject:
    """Read a JSON value as a page; None is a value over the limit, `where` names a record of the format."""
    try:
        return _read_value(position, value, namer, limit, where)
    except MemoryError:
        raise
    except Exception as error:  # one record must not take the night with it
        return crash_reject(position.record_no, error)


def _read_value(
    position: RecordPosition, line: bytes | None, namer: FieldMapper, limit: int, where: str
) -> Record | Reject:
    number, start, end = position
    if line is None:
        assert start is not None and end is not None  # a line over the limit was measured in its file
        return Reject(
            number,
            "record_too_large",
            f"the record at byte {start} has {end - start} bytes, the limit is {limit}; it was skipped; split it",
        )
    encoding = "utf-8"
    repairs: tuple[str, ...] = ()
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as fault:
        try:
            value, encoding, repairs = _parse_leniently(line)
        except (ValueError, RecursionError):
            fault_text = f"the {where} at byte {start} is no JSON ({fault}); it begins {_quote_start(line)}"
            detail = f"{fault_text}; expected a whole object"
            return Reject(number, "not_json", detail + (" on each line" if where == "line" else ""))
    if not isinstance(value, dict):
        kind = {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a single value")
        detail = f"the {where} is {kind}, expected an object with a field such as text; it begins {_quote_start(line)}"
        return Reject(number, "not_an_object", detail)
    return field_records.page_from_fields(position, value, namer, encoding, repairs)


def parse_json(value: bytes) -> Any:
    """Parse a JSON value known to be valid."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return _parse_leniently(value)[0]


def _parse_leniently(line: bytes) -> tuple[Any, str, tuple[str, ...]]:
    """Read JSON in another encoding, with halves of surrogate pairs, NaN or bare control characters."""
    try:
        return json.loads(line.decode(), strict=False), "utf-8", ()
    except UnicodeDecodeError:
        text, encoding, repairs = decode_text(line)
        return json.loads(text, strict=False), encoding, repairs


def _quote_start(line: bytes) -> str:
    return ascii(line[:_SHOWN_CHARS].decode("utf-8", "replace"))


FORMATS = (Format("jsonl", read, has_standalone_records=True),)
