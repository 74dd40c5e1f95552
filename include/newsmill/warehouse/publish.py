"""Seals an audited draft and makes it the warehouse that readers see."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from newsmill import runs
from newsmill.errors import StaleDraft
from newsmill.relations import SNAPSHOTS
from newsmill.runs import Receipt, Run, receipt
from newsmill.warehouse import loader, snapshots
from newsmill.warehouse.model import tables


def publish(run: Run, rules: dict[str, str], keep: int) -> Receipt:
    """Seal the draft with what `ops` tells of the run, swap it in, and keep the newest snapshots."""
    with receipt(run, "publish") as slip, snapshots.writer_lock(run.warehouse):
        draft = snapshots.standing_draft(run.warehouse, run.run_id)
        snapshot = _free_name(run)
        slip.rows_in = slip.rows_out = _seal(run, draft, snapshot)
        slip.bytes = draft.stat().st_size
        snapshots.publish(run.warehouse, draft, snapshot)
        snapshots.sweep_drafts(run.warehouse)
        runs.record(run, "published", rules, snapshot)
        snapshots.prune(run.warehouse, keep)
        run.lake.forget_accepted(_runs_kept(run.warehouse))
    return slip


def _runs_kept(warehouse: Path) -> set[str]:
    """Return the runs whose parts a kept snapshot stands on."""
    kept: set[str] = set()
    for name in snapshots.listing(warehouse):
        with closing(duckdb.connect(str(snapshots.path_of(warehouse, name)), read_only=True)) as con:
            kept |= set(loader.runs_held(con).values())
    return kept


def _seal(run: Run, draft: Path, snapshot: str) -> int:
    """Write the snapshot into the ledger, and the ledger into the draft; return the rows of its tables."""
    with closing(duckdb.connect(str(draft))) as con:
        _refuse_stale(run, con)
        counts = {m.table: _count(con, m.table) for m in tables() if m.load != "view" and m.schema == "dw"}
        row = {"snapshot": snapshot, "run_id": run.run_id, "published_at": datetime.now(UTC),
               "bytes": draft.stat().st_size, "row_counts": list(counts.items())}
        _forget_lost(run, {*snapshots.listing(run.warehouse), snapshot})
        run.lake.write(SNAPSHOTS, run.night, snapshot, pa.Table.from_pylist([row], SNAPSHOTS.schema))
        loader.refresh(con, run.lake, run.night)
        con.execute("CHECKPOINT")
    return sum(counts.values())


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
    taken = set(snapshots.listing(run.warehouse))
    names = (run.run_id if n == 1 else f"{run.run_id}-{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _count(con, table: str) -> int:
    return con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
