"""The format text: a page a file, identified by the file's name; or pages between lines of the dump's separator."""

import hashlib
from collections.abc import Iterator

from newsmill.formats import Format
from newsmill.readers.detect import HEAD_BYTES, describe_binary, find_wide_encoding
from newsmill.readers.fix_text import decode_text
from newsmill.readers.lines import read_lines
from newsmill.readers.record import ReadResult, Record, Reject
from newsmill.readers.unpack import UnpackedFile


def read(file: UnpackedFile, name: str, separator: str | None = None) -> Iterator[ReadResult]:
    """Yield the page of a file, or a reject; with a separator, each page between lines of just the separator."""
    if separator:
        yield from _read_pages(file, separator)
        return
    data = read_whole_file(file)
    if file.failure:
        return
    if isinstance(data, Reject):
        yield data
    else:
        page_or_reject = page(1, 0, len(data), data, "file")
        yield reject_empty(len(data)) if page_or_reject is None else page_or_reject
        if isinstance(page_or_reject, Record):
            page_or_reject.document_id = name


def page(number: int, start: int | None, end: int | None, data: bytes, what: str = "page") -> Record | Reject | None:
    """Read bytes as a page of text; None for white space alone."""
    if content := describe_binary(data):
        detail = f"the {what} is {content}, expected text; land the text of the page instead"
        return Reject(0 if what == "file" else number, "binary", detail)
    text, encoding, repairs = decode_text(data)
    return Record(number, start, end, text, encoding, repairs, document_id=make_text_id(text)) if text.strip() else None


def make_text_id(text: str) -> str:
    """Identify a page by a hash of the text: a position in a file may belong to another record tomorrow."""
    return f"text-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def reject_empty(size: int) -> Reject:
    """Reject a file without text."""
    fault = "the file has no bytes" if size == 0 else f"the file holds only white space ({size} bytes)"
    return Reject(0, "empty_file", f"{fault}, expected a page; see whether its publisher's dump was cut short")


def read_whole_file(file: UnpackedFile) -> bytes | Reject:
    """Return a file's bytes, or a reject for more bytes than a page may have."""
    limit, pieces, size = file.limits.record_bytes, [], 0
    for block in file.blocks():
        pieces.append(block)
        size += len(block)
        if size > limit:
            return _reject_too_large(1, 0, limit)
    return b"".join(pieces)


def _reject_too_large(number: int, start: int, limit: int) -> Reject:
    return Reject(
        number,
        "record_too_large",
        f"the page at byte {start} has more than {limit} bytes, the limit of a record; if the file holds many pages, "
        "name the line between them as the dump's separator; else split it or leave it out",
    )


def _read_pages(file: UnpackedFile, separator: str) -> Iterator[ReadResult]:
    wide, number, end, limit = find_wide_encoding(file.head(HEAD_BYTES)), 0, 0, file.limits.record_bytes
    for start, end, data in _split_pages(file, separator.encode(), limit, wide):
        page_or_reject = (
            _reject_too_large(number + 1, start, limit) if data is None else page(number + 1, start, end, data)
        )
        if page_or_reject is None:
            continue
        number += 1
        if isinstance(page_or_reject, Record) and wide:
            page_or_reject.set_wide_encoding(wide)
        yield page_or_reject
    if number == 0 and not file.failure:
        yield reject_empty(end)


def _split_pages(
    file: UnpackedFile, separator: bytes, limit: int, wide: str | None
) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield (first byte, byte after the last, bytes) of each page; None instead of bytes over the limit."""
    start = end = 0
    pieces: list[bytes] | None = None  # None before the first line of a page
    for line_start, line_end, line, is_cut in read_lines(file, limit, wide):
        if is_cut:
            return  # the failure of the file already reports the page at which the file breaks off
        if line is not None and line.strip() == separator:
            if pieces is not None:
                yield start, end, b"".join(pieces) if end - start <= limit else None
            pieces = None
            continue
        if pieces is None:
            start, pieces = line_start, []
        else:
            pieces.append(b"\n" if line_start == end + 1 else b"\r\n")
        end = line_end
        if line is None or end - start > limit:
            pieces.clear()
        else:
            pieces.append(line)
    if pieces is not None:
        yield start, end, b"".join(pieces) if end - start <= limit else None


FORMATS = (Format("text", read),)
