"""A stretch of unpacked bytes that moves over a file: read on at its end, forgotten at its beginning."""

from collections.abc import Iterable, Iterator


class Window:
    """The bytes from `start` to `end` of a file; all offsets are those of the file."""

    def __init__(self, blocks: Iterable[bytes], start: int = 0):
        self._blocks: Iterator[bytes] = iter(blocks)
        self.data, self.start = bytearray(), start

    @property
    def end(self) -> int:
        """Return the offset behind the last byte at hand."""
        return self.start + len(self.data)

    def more(self) -> bool:
        """Read on; tell whether there was anything."""
        block = next(self._blocks, None)
        self.data += block or b""
        return block is not None

    def reach(self, end: int) -> bool:
        """Read on until `end` is at hand; tell whether it is."""
        while self.end < end and self.more():
            pass
        return self.end >= end

    def slice(self, start: int, end: int) -> bytes:
        """Return a copy of bytes at hand."""
        return bytes(self.data[start - self.start : end - self.start])

    def forget(self, before: int) -> None:
        """Drop the bytes at hand before an offset."""
        before = min(before, self.end)
        if before > self.start:
            del self.data[: before - self.start]
            self.start = before

    def put_back(self, at: int, data: bytes) -> None:
        """Have the bytes from an offset on at hand again, of which `data` may have been forgotten."""
        if at < self.start:
            self.data[:0] = data[: self.start - at]
            self.start = at
