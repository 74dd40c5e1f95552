"""The snapshots of the warehouse: drafted beside the published one, swapped in by one rename, and rolled back so."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsmill.errors import Permanent, StaleDraft, WriterBusy
from newsmill.locks import alone

LINK = "news.duckdb"
DRAFT = ".draft"


def folder(warehouse: Path) -> Path:
    """Return the folder of the snapshot files."""
    return warehouse / "snapshots"


def path_of(warehouse: Path, snapshot: str) -> Path:
    """Return the file of a snapshot."""
    return folder(warehouse) / f"{snapshot}.duckdb"


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


def new_draft(warehouse: Path, run_id: str) -> Path:
    """Copy the published snapshot to the run's draft; without one, leave the place empty for a new file."""
    draft, published = draft_path(warehouse, run_id), current(warehouse)
    draft.parent.mkdir(parents=True, exist_ok=True)
    discard(draft)
    if published:
        shutil.copyfile(path_of(warehouse, published), draft)
    return draft


def discard(draft: Path) -> None:
    """Remove a draft and its write-ahead log, if they are there."""
    for path in (draft, draft.with_name(draft.name + ".wal")):
        path.unlink(missing_ok=True)


def publish(warehouse: Path, draft: Path, snapshot: str) -> None:
    """Make a draft the published snapshot; until the last rename readers see the one before."""
    _flush(draft)
    os.replace(draft, path_of(warehouse, snapshot))
    point_to(warehouse, snapshot)


def point_to(warehouse: Path, snapshot: str) -> None:
    """Swap the link to a snapshot at once; this is publishing, and rolling back too."""
    if not path_of(warehouse, snapshot).is_file():
        raise Permanent(f"there is no snapshot {snapshot}; there are: {', '.join(listing(warehouse)) or 'none'}")
    swap = warehouse / f".{LINK}.{os.getpid()}"
    swap.unlink(missing_ok=True)
    swap.symlink_to(path_of(warehouse, snapshot).relative_to(warehouse))
    os.replace(swap, warehouse / LINK)
    _flush(warehouse)


def prune(warehouse: Path, keep: int) -> list[str]:
    """Remove all but the newest snapshots and the published one; return the names removed."""
    old = [name for name in listing(warehouse)[: -keep or None] if name != current(warehouse)]
    for name in old:
        path_of(warehouse, name).unlink(missing_ok=True)
    return old


def sweep_drafts(warehouse: Path) -> None:
    """Remove all drafts: those of killed runs, and those that what was just published made stale; hold the lock."""
    for draft in folder(warehouse).glob(f"*{DRAFT}*"):
        draft.unlink(missing_ok=True)


@contextmanager
def writer_lock(warehouse: Path, wait_seconds: float = 3600) -> Iterator[None]:
    """Hold the one writer's place; WriterBusy if another process keeps it for longer than the wait."""
    told = f"another process has been writing {warehouse} for {wait_seconds:.0f} s; try again later"
    with alone(warehouse / ".writer.lock", wait_seconds, WriterBusy(told)):
        yield


def _flush(path: Path) -> None:
    """Ask the disk to keep what was written before something points to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
