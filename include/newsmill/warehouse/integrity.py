"""Refuses a home whose link, snapshots, lake and landing folder are not what its publishes left, and names the remedy.

A night that took such a home for an empty one would publish itself alone, and history would go with the old snapshots.
"""

import os
import shlex
from collections.abc import Collection
from datetime import date
from pathlib import Path

from newsmill.errors import BrokenHome
from newsmill.lake import Lake
from newsmill.relations import ARTICLES, RUNS
from newsmill.warehouse import snapshots
from newsmill.warehouse.ducklake import Shared
from newsmill.warehouse.snapshot_records import read_record

_NOTHING_CHANGED = "nothing was changed, and no night runs until it is repaired"


def check_home(home: Path, shared: Shared | None = None) -> None:
    """Raise BrokenHome unless the folders of a home belong together; a home with nothing in it is whole.

    Where machines share a warehouse, the shared one brings what is missing here: only the link must be no file.
    """
    check_warehouse(home, shared)
    if not shared:
        check_lake(home)
        check_landing(home)


def check_warehouse(home: Path, shared: Shared | None = None, loaded: Collection[date] = ()) -> None:
    """Raise BrokenHome unless the link leads to a snapshot that a publish made, or nothing was published yet.

    `loaded` are the nights of a draft that is about to be published: where it has all that were, none is lost.
    """
    _check_folders(home)
    warehouse, lake = home / "warehouse", Lake(home / "lake")
    name = snapshots.current(warehouse)
    if shared:
        return
    if name is not None:
        return _check_published(warehouse, name)
    link = warehouse / snapshots.LINK
    if unpublished := _published_before(snapshots.listing(warehouse), lake):
        raise BrokenHome(
            f"{link}: this link is missing, though there are snapshots ({', '.join(unpublished)}); {_NOTHING_CHANGED}; "
            f"to publish the newest again, run: {snapshots.serve_command(warehouse)}"
        )
    nights = published_nights(lake)
    if nights.keys() - set(loaded):
        raise BrokenHome(
            f"{link}: the warehouse is missing, though {len(nights)} nights were published by {lake.root} "
            f"({_range(nights)}); {_NOTHING_CHANGED}; put {warehouse} back, or to build it anew from the lake, run: "
            f"{snapshots.command(warehouse, '--from', 'load', verb='rebuild')}"
        )


def _check_folders(home: Path) -> None:
    """Raise BrokenHome where a file, or a link to nothing, is in the place of a folder."""
    for folder in (home, home / "landing", home / "lake", home / "warehouse", snapshots.folder(home / "warehouse")):
        if os.path.lexists(folder) and not folder.is_dir():
            raise BrokenHome(
                f"{folder}: a folder is expected, and this is a file or a link to nothing; {_NOTHING_CHANGED}; "
                f"to move it away, run: {shlex.join(['mv', str(folder), f'{folder}.away'])}"
            )


def _check_published(warehouse: Path, name: str) -> None:
    link, path = warehouse / snapshots.LINK, snapshots.path_of(warehouse, name)
    if not path.is_file():
        raise BrokenHome(
            f"{link}: it leads to {path.name}, and there is no such snapshot; {_NOTHING_CHANGED}; "
            f"put that file back, or run: {snapshots.serve_command(warehouse)}"
        )
    with snapshots.reading(warehouse):  # names the remedy where the file is damaged or cannot be read
        record = read_record(path)
    if record.snapshot != name:
        given = f"the snapshot {record.snapshot}" if record.snapshot else "no warehouse of newsmill"
        cure = snapshots.serve_command(warehouse)
        if record.snapshot:
            cure = snapshots.command(warehouse, "adopt", str(path))
        found = f"{path}: it is named as the snapshot {name}, and it holds {given}"
        raise BrokenHome(f"{found}; {_NOTHING_CHANGED}; run: {cure}")


def _published_before(names: list[str], lake: Lake) -> list[str]:
    """Return the snapshots without a link, unless all are of runs that were killed before the first publish ended."""
    statuses = {run["run_id"]: run["status"] for run in _runs(lake)}
    killed = [name for name in names if statuses.get(_run_of(name, statuses)) not in (None, "published")]
    return [] if names == killed and "published" not in statuses.values() else names


def _run_of(snapshot: str, run_ids) -> str:
    """Return the run that published a snapshot: of a second one of a run the name ends in -2."""
    return snapshot if snapshot in run_ids else snapshot.rpartition("-")[0]


def _runs(lake: Lake) -> list[dict]:
    return lake.dataset(RUNS, lake.nights(RUNS)).to_table(columns=["night", *RUNS.schema.names]).to_pylist()


def published_nights(lake: Lake) -> dict[date, dict]:
    """Return the last published run of each night that the ledger of the lake knows, as a row of the relation runs."""
    published = [run for run in _runs(lake) if run["status"] == "published"]
    published.sort(key=lambda run: (run["run_no"] or 0, run["started_at"], run["run_id"]))
    return dict(sorted({run["night"]: run for run in published}.items()))


def lost_nights(home: Path) -> dict[date, str]:
    """Return the nights of the published warehouse of which the lake holds no part, each with its run."""
    lake = Lake(home / "lake")
    return {
        night: run_id
        for night, run_id in _held(home).items()
        if not (lake.has_accepted(run_id) or lake.parts(ARTICLES, night))
    }


def lost_landings(home: Path) -> list[date]:
    """Return the nights of the published warehouse whose landed dumps are gone, if those of all are gone."""
    nights = sorted(_held(home))
    return [] if any(landing_of(home, night).is_dir() for night in nights) else nights


def landing_of(home: Path, night: date) -> Path:
    """Return the folder in which the dumps of a night landed."""
    return home / "landing" / night.isoformat()


def _held(home: Path) -> dict[date, str]:
    warehouse = home / "warehouse"
    name = snapshots.current(warehouse)
    return dict(read_record(snapshots.path_of(warehouse, name)).runs) if name else {}


def check_lake(home: Path) -> None:
    """Raise BrokenHome where the lake lacks nights that the published warehouse holds."""
    lost, warehouse = lost_nights(home), home / "warehouse"
    if not lost:
        return
    found = (
        f"{home / 'lake'}: it holds nothing of {len(lost)} nights of the published warehouse ({_range(lost)}), "
        f"from which later nights learn boilerplate; {_NOTHING_CHANGED}; put the folder back, or "
    )
    if all(any(landing_of(home, night).glob("*.json")) for night in lost):
        cure = snapshots.command(warehouse, "--from", "read", verb="rebuild")
        raise BrokenHome(f"{found}to make it anew from the landed dumps, run: {cure}")
    cure = snapshots.command(warehouse, "accept-loss")
    raise BrokenHome(f"{found}as their dumps are gone from {home / 'landing'}, too, to go on without them, run: {cure}")


def check_landing(home: Path) -> None:
    """Raise BrokenHome where the landed dumps of all published nights are gone."""
    if lost := lost_landings(home):
        landing, cure = home / "landing", snapshots.command(home / "warehouse", "accept-loss")
        raise BrokenHome(
            f"{landing}: the dumps of {len(lost)} published nights ({_range(lost)}) are gone; citations cannot "
            f"be read again, and growing dumps would land a second time; {_NOTHING_CHANGED}; put it back, or "
            f"to go on without them, run: {cure}"
        )


def _range(nights) -> str:
    first, last = min(nights), max(nights)
    return str(first) if first == last else f"{first} to {last}"
