"""Parquet files with a checksum of their own bytes, so that a flipped bit is an error and never another value.

Layout: the data, a checksum, the footer with its length and magic as Parquet has them. The checksum is LABEL and the
SHA-256 of data and footer. Readers of Parquet find data by offsets in the footer, so any of them reads such a file.
"""

import hashlib
import mmap
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from newsmill.errors import DamagedFile

LABEL = b"newsmill.sha256\0"
CHECKSUM_KEY = "newsmill.checksum"
"""The key in the footer of such a file: one whose label is damaged is not taken for a file of an earlier version."""
CHECKSUM_BYTES = len(LABEL) + hashlib.sha256().digest_size
PARQUET = b"PAR1"
TAIL_BYTES = 4 + len(PARQUET)  # the length of the footer, and the end of every file
CHECKED_FILES = 20_000
"""Files of which a process remembers that they are whole: a night of 2,048 batches has some ten files each."""


def write_with_checksum(table: pa.Table, path: Path) -> int:
    """Write a table to a file with a checksum, and return the size in bytes."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="zstd", compression_level=1) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({CHECKSUM_KEY: LABEL.decode()})
    written = memoryview(sink.getvalue())
    footer_start = _find_footer(written)
    data, footer = written[:footer_start], written[footer_start:]
    with path.open("wb") as file:
        file.write(data)
        file.write(_make_checksum(data, footer))
        file.write(footer)
    return len(written) + CHECKSUM_BYTES


def verify_checksum(path: Path) -> None:
    """Raise DamagedFile if the bytes of a file are not those written; a file of an earlier version has no checksum."""
    stat = path.stat()
    if not _is_whole(path, (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)):
        raise DamagedFile(f"{path}: the bytes are not those written; the disk or another program changed them")


@lru_cache(maxsize=CHECKED_FILES)
def _is_whole(path: Path, _version: tuple[int, ...]) -> bool:
    with path.open("rb") as file:
        try:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except ValueError:  # an empty file
            return False
        footer_start = _find_footer(content)
        checksum_start = footer_start - CHECKSUM_BYTES
        if checksum_start < 0 or content[-len(PARQUET) :] != PARQUET:
            return False
        checksum, footer = content[checksum_start:footer_start], content[footer_start:]
        if checksum[: len(LABEL)] != LABEL:
            return CHECKSUM_KEY.encode() not in bytes(footer)
        return checksum == _make_checksum(content[:checksum_start], footer)


def _find_footer(content: memoryview) -> int:
    """Return where the footer begins; a negative number where the length of the footer cannot be."""
    return len(content) - TAIL_BYTES - int.from_bytes(content[-TAIL_BYTES : -TAIL_BYTES // 2], "little")


def _make_checksum(data: memoryview, footer: memoryview) -> bytes:
    digest = hashlib.sha256(data)
    digest.update(footer)
    return LABEL + digest.digest()
