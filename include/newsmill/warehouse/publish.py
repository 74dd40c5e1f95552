"""Seals an audited draft and makes it the warehouse that readers see."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa

from newsmill import runs
from newsmill.errors import Damaged, StaleDraft, Unreadable
from newsmill.lake import Lake
from newsmill.relations import SNAPSHOTS
from newsmill.runs import Receipt, Run, receipt
from newsmill.warehouse import changes, ducklake, loader, snapshots
from newsmill.warehouse.disk import room_on
from newsmill.warehouse.ducklake import Shared
from newsmill.warehouse.integrity import check_warehouse
from newsmill.warehouse.leftovers import remove_leftovers
from newsmill.warehouse.model import tables
from newsmill.warehouse.snapshot_records import read_record

PRUNE_WAIT_SECONDS = 3600
"""As long as any writer waits: loading a large night takes minutes, so half of it is enough, twice helps nobody."""


def publish(
    run: Run,
    rules: dict[str, str],
    keep: int,
    shared: Shared | None = None,
    others: Sequence[tuple[Run, dict[str, str]]] = (),
) -> Receipt:
    """Seal the draft with what `ops` tells of the run, swap it in, and keep the newest snapshots.

    Where machines share a warehouse, that is published first: a run killed in between is found there by the next load.
    `others` are runs of other nights that the same draft was loaded from, each with its rules.
    """
    loaded = (*others, (run, rules))
    with receipt(run, "publish") as slip, snapshots.writer_lock(run.warehouse):
        draft = snapshots.standing_draft(run.warehouse, run.run_id)
        check_warehouse(run.home, shared, read_record(draft).runs)
        snapshot = _free_name(run)
        with room_on(draft.parent):
            counts = _seal([told for told, _ in loaded], draft, snapshot, shared)
        _prove(draft, snapshot, counts)
        slip.rows_in = slip.rows_out = sum(counts.values())
        slip.bytes = draft.stat().st_size
        snapshots.publish(run.warehouse, draft, snapshot)
        snapshots.sweep_drafts(run.warehouse)
        for told, its_rules in loaded:
            runs.record(told, "published", its_rules, snapshot)
        _prune(run.warehouse, run.lake, keep)
    return slip


def prune(warehouse: Path, lake: Lake, keep: int) -> list[str]:
    """Remove all but the newest snapshots and the served one, and what was kept for them alone; return their names.

    What runs and processes that have ended left half done goes, too.
    """
    remove_leftovers(warehouse.parent, PRUNE_WAIT_SECONDS)
    with snapshots.writer_lock(warehouse):
        return _prune(warehouse, lake, keep)


def _prune(warehouse: Path, lake: Lake, keep: int) -> list[str]:
    gone = snapshots.prune(warehouse, keep)
    if (kept := _runs_kept(warehouse)) is not None:
        lake.forget_accepted(kept)
    return gone


def _runs_kept(warehouse: Path) -> set[str] | None:
    """Return the runs whose parts a kept snapshot stands on; None if one cannot be read: then nothing is forgotten."""
    kept: set[str] = set()
    for name in snapshots.listing(warehouse):
        try:
            kept |= set(read_record(snapshots.path_of(warehouse, name)).runs.values())
        except Unreadable:
            return None
    return kept


def _seal(loaded: Sequence[Run], draft: Path, snapshot: str, shared: Shared | None) -> dict[str, int]:
    """Write the snapshot into the ledger, the ledger into the draft, and what changed into a shared warehouse.

    Return the rows of the draft's tables by name.
    """
    run = loaded[-1]
    with loader.writing(draft) as con:
        _refuse_stale(run, con)
        counts = _counts(con)
        row = {
            "snapshot": snapshot,
            "snapshot_no": snapshots.next_number(run.warehouse),
            "published_at": datetime.now(UTC),
            "bytes": draft.stat().st_size,
            "row_counts": list(counts.items()),
        }
        _forget_lost(run, {*snapshots.listing(run.warehouse), snapshot})
        for told in loaded:
            table = pa.Table.from_pylist([{**row, "run_id": told.run_id}], SNAPSHOTS.schema)
            told.lake.write(SNAPSHOTS, told.night, snapshot, table)
        for told in loaded:
            loader.refresh(con, told.lake, told.night, shared)
        if shared:
            ducklake.publish(con, loaded, snapshot, shared)
        else:
            ducklake.leave(con)
        changes.forget(con)
    return counts


def _prove(draft: Path, snapshot: str, counts: dict[str, int]) -> None:
    """Open the sealed draft as readers will; Damaged if it does not tell of itself what was written."""
    try:
        with snapshots.opened(draft) as con:
            sealed = con.execute("SELECT snapshot FROM ops.snapshot WHERE is_current").fetchall()
            is_whole = sealed == [(snapshot,)] and _counts(con) == counts
        told = "it does not hold what was written to it"
    except Unreadable as error:
        is_whole, told = False, str(error)
    if not is_whole:
        raise Damaged(f"{draft.name}: {told}; nothing is published, what is served stays; run the night again")


def _refuse_stale(run: Run, con: duckdb.DuckDBPyConnection) -> None:
    """Refuse a draft that was copied from another snapshot than the one served now: it would undo a night."""
    served = snapshots.current(run.warehouse)
    base = con.execute("SELECT max(snapshot) FROM ops.snapshot WHERE is_current").fetchone()[0]
    if base != served:
        raise StaleDraft(f"the draft of run {run.run_id} was made from {base}, now {served} is served; load it again")


def _forget_lost(run: Run, kept: set[str]) -> None:
    for night in run.lake.nights(SNAPSHOTS):
        run.lake.sweep(SNAPSHOTS, night, kept)


def _free_name(run: Run) -> str:
    names = (run.run_id if n == 1 else f"{run.run_id}-{n}" for n in count(1))
    return next(name for name in names if not snapshots.path_of(run.warehouse, name).exists())


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    filled = [model.table for model in tables() if model.load != "view" and model.schema == "dw"]
    return {table: con.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in filled}
