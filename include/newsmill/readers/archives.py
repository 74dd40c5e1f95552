"""Archives: the files within a zip or tar, one after another, never written anywhere; their names are but labels."""

import re
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Generator, Iterator
from typing import BinaryIO

from newsmill.readers.record import MB, Passed, Reject
from newsmill.readers.unpack import Part, Unpacked, damaged

Member = tuple[str, Unpacked]
BLOCK = tarfile.BLOCKSIZE
_STEP = 256 * 1024
_USTAR_AT = 257
_TAR_WORDS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.XGLTYPE,
)
_MAX_LABEL_CHARS = 500
_MAX_DIRECTORY_BYTES = 16 * MB
_MAX_HEADER_BYTES = 64 * 1024
# Office documents, e-books and programs are zip files of their parts, of which none is a page.
_DOCUMENTS = (b"[Content_Types].xml", b"mimetypeapplication/", b"_rels/", b"META-INF/")
_LOCAL = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_IN_EXTRA = 0xFFFFFFFF  # a size of 64 bits stands elsewhere
_UTF8 = 0x800
_METHODS = {0: None, 8: "deflate", 12: "bzip2", 93: "zstd"}
_SYSTEM = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$)")
_DRIVE = re.compile(r"^[A-Za-z]:(?=/)")
_STRANGE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def kind(head: bytes) -> str | None:
    """Return zip or tar by the first bytes of a file, None if it is no archive of files."""
    if (head[:4] == _LOCAL_MAGIC and not head[30:].startswith(_DOCUMENTS)) or head[:4] == b"PK\x05\x06":
        return "zip"
    is_tar = head[_USTAR_AT:].startswith(b"ustar") or (head[:1] not in (b"", b"\0") and _tar_header(head[:BLOCK]))
    return "tar" if is_tar and len(head) >= BLOCK else None


def members(which: str, file: Unpacked) -> Iterator[Member | Reject | Passed]:
    """Yield label and bytes of every file within; each must be read before the next is asked for."""
    return (_zip if which == "zip" else _tar)(file)


def label(name: str) -> str:
    """Return a member's name as a path below its archive, whatever it pretends to be; `!` is left to part archives."""
    steps = _DRIVE.sub("", name.replace("\\", "/")).split("/")
    clean = "/".join(step for step in steps if step not in ("", ".", ".."))
    sound = _STRANGE.sub("\ufffd", unicodedata.normalize("NFC", clean)).replace("!", "%21")
    return sound[:_MAX_LABEL_CHARS] or "nameless"


def _tar(file: Unpacked) -> Iterator[Member | Reject | Passed]:
    at, names, is_ended = 0, {}, False
    while len(block := file.take(BLOCK)) == BLOCK:
        info = _tar_header(block)
        if info is None and block.strip(b"\0"):
            lost, at = at, at + _find_tar_header(file, block)
            if not file.failure or file.breaks:
                yield _tar_damage(lost, f"no header of a file up to byte {at}")
            continue
        at += BLOCK
        is_ended = info is None
        if is_ended:
            continue  # zeros that end the archive, or stand between two of them
        size, told = int(names.get("size", info.size)), b""
        if info.type in _TAR_WORDS:
            size = info.size
            told = file.take(_padded(size)) if size <= _MAX_HEADER_BYTES else b""
            names |= _tar_names(info, told[:size]) if told else {}
        elif info.isreg() and not info.issparse() and "GNU.sparse.major" not in names:
            if not (yield from _tar_member(file, label(names.get("path", info.name)), size, at)):
                return
            told, names = None, {}
        else:
            size, names = size if info.isreg() else 0, {}
            if not info.isdir():
                yield Passed(0, "link, device or sparse file in an archive")
        if told is not None:
            _skip(file, _padded(size) - len(told))
        at += _padded(size)
    if not is_ended and not file.failure:
        yield _tar_damage(at + len(block), "it lacks the zeros that mark its end")


def _find_tar_header(file: Unpacked, block: bytes) -> int:
    """Move to the next header, wherever it stands, or to the end; return how many bytes lie between."""
    skipped, data, searched = 0, block, 1
    while True:
        for found in re.finditer(b"ustar", data[searched + _USTAR_AT :]):
            start = searched + found.start()
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


