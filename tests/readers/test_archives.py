"""Archives: tar and zip files as found in dumps, and damaged ends of archives."""

import io
import struct
import tarfile
import zipfile

import dumps
import pytest

from newsmill.readers import archives
from newsmill.readers.record import Reject, SkippedRecord
from newsmill.readers.unpack import UnpackedFile

FILES = {f"north/page {n}.txt": f"Page {n} of the ferry news.\n".encode() * (n + 1) for n in range(6)}


@pytest.fixture
def members(tmp_path):
    def members(data):
        path = tmp_path / "landed"
        path.write_bytes(data)
        file = UnpackedFile(path)
        archive_kind = archives.detect_archive(file.head(1024))
        results = []
        for one in archives.read_members(archive_kind, file):
            if isinstance(one, tuple):
                name, within = one
                one = (name, b"".join(within.blocks()))
                one = within.failure or one
            if not any(one is result for result in results):
                results.append(one)
        return results

    return members


def tar_of(files, **options):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", **options) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_of_any_form_gives_its_files(members, form):
    long = "way/" * 24 + "page.txt" if form == tarfile.USTAR_FORMAT else "way/" * 60 + "pägé.txt"
    long = {long: b"words"}
    assert members(tar_of(FILES | long, format=form)) == list((FILES | long).items())


def test_two_tars_end_to_end_are_one(members):
    assert members(tar_of(FILES) + tar_of({"more": b"x"})) == [*FILES.items(), ("more", b"x")]


def test_folders_and_empty_files_are_distinguished(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        kinds = {"north": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "pipe": tarfile.FIFOTYPE, "void": tarfile.REGTYPE}
        for name, kind in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    passed = SkippedRecord(0, "link, device or sparse file in an archive")
    assert members(file.getvalue()) == [passed, passed, ("void", b"")]


def test_a_tar_header_that_asks_for_much_memory_is_not_believed(members):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 5_000_000
    data = info.tobuf() + b"n" * 5_000_192 + tar_of({"page": b"words"})
    assert members(data) == [("page", b"words")]


def test_a_tar_that_breaks_off_gives_the_files_before(members):
    data = tar_of(FILES)
    (*whole, reject) = members(data[: 6 * 512 + 600])
    assert [name for name, _ in whole] == list(FILES)[:3]
    assert reject.reason == "damaged_archive" and "near byte 3672 (it ends within 'north/page 3.txt')" in reject.detail


def test_a_tar_without_its_end_says_so(members):
    data = tar_of(FILES)
    (*whole, reject) = members(data[: 6 * 1024])
    assert whole == list(FILES.items()) and "lacks the zeros that mark its end" in reject.detail


def test_bytes_strewn_into_a_tar_cost_one_file(members):
    data = tar_of(FILES)
    results = members(data[: 2 * 1024 + 3] + b"strewn" + data[2 * 1024 + 3 :])
    assert [one[0] for one in results if isinstance(one, tuple)] == [name for n, name in enumerate(FILES) if n != 2]
    assert [one.detail for one in results if isinstance(one, Reject)] == [
        "the tar file is damaged near byte 2048 (no header of a file up to byte 3078); the other files in it were "
        "read; fetch it again from its publisher to have the rest"
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_zip_of_any_method_gives_its_files(members, method):
    assert members(dumps.zipped(FILES | {"pägé": b"x"}, method)) == [*FILES.items(), ("pägé", b"x")]


def test_a_method_no_one_reads_is_one_reject(members):
    (reject,) = members(dumps.zipped({"page": b"words" * 100}, zipfile.ZIP_LZMA))
    assert reject.reason == "unknown_packing" and "lzma" in reject.detail


def test_a_zip_written_to_a_pipe_is_read(members):
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    assert members(pipe.data) == list(FILES.items())
    start = pipe.data.index(b"PK\x01\x02")
    *whole, reject = members(pipe.data[:start])
    assert whole == list(FILES.items()) and "no sound directory" in reject.detail


def test_a_zip_that_lost_its_end_is_read_by_the_heads_of_its_files(members):
    data = dumps.zipped(FILES, zipfile.ZIP_STORED)
    fourth = data.index(b"north/page 3.txt")
    *whole, reject = members(data[: fourth + 40])
    assert [name for name, _ in whole] == list(FILES)[:3]
    assert f"byte {fourth + 40} " in reject.detail and "File is not a zip file" in reject.detail


def test_a_member_without_a_name_is_read(members):
    data = bytearray(dumps.zipped({"n": b"words"}))
    for head, lengths in ((0, 26), (data.index(b"PK\x01\x02"), 28)):
        data[head + lengths : head + lengths + 4] = struct.pack("<2H", 0, 1)  # its letter is no name but an extra
    assert members(bytes(data)) == [("nameless", b"words")]


def test_a_wrong_checksum_in_a_zip_costs_one_file(members):
    data = bytearray(dumps.zipped(FILES, zipfile.ZIP_STORED))
    data[data.index(b"Page 2 of") + 3] ^= 1
    results = members(bytes(data))
    assert [one[0] for one in results if isinstance(one, tuple)] == [name for n, name in enumerate(FILES) if n != 2]
    (reject,) = [one for one in results if isinstance(one, Reject)]
    assert "it has the checksum" in reject.detail


def test_members_that_overlap_are_measured_as_often_as_they_are_unpacked(tmp_path):
    """Packed bytes named a thousand times by a directory are a bomb without nested compression."""
    data = dumps.zipped({"page.txt": b"x" * 3_000_000})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
    entry = data[start : data.index(b"PK\x05\x06")]
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    end[8:12], end[12:16] = (1_000).to_bytes(2, "little") * 2, (len(entry) * 1_000).to_bytes(4, "little")
    path = tmp_path / "landed"
    path.write_bytes(data[:start] + entry * 1_000 + end)
    file = UnpackedFile(path)
    size = 0
    for one in archives.read_members("zip", file):
        size += sum(map(len, one[1].blocks()))
        if file.meter.is_spent:
            break
    assert file.meter.is_spent and size <= 64 * 1024 * 1024


def test_a_directory_of_a_million_files_is_not_loaded(members):
    name = b"n" * 200
    entry = b"PK\x01\x02" + b"\0" * 24 + len(name).to_bytes(2, "little") + b"\0" * 16 + name
    count = 70_000
    directory = entry * count
    head = dumps.zipped({"page": b"words"})
    head = head[: head.index(b"PK\x01\x02")]
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count % 65536, count % 65536, len(directory), len(head), 0)
    results = members(head + directory + end)
    assert results[0] == ("page", b"words") and "its directory has" in results[1].detail
