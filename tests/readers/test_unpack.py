"""Unpacking: blocks of bytes from plain and packed files, whole, damaged and malicious."""

import bz2
import gzip
import lzma
import random

import pytest
import zstandard

from newsmill.readers.record import Limits
from newsmill.readers.unpack import UnpackedFile

LINES = b"".join(b"line %06d %08x\n" % (n, random.Random(n).getrandbits(32)) for n in range(40_000))
PACK = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lzma.compress,
}
packed = pytest.mark.parametrize("packing", ["gzip", "zstd", "bzip2", "xz"])


@pytest.fixture
def landed(tmp_path):
    def landed(data, limits=Limits()):  # noqa: B008
        path = tmp_path / "named-wrongly.txt"
        path.write_bytes(data)
        return UnpackedFile(path, limits)

    return landed


@pytest.mark.parametrize("packing", PACK)
def test_a_file_is_unpacked_whole_in_blocks(landed, packing):
    file = landed(PACK[packing](LINES))
    blocks = list(file.blocks(100_000))
    assert b"".join(blocks) == LINES and file.failure is None
    assert max(map(len, blocks)) < 400_000


@packed
def test_files_packed_one_after_another_are_one(landed, packing):
    file = landed(PACK[packing](LINES) + PACK[packing](b"") + PACK[packing](b"more"))
    assert b"".join(file.blocks()) == LINES + b"more" and file.failure is None


@pytest.mark.parametrize("packing", ["gzip", "xz"])
def test_zeros_that_fill_a_file_are_no_damage(landed, packing):
    file = landed(PACK[packing](LINES) + bytes(40_000))
    assert b"".join(file.blocks()) == LINES and file.failure is None


@packed
def test_of_a_file_cut_short_all_is_read_that_is_there(landed, packing):
    data = PACK[packing](LINES)
    cut = len(data) * 3 // 4
    file = landed(data[:cut])
    read = b"".join(file.blocks())
    assert LINES.startswith(read) and len(read) > len(LINES) // 2
    assert file.failure.reason == "damaged_archive"
    assert f"near byte {cut} of {cut}" in file.failure.detail and "fetch it again" in file.failure.detail


@packed
def test_bytes_before_the_damage_are_not_lost(landed, packing):
    whole, after = PACK[packing](LINES), PACK[packing](b"after")
    file = landed(whole + b"garbage" + after)
    assert b"".join(file.blocks()) == LINES
    assert file.failure.reason == "damaged_archive"


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_behind_a_damaged_member_the_next_is_read_on_request_and_the_gap_is_recorded(landed, packing):
    members = [PACK[packing](LINES[at : at + 100_000]) for at in range(0, 500_000, 100_000)]
    harmed = bytearray(members[2])
    harmed[len(harmed) // 2] ^= 0xFF
    file = landed(b"".join((*members[:2], bytes(harmed), *members[3:])))
    file.past_damage = True
    read = b"".join(file.blocks(1000))
    assert read.startswith(LINES[:200_000]) and read.endswith(LINES[300_000:500_000])
    assert file.breaks == [len(read) - 200_000]
    at = len(members[0]) + len(members[1])
    assert file.failure.reason == "damaged_archive"
    assert "what stands before and behind it was read" in file.failure.detail
    near = int(file.failure.detail.split("near byte ")[1].split()[0])
    assert at <= near <= at + len(harmed)


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_reader_that_does_not_ask_for_more_gets_nothing_from_behind_a_gap(landed, packing):
    harmed = bytearray(PACK[packing](LINES))
    harmed[len(harmed) // 2] ^= 0xFF
    file = landed(PACK[packing](b"before") + bytes(harmed) + PACK[packing](b"behind"))
    read = b"".join(file.blocks())
    assert read.startswith(b"before") and not read.endswith(b"behind")


def test_a_thousand_damages_are_one_reject(landed):
    file = landed(gzip.compress(b"a") + b"\x1f\x8b\x08\x00broken" * 5_000)
    file.past_damage = True
    assert b"".join(file.blocks()) == b"a"
    assert "and 995 more" in file.failure.detail and len(file.failure.detail) < 400


def test_packings_within_packings_are_taken_off(landed):
    file = landed(bz2.compress(lzma.compress(gzip.compress(LINES))))
    assert file.packing == "gzip in xz in bzip2" and b"".join(file.blocks()) == LINES


def test_an_xz_file_that_asks_for_much_memory_is_one_reject(landed):
    data = lzma.compress(LINES, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 30}])
    file = landed(data)
    assert b"".join(file.blocks()) == b"" and "Memory usage limit" in file.failure.detail


@packed
def test_a_wrong_checksum_is_damage_but_the_bytes_are_read(landed, packing):
    data = bytearray(PACK[packing](LINES))
    data[-6 if packing == "gzip" else -1] ^= 0xFF
    file = landed(bytes(data))
    assert b"".join(file.blocks()) == LINES and file.failure.reason == "damaged_archive"


@packed
def test_a_bomb_is_stopped(landed, packing):
    file = landed(PACK[packing](bytes(20_000_000)), Limits(ratio=100, ratio_from_bytes=1_000_000))
    assert sum(map(len, file.blocks())) < 20_000_000
    assert file.failure.reason == "compression_bomb" and "the limit is 100 to 1" in file.failure.detail


@packed
def test_a_small_file_may_swell_as_it_likes(landed, packing):
    file = landed(PACK[packing](bytes(20_000_000)))
    assert sum(map(len, file.blocks())) == 20_000_000 and file.failure is None


@pytest.mark.parametrize("packing", PACK)
def test_the_head_can_be_looked_at_before_reading(landed, packing):
    file = landed(PACK[packing](LINES))
    assert file.head(1000) == LINES[:1000]
    assert b"".join(file.blocks()) == LINES


@pytest.mark.parametrize("data", [b"", b"\x1f", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"])
def test_the_smallest_files_end_in_order(landed, data):
    assert b"".join(landed(data).blocks()) in (b"", b"\x1f")
