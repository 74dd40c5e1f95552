"""Decompresses a file into blocks: detects compression by content, stops at damage and at compression bombs."""

import bz2
import lzma
import re
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from newsmill.readers.fields import FieldName
from newsmill.readers.record import MB, Limits, Reject

BLOCK_BYTES = 8 * MB
_READ_BYTES, _OUT_BYTES = 256 * 1024, MB
# A compressed member is buffered up to this size: to repeat its decompression up to a damage, or to search the next.
_MAX_BUFFERED_BYTES = 16 * MB
_XZ_MEMORY = 256 * MB
_MAX_DAMAGES, _MAX_LISTED = 1_000, 5
_DECODE_ERRORS = (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError)


class Meter:
    """Counts the decompressed bytes of one landed file over all layers against the limits."""

    def __init__(self, limits: Limits, packed: int = 0):
        self.limits, self.packed = limits, packed
        self.unpacked = self.members = 0
        self.is_spent = False

    def take(self, size: int) -> int:
        """Count decompressed bytes of a layer; return the number within the limits."""
        allowed = min(size, self._bytes_left())
        self.unpacked += size
        self.is_spent = self.is_spent or allowed < size
        return allowed

    def refuses(self, size: int) -> bool:
        """Report whether so many more bytes are above the limits; count them if they are, for the message."""
        is_above = size > self._bytes_left()
        if is_above:
            self.take(size)
        return is_above

    def _bytes_left(self) -> int:
        limit = min(max(self.limits.ratio_from_bytes, self.limits.ratio * self.packed), self.limits.unpacked_bytes)
        return max(0, limit - self.unpacked)

    def bomb(self, packing: str) -> Reject:
        """Return the reject for a file above the compression limits."""
        limits = self.limits
        return Reject(
            0,
            "compression_bomb",
            f"{self.packed} bytes of {packing} unpack to {self.unpacked} or more, the limit is {limits.ratio} to 1 and "
            f"{limits.unpacked_bytes} bytes in all; what came before was read; if the file is honest, land it unpacked",
        )


