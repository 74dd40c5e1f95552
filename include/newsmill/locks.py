"""Locks on files: one process at a time does what must not be done twice at once."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TRY_SECONDS = 0.1


@contextmanager
def alone(
    path: Path, wait_seconds: float, busy: Exception, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold the lock of a file; call `waiting` once if another process holds it, raise `busy` after the wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline, told = time.monotonic() + wait_seconds, False
    with path.open("w") as handle:
        while not _locked(handle):
            if time.monotonic() > deadline:
                raise busy
            if not told:
                waiting()
                told = True
            time.sleep(TRY_SECONDS)
        yield


def _locked(handle) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
