"""The snapshots of the warehouse: drafted beside the published one, swapped in by one rename, and rolled back so."""

import glob
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from newsmill.errors import Damaged, Permanent, StaleDraft, WriterBusy
from newsmill.locks import alone
from newsmill.warehouse.disk import clone, flush
from newsmill.warehouse.statements import quoted

LINK = "news.duckdb"
DRAFT = ".draft"
CANDIDATE = "candidate"
_BROKEN = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)


def folder(warehouse: Path) -> Path:
    """Return the folder of the snapshot files."""
    return warehouse / "snapshots"


def path_of(warehouse: Path, snapshot: str) -> Path:
    """Return the file of a snapshot, or of what a rebuild made and nobody published: that is `candidate`."""
    return (warehouse if snapshot == CANDIDATE else folder(warehouse)) / f"{snapshot}.duckdb"


def there(warehouse: Path, snapshot: str | None = None) -> Path:
    """Return the file of a snapshot, by default the served one; Permanent names those there are."""
    name = snapshot or current(warehouse)
    if name is None:
        told = f"there is no warehouse at {warehouse / LINK}; run a night first: python -m newsmill night DATE"
        raise Permanent(told)
    path = path_of(warehouse, name)
    if not path.is_file():
        raise Permanent(f"there is no snapshot {name}; there are: {', '.join(listing(warehouse)) or 'none'}")
    return path


def current(warehouse: Path) -> str | None:
    """Return the name of the published snapshot, or None before the first."""
    link = warehouse / LINK
    return Path(os.readlink(link)).stem if link.is_symlink() else None


def listing(warehouse: Path) -> list[str]:
    """List the snapshots, the oldest first."""
    found = folder(warehouse).glob("*.duckdb")
    return [p.stem for p in sorted(found, key=lambda p: (p.stat().st_mtime_ns, p.name))]


def draft_path(warehouse: Path, run_id: str) -> Path:
    """Return where the draft of a run is written."""
    return folder(warehouse) / f"{run_id}{DRAFT}"


def standing_draft(warehouse: Path, run_id: str) -> Path:
    """Return the draft that the run loaded; StaleDraft if another run published since and swept it."""
    draft = draft_path(warehouse, run_id)
    if not draft.exists():
        raise StaleDraft(f"the draft of run {run_id} is gone, another run published meanwhile; load it again")
    return draft


def copy_ahead(warehouse: Path, run_id: str) -> int:
    """Copy the published snapshot for a draft that is begun later; return the bytes, 0 before the first is published.

    What is published meanwhile makes the copy stale: the draft is then begun by another.
    """
    published = current(warehouse)
    if not published:
        return 0
    ahead = _ahead(warehouse, run_id, published)
    begun = _begun(ahead)
    try:
        clone(path_of(warehouse, published), begun)
        flush(begun)  # now, not while the load reads and writes it
        os.replace(begun, ahead)
        return ahead.stat().st_size
    except FileNotFoundError:  # swept with the drafts, or pruned, by who published
        return 0
    finally:
        begun.unlink(missing_ok=True)


def _begun(path: Path) -> Path:
    """Return what a file is called until it is written to the end."""
    return path.with_name(f"{path.name}.begun")


def _ahead(warehouse: Path, run_id: str, snapshot: str) -> Path:
    draft = draft_path(warehouse, run_id)
    of = hashlib.sha256(snapshot.encode()).hexdigest()[:16]  # a file's name has no room for two names of runs
    return draft.with_name(f"{draft.name}.of-{of}")


def forget_copies(warehouse: Path, run_id: str | None = None) -> None:
    """Remove what was copied for drafts that are not begun, of a run or of all."""
    name = glob.escape(draft_path(warehouse, run_id).name) if run_id else f"*{DRAFT}"
    _remove(folder(warehouse).glob(f"{name}.of-*"))


