"""The format json: one array, objects over many lines, or an answer that wraps its articles, a value at a time."""

import re
from collections.abc import Iterable, Iterator

from newsmill.formats import Format
from newsmill.readers import field_records
from newsmill.readers.detect import HEAD_BYTES, WRAPPER, wide_encoding
from newsmill.readers.fields import Namer
from newsmill.readers.jsonl import guarded, loads
from newsmill.readers.lines import narrow
from newsmill.readers.record import MB, Found, Record, Reject
from newsmill.readers.text import empty
from newsmill.readers.unpack import Unpacked
from newsmill.readers.window import Window

_STRUCTURE = re.compile(rb'["{}\[\]]')
_TOKEN = re.compile(rb'["{}\[\]]|[^\s,:{}\[\]"\xef\xbb\xbf\x1e]+')
_FIRST_KEY = re.compile(rb'\{\s*"((?:[^"\\]|\\.){1,80})"\s*:')
# How much is read again, in all, to find the next record behind broken ones: so no file is read over and over.
_SPARE_BYTES = 64 * MB


def read(file: Unpacked, name: str) -> Iterator[Found]:
    """Yield a record or a reject for every value; no value is known by the file's `name`."""
    wide = wide_encoding(file.head(HEAD_BYTES))
    values = _Values(narrow(file.blocks(), wide) if wide else file.blocks(), file.limits.record_bytes)
    number = 0
    for found in _found(values, file, Namer()):
        number += 1
        found.record_no = number
        if isinstance(found, Record) and wide:
            found.byte_start = found.byte_end = None
            found.encoding = wide
        yield found
    if number == 0 and not file.failure:
        yield empty(values.window.end)
    elif values.stack and not file.failure and not values.is_cut:
        detail = f"the list that the file is ends without its end, at byte {values.at}; fetch it again to have the rest"
        yield Reject(number + 1, "cut_short", detail)


def _found(values: "_Values", file: Unpacked, namer: Namer) -> Iterator[Record | Reject]:
    limit, is_lost = file.limits.record_bytes, False
    while (value := values.next()) is not None:
        start, end, data = value
        found = guarded(0, start, end, data, namer, limit, "value")
        if isinstance(found, Record):
            values.accept(data)
            is_lost = False
        elif is_lost and found.reason == "not_an_object":
            continue  # words out of the midst of a broken value
        elif found.reason == "no_text" and not values.stack and (inner := _wrapped(data, start, limit)):
            yield from _found(inner, file, namer)
            continue
        elif found.reason == "not_json":
            is_lost, went_on = True, values.go_on_within(start, data)
            if values.is_over and file.failure and not went_on:
                return  # the value at which the file breaks off: its failure speaks of it
        yield found


def _wrapped(data: bytes, start: int, limit: int) -> "_Values | None":
    """Return the values of the lists within an object that is no page itself."""
    value = loads(data)
    inner = [value, *(one for one in value.values() if isinstance(one, dict))]
    if not any(True for one in inner for _ in field_records.listed(one)):
        return None
    return _Values((data,), limit, start, is_wrapped=True)


