"""Lines of a file with their byte ranges, in bounded memory, whatever their length."""

import codecs
from collections.abc import Iterable, Iterator

from newsmill.readers.unpack import Unpacked

# First byte, byte after the last, the line without its end, and whether bytes are missing from it.
Line = tuple[int, int, bytes | None, bool]


def lines(file: Unpacked, limit: int, wide: str | None = None) -> Iterator[Line]:
    """Yield the lines; None stands for one over the limit. Those at which the file breaks off are marked as cut."""
    blocks = narrow(file.blocks(), wide) if wide else file.blocks()
    start, pieces, held, is_cut = 0, [], 0, False
    for piece, is_gap in _pieces(blocks, file.breaks if not wide else []):
        head, *others = piece.split(b"\n")
        held += len(head)
        if held <= limit + 1:
            pieces.append(head)
        else:
            pieces.clear()  # nothing of a line that is too long is kept, only its length
        for following in others:
            yield *_line(start, b"".join(pieces), held, limit), is_cut
            start, pieces, held, is_cut = start + held + 1, [following], len(following), False
        if is_gap:
            yield *_line(start, b"".join(pieces), held, limit), True
            start, pieces, held, is_cut = start + held, [], 0, True
    yield *_line(start, b"".join(pieces), held, limit), is_cut or file.failure is not None


def narrow(blocks: Iterable[bytes], wide: str) -> Iterator[bytes]:
    """Turn UTF-16, which some shells write, into UTF-8."""
    decoder = codecs.getincrementaldecoder(wide)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")


def _pieces(blocks: Iterable[bytes], breaks: list[int]) -> Iterator[tuple[bytes, bool]]:
    """Yield the blocks, parted where bytes are missing, each with whether a gap follows; `breaks` grows meanwhile."""
    at = seen = 0
    for block in blocks:
        end = at + len(block)
        while seen < len(breaks) and breaks[seen] <= end:
            cut = breaks[seen] - at
            yield block[:cut], True
            block, at, seen = block[cut:], breaks[seen], seen + 1
        yield block, False
        at = end


def _line(start: int, line: bytes, held: int, limit: int) -> tuple[int, int, bytes | None]:
    end = start + held
    if held > limit + 1:
        return start, end, None
    if start == 0 and line.startswith(codecs.BOM_UTF8):
        start, line = 3, line[3:]
    if line.endswith(b"\r"):
        end, line = end - 1, line[:-1]
    return start, end, line if end - start <= limit else None
