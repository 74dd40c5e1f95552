"""Temporary files and folders next to the targets: named by process id, locked while written."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from newsmill.locks import take_lock, try_lock

_NAME = re.compile(r"\..+\.(\d+)")


def temporary_path(path: Path) -> Path:
    """Return the temporary name for `path`, used by the process until the rename."""
    return path.with_name(f".{path.name}.{os.getpid()}")


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield the temporary file to write; rename to `path` at the end, remove on an error."""
    temporary = temporary_path(path)
    try:
        with temporary.open("wb") as handle:
            take_lock(handle)
            yield temporary
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield the temporary folder to fill; replace the folder `path` at the end."""
    temporary = temporary_path(path)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        take_lock(descriptor)
        yield temporary
        shutil.rmtree(path, ignore_errors=True)
        os.replace(temporary, path)
    finally:
        os.close(descriptor)
        shutil.rmtree(temporary, ignore_errors=True)


def remove_dead(paths: Iterable[Path]) -> list[Path]:
    """Remove temporary files and folders of ended processes; return the removed paths.

    The process ids of another container are unknown here, so a locked path also counts as in use.
    """
    dead = [path for path in paths if (match := _NAME.fullmatch(path.name)) and not _is_in_use(path, int(match[1]))]
    for path in dead:
        remove_path(path)
    return dead


def remove_path(path: Path) -> None:
    """Remove a file, a link, or a folder with all contents; a missing path is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_in_use(path: Path, pid: int) -> bool:
    return _is_running(pid) or is_locked(path)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def is_locked(path: Path) -> bool:
    """Report whether a process holds the lock of a file or folder; False for a missing path."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)