@contextmanager
def drafting(warehouse: Path, run_id: str) -> Iterator[Path]:
    """Lend a copy of the published snapshot, or the place for a new file, and make it the draft once it is written.

    What a killed process did not write to the end bears another name: nobody can take it for a draft.
    """
    draft, published = draft_path(warehouse, run_id), current(warehouse)
    draft.parent.mkdir(parents=True, exist_ok=True)
    ahead = _ahead(warehouse, run_id, published) if published else None
    discard(draft, but=ahead)
    begun = _begun(draft)
    try:
        if ahead and ahead.is_file():
            os.replace(ahead, begun)
        elif published:
            clone(path_of(warehouse, published), begun)
        yield begun
        os.replace(begun, draft)
    finally:
        discard(begun)


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file of the warehouse read-only; Damaged if it cannot be read."""
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as con:
            yield con
    except _BROKEN as error:
        raise Damaged(_first_line(error)) from error


@contextmanager
def reading(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the served snapshot read-only; where it is damaged, say which to go back to."""
    path = there(warehouse)
    try:
        with opened(path) as con:
            yield con
    except Damaged as error:
        whole = newest_whole(warehouse, except_for=path.stem)
        what = f"go back to the newest whole one: {_ROLL_BACK} {whole}" if whole else _RUN_AGAIN
        raise Damaged(f"the snapshot {path.stem}, which is served, is damaged ({error}); {what}") from error


_ROLL_BACK = "python -m newsmill snapshots rollback"
_RUN_AGAIN = "no other is whole: move the warehouse folder away and run its nights again, they are read as they landed"


def damage(path: Path) -> str | None:
    """Read every row of a file, for DuckDB proves each block it reads; return what is wrong with it, or None."""
    try:
        with opened(path) as con:
            for (table,) in con.execute(_TABLES).fetchall():
                con.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM {table}").fetchall()
    except Damaged as error:
        return str(error)
    return None


_TABLES = "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"


def newest_whole(warehouse: Path, except_for: str) -> str | None:
    """Return the newest snapshot of which every row can be read, or None."""
    others = (name for name in reversed(listing(warehouse)) if name != except_for)
    return next((name for name in others if damage(path_of(warehouse, name)) is None), None)


def attach(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a snapshot's file read-only to a connection under a name, beside whatever else it has open."""
    try:
        con.execute(f"ATTACH {quoted(path)} AS \"{name}\" (READ_ONLY)")
    except _BROKEN as error:
        raise Damaged(f"the snapshot {path.stem} is damaged ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def discard(draft: Path, but: Path | None = None) -> None:
    """Remove a draft, and what is kept beside it: a copy ahead, its write-ahead log, what did not fit into memory."""
    _remove(path for path in draft.parent.glob(f"{glob.escape(draft.name)}*") if path != but)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def publish(warehouse: Path, draft: Path, snapshot: str) -> None:
    """Make a draft the published snapshot; until the last rename readers see the one before."""
    flush(draft)
    os.replace(draft, path_of(warehouse, snapshot))
    point_to(warehouse, snapshot)


def point_to(warehouse: Path, snapshot: str) -> None:
    """Swap the link to a snapshot at once; this is publishing, and rolling back too."""
    there(warehouse, snapshot)
    swap = warehouse / f".{LINK}.{os.getpid()}"
    swap.unlink(missing_ok=True)
    swap.symlink_to(path_of(warehouse, snapshot).relative_to(warehouse))
    os.replace(swap, warehouse / LINK)
    flush(warehouse)


def prune(warehouse: Path, keep: int) -> list[str]:
    """Remove all but the newest snapshots and the published one; return the names removed."""
    old = [name for name in listing(warehouse)[: -keep or None] if name != current(warehouse)]
    for name in old:
        path_of(warehouse, name).unlink(missing_ok=True)
    return old


def sweep_drafts(warehouse: Path) -> None:
    """Remove all drafts: those of killed runs, and those that what was just published made stale; hold the lock."""
    _remove(folder(warehouse).glob(f"*{DRAFT}*"))


@contextmanager
def writer_lock(warehouse: Path, wait_seconds: float = 3600) -> Iterator[None]:
    """Hold the one writer's place; WriterBusy if another process keeps it for longer than the wait."""
    told = f"another process has been writing {warehouse} for {wait_seconds:.0f} s; try again later"
    with alone(warehouse / ".writer.lock", wait_seconds, WriterBusy(told)):
        yield
