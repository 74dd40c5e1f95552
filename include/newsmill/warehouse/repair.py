"""Repairs a home: makes a file of a warehouse a snapshot and publishes it, and accepts what is lost."""

import filecmp
import os
import shlex
from pathlib import Path

import pyarrow as pa

from newsmill.errors import BrokenHome, Damaged
from newsmill.lake import Lake
from newsmill.relations import SNAPSHOTS
from newsmill.temporary_files import replacing_file
from newsmill.warehouse import snapshots
from newsmill.warehouse.disk import clone, flush, room_on
from newsmill.warehouse.integrity import check_warehouse, landing_of, lost_landings, lost_nights
from newsmill.warehouse.snapshot_files import damage, opened, protect
from newsmill.warehouse.snapshot_records import SnapshotRecord, read_record

_ROW = "SELECT * EXCLUDE (night, is_current) FROM ops.snapshot WHERE is_current"


def adopt(home: Path, file: Path) -> str:
    """Make a file a snapshot and publish it; return the name. Where the same snapshot is kept already, publish that.

    The file stays where it is, unless it is in the place of the link: then it is moved. Every row is read before.
    """
    warehouse = home / "warehouse"
    with snapshots.writer_lock(warehouse):
        record = _checked(file)
        target = snapshots.path_of(warehouse, record.snapshot)
        is_in_place = file.parent.resolve() / file.name == warehouse / snapshots.LINK and not file.is_symlink()
        if not target.exists():
            _keep(file, target, is_in_place)
            if (home / "lake").is_dir():  # a lake that is missing stays so, to be put back
                record_snapshot(Lake(home / "lake"), target)
        elif not filecmp.cmp(file, target, shallow=False):
            raise BrokenHome(_other_file(warehouse, file, target))
        elif is_in_place:
            file.unlink()
        snapshots.point_to(warehouse, record.snapshot)
    return record.snapshot


def _checked(file: Path) -> SnapshotRecord:
    if not file.is_file():
        raise BrokenHome(f"{file}: there is no such file; nothing was changed")
    if wrong := damage(file):
        raise Damaged(f"{file}: it is damaged ({wrong}); nothing was changed; adopt another copy of it")
    record = read_record(file)
    if record.snapshot is None:
        raise BrokenHome(f"{file}: no publish of newsmill made this file; nothing was changed; move it away")
    return record


def _keep(file: Path, target: Path, is_in_place: bool) -> None:
    """Put a file under the name of a snapshot, all or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with room_on(target.parent):
        if is_in_place:
            os.replace(file, target)
        else:
            with replacing_file(target) as copy:
                clone(file, copy)
                flush(copy)
    protect(target)


def record_snapshot(lake: Lake, file: Path) -> None:
    """Write a snapshot into the ledger of a lake, as its file has it."""
    record = read_record(file)
    with opened(file) as con:
        row = con.execute(_ROW).to_arrow_table()
    names = row.schema.names
    columns = [
        row[name].cast(kind) if name in names else pa.nulls(row.num_rows, kind)
        for name, kind in zip(SNAPSHOTS.schema.names, SNAPSHOTS.schema.types, strict=True)
    ]
    lake.write(SNAPSHOTS, record.night, record.snapshot, pa.table(columns, schema=SNAPSHOTS.schema))


def _other_file(warehouse: Path, file: Path, target: Path) -> str:
    away = shlex.join(["mv", str(file), f"{file}.away"])
    return (
        f"{file}: the snapshot {target.stem} is kept already, and this file differs from it: somebody wrote into "
        f"one of them; nothing was changed; to publish the one that is kept, "
        f"run: {away} && {snapshots.command(warehouse, 'serve', target.stem)}"
    )


def accept_loss(home: Path) -> list[str]:
    """Note that the lake and landing folder of some nights are lost, so that nights run again; return what is lost."""
    with snapshots.writer_lock(home / "warehouse"):
        check_warehouse(home)
        lost, landings, lake = lost_nights(home), lost_landings(home), Lake(home / "lake")
        for run_id in lost.values():
            lake.keep_nothing(run_id)
        for night in landings:
            landing_of(home, night).mkdir(parents=True, exist_ok=True)
    return [f"the lake of the night {night}" for night in sorted(lost)] + [
        f"the landed dumps of the night {night}" for night in landings
    ]
