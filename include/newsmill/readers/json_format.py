"""The format json: an array, objects over many lines, or a response with a list of articles; read value by value."""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import replace

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.detect import HEAD_BYTES, KEYED, OBJECTS, WRAPPER, find_wide_encoding
from newsmill.readers.fields import FieldMapper
from newsmill.readers.jsonl import parse_json, read_value
from newsmill.readers.lines import recode_to_utf8
from newsmill.readers.record import MB, ReadResult, Record, RecordPosition, Reject
from newsmill.readers.text import reject_empty
from newsmill.readers.unpack import UnpackedFile
from newsmill.readers.window import Window

_STRUCTURE = re.compile(rb'["{}\[\]]')
_TOKEN = re.compile(rb'["{}\[\]]|[^\s,:{}\[\]"\xef\xbb\xbf\x1e]+')
_FIRST_KEY = re.compile(rb'\{\s*"((?:[^"\\]|\\.){1,80})"\s*:')
# Bytes that may be read twice in a file to find the next record behind broken ones: so no file is read over and over.
_SPARE_BYTES = 64 * MB
OPENING_BYTES = 256  # of a record: a bracket, white space and the first key
_RECORDS_TRIED = 3  # of an object with a record a key


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield a record or a reject for every value; `name` is not used."""
    head = file.head(HEAD_BYTES)
    wide = find_wide_encoding(head)
    blocks = recode_to_utf8(file.blocks(), wide) if wide else file.blocks()
    values = _Values(blocks, file.limits.record_bytes)
    values.is_keyed = (
        KEYED.match(head.decode(wide, "replace").encode() if wide else head.removeprefix(BOM_UTF8)) is not None
    )
    number = 0
    for record in _read_values(values, file, FieldMapper(file.field_names)):
        number += 1
        record.record_no = number
        if isinstance(record, Record) and wide:
            record.set_wide_encoding(wide)
        yield record
    if number == 0 and not file.failure:
        yield reject_empty(values.window.end)
    elif values.stack and not file.failure and not values.is_cut:
        at = values.position
        detail = f"the list that the file is ends without its end, at byte {at}; fetch it again to have the rest"
        yield Reject(number + 1, "cut_short", detail)


def _read_values(values: "_Values", file: UnpackedFile, namer: FieldMapper) -> Iterator[Record | Reject]:
    limit, is_lost, is_string = file.limits.record_bytes, False, False
    while (value := values.next()) is not None:
        start, end, data = value
        was_string, is_string = is_string, data is not None and data[:1] == b'"'
        record = read_value(RecordPosition(0, start, end), data, namer, limit, "value", values.key)
        if data is None:
            yield record  # a reject for a value over the limit
            continue
        if isinstance(record, Record):
            values.accept(data)
            is_lost = False
        elif is_lost and record.reason == "not_an_object":
            continue  # words from inside a broken value
        elif record.reason == "no_text" and not values.stack and (inner := _find_inner(data, start, limit, namer)):
            yield from _read_values(inner, file, namer)
            continue
        elif record.reason == "not_json":
            is_lost, went_on = True, values.go_on_within(start, data)
            if values.is_over and file.failure and not went_on:
                return  # the failure of the file already reports the value at which the file breaks off
            # words behind a string are what a stray quote has turned inside out
            if not went_on and was_string and data[:1] not in (b"{", b"[") and (skipped := values.skip_to_record()):
                record = replace(
                    record, detail=f"{record.detail}; the {skipped} bytes up to the next record are skipped"
                )
        yield record


def _find_inner(data: bytes, start: int, limit: int, namer: FieldMapper) -> "_Values | None":
    """Return the values of the lists inside an object without a text, or of an object with a record a key."""
    value = parse_json(data)
    records = [one for one in value.values() if isinstance(one, dict)]
    if len(records) == len(value) and any(field_records.has_text(one, namer) for one in records[:_RECORDS_TRIED]):
        inner = _Values((data,), limit, start)
        inner.is_keyed = True
        return inner
    if not any(True for one in (value, *records) for _ in field_records.list_record_fields(one)):
        return None
    return _Values((data,), limit, start, is_wrapped=True)


class _Values:
    """Finds possible records among the values of a file, with byte ranges, by brackets and quotes alone."""

    def __init__(self, blocks: Iterable[bytes], limit: int, start: int = 0, is_wrapped: bool = False):
        self.window, self.limit, self.is_wrapped = Window(blocks, start), limit, is_wrapped
        self.position = start  # the bytes before are read
        self.stack = bytearray()  # the open brackets around the values
        self.is_over = self.is_cut = self.is_keyed = False
        self.key: str | None = None  # of the value, where an object holds the values by address or identifier
        self.may_wrap = not is_wrapped
        self.spare = _SPARE_BYTES
        self.first_key: bytes | None = None

    def next(self) -> tuple[int, int, bytes | None] | None:
        """Return (first byte, byte after the last, bytes) of the next value; no bytes for a value over the limit."""
        start, depth, self.key = None, 0, None
        while token := self._token(start):
            (at, mark), behind = token, self.position
            if mark == b'"':
                if not self._skip_string(at, start):
                    break
            else:
                self.position = at + len(mark)
            if start is not None:
                depth += (mark in b"{[") - (mark in b"}]")
            elif mark == b"{" and self.is_wrapped and self._is_element(behind, at):
                if self.stack[-1:] != b"[":
                    self.stack += b"["  # a stray bracket has closed the list of the records
                start, depth = at, 1
            elif mark in b"{[" and self._is_container(mark, at):
                self.stack += mark
                continue
            elif mark in b"}]":
                del self.stack[-1:]
                continue
            elif self.is_keyed and self.stack and self.key is None:
                self.key = self._read_key(at) if mark == b'"' else None
                continue
            elif self.stack[-1:] == b"{" and not self.is_keyed:
                continue  # a key, or a single value next to the lists of records
            else:
                start, depth = at, int(mark in b"{[")
            if depth == 0:
                return self._value(start)
            if self.position - start > self.limit and self._rewraps(start):
                start, depth = None, 0
        self.is_over, self.is_cut = True, self.is_cut or start is not None
        return None if start is None else self._value(start)

    def accept(self, data: bytes) -> None:
        """Learn from a record how the next record is likely to begin."""
        self.may_wrap = False
        if self.first_key is None and (key := _FIRST_KEY.match(data)):
            self.first_key = key[1]

    def go_on_within(self, start: int, data: bytes) -> bool:
        """Go back to the likely start of another record inside a broken value; report success."""
        if self._rewraps(start, data):
            return True
        key = self.first_key or ((opening := _FIRST_KEY.match(data)) and opening[1])
        if not key:
            return False
        match = re.compile(rb'[}\]"]\s*+,?\s*+(?=\{\s*+"%s"\s*:)' % re.escape(key)).search(data, 1)
        if not match or self.position - start - match.end() > self.spare:
            return False
        self._go_back(start + match.end(), data[match.end() :])
        return True

    def skip_to_record(self) -> int:
        """Go to the likely start of the next record behind a stray quote, and return the number of bytes skipped."""
        if not self.first_key:
            return 0
        start, opening = self.position, re.compile(rb'\{\s*+"%s"\s*+:' % re.escape(self.first_key))
        while not (match := opening.search(self.window.data, max(self.position - self.window.start, 0))):
            self.position = max(self.position, self.window.end - OPENING_BYTES)
            self.window.forget(self.position)
            if not self.window.more():
                self.position = self.window.end
                return self.position - start
        self.position = self.window.start + match.start()
        if self.is_wrapped and self.stack[-1:] != b"[":
            self.stack += b"["
        return self.position - start

    def _is_element(self, behind: int, at: int) -> bool:
        """Report whether an object at a position is an element of a list, by the signs behind the token before it."""
        signs = self.window.slice(max(behind, self.window.start), at)
        return b":" not in signs and (self.stack[-1:] in (b"[", b"{") or b"," in signs)

    def _go_back(self, at: int, data: bytes) -> None:
        self.spare -= self.position - at
        self.window.put_back(at, data)
        self.position, self.is_over, self.is_cut = at, False, False

    def _token(self, start: int | None) -> tuple[int, bytes] | None:
        """Return the offset and text of the next relevant token; None at the end of the file."""
        looked_for = _TOKEN if start is None else _STRUCTURE
        while True:
            match = looked_for.search(self.window.data, self.position - self.window.start)
            if match is None:
                self.position = self.window.end
                if not self._more(start):
                    return None
                continue
            token = self.window.start + match.start(), match[0]
            if match.end() < len(self.window.data) or not self._more(start):
                return token

    def _skip_string(self, at: int, start: int | None) -> bool:
        """Move behind the string at a position; report whether the string ends."""
        self.position = at + 1
        while True:
            data, base = self.window.data, self.window.start
            while (quote := data.find(b'"', self.position - base)) >= 0:
                self.position = base + quote + 1
                if not _is_escaped(data, quote):
                    return True
            self.position = max(self.position, self.window.end - 1 if data[-1:] == b"\\" else self.window.end)
            if not self._more(at if start is None else start):
                return False

    def _more(self, start: int | None) -> bool:
        """Read on; of a value over the limit only the end is kept, because a final quote may be escaped."""
        kept = self.position if start is None else start
        if start is not None and self.window.end - start > 2 * self.limit:
            kept = self.window.end - 64
        self.window.forget(min(kept, self.position))
        return self.window.more()

    def _is_container(self, mark: bytes, at: int) -> bool:
        """Report whether a bracket opens a list of records, or an object around records or such a list."""
        if self.is_keyed:
            return mark == b"{" and not self.stack
        if not self.is_wrapped:
            return mark == b"[" and not self.stack
        if mark == b"{":
            return self.stack[-1:] != b"["
        return self.stack[-1:] != b"[" and self._holds_objects(at)

    def _holds_objects(self, at: int) -> bool:
        self.window.reach(at + 64)
        return self.window.slice(at + 1, at + 64).lstrip()[:1] == b"{"

    def _read_key(self, at: int) -> str:
        try:
            return str(parse_json(self.window.slice(at, self.position)))
        except ValueError:
            return ""

    def _value(self, start: int) -> tuple[int, int, bytes | None]:
        is_whole = self.window.start <= start and self.position - start <= self.limit
        return start, self.position, self.window.slice(start, self.position) if is_whole else None

    def _rewraps(self, start: int, data: bytes | None = None) -> bool:
        """Descend into a first value without a text, if the value seems to wrap a list of records."""
        if not self.may_wrap or self.stack or (self.window.start > start and data is None):
            return False
        self.may_wrap = False
        opening = data if data is not None else self.window.slice(start, start + 4096)
        if WRAPPER.match(opening):
            self.is_wrapped = True
        elif data is None and OBJECTS.match(opening):  # over the limit: records by their identifiers
            self.is_keyed = True
        else:
            return False
        self._go_back(start, data if data is not None else b"")
        return True


def _is_escaped(data: bytearray, quote: int) -> bool:
    slash = quote
    while slash and data[slash - 1] == 0x5C:
        slash -= 1
    return (quote - slash) % 2 == 1


FORMATS = (Format("json", read),)
