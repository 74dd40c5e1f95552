"""Locks on files, for work of a single process at a time."""

import fcntl
import math
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from newsmill.errors import Permanent

TRY_SECONDS = 0.1


@contextmanager
def hold_lock(
    path: Path,
    wait_seconds: float = math.inf,
    busy: Exception | None = None,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold the lock of a file; call `waiting` once if another process has the lock, raise `busy` after the wait."""
    deadline, is_announced = time.monotonic() + wait_seconds, False
    with _open_lock_file(path) as handle:
        while not try_lock(handle):
            if busy and time.monotonic() > deadline:
                raise busy
            if not is_announced:
                waiting()
                is_announced = True
            time.sleep(TRY_SECONDS)
        yield


def _open_lock_file(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w")
    except OSError as error:
        raise Permanent(
            f"{path}: the lock file cannot be written ({error.strerror}); nothing was changed; "
            f"give this user the rights, or move it away; run: {shlex.join(['mv', str(path), f'{path}.away'])}"
        ) from error


def take_lock(file: TextIO | BinaryIO | int) -> None:
    """Lock an open file or folder, after a wait for the process that holds the lock; its end also ends the lock."""
    fcntl.flock(file, fcntl.LOCK_EX)


def try_lock(file: TextIO | BinaryIO | int) -> bool:
    """Lock an open file or folder; return False where another process holds the lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def release_lock(file: TextIO | BinaryIO | int) -> None:
    """Release the lock of an open file before it is closed."""
    fcntl.flock(file, fcntl.LOCK_UN)
