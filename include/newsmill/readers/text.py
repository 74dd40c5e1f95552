"""The format text: one page a file, known by the name of its file."""

from collections.abc import Iterator

from newsmill.readers.detect import binary
from newsmill.readers.record import Record, Reject
from newsmill.readers.repair import decode
from newsmill.readers.unpack import Unpacked


def read(file: Unpacked, name: str) -> Iterator[Record | Reject]:
    """Yield the one page of a file, or why it is none; `name` is the file's within its dump."""
    data = _content(file)
    if file.failure:
        return
    if isinstance(data, Reject):
        yield data
    elif what := binary(data):
        yield Reject(0, "binary", f"the file is {what}, expected text; land the text of the page instead")
    else:
        yield _page(data, name)


def _page(data: bytes, name: str) -> Record | Reject:
    text, encoding, repairs = decode(data)
    if not text.strip():
        return empty(len(data))
    return Record(1, 0, len(data), text, encoding, repairs, document_id=name)


def empty(size: int) -> Reject:
    """Say that a file holds nothing to read."""
    found = "the file has no bytes" if size == 0 else f"the file holds only white space ({size} bytes)"
    return Reject(0, "empty_file", f"{found}, expected a page; see whether its publisher's dump was cut short")


def _content(file: Unpacked) -> bytes | Reject:
    limit, pieces, size = file.limits.record_bytes, [], 0
    for block in file.blocks():
        pieces.append(block)
        size += len(block)
        if size > limit:
            detail = f"the page has more than {limit} bytes, the limit of a record; split it or leave it out"
            return Reject(1, "record_too_large", detail)
    return b"".join(pieces)
