"""Finalizes an audited staging copy and publishes it to readers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa

from newsmill import runs
from newsmill.errors import DamagedFile, StaleStagingCopy, UnreadableFile
from newsmill.lake import Lake
from newsmill.relations import SNAPSHOTS
from newsmill.runs import Receipt, Run, receipt
from newsmill.warehouse import changes, ducklake, loader, snapshots
from newsmill.warehouse.disk import report_full_disk
from newsmill.warehouse.ducklake import SharedWarehouse
from newsmill.warehouse.integrity import check_warehouse
from newsmill.warehouse.leftovers import remove_leftovers
from newsmill.warehouse.model import tables
from newsmill.warehouse.snapshot_records import read_record
from newsmill.warehouse.statements import fetch_value

PRUNE_WAIT_SECONDS = 3600
"""Seconds that pruning waits for a writer, as all writers do: a large night loads in minutes, so half is enough."""


def publish(
    run: Run,
    rules: dict[str, str],
    keep: int,
    shared: SharedWarehouse | None = None,
    others: Sequence[tuple[Run, dict[str, str]]] = (),
) -> Receipt:
    """Finalize the staging copy with the run's `ops` rows, swap it in, and keep the newest snapshots.

    Where machines share a warehouse, publish there first, so that the next load finds a run that was killed in between.
    `others` are runs of other nights in the same staging copy, each with the run's rules.
    """
    loaded = (*others, (run, rules))
    with receipt(run, "publish") as step_receipt, snapshots.writer_lock(run.warehouse):
        staging = snapshots.find_staging(run.warehouse, run.run_id)
        check_warehouse(run.home, shared, read_record(staging).runs)
        snapshot = _choose_name(run)
        with report_full_disk(staging.parent):
            counts = _finalize([loaded_run for loaded_run, _ in loaded], staging, snapshot, shared)
        _verify(staging, snapshot, counts)
        step_receipt.rows_in = step_receipt.rows_out = sum(counts.values())
        step_receipt.bytes = staging.stat().st_size
        snapshots.publish_snapshot(run.warehouse, staging, snapshot)
        snapshots.remove_all_staging(run.warehouse)
        for loaded_run, run_rules in loaded:
            runs.record_run(loaded_run, "published", run_rules, snapshot)
        _prune_locked(run.warehouse, run.lake, keep)
    return step_receipt


def prune_snapshots(warehouse: Path, lake: Lake, keep: int, shared: SharedWarehouse | None = None) -> list[str]:
    """Remove all but the newest snapshots and the served one, with lake parts of no other snapshot; return the names.

    Staging copies and temporary files of ended runs and processes are removed, too. BrokenHome where the warehouse is
    lost: the lake parts are all that is left of the nights.
    """
    check_warehouse(warehouse.parent, shared)
    remove_leftovers(warehouse.parent, PRUNE_WAIT_SECONDS)
    with snapshots.writer_lock(warehouse):
        return _prune_locked(warehouse, lake, keep)


def _prune_locked(warehouse: Path, lake: Lake, keep: int) -> list[str]:
    removed = snapshots.remove_old_snapshots(warehouse, keep)
    if (run_ids := _list_runs_of_snapshots(warehouse)) is not None:
        lake.forget_accepted(run_ids)
    return removed


def _list_runs_of_snapshots(warehouse: Path) -> set[str] | None:
    """Return the runs of all snapshots; None without any, or if one cannot be read: then keep all lake parts."""
    run_ids: set[str] = set()
    for name in snapshots.list_snapshots(warehouse):
        try:
            run_ids |= set(read_record(snapshots.snapshot_path(warehouse, name)).runs.values())
        except UnreadableFile:
            return None
    return run_ids or None


def _finalize(loaded: Sequence[Run], staging: Path, snapshot: str, shared: SharedWarehouse | None) -> dict[str, int]:
    """Record the snapshot in the lake, load `ops` into the staging copy, and publish changes to a shared warehouse.

    Return the row counts of the tables by name.
    """
    run = loaded[-1]
    with loader.open_for_writing(staging) as con:
        _refuse_stale(run, con)
        counts = _count_rows(con)
        row = {
            "snapshot": snapshot,
            "snapshot_no": snapshots.next_number(run.warehouse),
            "published_at": datetime.now(UTC),
            "bytes": staging.stat().st_size,
            "row_counts": list(counts.items()),
        }
        _remove_lost_records(run, {*snapshots.list_snapshots(run.warehouse), snapshot})
        for loaded_run in loaded:
            table = pa.Table.from_pylist([{**row, "run_id": loaded_run.run_id}], SNAPSHOTS.schema)
            loaded_run.lake.write(SNAPSHOTS, loaded_run.night, snapshot, table)
        for loaded_run in loaded:
            loader.refresh_ops(con, loaded_run.lake, loaded_run.night, shared)
        if shared:
            ducklake.publish(con, loaded, snapshot, shared)
        else:
            ducklake.drop_base_version(con)
        changes.drop_changes(con)
    return counts


def _verify(staging: Path, snapshot: str, counts: dict[str, int]) -> None:
    """Open the finalized file as readers will; DamagedFile if name or row counts differ from the written values."""
    try:
        with snapshots.open_snapshot(staging) as con:
            current = con.execute("SELECT snapshot FROM ops.snapshot WHERE is_current").fetchall()
            is_whole = current == [(snapshot,)] and _count_rows(con) == counts
        reason = "it does not hold what was written to it"
    except UnreadableFile as error:
        is_whole, reason = False, str(error)
    if not is_whole:
        raise DamagedFile(f"{staging.name}: {reason}; nothing is published, what is served stays; run the night again")


def _refuse_stale(run: Run, con: duckdb.DuckDBPyConnection) -> None:
    """Refuse a staging copy of another snapshot than the served: publishing would undo a night."""
    served = snapshots.current_snapshot(run.warehouse)
    base = fetch_value(con, "SELECT max(snapshot) FROM ops.snapshot WHERE is_current")
    if base != served:
        raise StaleStagingCopy(
            f"the staging copy of run {run.run_id} was made from {base}, now {served} is served; load it again"
        )


def _remove_lost_records(run: Run, kept: set[str]) -> None:
    """Remove the records of removed snapshots, and of snapshots never swapped in."""
    for night in run.lake.nights(SNAPSHOTS):
        run.lake.remove_other_parts(SNAPSHOTS, night, kept)


def _choose_name(run: Run) -> str:
    names = (run.run_id if n == 1 else f"{run.run_id}-{n}" for n in count(1))
    return next(name for name in names if not snapshots.snapshot_path(run.warehouse, name).exists())


def _count_rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = [model.table for model in tables() if model.load != "view" and model.schema == "dw"]
    return {table: fetch_value(con, f"SELECT count(*) FROM {table}") for table in names}
