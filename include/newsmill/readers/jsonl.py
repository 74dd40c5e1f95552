"""The format jsonl: a JSON object a line, fields under any known names, the text repaired."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.detect import HEAD_BYTES, find_wide_encoding
from newsmill.readers.fields import FieldMapper
from newsmill.readers.fix_text import decode_text
from newsmill.readers.lines import read_lines
from newsmill.readers.record import ReadResult, Record, RecordPosition, Reject, SkippedRecord, crash_reject
from newsmill.readers.text import reject_empty
from newsmill.readers.unpack import UnpackedFile

_SHOWN_CHARS = 80
_BULK_LINE = re.compile(rb'\s*\{\s*"(?:index|create|update|delete)"\s*:\s*\{[^{}]{0,1000}\}\s*\}\s*')
_MAX_BULK_BYTES = 1_100
_BULK_KEYS = frozenset(
    "dynamic_templates if_primary_term if_seq_no list_executed_pipelines op_type parent pipeline require_alias "
    "require_data_stream retry_on_conflict routing type version version_type".split()
)
"""Keys of a bulk action, each also with an underscore in front; `_index` and `_id` have one always."""
MIN_FUSED_FIELDS, MAX_COUNTED_FIELDS = 2, 64
_BETWEEN = re.compile(r"[ ,\t\r\x1e]*")
_GLUED = re.compile(rb"\}\s*\{")
# Calls that the MongoDB shell writes for values: ObjectId("…"), ISODate("…"), NumberLong(4); strings are matched whole,
# so that a call in a text stays.
_SHELL_CALL = re.compile(
    r'("(?:[^"\\]|\\.)*+"?)|\b(?:ObjectId|ISODate|Date|NumberLong|NumberInt|NumberDecimal|UUID)\(\s*("[^"\\]{0,100}"|-?\d{1,30}(?:\.\d{1,30})?)\s*\)',
    re.DOTALL,
)


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield a record or a reject for every line but blank ones; `name` is not used."""
    namer, wide, count, end = FieldMapper(file.field_names), find_wide_encoding(file.head(HEAD_BYTES)), 0, 0
    file.past_damage = wide is None
    for start, end, line, is_cut in read_lines(file, file.limits.record_bytes, wide):
        if line is not None and (not line or line.isspace()):
            continue
        for record in _read_line(RecordPosition(count + 1, start, end), line, namer, file.limits.record_bytes):
            if isinstance(record, Reject) and is_cut and record.reason in ("not_json", "record_too_large"):
                continue  # the failure of the file already reports the line at which the file breaks off
            count += 1
            if isinstance(record, Record) and wide:
                record.set_wide_encoding(wide)
            yield record
    if count == 0 and not file.failure:
        yield reject_empty(end)


def _read_line(position: RecordPosition, line: bytes | None, namer: FieldMapper, limit: int) -> Iterator[ReadResult]:
    """Yield the record of a line, or the records of objects that follow each other on the line."""
    if line is not None and len(line) <= _MAX_BULK_BYTES and _BULK_LINE.fullmatch(line) and _is_bulk_action(line):
        yield SkippedRecord(position.record_no, "bulk action of a search index")
        return
    record = read_value(position, line, namer, limit)
    if line is None or not isinstance(record, Reject) or record.reason != "not_json" or not _GLUED.search(line):
        yield record
        return
    record_no, line_start, _ = position
    assert line_start is not None  # each line has a byte range
    for start, end in _split_objects(line):
        yield read_value(RecordPosition(record_no, line_start + start, line_start + end), line[start:end], namer, limit)
        record_no += 1


def _is_bulk_action(line: bytes) -> bool:
    """Report whether an object like a bulk action has none but the keys of one."""
    try:
        (action,) = orjson.loads(line).values()
    except orjson.JSONDecodeError:
        return False
    return all(key in ("_index", "_id") or key.removeprefix("_") in _BULK_KEYS for key in action)


def _split_objects(line: bytes) -> Iterator[tuple[int, int]]:
    """Yield the byte ranges of the JSON objects on a line, and of the rest behind the last whole object."""
    decoder, text, start, byte = json.JSONDecoder(strict=False), line.decode("utf-8", "surrogateescape"), 0, 0
    while start < len(text):
        try:
            _, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = len(text)
        size = len(text[start:end].encode("utf-8", "surrogateescape"))
        yield byte, byte + size
        blanks = _BETWEEN.match(text, end)
        start = blanks.end() if blanks else end
        byte += size + start - end


