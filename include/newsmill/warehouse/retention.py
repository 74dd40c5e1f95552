"""Retires landed files: those of old nights that no kept snapshot holds, and so no fact cites."""

import re
import shutil
from datetime import date
from pathlib import Path

from newsmill.errors import Permanent, UnreadableFile
from newsmill.lake import Lake
from newsmill.relations import RUNS
from newsmill.warehouse import snapshots
from newsmill.warehouse.ducklake import SharedWarehouse
from newsmill.warehouse.integrity import check_home
from newsmill.warehouse.snapshot_records import read_record


def list_retirable(home: Path, before: date, shared: SharedWarehouse | None = None) -> list[date]:
    """List the landed nights before a date that no kept snapshot holds; Permanent where that cannot be known.

    A night whose run has not ended is left: it may be published yet.
    """
    if shared:
        raise Permanent("where machines share a warehouse, its states cite landed files of all: nothing was removed")
    cited = _list_cited(home / "warehouse")
    check_home(home)  # a lost warehouse cites no night, and its nights still need their landed files
    return [
        night for night in _list_landed(home) if night < before and night not in cited and not _is_running(home, night)
    ]


def retire_landings(home: Path, before: date, shared: SharedWarehouse | None = None) -> list[date]:
    """Remove the landed files of the retirable nights; return the nights."""
    list_retirable(home, before, shared)  # may raise before the lock makes a lost folder anew
    with snapshots.writer_lock(home / "warehouse"):  # no publish may cite a night meanwhile
        nights = list_retirable(home, before, shared)
        for night in nights:
            shutil.rmtree(home / "landing" / night.isoformat())
    return nights


def _list_landed(home: Path) -> list[date]:
    folders = (path.name for path in (home / "landing").glob("????-??-??") if path.is_dir())
    return sorted(date.fromisoformat(name) for name in folders if re.fullmatch(r"\d{4}-\d\d-\d\d", name))


def _list_cited(warehouse: Path) -> set[date]:
    """Return the nights of all kept snapshots, the published one included."""
    paths = [snapshots.snapshot_path(warehouse, name) for name in snapshots.list_snapshots(warehouse)]
    try:
        records = [read_record(path) for path in paths]
    except UnreadableFile as error:
        raise Permanent(f"nothing was removed, because the nights of a snapshot cannot be read: {error}") from error
    return {night for record in records for night in record.runs}


def _is_running(home: Path, night: date) -> bool:
    rows = Lake(home / "lake").read(RUNS, night).to_pylist()
    return any(row["status"] == "running" for row in rows)
