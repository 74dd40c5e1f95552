"""Copies large files, with shared blocks where the file system can, and reports a full disk as DiskFull."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from newsmill.errors import DiskFull

SPACE_FACTOR = 1.1  # of the size of the source: a staging copy grows by the night that is loaded into it
_FICLONE = 0x40049409  # linux/fs.h: let one file share the blocks of another
_FULL_DISK_MESSAGES = ("No space left", "File too large", "Disk quota exceeded")
_FREE_SPACE_ADVICE = "make room, as with `python -m newsmill snapshots prune --keep 1`, and run it again"


def clone(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, both share the blocks until one changes.

    Raise DiskFull before a byte is written if the copy would not fit.
    """
    if not _share_blocks(source, target):
        needed, free = int(source.stat().st_size * SPACE_FACTOR), shutil.disk_usage(target.parent).free
        if needed > free:
            target.unlink()
            raise DiskFull(
                f"{target.parent} has {free / 1e9:,.2f} GB free, and to load onto a copy of {source.name} takes "
                f"{needed / 1e9:,.2f} GB; what is served is as it was; {_FREE_SPACE_ADVICE}"
            )
        with report_full_disk(target.parent):
            shutil.copyfile(source, target)


def _share_blocks(source: Path, target: Path) -> bool:
    """Let the target share all blocks of the source; return False and an empty target where the file system cannot."""
    with source.open("rb") as read, target.open("wb") as written:
        try:
            fcntl.ioctl(written, _FICLONE, read.fileno())
        except OSError:  # file systems without shared blocks raise different errors
            return False
    return True


@contextmanager
def report_full_disk(folder: Path) -> Iterator[None]:
    """Raise DiskFull where the block fills the disk: the published warehouse stays unchanged."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if is_full or any(words in str(error) for words in _FULL_DISK_MESSAGES):
            raise DiskFull(
                f"{folder}: the disk is full ({error}); what is served is as it was; {_FREE_SPACE_ADVICE}"
            ) from error
        raise


def sync_to_disk(path: Path) -> None:
    """Wait until the bytes of a file are on the disk, before a link points to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