class Peekable:
    """A stream of bytes with lookahead."""

    def __init__(self, pieces: Iterable[bytes]):
        self._pieces, self._buffer, self._position = iter(pieces), b"", 0

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes without consuming them; fewer at the end."""
        if len(self._buffer) - self._position < size:
            pieces = [self._buffer[self._position :]]
            length = len(pieces[0])
            while length < size and (piece := next(self._pieces, None)) is not None:
                pieces.append(piece)
                length += len(piece)
            self._buffer, self._position = b"".join(pieces), 0
        return self._buffer[self._position : self._position + size]

    def take(self, size: int) -> bytes:
        """Consume and return at most `size` bytes; empty at the end."""
        while self._position == len(self._buffer):
            piece = next(self._pieces, None)
            self._buffer, self._position = piece or b"", 0
            if piece is None:
                return b""
        data = self._buffer[self._position : self._position + size]
        self._position += len(data)
        return data

    def give_back(self, data: bytes) -> None:
        """Put consumed bytes back in front of the stream."""
        self._buffer, self._position = data + self._buffer[self._position :], 0

    def __iter__(self) -> Iterator[bytes]:
        while data := self.take(BLOCK_BYTES):
            yield data


class Part:
    """A source of bytes, with compression and CRC-32 where known; `fault` is the reason for missing bytes, if any."""

    packing: str | None = None
    checksum: int | None = None

    def __init__(self, pieces: Iterable[bytes]):
        self._pieces = pieces
        self.fault: Reject | None = None

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


class UnpackedFile:
    """The decompressed bytes of a landed file or of an archive member, read once.

    After the last byte, `failure` is the reason for a premature end. Gzip and zstd files often consist of many members,
    end to end: with `past_damage` reading continues after a damaged member, and `breaks` lists the offsets of missing
    bytes.
    """

    def __init__(
        self,
        source: "Path | Part",
        limits: Limits = Limits(),  # noqa: B008 - frozen
        meter: Meter | None = None,
        depth: int = 0,
    ):
        """Open a path, or a part of an archive at nesting `depth`."""
        self.limits, self.meter, self.depth = limits, meter or Meter(limits), depth
        self.path = source if isinstance(source, Path) else None
        self.source = Part(self._read_file(source)) if isinstance(source, Path) else source
        self.past_damage = False
        self.field_names: Mapping[str, FieldName] | None = None  # of the records inside; None for all known names
        self.broken: Reject | None = None
        self.layers: list[_Layer] = []
        self._taken = 0
        self._bytes = Peekable(self.source)
        if self.source.packing:
            self._add_layer(_ZIP_METHODS[self.source.packing])
        if self.source.checksum is not None:
            self._bytes = Peekable(self._verify_checksum(self._bytes, self.source.checksum))
        while compression := _detect_compression(self._bytes.peek(_MAGIC_BYTES)):
            if self.depth >= limits.depth:
                self.broken, self._bytes = too_deep_reject(limits), Peekable(())
                break
            self.depth += 1
            self._add_layer(compression)

    @property
    def packing(self) -> str | None:
        """Return the names of the removed compressions, the innermost first."""
        return " in ".join(layer.packing.name for layer in reversed(self.layers)) or None

    @property
    def failure(self) -> Reject | None:
        """Return the reason for a premature end, from the outermost layer with a failure."""
        return self.broken or self.source.fault or next((layer.failure for layer in self.layers if layer.failure), None)

    @property
    def breaks(self) -> list[int]:
        """Return the offsets of missing bytes in the decompressed bytes read so far."""
        return self.layers[-1].breaks if self.layers else []

    def head(self, size: int) -> bytes:
        """Return the first decompressed bytes without consuming them."""
        return self._bytes.peek(size)

    def take(self, size: int) -> bytes:
        """Consume the next `size` decompressed bytes; fewer at the end, or before a gap without `past_damage`."""
        pieces = []
        while size and (piece := self._bytes.take(size)):
            if not self.past_damage and self.breaks and self._taken + len(piece) > self.breaks[0]:
                piece, size, self._bytes = piece[: self.breaks[0] - self._taken], 0, Peekable(())
            pieces.append(piece)
            self._taken += len(piece)
            size -= min(size, len(piece))
        return b"".join(pieces)

    def give_back(self, data: bytes) -> None:
        """Put consumed bytes back."""
        self._bytes.give_back(data)
        self._taken -= len(data)

    def blocks(self, size: int = BLOCK_BYTES) -> Iterator[bytes]:
        """Yield the decompressed bytes in blocks of `size`, within the limits."""
        while block := self.take(size):
            yield block

    def opened(self) -> BinaryIO:
        """Return the decompressed bytes as a seekable file: the landed file itself, or a temporary copy."""
        if self.path and not self.layers:
            self.meter.packed = self.path.stat().st_size
            return self.path.open("rb")
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        for block in self.blocks():
            file.write(block)
        file.seek(0)
        return file

    def _add_layer(self, packing: "_Compression") -> None:
        self.layers.append(_Layer(packing, self, self._bytes))
        self._bytes = Peekable(self.layers[-1].unpacked())

    def _verify_checksum(self, pieces: Iterable[bytes], checksum: int) -> Iterator[bytes]:
        actual = 0
        for piece in pieces:
            actual = zlib.crc32(piece, actual)
            yield piece
        if actual != checksum and not self.failure and not self.meter.is_spent:
            mismatch = f"it has the checksum {actual:08x}, expected {checksum:08x}"
            self.broken = damage_reject(f"the file is damaged: {mismatch}", "what of it could be read was")

    def _read_file(self, path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            while data := file.read(_READ_BYTES):
                self.meter.packed += len(data)
                yield data


def damage_reject(damage: str, read: str = "what came before was read") -> Reject:
    """Return the reject for a damaged file or archive member."""
    return Reject(0, "damaged_archive", f"{damage}; {read}; fetch it again from its publisher to have the rest")


def too_deep_reject(limits: Limits) -> Reject:
    """Return the reject for compressions and archives nested above the limit."""
    detail = f"packings and archives lie in each other more than {limits.depth} deep; land what they hold by itself"
    return Reject(0, "too_deep", detail)


@dataclass(frozen=True)
class _Compression:
    """How to detect and decompress a format; `step` is the input per call, to bound the memory of the output."""

    name: str
    magic: re.Pattern[bytes]
    engine: Callable[[], Any]
    pieces: Callable[[Any, bytes], Iterator[bytes]]
    step: int
    padding: bytes | None = None  # allowed fill bytes after the last member
    can_skip_damage: bool = False  # whether the next member can be found after a damage


def _decompress_deflate(engine: Any, data: bytes) -> Iterator[bytes]:
    while True:
        yield (piece := engine.decompress(data, _OUT_BYTES))
        data = engine.unconsumed_tail
        if engine.eof or (not data and len(piece) < _OUT_BYTES):
            return


def _decompress_frame(engine: Any, data: bytes) -> Iterator[bytes]:
    yield engine.decompress(data)


def _decompress_block(engine: Any, data: bytes) -> Iterator[bytes]:
    yield engine.decompress(data, _OUT_BYTES)
    while not engine.eof and not engine.needs_input:
        yield engine.decompress(b"", _OUT_BYTES)


def _xz_engine() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)


def _zstd_engine() -> Any:
    return zstandard.ZstdDecompressor().decompressobj()


# zstd can turn 4 bytes into 128 kB and has no output limit, so its steps are small.
_COMPRESSIONS = (
    _Compression(
        "gzip",
        re.compile(rb"\x1f\x8b(\x08?\Z|\x08[\x00-\x1f])"),
        lambda: zlib.decompressobj(31),
        _decompress_deflate,
        64 * 1024,
        padding=b"\0",
        can_skip_damage=True,
    ),
    _Compression(
        "zstd",
        re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
        _zstd_engine,
        _decompress_frame,
        1024,
        can_skip_damage=True,
    ),
    _Compression(
        "bzip2", re.compile(rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)"), bz2.BZ2Decompressor, _decompress_block, 4096
    ),
    _Compression("xz", re.compile(rb"\xfd7zXZ\x00"), _xz_engine, _decompress_block, 16 * 1024, padding=b"\0"),
)
_ZIP_METHODS = {
    "deflate": _Compression(
        "deflate", _COMPRESSIONS[0].magic, lambda: zlib.decompressobj(-15), _decompress_deflate, 64 * 1024
    ),
    "zstd": _COMPRESSIONS[1],
    "bzip2": _COMPRESSIONS[2],
}
_MAGIC_BYTES = 10
_DICTIONARY = b"\x5d\x2a\x4d\x18"


def _detect_compression(head: bytes) -> _Compression | None:
    return next((packing for packing in _COMPRESSIONS if packing.magic.match(head)), None)


class _Layer:
    """Decompresses one layer of a file, which may consist of several members, end to end."""

    def __init__(self, packing: _Compression, owner: UnpackedFile, source: Peekable):
        self.packing, self.owner, self.source = packing, owner, source
        self.breaks: list[int] = []
        self.damages: list[tuple[int, str]] = []
        self.bomb: Reject | None = None
        # compressed bytes before the member and before the step; decompressed bytes so far
        self.member = self.offset = self.yielded = 0
        # the compressed member up to the step; None above _MAX_BUFFERED_BYTES
        self.buffered: bytearray | None = bytearray()
        self.engine = _engine_factory(source) if packing.name == "zstd" else packing.engine

    @property
    def failure(self) -> Reject | None:
        """Return the reason for a premature end or for gaps."""
        if self.bomb or not self.damages:
            return self.bomb
        (offset, fault), *others = self.damages
        of = f" of {path.stat().st_size}" if (path := self._landed_path) else ""
        more = f", and near {', '.join(str(other) for other, _ in others[:_MAX_LISTED])}" if others else ""
        more += f" and {len(others) - _MAX_LISTED} more" if len(others) > _MAX_LISTED else ""
        read = "what stands before and behind it was read" if self.breaks else "what came before was read"
        return damage_reject(f"the {self.packing.name} file is damaged near byte {offset}{of} ({fault}){more}", read)

    def unpacked(self) -> Iterator[bytes]:
        """Yield the decompressed bytes of each step."""
        engine = self.engine()
        while data := self.source.take(self.packing.step) or self._after_unfinished_member():
            if not self.buffered and self._is_at_member_start:
                engine = self.engine()
            while data and not (self._is_at_member_start and self._is_padding(data)):
                yielded_before, engine_before = self.yielded, engine.copy() if hasattr(engine, "copy") else None
                try:
                    for piece in self.packing.pieces(engine, data):
                        yield from self._within_limits(piece)
                        if self.bomb:
                            return
                except _DECODE_ERRORS as fault:
                    yield from self._redo_step(engine_before, data, self.yielded - yielded_before)
                    if not self._find_next_member(data, str(fault)):
                        return
                    engine, data = self.engine(), b""
                    continue
                data = self._finish_step(data, engine)
                engine = self.engine() if engine.eof else engine
            self.offset += len(data)
            self.member += len(data)

    def _after_unfinished_member(self) -> bytes:
        """Record an unfinished last member; return the bytes of a later member found within it, else none."""
        if self._is_at_member_start or self.owner.meter.is_spent:
            return b""
        member = self.member
        if not self._find_next_member(b"", "it ends too early"):
            return b""
        self.damages[-1] = (member, "it does not end before the next begins")
        return self.source.take(self.packing.step)

    @property
    def _is_at_member_start(self) -> bool:
        return self.offset == self.member

    @property
    def _landed_path(self) -> Path | None:
        """Return the path of the landed file if its bytes are the input of this layer."""
        return self.owner.path if self.owner.layers[0] is self else None

    def _is_padding(self, data: bytes) -> bool:
        # tapes and block devices fill the last block of a file with zeros
        return self.packing.padding is not None and not data.strip(self.packing.padding)

    def _within_limits(self, piece: bytes) -> Iterator[bytes]:
        allowed = self.owner.meter.take(len(piece))
        self.yielded += allowed
        if allowed:
            yield piece[:allowed]
        if allowed < len(piece):
            self.bomb = self.owner.meter.bomb(self.packing.name)

    def _finish_step(self, data: bytes, engine: Any) -> bytes:
        """Advance after the consumed input; return the bytes of the next member."""
        rest = engine.unused_data if engine.eof else b""
        self.offset += len(data) - len(rest)
        if engine.eof:
            self.member, self.buffered = self.offset, bytearray()
        elif self.buffered is not None:
            self.buffered += data
            self.buffered = self.buffered if len(self.buffered) <= _MAX_BUFFERED_BYTES else None
        return rest

    def _redo_step(self, engine: Any, data: bytes, already_yielded: int) -> Iterator[bytes]:
        """Repeat the failed step byte by byte, without the bytes yielded before, to save all bytes up to the damage."""
        engine = engine or self._engine_at_step()
        if engine is None:
            return
        try:
            for i in range(len(data)):
                for piece in self.packing.pieces(engine, data[i : i + 1]):
                    skipped = min(already_yielded, len(piece))
                    already_yielded -= skipped
                    yield from self._within_limits(piece[skipped:])
        except _DECODE_ERRORS:
            return

    def _engine_at_step(self) -> Any:
        """Return an engine advanced to the step; None if the start of the member is no longer available."""
        engine = self.engine()
        for data in self._member_bytes_before_step():
            for _ in self.packing.pieces(engine, data):
                pass
        return engine if self.buffered is not None or self._landed_path else None

    def _member_bytes_before_step(self) -> Iterator[bytes]:
        if self.buffered is not None:
            for i in range(0, len(self.buffered), self.packing.step):
                yield bytes(self.buffered[i : i + self.packing.step])
        elif path := self._landed_path:
            with path.open("rb") as file:
                file.seek(self.member)
                while data := file.read(min(self.packing.step, self.offset - file.tell())):
                    yield data

    def _find_next_member(self, data: bytes, fault: str) -> bool:
        """Record the damage; advance to the next member if the format allows a search."""
        self.damages.append((self.offset, fault))
        can_search = self.packing.can_skip_damage and self.owner.layers[-1] is self
        if not can_search or self.bomb or len(self.damages) > _MAX_DAMAGES:
            return False
        rest, start = (bytes(self.buffered) + data, self.member) if self.buffered is not None else (data, self.offset)
        skip = 1
        while not (match := self.packing.magic.search(rest, skip)):
            start, rest = start + max(0, len(rest) - _MAGIC_BYTES), rest[-_MAGIC_BYTES:]
            if not (more := self.source.take(_READ_BYTES)):
                return False
            rest, skip = rest + more, 0
        self.source.give_back(rest[match.start() :])
        self.member = self.offset = start + match.start()
        self.buffered = bytearray()
        self.breaks.append(self.yielded)
        return True


def _engine_factory(source: Peekable) -> Callable[[], Any]:
    """Return a factory of zstd engines; a web archive may start with the dictionary of all following frames."""
    head = source.peek(8)
    size = int.from_bytes(head[4:8], "little")
    if head[:4] != _DICTIONARY or size > _MAX_BUFFERED_BYTES:
        return _zstd_engine
    dictionary = source.peek(8 + size)[8:]
    if dictionary.startswith(b"\x28\xb5\x2f\xfd"):
        try:
            dictionary = zstandard.ZstdDecompressor().decompress(dictionary, max_output_size=_MAX_BUFFERED_BYTES)
        except zstandard.ZstdError:
            return _zstd_engine
    trained = zstandard.ZstdCompressionDict(dictionary)
    return lambda: zstandard.ZstdDecompressor(dict_data=trained).decompressobj()
