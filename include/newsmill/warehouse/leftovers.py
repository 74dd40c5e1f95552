"""Removes staging copies and temporary files of ended runs and processes from a home, none of live ones."""

from datetime import date
from pathlib import Path

import pyarrow.compute as pc

from newsmill import landing
from newsmill.errors import WriterBusy
from newsmill.lake import Lake
from newsmill.relations import RUNS
from newsmill.warehouse import snapshots


def remove_leftovers(home: Path, wait_seconds: float = 0) -> None:
    """Remove the staging copies and temporary files of ended runs and processes from a home.

    While another run loads, remove nothing, and leave the work to the next call.
    """
    warehouse, lake = home / "warehouse", Lake(home / "lake")
    try:
        with snapshots.writer_lock(warehouse, wait_seconds):
            remove_dead_staging(warehouse, lake)
    except WriterBusy:
        return
    snapshots.remove_temporary(warehouse)
    lake.remove_temporary()
    landing.remove_temporary(home / "landing")


def remove_dead_staging(warehouse: Path, lake: Lake) -> None:
    """Remove the staging copies of ended runs and of killed processes; hold the writer lock."""
    for run_id, paths in snapshots.list_owned_files(warehouse).items():
        if not _is_live(warehouse, lake, run_id):
            snapshots.remove_paths(paths)


def find_live_run(home: Path, night: date) -> str | None:
    """Return the last run of a night if it may still publish; rebuilds do not count, for they wait for each other.

    An earlier run without an end does not count: the last run has replaced its parts.
    """
    lake = Lake(home / "lake")
    entries = [row for row in lake.read(RUNS, night).to_pylist() if row["kind"] != "rebuild"]
    last = max(entries, key=lambda row: (row["run_no"] or 0, row["started_at"]), default=None)
    return last["run_id"] if last and _is_live(home / "warehouse", lake, last["run_id"]) else None


def _is_live(warehouse: Path, lake: Lake, run_id: str) -> bool:
    """Return whether a run may still publish: the process lives, or the run is recorded as running without an owner.

    Runs of Airflow are spread over many processes, so no process owns the run; a callback records a failure.
    """
    owner = snapshots.owner_path(warehouse, run_id)
    if owner.exists():
        return snapshots.is_owned(warehouse, run_id)
    return _read_status(lake, run_id) == "running"


def _read_status(lake: Lake, run_id: str) -> str | None:
    try:
        night = date.fromisoformat(run_id[:10])
    except ValueError:
        return None
    rows = lake.read(RUNS, night)
    statuses = rows.filter(pc.equal(rows["run_id"], run_id)).column("status").to_pylist()
    return statuses[0] if statuses else None
