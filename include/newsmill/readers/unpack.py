"""Unpacking: a file as blocks of its bytes, packings told by their content and taken off, damage and bombs stopped."""

import bz2
import lzma
import re
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from newsmill.readers.record import MB, Limits, Reject

BLOCK_BYTES = 8 * MB
_FILE_STEP, _OUT_BYTES = 256 * 1024, MB
# What a packed member has brought in is kept up to here: to unpack it again up to a damage, or to look for the next.
_HELD_BYTES = 16 * MB
_XZ_MEMORY = 256 * MB
_MOST_DAMAGES, _MOST_TOLD = 1_000, 5
_FAULTS = (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError)


class Meter:
    """What has come out of one landed file so far, all its layers together, held against what is believed."""

    def __init__(self, limits: Limits, packed: int = 0):
        self.limits, self.packed = limits, packed
        self.unpacked = self.members = 0
        self.is_spent = False

    def take(self, size: int) -> int:
        """Count bytes that a layer unpacked; return how many of them are believed."""
        most = min(max(self.limits.ratio_from_bytes, self.limits.ratio * self.packed), self.limits.unpacked_bytes)
        believed = min(size, max(0, most - self.unpacked))
        self.unpacked += size
        self.is_spent = self.is_spent or believed < size
        return believed

    def bomb(self, packing: str) -> Reject:
        """Say that a file swells beyond belief."""
        limits = self.limits
        return Reject(
            0,
            "compression_bomb",
            f"{self.packed} bytes of {packing} unpack to {self.unpacked} or more, the limit is {limits.ratio} to 1 and "
            f"{limits.unpacked_bytes} bytes in all; what came before was read; if the file is honest, land it unpacked",
        )


