"""Refuses a home whose link, snapshots, lake or landing folder do not match the last publish, and names the remedy.

A night in such a home, taken for empty, would be published alone, and history would go with the old snapshots.
"""

import os
import shlex
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

from newsmill.errors import BrokenHome
from newsmill.lake import Lake
from newsmill.relations import ARTICLES, RUNS
from newsmill.runs import NightVersion
from newsmill.warehouse import snapshots
from newsmill.warehouse.ducklake import SharedWarehouse
from newsmill.warehouse.snapshot_records import read_record

_NOTHING_CHANGED = "nothing was changed, and no night runs until it is repaired"


def check_home(home: Path, shared: SharedWarehouse | None = None) -> None:
    """Raise BrokenHome unless the folders of a home belong together; an empty home is whole.

    Where machines share a warehouse, missing parts come from the shared one: only the link must be no file.
    """
    check_warehouse(home, shared)
    if not shared:
        check_lake(home)
        check_landing(home)


def check_warehouse(home: Path, shared: SharedWarehouse | None = None, loaded: Collection[date] = ()) -> None:
    """Raise BrokenHome unless the link leads to a published snapshot, or nothing was published yet.

    `loaded` are the nights of a staging copy about to be published: nothing is lost if no published night is missing.
    """
    _check_folders(home)
    warehouse, lake = home / "warehouse", Lake(home / "lake")
    name = snapshots.current_snapshot(warehouse)
    if shared:
        return
    if name is not None:
        return _check_published(warehouse, name)
    link = warehouse / snapshots.LINK
    if unpublished := _list_unlinked_snapshots(snapshots.list_snapshots(warehouse), lake):
        raise BrokenHome(
            f"{link}: this link is missing, though there are snapshots ({', '.join(unpublished)}); {_NOTHING_CHANGED}; "
            f"to publish the newest again, run: {snapshots.format_serve_command(warehouse)}"
        )
    nights = read_published_nights(lake)
    if nights.keys() - set(loaded):
        cure = snapshots.format_command(warehouse, "--from", "load", verb="rebuild")
        raise BrokenHome(
            f"{link}: the warehouse is missing, though {len(nights)} nights were published by {lake.root} "
            f"({_format_range(nights)}); {_NOTHING_CHANGED}; put {warehouse} back, or to build it anew from the lake, "
            f"run: {cure}"
        )


def _check_folders(home: Path) -> None:
    """Raise BrokenHome where a path of a folder is a file or a link to nothing."""
    warehouse = home / "warehouse"
    for folder in (home, home / "landing", home / "lake", warehouse, snapshots.snapshot_folder(warehouse)):
        if os.path.lexists(folder) and not folder.is_dir():
            raise BrokenHome(
                f"{folder}: a folder is expected, and this is a file or a link to nothing; {_NOTHING_CHANGED}; "
                f"to move it away, run: {shlex.join(['mv', str(folder), f'{folder}.away'])}"
            )


def _check_published(warehouse: Path, name: str) -> None:
    link, path = warehouse / snapshots.LINK, snapshots.snapshot_path(warehouse, name)
    if not path.is_file():
        raise BrokenHome(
            f"{link}: it leads to {path.name}, and there is no such snapshot; {_NOTHING_CHANGED}; "
            f"put that file back, or run: {snapshots.format_serve_command(warehouse)}"
        )
    with snapshots.open_published(warehouse):  # names the remedy where the file is damaged or cannot be read
        record = read_record(path)
    if record.snapshot != name:
        content = f"the snapshot {record.snapshot}" if record.snapshot else "no warehouse of newsmill"
        cure = snapshots.format_serve_command(warehouse)
        if record.snapshot:
            cure = snapshots.format_command(warehouse, "adopt", str(path))
        problem = f"{path}: it is named as the snapshot {name}, and it holds {content}"
        raise BrokenHome(f"{problem}; {_NOTHING_CHANGED}; run: {cure}")