def read_value(
    position: RecordPosition,
    value: bytes | None,
    namer: FieldMapper,
    limit: int,
    where: str = "line",
    key: str | None = None,
) -> Record | Reject:
    """Read a JSON value as a page; None is a value over the limit, `where` names a record of the format.

    `key` is the address or the identifier under which the file has the value.
    """
    try:
        return _read_value(position, value, namer, limit, where, key)
    except MemoryError:
        raise
    except Exception as error:  # one record must not take the night with it
        return crash_reject(position.record_no, error)


def _read_value(
    position: RecordPosition, line: bytes | None, namer: FieldMapper, limit: int, where: str, key: str | None
) -> Record | Reject:
    record_no, start, end = position
    if line is None:
        assert start is not None and end is not None  # a line over the limit was measured in its file
        return Reject(
            record_no,
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
            return Reject(record_no, "not_json", detail + (" on each line" if where == "line" else ""))
    if key is not None:
        value = _add_key(value, key)
    if not isinstance(value, dict):
        kind = {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a single value")
        detail = f"the {where} is {kind}, expected an object with a field such as text; it begins {_quote_start(line)}"
        return Reject(record_no, "not_an_object", detail)
    if fused := find_fused_fields(line, value):
        detail = (
            f"the {where} at byte {start} has two values for {' and '.join(fused)}: two records run into each other"
        )
        return Reject(record_no, "fused_records", f"{detail}; it begins {_quote_start(line)}")
    return field_records.page_from_fields(position, value, namer, encoding, repairs)


def find_fused_fields(line: bytes, value: dict) -> list[str]:
    """Return the fields for which an object has two values, if there are several: one alone is an error of its writer.

    Behind damage, the beginning of one record and the end of another are an object with the text of one under the
    address of the other.
    """
    if line.count(b'":') == len(value):
        return []
    if len(value) <= MAX_COUNTED_FIELDS:  # most objects hold others, whose fields are no second value
        repeated = sum(line.count(f'"{name}"'.encode()) > 1 for name in value)
        if repeated < MIN_FUSED_FIELDS:
            return []
    first: dict[str, str] = {}
    fused: dict[str, None] = {}
    for name, own in _list_fields(line):
        if first.setdefault(name, repr(own)) != repr(own):
            fused[name] = None
    return list(fused) if len(fused) >= MIN_FUSED_FIELDS else []


def _list_fields(line: bytes) -> list[tuple[str, Any]]:
    """Return the fields of an object in order, repeated ones too, without the objects in it; none of lenient JSON."""
    fields: list[tuple[str, Any]] = []  # those of the last object that ends, which is the whole

    def keep(pairs: list[tuple[str, Any]]) -> None:
        fields[:] = pairs

    try:
        json.loads(line.decode("utf-8", "replace"), strict=False, object_pairs_hook=keep)
    except (ValueError, RecursionError):
        return []
    return fields


def _add_key(value: Any, key: str) -> Any:
    """Add the key of a record to its fields, as the last choice for an address or an identifier."""
    name = "address" if "://" in key else "identifier"
    if isinstance(value, str):
        return {name: key, "text": value}
    return {**value, name: value.get(name) or key} if isinstance(value, dict) else value


def parse_json(value: bytes) -> Any:
    """Parse a JSON value known to be valid."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return _parse_leniently(value)[0]


def _parse_leniently(line: bytes) -> tuple[Any, str, tuple[str, ...]]:
    """Read JSON in another encoding, with halves of surrogate pairs, NaN, bare control characters or shell calls."""
    repairs: tuple[str, ...] = ()
    try:
        text, encoding = line.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding, repairs = decode_text(line)
    try:
        return json.loads(text, strict=False), encoding, repairs
    except ValueError:
        if (plain := _SHELL_CALL.sub(lambda match: match[1] or match[2], text)) == text:
            raise
        return json.loads(plain, strict=False), encoding, repairs


def _quote_start(line: bytes) -> str:
    return ascii(line[:_SHOWN_CHARS].decode("utf-8", "replace"))


FORMATS = (Format("jsonl", read, has_standalone_records=True),)