def _tar_member(file: Unpacked, name: str, size: int, at: int) -> Generator[Member | Passed, None, bool]:
    """Yield a member; return whether the archive goes on behind it."""
    part = _Slice(file, size, at, name)
    if _SYSTEM.search(name):
        yield Passed(0, "file of an operating system in an archive")
    else:
        yield name, Unpacked(part, file.limits, file.meter, file.depth + 1)
    for _ in part:
        pass
    _skip(file, _padded(size) - size)
    return part.fault is None


class _Slice(Part):
    """The bytes of one file within a tar, taken from the archive's own."""

    def __init__(self, file: Unpacked, size: int, at: int, name: str):
        self.file, self.left, self.at, self.name = file, size, at, name
        self.fault: Reject | None = None

    def __iter__(self) -> Iterator[bytes]:
        while self.left:
            data = self.file.take(min(self.left, _STEP))
            self.left -= len(data)
            self.at += len(data)
            if not data:
                self.fault = self.file.failure or _tar_damage(self.at, f"it ends within {self.name!a}")
                self.left = 0
                return
            yield data


def _tar_damage(at: int, what: str) -> Reject:
    return damaged(f"the tar file is damaged near byte {at} ({what})", "the other files in it were read")


def _tar_names(info: tarfile.TarInfo, told: bytes) -> dict[str, str]:
    """Return what a header in front of another says of the file that follows: path and size."""
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return {"path": told.rstrip(b"\0").decode("utf-8", "replace")}
    names = {}
    is_list = info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
    while is_list and (found := re.match(rb"(\d{1,9}) ([^=\n]+)=", told)):
        length = int(found[1])
        names[found[2].decode("utf-8", "replace")] = told[found.end() : length - 1].decode("utf-8", "replace")
        told = told[max(length, 1) :]
    return {
        name: value
        for name, value in names.items()
        if name == "path" or (name == "size" and value.isdecimal()) or name.startswith("GNU.sparse")
    }


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _skip(file: Unpacked, size: int) -> None:
    while size > 0 and (data := file.take(min(size, _STEP))):
        size -= len(data)


def _zip(file: Unpacked) -> Iterator[Member | Reject | Passed]:
    with file.opened() as handle:
        try:
            found = zipfile.ZipFile(_Guarded(handle)).infolist()
            strange = next((info.filename for info in found if not _agrees(handle, info)), None)
            fault = f"it is wrong about {strange}" if strange is not None else None
        # All that zipfile raises over a directory of arbitrary bytes: places outside the file, names in no encoding,
        # fields cut off, versions it does not know. Whatever it is, the heads of the members are looked for instead.
        except (zipfile.BadZipFile, OSError, ValueError, LookupError, NotImplementedError, struct.error) as error:
            fault = str(error)
        if fault is not None:
            yield from _zip_without_directory(file, handle, fault)
            return
        for info in found:
            if not info.filename.endswith("/"):
                yield from _zip_member(file, handle, info, info.compress_size, info.CRC, None)


def _agrees(handle: BinaryIO, info: zipfile.ZipInfo) -> bool:
    """Tell whether the head before a member says what the directory says of it."""
    handle.seek(info.header_offset)
    head = handle.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(_LOCAL_MAGIC):
        return False
    _, _, flags, method, _, _, checksum, size, _, name_size, _ = _LOCAL.unpack(head)
    is_told_later = flags & 8 or size == _IN_EXTRA
    name = handle.read(name_size).decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    is_same = method == info.compress_type and name == info.orig_filename
    return is_same and (is_told_later or (checksum, size) == (info.CRC, info.compress_size))


def _zip_member(
    file: Unpacked, handle: BinaryIO, info: zipfile.ZipInfo, size: int, checksum: int | None, fault: Reject | None
) -> Iterator[Member | Reject | Passed]:
    """Yield a member; `fault` is what a member that ends too early is put down to, where that is known already."""
    name = label(info.filename)
    if _SYSTEM.search(name):
        yield Passed(0, "file of an operating system in an archive")
    elif info.flag_bits & 1:
        yield Reject(0, "encrypted", f"{name}: it is encrypted; land it without a password")
    elif info.compress_type not in _METHODS:
        packing = zipfile.compressor_names.get(info.compress_type, str(info.compress_type))
        yield Reject(0, "unknown_packing", f"{name}: it is packed by {packing}; land the archive packed by deflate")
    else:
        part = _Stretch(handle, info, size, fault)
        packing = _METHODS[info.compress_type]
        yield name, Unpacked(part, file.limits, file.meter, file.depth + 1, packing, checksum)


