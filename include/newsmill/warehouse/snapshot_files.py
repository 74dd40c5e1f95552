"""Opens the files of snapshots read-only, and reports a lock, another version or missing rights apart from damage."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import duckdb

from newsmill.errors import DamagedFile, FileLocked, NewsmillError, UnreadableFile
from newsmill.temporary_files import temporary_path
from newsmill.warehouse.disk import clone

READ_ONLY_MODE = 0o444
Config = dict[str, str | bool | int | float | list[str]]
"""Settings of a connection to DuckDB, by name."""
_FILE_ERRORS = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
_LOCK_HOLDER = re.compile(r"Could not set lock on file .*held in (?P<program>.+?) \(PID (?P<pid>\d+)\)", re.DOTALL)
_UNREADABLE = (
    ("version number", "another version of DuckDB wrote it; read it with that version, or with a newer one"),
    ("Permission denied", "this user may not read it"),
)
_TABLES = "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"


@contextmanager
def open_snapshot(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file of the warehouse read-only; raise DamagedFile or Unreadable on failure.

    Where another program has the file open for writing, read a copy: the bytes of a published file do not change.
    """
    with ExitStack() as stack:
        try:
            con = stack.enter_context(closing(connect(path)))
        except FileLocked:
            con = stack.enter_context(closing(connect(stack.enter_context(_copy_for_reading(path)))))
        with translate_errors(path):
            yield con


def connect(path: Path, config: Config | None = None) -> duckdb.DuckDBPyConnection:
    """Connect to a file of the warehouse read-only; FileLocked names the program with the file open for writing."""
    with translate_errors(path):
        return duckdb.connect(str(path), read_only=True, config=config or {})


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise errors of DuckDB about a file as FileLocked, UnreadableFile or DamagedFile."""
    try:
        yield
    except _FILE_ERRORS as error:
        raise _translate_error(path, str(error).strip()) from error


def _translate_error(path: Path, message: str) -> NewsmillError:
    if match := _LOCK_HOLDER.search(message):
        return FileLocked(
            f"{path}: {match['program']} (process {match['pid']}) holds it open for writing; the file is whole; "
            f"open it read-only in that program, or close it there; to see whose it is, run: ps -fp {match['pid']}"
        )
    first_line = message.partition("\n")[0]
    for words, meaning in _UNREADABLE:
        if words in message:
            return UnreadableFile(f"{meaning} ({first_line})")
    return DamagedFile(first_line)


@contextmanager
def _copy_for_reading(path: Path) -> Iterator[Path]:
    copy = temporary_path(path)
    try:
        clone(path, copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def find_damage(path: Path) -> str | None:
    """Read every row of a file, for DuckDB to check each block; return the error, or None."""
    try:
        with open_snapshot(path) as con:
            for (table,) in con.execute(_TABLES).fetchall():
                con.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM {table}").fetchall()
    except UnreadableFile as error:
        return str(error)
    return None


def make_read_only(path: Path) -> None:
    """Make a published file read-only; a file of another user stays unchanged."""
    if path.stat().st_mode & 0o777 != READ_ONLY_MODE:
        try:
            path.chmod(READ_ONLY_MODE)
        except PermissionError:
            return