def _list_unlinked_snapshots(names: list[str], lake: Lake) -> list[str]:
    """Return the snapshots without a link; none if all are of runs killed before the first publish ended."""
    statuses = {run["run_id"]: run["status"] for run in _read_runs(lake)}
    killed = [name for name in names if statuses.get(_find_run(name, statuses)) not in (None, "published")]
    return [] if names == killed and "published" not in statuses.values() else names


def _find_run(snapshot: str, run_ids: Collection[str]) -> str:
    """Return the run that published a snapshot; the name of a second snapshot of a run ends in -2."""
    return snapshot if snapshot in run_ids else snapshot.rpartition("-")[0]


class _RunRow(NightVersion):
    """A row of the lake's relation runs, with the night."""

    night: date
    run_no: int | None
    status: str
    started_at: datetime


def _read_runs(lake: Lake) -> list[_RunRow]:
    return lake.dataset(RUNS, lake.nights(RUNS)).to_table(columns=["night", *RUNS.schema.names]).to_pylist()


def read_published_nights(lake: Lake) -> dict[date, _RunRow]:
    """Return the last published run of each night as a row of the lake's relation runs."""
    published = [run for run in _read_runs(lake) if run["status"] == "published"]
    published.sort(key=lambda run: (run["run_no"] or 0, run["started_at"], run["run_id"]))
    return dict(sorted({run["night"]: run for run in published}.items()))


def find_lost_nights(home: Path) -> dict[date, str]:
    """Return the nights of the published warehouse without any part in the lake, each with the run."""
    lake = Lake(home / "lake")
    return {
        night: run_id
        for night, run_id in _read_published_runs(home).items()
        if not (lake.has_accepted(run_id) or lake.parts(ARTICLES, night))
    }


def find_lost_landings(home: Path) -> list[date]:
    """Return the nights of the published warehouse if the landed dumps of all are gone, else none."""
    nights = sorted(_read_published_runs(home))
    return [] if any(landing_folder(home, night).is_dir() for night in nights) else nights


def landing_folder(home: Path, night: date) -> Path:
    """Return the folder of the landed dumps of a night."""
    return home / "landing" / night.isoformat()


def _read_published_runs(home: Path) -> dict[date, str]:
    warehouse = home / "warehouse"
    name = snapshots.current_snapshot(warehouse)
    return dict(read_record(snapshots.snapshot_path(warehouse, name)).runs) if name else {}


def check_lake(home: Path) -> None:
    """Raise BrokenHome where the lake lacks nights of the published warehouse."""
    lost, warehouse = find_lost_nights(home), home / "warehouse"
    if not lost:
        return
    problem = (
        f"{home / 'lake'}: it holds nothing of {len(lost)} nights of the published warehouse ({_format_range(lost)}), "
        f"from which later nights learn boilerplate; {_NOTHING_CHANGED}; put the folder back, or "
    )
    if all(any(landing_folder(home, night).glob("*.json")) for night in lost):
        cure = snapshots.format_command(warehouse, "--from", "read", verb="rebuild")
        raise BrokenHome(f"{problem}to make it anew from the landed dumps, run: {cure}")
    cure = snapshots.format_command(warehouse, "accept-loss")
    raise BrokenHome(
        f"{problem}as their dumps are gone from {home / 'landing'}, too, to go on without them, run: {cure}"
    )


def check_landing(home: Path) -> None:
    """Raise BrokenHome where the landed dumps of all published nights are gone."""
    if lost := find_lost_landings(home):
        landing, cure = home / "landing", snapshots.format_command(home / "warehouse", "accept-loss")
        raise BrokenHome(
            f"{landing}: the dumps of {len(lost)} published nights ({_format_range(lost)}) are gone; citations cannot "
            f"be read again, and growing dumps would land a second time; {_NOTHING_CHANGED}; put it back, or "
            f"to go on without them, run: {cure}"
        )


def _format_range(nights: Collection[date]) -> str:
    first, last = min(nights), max(nights)
    return str(first) if first == last else f"{first} to {last}"
