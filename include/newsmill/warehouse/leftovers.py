"""Removes from a home what ended runs and processes left: drafts, copies, temporary files; nothing of live ones."""

from datetime import date
from pathlib import Path

import pyarrow.compute as pc

from newsmill import landing
from newsmill.errors import WriterBusy
from newsmill.lake import Lake
from newsmill.relations import RUNS
from newsmill.warehouse import snapshots


def remove_leftovers(home: Path, wait_seconds: float = 0) -> None:
    """Remove what runs and processes that have ended left in a home.

    While another run loads, nothing is removed: the next one does it.
    """
    warehouse, lake = home / "warehouse", Lake(home / "lake")
    try:
        with snapshots.writer_lock(warehouse, wait_seconds):
            remove_dead_drafts(warehouse, lake)
    except WriterBusy:
        return
    snapshots.remove_temporary(warehouse)
    lake.remove_temporary()
    landing.remove_temporary(home / "landing")


def remove_dead_drafts(warehouse: Path, lake: Lake) -> None:
    """Remove the drafts and copies of runs that have ended or whose process was killed; hold the lock."""
    for run_id, paths in snapshots.owned_drafts(warehouse).items():
        if not _is_live(warehouse, lake, run_id):
            snapshots.remove_all(paths)


def _is_live(warehouse: Path, lake: Lake, run_id: str) -> bool:
    """Return whether a run may still publish: its process lives, or the ledger has it running and no process owns it.

    Runs of Airflow are spread over many processes, so none owns them; their failure is recorded by a callback.
    """
    owner = snapshots.owner_path(warehouse, run_id)
    if owner.exists():
        return snapshots.is_owned(warehouse, run_id)
    return _status(lake, run_id) == "running"


def _status(lake: Lake, run_id: str) -> str | None:
    try:
        night = date.fromisoformat(run_id[:10])
    except ValueError:
        return None
    rows = lake.read(RUNS, night)
    found = rows.filter(pc.equal(rows["run_id"], run_id)).column("status").to_pylist()
    return found[0] if found else None
