"""Reads the members of zip and tar archives as streams, in order; never uses a member name as a path on disk."""

import re
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Generator, Iterator
from typing import BinaryIO, NamedTuple

from newsmill.readers.record import MB, Reject, SkippedRecord
from newsmill.readers.unpack import Part, UnpackedFile, damage_reject

Member = tuple[str, UnpackedFile]
BLOCK = tarfile.BLOCKSIZE
_STEP = 256 * 1024
_USTAR_OFFSET = 257
_TAR_METADATA_TYPES = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.XGLTYPE,
)
_MAX_LABEL_CHARS = 500
_MAX_DIRECTORY_BYTES = 16 * MB
_MAX_HEADER_BYTES = 64 * 1024
# Office documents, e-books and programs are zip files too, but contain no pages.
_DOCUMENTS = (b"[Content_Types].xml", b"mimetypeapplication/", b"_rels/", b"META-INF/")
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_SIZE_IN_EXTRA = 0xFFFFFFFF  # marks a 64-bit size, stored in the extra field
_UTF8 = 0x800
_METHODS = {0: None, 8: "deflate", 12: "bzip2", 93: "zstd"}
_SYSTEM_FILE = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$)")
_DRIVE_LETTER = re.compile(r"^[A-Za-z]:(?=/)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def detect_archive(head: bytes) -> str | None:
    """Return `zip` or `tar` for the first bytes of an archive, else None."""
    if (head[:4] == _LOCAL_MAGIC and not head[30:].startswith(_DOCUMENTS)) or head[:4] == b"PK\x05\x06":
        return "zip"
    is_tar = head[_USTAR_OFFSET:].startswith(b"ustar") or (head[:1] not in (b"", b"\0") and _tar_header(head[:BLOCK]))
    return "tar" if is_tar and len(head) >= BLOCK else None


def read_members(archive_kind: str, file: UnpackedFile) -> Iterator[Member | Reject | SkippedRecord]:
    """Yield label and bytes of each member; read each member before advancing to the next."""
    return (_read_zip if archive_kind == "zip" else _read_tar)(file)


def safe_label(name: str) -> str:
    """Return a member name as a relative path without control characters; escape `!`, which separates archives."""
    steps = _DRIVE_LETTER.sub("", name.replace("\\", "/")).split("/")
    clean = "/".join(step for step in steps if step not in ("", ".", ".."))
    printable = _UNPRINTABLE.sub("\ufffd", unicodedata.normalize("NFC", clean)).replace("!", "%21")
    return printable[:_MAX_LABEL_CHARS] or "nameless"


def _read_tar(file: UnpackedFile) -> Iterator[Member | Reject | SkippedRecord]:
    offset, is_ended = 0, False
    names: dict[str, str] = {}  # metadata of the next member
    while len(block := file.take(BLOCK)) == BLOCK:
        info = _tar_header(block)
        if info is None and block.strip(b"\0"):
            damage_start, offset = offset, offset + _find_tar_header(file, block)
            if not file.failure or file.breaks:
                yield _tar_damage_reject(damage_start, f"no header of a file up to byte {offset}")
            continue
        offset += BLOCK
        is_ended = info is None
        if info is None:
            continue  # zeros at the end of the archive, or between two concatenated archives
        size = int(names.get("size", info.size))
        data: bytes | None = b""  # the bytes read of the member; None for a member read whole
        if info.type in _TAR_METADATA_TYPES:
            size = info.size
            data = file.take(_padded_size(size)) if size <= _MAX_HEADER_BYTES else b""
            names |= _parse_tar_names(info, data[:size]) if data else {}
        elif info.isreg() and not info.issparse() and "GNU.sparse.major" not in names:
            if not (yield from _tar_member(file, safe_label(names.get("path", info.name)), size, offset)):
                return
            data, names = None, {}
        else:
            size, names = size if info.isreg() else 0, {}
            if not info.isdir():
                yield SkippedRecord(0, "link, device or sparse file in an archive")
        if data is not None:
            _skip_bytes(file, _padded_size(size) - len(data))
        offset += _padded_size(size)
    if not is_ended and not file.failure:
        yield _tar_damage_reject(offset + len(block), "it lacks the zeros that mark its end")


def _find_tar_header(file: UnpackedFile, block: bytes) -> int:
    """Advance to the next header or to the end; return the number of skipped bytes."""
    skipped, data, searched = 0, block, 1
    while True:
        for match in re.finditer(b"ustar", data[searched + _USTAR_OFFSET :]):
            start = searched + match.start()
            if len(data) >= start + BLOCK and _tar_header(data[start : start + BLOCK]):
                file.give_back(data[start:])
                return skipped + start
        searched = max(1, len(data) - BLOCK)
        skipped, data, searched = skipped + searched - 1, data[searched - 1 :], 1
        if not (more := file.take(_STEP)):
            return skipped + len(data)
        data += more


def _tar_header(block: bytes) -> tarfile.TarInfo | None:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return None
    return info if info.size >= 0 else None


def _tar_member(file: UnpackedFile, name: str, size: int, offset: int) -> Generator[Member | SkippedRecord, None, bool]:
    """Yield a member; return False if the archive ends within the member."""
    part = _TarMemberBytes(file, size, offset, name)
    if _SYSTEM_FILE.search(name):
        yield SkippedRecord(0, "file of an operating system in an archive")
    else:
        yield name, UnpackedFile(part, file.limits, file.meter, file.depth + 1)
    for _ in part:
        pass
    _skip_bytes(file, _padded_size(size) - size)
    return part.fault is None


class _TarMemberBytes(Part):
    """The bytes of one tar member, read from the archive's stream."""

    def __init__(self, file: UnpackedFile, size: int, offset: int, name: str):
        self.file, self.remaining, self.offset, self.name = file, size, offset, name
        self.fault: Reject | None = None

    def __iter__(self) -> Iterator[bytes]:
        while self.remaining:
            data = self.file.take(min(self.remaining, _STEP))
            self.remaining -= len(data)
            self.offset += len(data)
            if not data:
                self.fault = self.file.failure or _tar_damage_reject(self.offset, f"it ends within {self.name!a}")
                self.remaining = 0
                return
            yield data


def _tar_damage_reject(offset: int, damage: str) -> Reject:
    return damage_reject(f"the tar file is damaged near byte {offset} ({damage})", "the other files in it were read")


def _parse_tar_names(info: tarfile.TarInfo, data: bytes) -> dict[str, str]:
    """Return the path, size and sparse fields of a metadata header for the next member."""
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return {"path": data.rstrip(b"\0").decode("utf-8", "replace")}
    names = {}
    is_list = info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
    while is_list and (match := re.match(rb"(\d{1,9}) ([^=\n]+)=", data)):
        length = int(match[1])
        names[match[2].decode("utf-8", "replace")] = data[match.end() : length - 1].decode("utf-8", "replace")
        data = data[max(length, 1) :]
    return {
        name: value
        for name, value in names.items()
        if name == "path" or (name == "size" and value.isdecimal()) or name.startswith("GNU.sparse")
    }


def _padded_size(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _skip_bytes(file: UnpackedFile, size: int) -> None:
    while size > 0 and (data := file.take(min(size, _STEP))):
        size -= len(data)


def _read_zip(file: UnpackedFile) -> Iterator[Member | Reject | SkippedRecord]:
    with file.opened() as handle:
        try:
            infos = zipfile.ZipFile(_BoundedReads(handle)).infolist()
            mismatch = next((info.filename for info in infos if not _matches_local_header(handle, info)), None)
            fault = f"it is wrong about {mismatch}" if mismatch is not None else None
        # The exceptions of zipfile for arbitrary directory bytes: offsets outside the file, undecodable names,
        # truncated fields, unknown versions. On any of them the local headers are searched instead.
        except (zipfile.BadZipFile, OSError, ValueError, LookupError, NotImplementedError, struct.error) as error:
            fault = str(error)
        if fault is not None:
            yield from _zip_without_directory(file, handle, fault)
            return
        for info in infos:
            if not info.filename.endswith("/"):
                yield from _zip_member(file, handle, info, info.compress_size, info.CRC, None)


def _matches_local_header(handle: BinaryIO, info: zipfile.ZipInfo) -> bool:
    """Return whether a member's local header agrees with the directory."""
    handle.seek(info.header_offset)
    head = handle.read(_LOCAL_HEADER.size)
    if len(head) < _LOCAL_HEADER.size or not head.startswith(_LOCAL_MAGIC):
        return False
    _, _, flags, method, _, _, checksum, size, _, name_size, _ = _LOCAL_HEADER.unpack(head)
    has_descriptor = flags & 8 or size == _SIZE_IN_EXTRA
    name = handle.read(name_size).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    is_same = method == info.compress_type and name == info.orig_filename
    return is_same and (has_descriptor or (checksum, size) == (info.CRC, info.compress_size))


def _zip_member(
    file: UnpackedFile, handle: BinaryIO, info: zipfile.ZipInfo, size: int, checksum: int | None, fault: Reject | None
) -> Iterator[Member | Reject | SkippedRecord]:
    """Yield a member; `fault` is the known cause for a member that ends too early."""
    name = safe_label(info.filename)
    if _SYSTEM_FILE.search(name):
        yield SkippedRecord(0, "file of an operating system in an archive")
    elif info.flag_bits & 1:
        yield Reject(0, "encrypted", f"{name}: it is encrypted; land it without a password")
    elif info.compress_type not in _METHODS:
        names = zipfile.compressor_names  # type: ignore[attr-defined]  # missing in typeshed
        packing = names.get(info.compress_type, str(info.compress_type))
        yield Reject(0, "unknown_packing", f"{name}: it is packed by {packing}; land the archive packed by deflate")
    else:
        part = _ZipMemberBytes(handle, info, size, fault)
        part.packing, part.checksum = _METHODS[info.compress_type], checksum
        yield name, UnpackedFile(part, file.limits, file.meter, file.depth + 1)


class _ZipMemberBytes(Part):
    """The packed bytes of one zip member."""

    def __init__(self, handle: BinaryIO, info: zipfile.ZipInfo, size: int, fault: Reject | None):
        self.handle, self.info, self.size, self.cut_reject = handle, info, size, fault
        self.fault: Reject | None = None

    def __iter__(self) -> Iterator[bytes]:
        start = _data_start(self.handle, self.info.header_offset)
        if start is None:
            self.fault = damage_reject(
                f"the zip file has no member at byte {self.info.header_offset}, where its directory says"
            )
            return
        offset = start
        while offset < start + self.size:
            self.handle.seek(offset)
            data = self.handle.read(min(_STEP, start + self.size - offset))
            if not data:
                self.fault = self.cut_reject or damage_reject(f"the zip file ends at byte {offset}, within this member")
                return
            offset += len(data)
            yield data


class _BoundedReads:
    """A file that raises on reads larger than a plausible zip directory."""

    def __init__(self, handle: BinaryIO):
        self._handle = handle
        self.seek, self.tell = handle.seek, handle.tell

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes."""
        if size > _MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"its directory has {size} bytes")
        return self._handle.read(size if size >= 0 else _MAX_DIRECTORY_BYTES)

    def seekable(self) -> bool:
        """Return True: zipfile needs a seekable file."""
        return True


def _data_start(handle: BinaryIO, offset: int) -> int | None:
    handle.seek(offset)
    head = handle.read(_LOCAL_HEADER.size)
    if len(head) < _LOCAL_HEADER.size or not head.startswith(_LOCAL_MAGIC):
        return None
    *_, name_size, extra_size = _LOCAL_HEADER.unpack(head)
    return offset + _LOCAL_HEADER.size + name_size + extra_size


def _zip_without_directory(
    file: UnpackedFile, handle: BinaryIO, fault: str
) -> Iterator[Member | Reject | SkippedRecord]:
    """Yield the members of a zip with an invalid directory, by a search for local headers."""
    damage = f"the zip file has no sound directory at its end, byte {handle.seek(0, 2)} ({ascii(fault)[:120]})"
    reject = file.failure or damage_reject(damage, "its members were looked for one by one and read")
    search_start = 0
    while (offset := _find_magic(handle, _LOCAL_MAGIC, search_start)) is not None:
        header = _parse_local_header(handle, offset)
        search_start = offset + 1
        if header is None or header.info.filename.endswith("/"):
            continue
        info, data_start, size = header
        checksum = None if info.flag_bits & 8 else info.CRC
        for result in _zip_member(file, handle, info, size, checksum, reject):
            yield result
            if isinstance(result, tuple) and not result[1].failure:
                search_start = data_start + size
    yield reject


class _LocalHeader(NamedTuple):
    """A zip member by its local header: offset and size of the packed bytes."""

    info: zipfile.ZipInfo
    data_start: int
    size: int


def _parse_local_header(handle: BinaryIO, offset: int) -> _LocalHeader | None:
    """Return the local header at an offset; unpack the member to find a size that the header lacks."""
    handle.seek(offset)
    head = handle.read(_LOCAL_HEADER.size)
    if len(head) < _LOCAL_HEADER.size:
        return None
    _, _, flags, method, _, _, checksum, size, _, name_size, extra_size = _LOCAL_HEADER.unpack(head)
    name = handle.read(name_size)
    if len(name) < name_size or not name or method > 99:
        return None
    info = zipfile.ZipInfo(name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"))
    info.header_offset, info.flag_bits, info.compress_type, info.CRC = offset, flags, method, checksum
    data_start = offset + _LOCAL_HEADER.size + name_size + extra_size
    if flags & 8 or size == _SIZE_IN_EXTRA:
        size = _deflated_size(handle, data_start) if method == 8 else 0
    return _LocalHeader(info, data_start, size)


def _deflated_size(handle: BinaryIO, start: int) -> int:
    engine, offset = zlib.decompressobj(-15), start
    handle.seek(start)
    while not engine.eof and (data := engine.unconsumed_tail or handle.read(_STEP)):
        try:
            offset += 0 if engine.unconsumed_tail else len(data)
            engine.decompress(data, MB)
        except zlib.error:
            return offset - start
    return offset - start - len(engine.unused_data)


def _find_magic(handle: BinaryIO, magic: bytes, offset: int) -> int | None:
    """Return the offset of the next magic bytes in a file, None at the end."""
    tail = b""
    handle.seek(offset)
    while data := handle.read(MB):
        i = (tail + data).find(magic)
        if i >= 0:
            return offset - len(tail) + i
        offset, tail = offset + len(data), (tail + data)[1 - len(magic) :]
    return None
