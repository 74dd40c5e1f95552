"""Reads the lines of a file with their byte ranges, in bounded memory at any line length."""

import codecs
from collections.abc import Iterable, Iterator

from newsmill.readers.unpack import UnpackedFile

# start offset, end offset, the line without line end, whether bytes are missing from the line
Line = tuple[int, int, bytes | None, bool]


def read_lines(file: UnpackedFile, limit: int, wide: str | None = None) -> Iterator[Line]:
    """Yield the lines, None for a line over the limit; mark the lines next to missing bytes as cut."""
    blocks = recode_to_utf8(file.blocks(), wide) if wide else file.blocks()
    start, pieces, size, is_cut = 0, [], 0, False
    for piece, is_gap in _split_at_gaps(blocks, file.breaks if not wide else []):
        head, *others = piece.split(b"\n")
        size += len(head)
        if size <= limit + 1:
            pieces.append(head)
        else:
            pieces.clear()  # of a line over the limit only the length is kept
        for following in others:
            yield *_trim_line(start, b"".join(pieces), size, limit), is_cut
            start, pieces, size, is_cut = start + size + 1, [following], len(following), False
        if is_gap:
            yield *_trim_line(start, b"".join(pieces), size, limit), True
            start, pieces, size, is_cut = start + size, [], 0, True
    yield *_trim_line(start, b"".join(pieces), size, limit), is_cut or file.failure is not None


def recode_to_utf8(blocks: Iterable[bytes], wide: str) -> Iterator[bytes]:
    """Convert blocks of UTF-16 or UTF-32, the output of some shells, to UTF-8."""
    decoder = codecs.getincrementaldecoder(wide)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")


def _split_at_gaps(blocks: Iterable[bytes], breaks: list[int]) -> Iterator[tuple[bytes, bool]]:
    """Yield (block, whether a gap follows), split where bytes are missing; the caller appends to `breaks` meanwhile."""
    start = i = 0
    for block in blocks:
        end = start + len(block)
        while i < len(breaks) and breaks[i] <= end:
            cut = breaks[i] - start
            yield block[:cut], True
            block, start, i = block[cut:], breaks[i], i + 1
        yield block, False
        start = end


def _trim_line(start: int, line: bytes, size: int, limit: int) -> tuple[int, int, bytes | None]:
    end = start + size
    if size > limit + 1:
        return start, end, None
    if start == 0 and line.startswith(codecs.BOM_UTF8):
        start, line = 3, line[3:]
    if line.endswith(b"\r"):
        end, line = end - 1, line[:-1]
    return start, end, line if end - start <= limit else None
