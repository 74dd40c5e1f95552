"""Large files on the disk: copied by sharing blocks where that can be, and what to say when there is no room."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from newsmill.errors import NoRoom

ROOM = 1.1  # of the size of what is copied: a draft grows by the night that is loaded into it
_FICLONE = 0x40049409  # linux/fs.h: let one file share the blocks of another
_FULL = ("No space left", "File too large", "Disk quota exceeded")
_MAKE_ROOM = "make room, as with `python -m newsmill snapshots prune --keep 1`, and run it again"


def clone(source: Path, target: Path) -> None:
    """Copy a file; where the file system can, both share the blocks until one of them changes.

    NoRoom before a byte is written if the copy would not fit.
    """
    if not _shared(source, target):
        needed, free = int(source.stat().st_size * ROOM), shutil.disk_usage(target.parent).free
        if needed > free:
            target.unlink()
            raise NoRoom(
                f"{target.parent} has {free / 1e9:,.2f} GB free, and to load onto a copy of {source.name} takes "
                f"{needed / 1e9:,.2f} GB; {_MAKE_ROOM}"
            )
        with room_on(target.parent):
            shutil.copyfile(source, target)


def _shared(source: Path, target: Path) -> bool:
    """Let the target share all blocks of the source; False where the file system cannot, the target is empty then."""
    with source.open("rb") as read, target.open("wb") as written:
        try:
            fcntl.ioctl(written, _FICLONE, read.fileno())
        except OSError:  # each file system that cannot says so in its own way
            return False
    return True


@contextmanager
def room_on(place: Path) -> Iterator[None]:
    """Tell of a disk that fills up while something is written as NoRoom: what is served does not change by it."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if is_full or any(words in str(error) for words in _FULL):
            raise NoRoom(f"{place}: the disk is full ({error}); what is served is as it was; {_MAKE_ROOM}") from error
        raise


def flush(path: Path) -> None:
    """Ask the disk to keep what was written before something points to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
