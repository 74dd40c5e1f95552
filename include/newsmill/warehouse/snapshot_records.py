"""Reads from the file of a snapshot the name, the number in the order of publishing, and the runs of the nights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb

from newsmill.errors import UnreadableFile
from newsmill.warehouse.snapshot_files import open_snapshot
from newsmill.warehouse.statements import fetch_value

SnapshotOrder = tuple[int, int]
CACHED_RECORDS = 256
"""Records in memory, a kilobyte each; a home keeps seven snapshots. With fewer, files are opened again."""


@dataclass(frozen=True)
class SnapshotRecord:
    """The record of a snapshot in the snapshot's file.

    `snapshot` is the published name, None for an unpublished file. `orders` has the number and the time (microseconds
    since 1970) of each listed snapshot. Snapshots older than numbers have number 0 and are ordered by time, because
    only the latest of each time was published. `runs` are the runs of the nights.
    """

    snapshot: str | None
    night: date | None
    orders: Mapping[str, SnapshotOrder]
    runs: Mapping[date, str]


_FOREIGN_FILE = SnapshotRecord(None, None, {}, {})


def read_record(path: Path) -> SnapshotRecord:
    """Return the record of a file, read once until the file changes; raise UnreadableFile or DamagedFile."""
    stat = path.stat()
    return _read_file(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns))


@lru_cache(maxsize=CACHED_RECORDS)
def _read_file(path: Path, _version: tuple[int, ...]) -> SnapshotRecord:
    with open_snapshot(path) as con:
        try:
            columns = {row[0] for row in con.execute("DESCRIBE ops.snapshot").fetchall()}
            number = "coalesce(snapshot_no, 0)" if "snapshot_no" in columns else "0"
            sql = f"SELECT snapshot, night, is_current, {number}, epoch_us(published_at) FROM ops.snapshot"
            rows = con.execute(sql).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            return _FOREIGN_FILE
        snapshot, night = next(((name, night) for name, night, is_current, *_ in rows if is_current), (None, None))
        return SnapshotRecord(
            snapshot, night, {name: (no, time) for name, _, _, no, time in rows}, read_loaded_runs(con)
        )


def read_loaded_runs(con: duckdb.DuckDBPyConnection) -> dict[date, str]:
    """Return the run of each loaded night of an open file."""
    sql = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'ops' AND table_name = 'loaded_night'"
    has_nights = fetch_value(con, sql)
    return dict(con.execute("FROM ops.loaded_night").fetchall()) if has_nights else {}


def sort_snapshots(paths: Iterable[Path]) -> list[str]:
    """Return the names of published files in the order of publishing; other files are left out.

    An unreadable file has the order listed in another file, else the order of files without numbers.
    """
    own: dict[str, Path] = {}
    known: dict[str, SnapshotOrder] = {}
    for path, record in _read_records(paths):
        known |= record.orders if record else {}
        if record is None or record.snapshot == path.stem:
            own[path.stem] = path
    return sorted(own, key=lambda name: (*known.get(name, (0, _modified_microseconds(own[name]))), name))


def list_known_snapshots(paths: Iterable[Path]) -> set[str]:
    """Return the names of all snapshots listed in some files; a file of another name is no snapshot."""
    return {name for _, record in _read_records(paths) if record for name in record.orders}


def find_highest_number(paths: Iterable[Path]) -> int:
    """Return the highest snapshot number in some files; 0 where none has a number."""
    orders = (record.orders for _, record in _read_records(paths) if record)
    return max((number for listed in orders for number, _ in listed.values()), default=0)


def _read_records(paths: Iterable[Path]) -> list[tuple[Path, SnapshotRecord | None]]:
    """Return the files with their records, None for an unreadable file."""
    return [(path, _try_record(path)) for path in paths]


def _try_record(path: Path) -> SnapshotRecord | None:
    try:
        return read_record(path)
    except (UnreadableFile, FileNotFoundError):
        return None


def _modified_microseconds(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns // 1000
    except FileNotFoundError:
        return 0
