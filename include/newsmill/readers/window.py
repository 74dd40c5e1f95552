"""A window of unpacked bytes that moves over a file: extended at the end, dropped at the start."""

from collections.abc import Iterable, Iterator


class Window:
    """The bytes from `start` to `end` of a file; all offsets count from the start of the file."""

    def __init__(self, blocks: Iterable[bytes], start: int = 0):
        self._blocks: Iterator[bytes] = iter(blocks)
        self.data, self.start = bytearray(), start

    @property
    def end(self) -> int:
        """Return the offset after the last byte of the window."""
        return self.start + len(self.data)

    def more(self) -> bool:
        """Append the next block; return False at the end of the file."""
        block = next(self._blocks, None)
        self.data += block or b""
        return block is not None

    def reach(self, end: int) -> bool:
        """Extend the window to `end`; return False if the file ends before."""
        while self.end < end and self.more():
            pass
        return self.end >= end

    def slice(self, start: int, end: int) -> bytes:
        """Return a copy of bytes in the window."""
        return bytes(self.data[start - self.start : end - self.start])

    def forget(self, before: int) -> None:
        """Drop the bytes before an offset."""
        before = min(before, self.end)
        if before > self.start:
            del self.data[: before - self.start]
            self.start = before

    def put_back(self, offset: int, data: bytes) -> None:
        """Extend the window back to `offset`; `data` holds the bytes from there."""
        if offset < self.start:
            self.data[:0] = data[: self.start - offset]
            self.start = offset
