"""The format text: one page a file, known by the name of its file; or many, a line that the dump names between them."""

import hashlib
from collections.abc import Iterator

from newsmill.formats import Format
from newsmill.readers.detect import HEAD_BYTES, binary, wide_encoding
from newsmill.readers.fix_text import decode
from newsmill.readers.lines import lines
from newsmill.readers.record import Found, Record, Reject
from newsmill.readers.unpack import Unpacked


def read(file: Unpacked, name: str, separator: str | None = None) -> Iterator[Found]:
    """Yield the one page of a file, or why it is none; with a separator each page between lines that hold just that."""
    if separator:
        yield from _pages(file, separator)
        return
    data = content(file)
    if file.failure:
        return
    if isinstance(data, Reject):
        yield data
    else:
        found = page(1, 0, len(data), data, "file")
        yield empty(len(data)) if found is None else found
        if isinstance(found, Record):
            found.document_id = name


def page(number: int, start: int | None, end: int | None, data: bytes, what: str = "page") -> Record | Reject | None:
    """Read bytes as a page of text; None if they hold only white space."""
    if found := binary(data):
        detail = f"the {what} is {found}, expected text; land the text of the page instead"
        return Reject(0 if what == "file" else number, "binary", detail)
    text, encoding, repairs = decode(data)
    return Record(number, start, end, text, encoding, repairs, document_id=id_of(text)) if text.strip() else None


def id_of(text: str) -> str:
    """Name a page by its text: a place in a file is another record's tomorrow."""
    return f"text-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def empty(size: int) -> Reject:
    """Say that a file holds nothing to read."""
    found = "the file has no bytes" if size == 0 else f"the file holds only white space ({size} bytes)"
    return Reject(0, "empty_file", f"{found}, expected a page; see whether its publisher's dump was cut short")


def content(file: Unpacked) -> bytes | Reject:
    """Return a file's bytes, or why there are too many of them for one page."""
    limit, pieces, size = file.limits.record_bytes, [], 0
    for block in file.blocks():
        pieces.append(block)
        size += len(block)
        if size > limit:
            return _too_large(1, 0, limit)
    return b"".join(pieces)


def _too_large(number: int, start: int, limit: int) -> Reject:
    return Reject(
        number,
        "record_too_large",
        f"the page at byte {start} has more than {limit} bytes, the limit of a record; if the file holds many pages, "
        "name the line between them as the dump's separator; else split it or leave it out",
    )


def _pages(file: Unpacked, separator: str) -> Iterator[Found]:
    wide, number, end, limit = wide_encoding(file.head(HEAD_BYTES)), 0, 0, file.limits.record_bytes
    for start, end, data in _between(file, separator.encode(), limit, wide):
        found = _too_large(number + 1, start, limit) if data is None else page(number + 1, start, end, data)
        if found is None:
            continue
        number += 1
        if isinstance(found, Record) and wide:
            found.byte_start = found.byte_end = None
            found.encoding = wide
        yield found
    if number == 0 and not file.failure:
        yield empty(end)


def _between(file: Unpacked, separator: bytes, limit: int, wide: str | None) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield (first byte, byte after the last, bytes) of what stands between separators; None for too much of it."""
    start = end = 0
    pieces: list[bytes] | None = None  # None before the first line of a page
    for first, last, line, is_cut in lines(file, limit, wide):
        if is_cut:
            return  # half a page is none: the failure of the file speaks of it
        if line is not None and line.strip() == separator:
            if pieces is not None:
                yield start, end, b"".join(pieces) if end - start <= limit else None
            pieces = None
            continue
        if pieces is None:
            start, pieces = first, []
        else:
            pieces.append(b"\n" if first == end + 1 else b"\r\n")
        end = last
        if line is None or end - start > limit:
            pieces.clear()
        else:
            pieces.append(line)
    if pieces is not None:
        yield start, end, b"".join(pieces) if end - start <= limit else None


FORMATS = (Format("text", read),)