class _Stretch(Part):
    """The packed bytes of one member of a zip."""

    def __init__(self, handle: BinaryIO, info: zipfile.ZipInfo, size: int, fault: Reject | None):
        self.handle, self.info, self.size, self.cut = handle, info, size, fault
        self.fault: Reject | None = None

    def __iter__(self) -> Iterator[bytes]:
        start = _data_start(self.handle, self.info.header_offset)
        if start is None:
            self.fault = damaged(
                f"the zip file has no member at byte {self.info.header_offset}, where its directory says"
            )
            return
        at = start
        while at < start + self.size:
            self.handle.seek(at)
            data = self.handle.read(min(_STEP, start + self.size - at))
            if not data:
                self.fault = self.cut or damaged(f"the zip file ends at byte {at}, within this member")
                return
            at += len(data)
            yield data


class _Guarded:
    """A file that refuses to read more than a directory of members can reasonably be."""

    def __init__(self, handle: BinaryIO):
        self._handle = handle
        self.seek, self.tell = handle.seek, handle.tell

    def read(self, size: int = -1) -> bytes:
        """Read as a file does."""
        if size > _MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"its directory has {size} bytes")
        return self._handle.read(size if size >= 0 else _MAX_DIRECTORY_BYTES)

    def seekable(self) -> bool:
        """Say that any place can be read."""
        return True


def _data_start(handle: BinaryIO, at: int) -> int | None:
    handle.seek(at)
    head = handle.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(_LOCAL_MAGIC):
        return None
    *_, name_size, extra_size = _LOCAL.unpack(head)
    return at + _LOCAL.size + name_size + extra_size


def _zip_without_directory(file: Unpacked, handle: BinaryIO, fault: str) -> Iterator[Member | Reject | Passed]:
    """Yield the members of a zip whose directory cannot be believed, by the heads that stand before each."""
    what = f"the zip file has no sound directory at its end, byte {handle.seek(0, 2)} ({ascii(fault)[:120]})"
    told = file.failure or damaged(what, "its members were looked for one by one and read")
    at = 0
    while (at := _find(handle, _LOCAL_MAGIC, at)) is not None:
        info, size = _local_info(handle, at)
        start, at = at, at + 1
        if info is None or info.filename.endswith("/"):
            continue
        checksum = None if info.flag_bits & 8 else info.CRC
        for one in _zip_member(file, handle, info, size, checksum, told):
            yield one
            if isinstance(one, tuple) and not one[1].failure:
                at = _data_start(handle, start) + size
    yield told


def _local_info(handle: BinaryIO, at: int) -> tuple[zipfile.ZipInfo | None, int]:
    """Return a member by the head before it, and its packed size, found by unpacking where the head does not say."""
    handle.seek(at)
    head = handle.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        return None, 0
    _, _, flags, method, _, _, checksum, size, _, name_size, _ = _LOCAL.unpack(head)
    name = handle.read(name_size)
    if len(name) < name_size or not name or method > 99:
        return None, 0
    info = zipfile.ZipInfo(name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"))
    info.header_offset, info.flag_bits, info.compress_type, info.CRC = at, flags, method, checksum
    if flags & 8 or size == _IN_EXTRA:
        size = _deflated_size(handle, _data_start(handle, at)) if method == 8 else 0
    return info, size


def _deflated_size(handle: BinaryIO, start: int) -> int:
    engine, at = zlib.decompressobj(-15), start
    handle.seek(start)
    while not engine.eof and (data := engine.unconsumed_tail or handle.read(_STEP)):
        try:
            at += 0 if engine.unconsumed_tail else len(data)
            engine.decompress(data, MB)
        except zlib.error:
            return at - start
    return at - start - len(engine.unused_data)


def _find(handle: BinaryIO, magic: bytes, at: int) -> int | None:
    """Return where the magic stands next in a file."""
    tail = b""
    handle.seek(at)
    while data := handle.read(MB):
        found = (tail + data).find(magic)
        if found >= 0:
            return at - len(tail) + found
        at, tail = at + len(data), (tail + data)[1 - len(magic) :]
    return None