class Peekable:
    """Pieces of bytes whose beginning can be looked at before it is taken."""

    def __init__(self, pieces: Iterable[bytes]):
        self._pieces, self._held, self._at = iter(pieces), b"", 0

    def peek(self, size: int) -> bytes:
        """Return the first bytes without taking them; fewer where there are no more."""
        if len(self._held) - self._at < size:
            pieces = [self._held[self._at :]]
            length = len(pieces[0])
            while length < size and (piece := next(self._pieces, None)) is not None:
                pieces.append(piece)
                length += len(piece)
            self._held, self._at = b"".join(pieces), 0
        return self._held[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""
        while self._at == len(self._held):
            self._held, self._at = next(self._pieces, None), 0
            if self._held is None:
                self._held = b""
                return b""
        data = self._held[self._at : self._at + size]
        self._at += len(data)
        return data

    def give_back(self, data: bytes) -> None:
        """Put bytes back before those that come next."""
        self._held, self._at = data + self._held[self._at :], 0

    def __iter__(self) -> Iterator[bytes]:
        while data := self.take(BLOCK_BYTES):
            yield data


class Part:
    """Bytes from wherever they come; `fault` tells, once they are used up, why there were not more."""

    def __init__(self, pieces: Iterable[bytes]):
        self._pieces = pieces
        self.fault: Reject | None = None

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


class Unpacked:
    """The bytes of a landed file, or of a file within one, on their way to a reader, who takes them once.

    Once they are used up, `failure` tells why they ended too early. Gzip and zstd files are often many packed ones, end
    to end: with `past_damage` the bytes go on behind one that is damaged, and `breaks` tells where some are missing.
    """

    def __init__(
        self,
        source: "Path | Part",
        limits: Limits = Limits(),  # noqa: B008 - frozen
        meter: Meter | None = None,
        depth: int = 0,
        packing: str | None = None,
        checksum: int | None = None,
    ):
        """Take a path, or a part of an archive `depth` deep, of which the packing and the CRC-32 may be known."""
        self.limits, self.meter, self.depth = limits, meter or Meter(limits), depth
        self.path = source if isinstance(source, Path) else None
        self.source = Part(self._file()) if isinstance(source, Path) else source
        self.past_damage = False
        self.broken: Reject | None = None
        self.layers: list[_Layer] = []
        self._taken = 0
        self._bytes = Peekable(self.source)
        if packing:
            self._take_off(_WITHIN_ZIP[packing])
        if checksum is not None:
            self._bytes = Peekable(self._checked(self._bytes, checksum))
        while found := _packing(self._bytes.peek(_MAGIC_BYTES)):
            if self.depth >= limits.depth:
                self.broken, self._bytes = too_deep(limits), Peekable(())
                break
            self.depth += 1
            self._take_off(found)

    @property
    def packing(self) -> str | None:
        """Name the packings taken off, the innermost first."""
        return " in ".join(layer.packing.name for layer in reversed(self.layers)) or None

    @property
    def failure(self) -> Reject | None:
        """Tell why the bytes ended too early, in the words of the outermost packing that knows."""
        return self.broken or self.source.fault or next((layer.failure for layer in self.layers if layer.failure), None)

    @property
    def breaks(self) -> list[int]:
        """Return the offsets in the unpacked bytes at which some are missing, as far as they were taken."""
        return self.layers[-1].breaks if self.layers else []

    def head(self, size: int) -> bytes:
        """Return the first bytes, unpacked, without taking them."""
        return self._bytes.peek(size)

    def take(self, size: int) -> bytes:
        """Take the next `size` bytes, unpacked; fewer at the end, and before a gap unless reading goes on behind it."""
        pieces = []
        while size and (piece := self._bytes.take(size)):
            if not self.past_damage and self.breaks and self._taken + len(piece) > self.breaks[0]:
                piece, size, self._bytes = piece[: self.breaks[0] - self._taken], 0, Peekable(())
            pieces.append(piece)
            self._taken += len(piece)
            size -= min(size, len(piece))
        return b"".join(pieces)

    def give_back(self, data: bytes) -> None:
        """Put bytes back that were taken."""
        self._bytes.give_back(data)
        self._taken -= len(data)

    def blocks(self, size: int = BLOCK_BYTES) -> Iterator[bytes]:
        """Yield the unpacked bytes in blocks of `size`, as far as the file can be believed."""
        while block := self.take(size):
            yield block

    def opened(self) -> BinaryIO:
        """Return the unpacked bytes as a file to be read at any place; a nameless one where there is none."""
        if self.path and not self.layers:
            self.meter.packed = self.path.stat().st_size
            return self.path.open("rb")
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        for block in self.blocks():
            file.write(block)
        file.seek(0)
        return file

    def _take_off(self, packing: "_Packing") -> None:
        self.layers.append(_Layer(packing, self, self._bytes))
        self._bytes = Peekable(self.layers[-1].unpacked())

    def _checked(self, pieces: Iterable[bytes], checksum: int) -> Iterator[bytes]:
        found = 0
        for piece in pieces:
            found = zlib.crc32(piece, found)
            yield piece
        if found != checksum and not self.failure and not self.meter.is_spent:
            what = f"it has the checksum {found:08x}, expected {checksum:08x}"
            self.broken = damaged(f"the file is damaged: {what}", "what of it could be read was")

    def _file(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while data := file.read(_FILE_STEP):
                self.meter.packed += len(data)
                yield data


def damaged(what: str, read: str = "what came before was read") -> Reject:
    """Say that a file, or one within it, is damaged."""
    return Reject(0, "damaged_archive", f"{what}; {read}; fetch it again from its publisher to have the rest")


def too_deep(limits: Limits) -> Reject:
    """Say that packings and archives lie in each other deeper than one looks."""
    detail = f"packings and archives lie in each other more than {limits.depth} deep; land what they hold by itself"
    return Reject(0, "too_deep", detail)


@dataclass(frozen=True)
class _Packing:
    """How a packing is known and taken off; its `step` bounds what one go can put into memory."""

    name: str
    magic: re.Pattern[bytes]
    engine: Callable[[], Any]
    pieces: Callable[[Any, bytes], Iterator[bytes]]
    step: int
    padding: bytes | None = None  # what may fill up the file behind the last member
    goes_on: bool = False  # whether the next member can be found behind a damage


def _deflated(engine: Any, data: bytes) -> Iterator[bytes]:
    while True:
        yield (piece := engine.decompress(data, _OUT_BYTES))
        data = engine.unconsumed_tail
        if engine.eof or (not data and len(piece) < _OUT_BYTES):
            return


def _framed(engine: Any, data: bytes) -> Iterator[bytes]:
    yield engine.decompress(data)


def _blocked(engine: Any, data: bytes) -> Iterator[bytes]:
    yield engine.decompress(data, _OUT_BYTES)
    while not engine.eof and not engine.needs_input:
        yield engine.decompress(b"", _OUT_BYTES)


def _xz() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY)


def _zstd() -> Any:
    return zstandard.ZstdDecompressor().decompressobj()


# zstd turns 4 bytes into 128 kB and knows no limit of what comes out, so its steps are small.
_PACKINGS = (
    _Packing(
        "gzip",
        re.compile(rb"\x1f\x8b(\x08?\Z|\x08[\x00-\x1f])"),
        lambda: zlib.decompressobj(31),
        _deflated,
        64 * 1024,
        padding=b"\0",
        goes_on=True,
    ),
    _Packing("zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), _zstd, _framed, 1024, goes_on=True),
    _Packing("bzip2", re.compile(rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)"), bz2.BZ2Decompressor, _blocked, 4096),
    _Packing("xz", re.compile(rb"\xfd7zXZ\x00"), _xz, _blocked, 16 * 1024, padding=b"\0"),
)
_WITHIN_ZIP = {
    "deflate": _Packing("deflate", _PACKINGS[0].magic, lambda: zlib.decompressobj(-15), _deflated, 64 * 1024),
    "zstd": _PACKINGS[1],
    "bzip2": _PACKINGS[2],
}
_MAGIC_BYTES = 10
_DICTIONARY = b"\x5d\x2a\x4d\x18"


def _packing(head: bytes) -> _Packing | None:
    return next((packing for packing in _PACKINGS if packing.magic.match(head)), None)


class _Layer:
    """One packing on its way off: a file may be several packed members, end to end."""

    def __init__(self, packing: _Packing, owner: Unpacked, source: Peekable):
        self.packing, self.owner, self.source = packing, owner, source
        self.breaks: list[int] = []
        self.damages: list[tuple[int, str]] = []
        self.bomb: Reject | None = None
        self.member = self.at = self.given = 0  # packed bytes before the member, and before the step; unpacked bytes
        self.held: bytearray | None = bytearray()  # the member up to the step; None if it is too long to be held
        self.engine = _with_dictionary(source) if packing.name == "zstd" else packing.engine

    @property
    def failure(self) -> Reject | None:
        """Tell what ended the bytes, or left a gap in them."""
        if self.bomb or not self.damages:
            return self.bomb
        (first, fault), *others = self.damages
        of = f" of {self.owner.path.stat().st_size}" if self._is_outermost else ""
        more = f", and near {', '.join(str(at) for at, _ in others[:_MOST_TOLD])}" if others else ""
        more += f" and {len(others) - _MOST_TOLD} more" if len(others) > _MOST_TOLD else ""
        read = "what stands before and behind it was read" if self.breaks else "what came before was read"
        return damaged(f"the {self.packing.name} file is damaged near byte {first}{of} ({fault}){more}", read)

    def unpacked(self) -> Iterator[bytes]:
        """Yield what each step unpacks to."""
        engine = self.engine()
        while data := self.source.take(self.packing.step) or self._behind_unended():
            if not self.held and self._is_fresh:
                engine = self.engine()
            while data and not (self._is_fresh and self._is_padding(data)):
                given, before = self.given, engine.copy() if hasattr(engine, "copy") else None
                try:
                    for piece in self.packing.pieces(engine, data):
                        yield from self._believed(piece)
                        if self.bomb:
                            return
                except _FAULTS as fault:
                    yield from self._salvaged(before, data, self.given - given)
                    if not self._find_next(data, str(fault)):
                        return
                    engine, data = self.engine(), b""
                    continue
                data = self._step_done(data, engine)
                engine = self.engine() if engine.eof else engine
            self.at += len(data)
            self.member += len(data)

    def _behind_unended(self) -> bytes:
        """Tell of a member that did not end, at the end of the file; return what follows if others begin within it."""
        if self._is_fresh or self.owner.meter.is_spent:
            return b""
        member = self.member
        if not self._find_next(b"", "it ends too early"):
            return b""
        self.damages[-1] = (member, "it does not end before the next begins")
        return self.source.take(self.packing.step)

    @property
    def _is_fresh(self) -> bool:
        return self.at == self.member

    @property
    def _is_outermost(self) -> bool:
        return self.owner.path is not None and self.owner.layers[0] is self

    def _is_padding(self, data: bytes) -> bool:
        # Tapes and block devices fill the last block of a file with zeros.
        return self.packing.padding is not None and not data.strip(self.packing.padding)

    def _believed(self, piece: bytes) -> Iterator[bytes]:
        believed = self.owner.meter.take(len(piece))
        self.given += believed
        if believed:
            yield piece[:believed]
        if believed < len(piece):
            self.bomb = self.owner.meter.bomb(self.packing.name)

    def _step_done(self, data: bytes, engine: Any) -> bytes:
        """Move behind what the engine used; return what belongs to the next member."""
        rest = engine.unused_data if engine.eof else b""
        self.at += len(data) - len(rest)
        if engine.eof:
            self.member, self.held = self.at, bytearray()
        elif self.held is not None:
            self.held += data
            self.held = self.held if len(self.held) <= _HELD_BYTES else None
        return rest

    def _salvaged(self, before: Any, data: bytes, given: int) -> Iterator[bytes]:
        """Unpack the failing step again, byte by byte and without what it gave: nothing before the damage is lost."""
        engine = before or self._again()
        if engine is None:
            return
        try:
            for at in range(len(data)):
                for piece in self.packing.pieces(engine, data[at : at + 1]):
                    skipped = min(given, len(piece))
                    given -= skipped
                    yield from self._believed(piece[skipped:])
        except _FAULTS:
            return

    def _again(self) -> Any:
        """Return an engine that has been brought up to the step; None where the member's beginning is gone."""
        engine = self.engine()
        for data in self._member_so_far():
            for _ in self.packing.pieces(engine, data):
                pass
        return engine if self.held is not None or self._is_outermost else None

    def _member_so_far(self) -> Iterator[bytes]:
        if self.held is not None:
            for at in range(0, len(self.held), self.packing.step):
                yield bytes(self.held[at : at + self.packing.step])
        elif self._is_outermost:
            with self.owner.path.open("rb") as file:
                file.seek(self.member)
                while data := file.read(min(self.packing.step, self.at - file.tell())):
                    yield data

    def _find_next(self, data: bytes, fault: str) -> bool:
        """Put the damage on record; move to the next member's beginning if there is one to look for."""
        self.damages.append((self.at, fault))
        is_wanted = self.packing.goes_on and self.owner.layers[-1] is self
        if not is_wanted or self.bomb or len(self.damages) > _MOST_DAMAGES:
            return False
        rest, start = (bytes(self.held) + data, self.member) if self.held is not None else (data, self.at)
        skip = 1
        while not (found := self.packing.magic.search(rest, skip)):
            start, rest = start + max(0, len(rest) - _MAGIC_BYTES), rest[-_MAGIC_BYTES:]
            if not (more := self.source.take(_FILE_STEP)):
                return False
            rest, skip = rest + more, 0
        self.source.give_back(rest[found.start() :])
        self.member = self.at = start + found.start()
        self.held = bytearray()
        self.breaks.append(self.given)
        return True


def _with_dictionary(source: Peekable) -> Callable[[], Any]:
    """Return how to make an engine for zstd frames; web archives may begin with the dictionary of all that follow."""
    head = source.peek(8)
    size = int.from_bytes(head[4:8], "little")
    if head[:4] != _DICTIONARY or size > _HELD_BYTES:
        return _zstd
    told = source.peek(8 + size)[8:]
    if told.startswith(b"\x28\xb5\x2f\xfd"):
        try:
            told = zstandard.ZstdDecompressor().decompress(told, max_output_size=_HELD_BYTES)
        except zstandard.ZstdError:
            return _zstd
    words = zstandard.ZstdCompressionDict(told)
    return lambda: zstandard.ZstdDecompressor(dict_data=words).decompressobj()
