"""Unpacking: a landed file as blocks of its bytes, gzip and zstd told by their content, damage and bombs stopped."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zstandard

from newsmill.readers.record import MB, Limits, Reject

BLOCK_BYTES = 8 * MB
# A step of packed bytes is unpacked in one go, so it bounds what a bomb can put into memory: deflate swells 1,032-fold,
# zstd turns 4 bytes into 128 kB.
_GZIP_STEP, _ZSTD_STEP = 16 * 1024, 1024
_GZIP_MAGIC, _ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_FAULTS = (zlib.error, zstandard.ZstdError)


class Unpacked:
    """A landed file on its way to a reader; once its blocks are used up, `failure` tells why they ended too early."""

    def __init__(self, path: Path, limits: Limits = Limits()):  # noqa: B008 - frozen
        self.path = path
        self.limits = limits
        self.failure: Reject | None = None
        with path.open("rb") as file:
            magic = file.read(4)
        self.packing = "gzip" if magic[:2] == _GZIP_MAGIC else "zstd" if magic == _ZSTD_MAGIC else None

    def blocks(self, size: int = BLOCK_BYTES) -> Iterator[bytes]:
        """Yield the unpacked bytes in blocks of about `size`, as far as the file can be believed."""
        self.failure = None
        if self.packing is None:
            yield from self._plain(size)
            return
        pieces, held = [], 0
        for piece in self._pieces():
            pieces.append(piece)
            held += len(piece)
            if held >= size:
                yield b"".join(pieces)
                pieces, held = [], 0
        if pieces:
            yield b"".join(pieces)

    def head(self, size: int) -> bytes:
        """Return the first bytes, unpacked."""
        blocks = self.blocks(size)
        head = next(blocks, b"")[:size]
        blocks.close()
        self.failure = None
        return head

    def _plain(self, size: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while block := file.read(size):
                yield block

    def _pieces(self) -> Iterator[bytes]:
        """Yield what each step unpacks to; a file may be several packed ones, end to end."""
        engine, member, packed, unpacked = self._engine(), 0, 0, 0
        for data in self._steps():
            while data and not (packed == member and self._is_padding(data)):
                try:
                    piece = engine.decompress(data)
                except _FAULTS as fault:
                    yield from self._salvage(member, packed, len(data))
                    self._damaged(packed, str(fault))
                    return
                packed, data = packed + len(data) - len(engine.unused_data), engine.unused_data
                believed = max(self.limits.ratio_from_bytes, self.limits.ratio * packed) - unpacked
                unpacked += len(piece)
                yield piece[:believed]
                if len(piece) > believed:
                    self._swollen(unpacked, packed)
                    return
                if engine.eof:
                    engine, member = self._engine(), packed
        if packed > member:
            self._damaged(packed, "it ends too early")

    def _steps(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while data := file.read(self._step):
                yield data

    def _is_padding(self, data: bytes) -> bool:
        # Tapes and block devices fill the last block of a gzip file with zeros.
        return self.packing == "gzip" and not data.strip(b"\0")

    def _salvage(self, member: int, failing: int, length: int) -> Iterator[bytes]:
        """Unpack the member again up to the failing step and that byte by byte: nothing before the damage is lost."""
        engine, at = self._engine(), member
        with self.path.open("rb") as file:
            file.seek(member)
            while at < failing:
                at += len(data := file.read(min(self._step, failing - at)))
                engine.decompress(data)
            for byte in file.read(length):
                try:
                    yield engine.decompress(bytes((byte,)))
                except _FAULTS:
                    return

    @property
    def _step(self) -> int:
        return _GZIP_STEP if self.packing == "gzip" else _ZSTD_STEP

    def _engine(self) -> Any:
        return zlib.decompressobj(31) if self.packing == "gzip" else zstandard.ZstdDecompressor().decompressobj()

    def _swollen(self, unpacked: int, packed: int) -> None:
        self.failure = Reject(
            0, "compression_bomb",
            f"{packed} bytes of {self.packing} unpack to {unpacked} or more, the limit is {self.limits.ratio} to 1; "
            "what came before was read; if the file is honest, land it unpacked",
        )

    def _damaged(self, offset: int, fault: str) -> None:
        self.failure = Reject(
            0, "damaged_archive",
            f"the {self.packing} file is damaged near byte {offset} of {self.path.stat().st_size} ({fault}); "
            "what came before was read; fetch it again from its publisher to have the rest",
        )
