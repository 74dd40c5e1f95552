"""Repairs a home: adopts and publishes a warehouse file as a snapshot, and accepts lost folders."""

import filecmp
import os
import shlex
from pathlib import Path

import pyarrow as pa

from newsmill.errors import BrokenHome, DamagedFile
from newsmill.lake import Lake
from newsmill.relations import SNAPSHOTS
from newsmill.temporary_files import replacing_file
from newsmill.warehouse import snapshots
from newsmill.warehouse.disk import clone, report_full_disk, sync_to_disk
from newsmill.warehouse.integrity import check_warehouse, find_lost_landings, find_lost_nights, landing_folder
from newsmill.warehouse.snapshot_files import find_damage, make_read_only, open_snapshot
from newsmill.warehouse.snapshot_records import read_record

_SNAPSHOT_ROW = "SELECT * EXCLUDE (night, is_current) FROM ops.snapshot WHERE is_current"


def adopt_file(home: Path, file: Path) -> str:
    """Make a file a snapshot, publish the snapshot and return the name; an equal snapshot already kept is published.

    Read every row before. Copy the file, except from the place of the link: then move the file.
    """
    warehouse = home / "warehouse"
    with snapshots.writer_lock(warehouse):
        snapshot = _check_file(file)
        target = snapshots.snapshot_path(warehouse, snapshot)
        is_in_place = file.parent.resolve() / file.name == warehouse / snapshots.LINK and not file.is_symlink()
        if not target.exists():
            _install_file(file, target, is_in_place)
            if (home / "lake").is_dir():  # a missing lake is not created, so that it can be put back
                record_snapshot(Lake(home / "lake"), target)
        elif not filecmp.cmp(file, target, shallow=False):
            raise BrokenHome(_describe_conflict(warehouse, file, target))
        elif is_in_place:
            file.unlink()
        snapshots.point_link_to(warehouse, snapshot)
    return snapshot


def _check_file(file: Path) -> str:
    """Return the name of a snapshot's file; BrokenHome or Damaged if the file is no whole snapshot."""
    if not file.is_file():
        raise BrokenHome(f"{file}: there is no such file; nothing was changed")
    if problem := find_damage(file):
        raise DamagedFile(f"{file}: it is damaged ({problem}); nothing was changed; adopt another copy of it")
    snapshot = read_record(file).snapshot
    if snapshot is None:
        raise BrokenHome(f"{file}: no publish of newsmill made this file; nothing was changed; move it away")
    return snapshot


def _install_file(file: Path, target: Path, is_in_place: bool) -> None:
    """Move or copy a file to the name of a snapshot, all or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with report_full_disk(target.parent):
        if is_in_place:
            os.replace(file, target)
        else:
            with replacing_file(target) as copy:
                clone(file, copy)
                sync_to_disk(copy)
    make_read_only(target)


def record_snapshot(lake: Lake, file: Path) -> None:
    """Write the record in a snapshot's file into the lake's relation snapshots."""
    record = read_record(file)
    assert record.night and record.snapshot, f"{file}: no publish made this file"
    with open_snapshot(file) as con:
        row = con.execute(_SNAPSHOT_ROW).to_arrow_table()
    names = row.schema.names
    columns = [
        row[name].cast(kind) if name in names else pa.nulls(row.num_rows, kind)
        for name, kind in zip(SNAPSHOTS.schema.names, SNAPSHOTS.schema.types, strict=True)
    ]
    lake.write(SNAPSHOTS, record.night, record.snapshot, pa.table(columns, schema=SNAPSHOTS.schema))


def _describe_conflict(warehouse: Path, file: Path, target: Path) -> str:
    away = shlex.join(["mv", str(file), f"{file}.away"])
    return (
        f"{file}: the snapshot {target.stem} is kept already, and this file differs from it: somebody wrote into "
        f"one of them; nothing was changed; to publish the one that is kept, "
        f"run: {away} && {snapshots.format_command(warehouse, 'serve', target.stem)}"
    )


def accept_loss(home: Path) -> list[str]:
    """Accept the loss of the lake and landing folder of some nights, for nights to run again; return the losses."""
    with snapshots.writer_lock(home / "warehouse"):
        check_warehouse(home)
        lost, landings, lake = find_lost_nights(home), find_lost_landings(home), Lake(home / "lake")
        for run_id in lost.values():
            lake.keep_nothing(run_id)
        for night in landings:
            landing_folder(home, night).mkdir(parents=True, exist_ok=True)
    return [f"the lake of the night {night}" for night in sorted(lost)] + [
        f"the landed dumps of the night {night}" for night in landings
    ]
