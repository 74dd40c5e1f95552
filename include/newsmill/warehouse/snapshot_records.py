"""Reads from a snapshot's file which snapshot it is, its number in the order of publishing, and the runs it holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb

from newsmill.errors import Unreadable
from newsmill.warehouse.snapshot_files import opened

Order = tuple[int, int]
CACHED_RECORDS = 256
"""A record takes about a kilobyte; a home keeps seven snapshots. With fewer, files are only opened again."""


@dataclass(frozen=True)
class SnapshotRecord:
    """What a file of the warehouse says of itself.

    `snapshot` is the name it was published under, None for a file that no publish made. `orders` are the number and
    the time (microseconds since 1970) of each snapshot it knows: files of before numbers count as number 0, and among
    those the time is the order, for each was published only if it was the latest. `runs` are those of its nights.
    """

    snapshot: str | None
    night: date | None
    orders: Mapping[str, Order]
    runs: Mapping[date, str]


_FOREIGN = SnapshotRecord(None, None, {}, {})


def read_record(path: Path) -> SnapshotRecord:
    """Return the record of a file; it is read once for as long as the file does not change. Unreadable, Damaged."""
    stat = path.stat()
    return _read(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns))


@lru_cache(maxsize=CACHED_RECORDS)
def _read(path: Path, _version: tuple[int, ...]) -> SnapshotRecord:
    with opened(path) as con:
        try:
            columns = {row[0] for row in con.execute("DESCRIBE ops.snapshot").fetchall()}
            number = "coalesce(snapshot_no, 0)" if "snapshot_no" in columns else "0"
            sql = f"SELECT snapshot, night, is_current, {number}, epoch_us(published_at) FROM ops.snapshot"
            rows = con.execute(sql).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            return _FOREIGN
        snapshot, night = next(((name, night) for name, night, is_current, *_ in rows if is_current), (None, None))
        return SnapshotRecord(snapshot, night, {name: (n, at) for name, _, _, n, at in rows}, runs_held(con))


def runs_held(con: duckdb.DuckDBPyConnection) -> dict[date, str]:
    """Return the run that each night of a file was loaded by."""
    sql = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'ops' AND table_name = 'loaded_night'"
    has_nights = con.execute(sql).fetchone()[0]
    return dict(con.execute("FROM ops.loaded_night").fetchall()) if has_nights else {}


def sorted_snapshots(paths: Iterable[Path]) -> list[str]:
    """Return the names of the files that publishes made, in the order they were published; others are left out.

    A file that cannot be read is in the place that the others know it by, else among those of before numbers.
    """
    own, known = {}, {}
    for path in paths:
        try:
            record = read_record(path)
        except (Unreadable, FileNotFoundError):
            own[path.stem] = path
            continue
        known |= record.orders
        if record.snapshot == path.stem:
            own[path.stem] = path
    return sorted(own, key=lambda name: (*known.get(name, (0, _modified(own[name]))), name))


def known_snapshots(paths: Iterable[Path]) -> set[str]:
    """Return the names of the snapshots that some files have or know; a file with no such name is somebody else's."""
    known: set[str] = set()
    for path in paths:
        try:
            known |= read_record(path).orders.keys()
        except (Unreadable, FileNotFoundError):
            continue
    return known


def highest_number(paths: Iterable[Path]) -> int:
    """Return the highest number that a snapshot among some files has or knows; 0 where none has one."""
    numbers = [0]
    for path in paths:
        try:
            numbers += [number for number, _ in read_record(path).orders.values()]
        except (Unreadable, FileNotFoundError):
            continue
    return max(numbers)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns // 1000
    except FileNotFoundError:
        return 0
