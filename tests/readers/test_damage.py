"""Damage at any byte of a file: no exception, no endless loop, no record lost before the damage."""

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from functools import cache
from pathlib import Path

import dumps
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.landing import Dump
from newsmill.readers import contents
from newsmill.readers.record import Record, Reject

pytestmark = pytest.mark.slow

RECORDS = dumps.entries(25)
TEXTS = {f"{record['id']}.txt": record["text"].encode() for record in RECORDS}
FORMATS = {
    **dumps.FORMATS,
    "pretty": lambda records: b"[\n" + b",\n".join(dumps.jsonl([record]).strip() for record in records) + b"\n]",
    "wrapped": lambda records: b'{"status": "ok", "articles": ' + dumps.array(records) + b"}",
}
BY_RECORD = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
ENGINES = {
    "gz": lambda: zlib.decompressobj(31),
    "zst": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ),
}


def read(data, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "landed"
        path.write_bytes(data)
        dump = Dump("feed", "dumps/**", separator=dumps.SEPARATOR if name == "text" else None)
        return list(contents.read(dump, path, "landed"))


def pages(results):
    return {(one.document_id, one.text) for one in results if isinstance(one, Record)}


def unpacked_before(data, packing):
    """Return how many bytes decompress from the start of a packed file, without newsmill."""
    if packing not in ENGINES:
        return len(data)
    engine, size = ENGINES[packing](), 0
    for at in range(len(data)):
        size += len(engine.decompress(data[at : at + 1]))
        if engine.eof:
            engine = ENGINES[packing]()
    return size


@cache
def sound(name, packing):
    data = dumps.PACK[packing](FORMATS[name](RECORDS))
    return data, [one for one in read(data, name) if isinstance(one, Record)]


@st.composite
def damages(draw):
    """Return a function that damages bytes at a share of their length and returns (offset, damaged bytes)."""
    share, how = draw(st.floats(0, 1, exclude_max=True)), draw(st.sampled_from(["cut", "flip", "strewn", "torn"]))
    bit, count = draw(st.integers(0, 7)), draw(st.integers(1, 60))

    def damage(data):
        at = int(share * len(data))
        if how == "cut":
            return at, data[:at]
        if how == "flip":
            return at, data[:at] + bytes((data[at] ^ (1 << bit),)) + data[at + 1 :]
        if how == "strewn":
            return at, data[:at] + bytes((bit * 31, count, 0xFF)) * count + data[at:]
        return at, data[:at] + data[at + count :]

    return damage


CASES = [(name, "plain") for name in FORMATS]
CASES += [(name, packing) for name in ("jsonl", "warc", "csv") for packing in ENGINES]
OPENINGS = [
    b"",
    b"WARC/1.0\r\n",
    b"filedesc://",
    b"PAR1",
    b"PK\x03\x04",
    b"\x1f\x8b\x08\0",
    b"BZh91AY&SY",
    b"\xfd7zXZ\0",
    b"<html>",
    b'[{"text":',
    b"id,text\n",
    b"\x28\xb5\x2f\xfd",
    b"\x5d\x2a\x4d\x18\x10\0\0\0",
]
TOKENS = [b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b'"text"', b'{"text": "a"}', b"1", b" ", b"\r"]


@pytest.mark.parametrize(("name", "packing"), CASES)
@settings(max_examples=25, deadline=4000)
@given(damage=damages())
def test_no_record_before_a_damage_is_lost(name, packing, damage):
    data, before = sound(name, packing)
    at, damaged = damage(data)
    results = read(damaged, name)
    if name == "parquet":  # the directory is at the end of the file
        return
    whole = unpacked_before(data[:at], packing)
    end = len(f"\n{dumps.SEPARATOR}\n") if name == "text" else 4  # of a record: without it the next one is its text too
    assert not {(one.document_id, one.text) for one in before if one.byte_end + end <= whole} - pages(results)


@settings(max_examples=40, deadline=4000)
@given(damage=damages(), method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]))
def test_of_a_damaged_zip_the_other_members_are_read(damage, method):
    data = dumps.zipped(TEXTS, method)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        starts = [info.header_offset for info in archive.infolist()] + [archive.start_dir]
    at, damaged = damage(data)
    results = read(damaged, "zip")
    names = {one.member for one in results if isinstance(one, Record)}
    ended_before = [name for name, end in zip(TEXTS, starts[1:], strict=True) if end <= at]
    assert names >= set(ended_before)
    assert (
        at < 4 or len(damaged) < len(data) or len(names) >= len(TEXTS) - 2
    )  # the first four bytes identify the format


@settings(max_examples=40, deadline=4000)
@given(damage=damages())
def test_of_a_damaged_tar_the_other_members_are_read(damage):
    data = dumps.tar(TEXTS)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        ends = [info.offset_data + info.size for info in archive]
    at, damaged = damage(data)
    results = read(damaged, "tar")
    names = {one.member for one in results if isinstance(one, Record)}
    assert names >= {name for name, end in zip(TEXTS, ends, strict=True) if end <= at}
    assert at < 512 or len(damaged) < len(data) - 60 or len(names) >= len(TEXTS) - 3


@pytest.mark.parametrize("packing", BY_RECORD)
@pytest.mark.parametrize("name", ["warc", "jsonl"])
@settings(max_examples=25, deadline=4000)
@given(share=st.floats(0.05, 0.9), bit=st.integers(0, 7))
def test_behind_a_damaged_member_of_a_packed_file_reading_goes_on(name, packing, share, bit):
    members = [BY_RECORD[packing](dumps.FORMATS[name]([record])) for record in RECORDS]
    data = bytearray(b"".join(members))
    at = int(share * len(data))
    data[at] ^= 1 << bit
    results = read(bytes(data), name)
    rejects = [one for one in results if isinstance(one, Reject)]
    assert len(pages(results) & pages(read(b"".join(members), name))) >= len(RECORDS) - 2
    # a bit within a packed line may unpack to several line ends, and each piece between them is no record
    assert [one.reason for one in rejects if one.reason != "not_json"].count("damaged_archive") <= 1
    assert {one.reason for one in rejects} <= {"damaged_archive", "damaged_record", "not_json", "no_text"}


@settings(max_examples=60, deadline=4000)
@given(data=st.binary(max_size=3000), opening=st.sampled_from(OPENINGS))
def test_bytes_of_any_kind_never_raise(data, opening):
    read(opening + data, "anything")


@settings(max_examples=60, deadline=4000)
@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_brackets_and_quotes_in_any_order_never_raise(pieces):
    read(b'[{"text": "a"},' + b"".join(pieces), "json")
    read(b"id,text\n1,a\n2,b\n" + b"".join(pieces), "csv")