class _Values:
    """Finds the values of a file that may be records, with their byte ranges, by its brackets and quotes alone."""

    def __init__(self, blocks: Iterable[bytes], limit: int, start: int = 0, is_wrapped: bool = False):
        self.window, self.limit, self.is_wrapped = Window(blocks, start), limit, is_wrapped
        self.at = start  # up to where the bytes were looked at
        self.stack = bytearray()  # the brackets that stand open around the values
        self.is_over = self.is_cut = False
        self.may_wrap = not is_wrapped
        self.spare, self.first_key = _SPARE_BYTES, None

    def next(self) -> tuple[int, int, bytes | None] | None:
        """Return (first byte, byte after the last, bytes) of the next value; no bytes for one over the limit."""
        start, depth = None, 0
        while token := self._token(start):
            at, mark = token
            if mark == b'"':
                if not self._skip_string(at, start):
                    break
            else:
                self.at = at + len(mark)
            if start is not None:
                depth += (mark in b"{[") - (mark in b"}]")
            elif mark in b"{[" and self._is_container(mark, at):
                self.stack += mark
                continue
            elif mark in b"}]":
                del self.stack[-1:]
                continue
            elif self.stack[-1:] == b"{":
                continue  # a key, or a single value beside the lists that are looked for
            else:
                start, depth = at, int(mark in b"{[")
            if depth == 0:
                return self._value(start)
            if self.at - start > self.limit and self._rewraps(start):
                start, depth = None, 0
        self.is_over, self.is_cut = True, self.is_cut or start is not None
        return None if start is None else self._value(start)

    def accept(self, data: bytes) -> None:
        """Learn from a record that was read how the next one is likely to begin."""
        self.may_wrap = False
        if self.first_key is None and (key := _FIRST_KEY.match(data)):
            self.first_key = key[1]

    def go_on_within(self, start: int, data: bytes) -> bool:
        """Go back to where another record seems to begin within a broken value; tell whether there is one."""
        if self._rewraps(start, data):
            return True
        key = self.first_key or ((first := _FIRST_KEY.match(data)) and first[1])
        if not key:
            return False
        found = re.compile(rb'[}\]"]\s*+,?\s*+(?=\{\s*+"%s"\s*:)' % re.escape(key)).search(data, 1)
        if not found or self.at - start - found.end() > self.spare:
            return False
        self._go_back(start + found.end(), data[found.end() :])
        return True

    def _go_back(self, at: int, data: bytes) -> None:
        self.spare -= self.at - at
        self.window.put_back(at, data)
        self.at, self.is_over, self.is_cut = at, False, False

    def _token(self, start: int | None) -> tuple[int, bytes] | None:
        """Return the next token that matters, and its offset; None at the end of the file."""
        looked_for = _TOKEN if start is None else _STRUCTURE
        while True:
            found = looked_for.search(self.window.data, self.at - self.window.start)
            if found is None:
                self.at = self.window.end
                if not self._more(start):
                    return None
                continue
            token = self.window.start + found.start(), found[0]
            if found.end() < len(self.window.data) or not self._more(start):
                return token

    def _skip_string(self, at: int, start: int | None) -> bool:
        """Move behind the string that begins there; tell whether it ends at all."""
        self.at = at + 1
        while True:
            data, base = self.window.data, self.window.start
            while (quote := data.find(b'"', self.at - base)) >= 0:
                self.at = base + quote + 1
                if not _is_escaped(data, quote):
                    return True
            self.at = max(self.at, self.window.end - 1 if data[-1:] == b"\\" else self.window.end)
            if not self._more(at if start is None else start):
                return False

    def _more(self, start: int | None) -> bool:
        """Read on; of a value over the limit nothing is kept but the end, in which a quote may be escaped."""
        kept = self.at if start is None else start
        if start is not None and self.window.end - start > 2 * self.limit:
            kept = self.window.end - 64
        self.window.forget(min(kept, self.at))
        return self.window.more()

    def _is_container(self, mark: bytes, at: int) -> bool:
        """Tell whether a bracket opens what holds records, and is none itself."""
        if not self.is_wrapped:
            return mark == b"[" and not self.stack
        if mark == b"{":
            return self.stack[-1:] != b"["
        return self.stack[-1:] != b"[" and self._holds_objects(at)

    def _holds_objects(self, at: int) -> bool:
        self.window.reach(at + 64)
        return self.window.slice(at + 1, at + 64).lstrip()[:1] == b"{"

    def _value(self, start: int) -> tuple[int, int, bytes | None]:
        is_whole = self.window.start <= start and self.at - start <= self.limit
        return start, self.at, self.window.slice(start, self.at) if is_whole else None

    def _rewraps(self, start: int, data: bytes | None = None) -> bool:
        """Look into a first value that is no record by itself, if it seems to wrap a list of them."""
        if not self.may_wrap or self.stack or (self.window.start > start and data is None):
            return False
        self.may_wrap = False
        if not WRAPPER.match(data if data is not None else self.window.slice(start, start + 4096)):
            return False
        self.is_wrapped = True
        self._go_back(start, data if data is not None else b"")
        return True


def _is_escaped(data: bytearray, quote: int) -> bool:
    slash = quote
    while slash and data[slash - 1] == 0x5C:
        slash -= 1
    return (quote - slash) % 2 == 1


FORMATS = (Format("json", read),)
