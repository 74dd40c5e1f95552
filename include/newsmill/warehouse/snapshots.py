"""The snapshots of the warehouse: drafted beside the published one, swapped in by one rename, and rolled back so."""

import glob
import hashlib
import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from newsmill import settings
from newsmill.errors import BrokenHome, Damaged, Permanent, StaleDraft, Unreadable, WriterBusy
from newsmill.locks import alone
from newsmill.temporary_files import is_locked, remove, remove_dead, temporary_path
from newsmill.warehouse.disk import clone, flush
from newsmill.warehouse.snapshot_files import damage, explained, opened, protect
from newsmill.warehouse.snapshot_records import highest_number, known_snapshots, sorted_snapshots
from newsmill.warehouse.statements import quoted

LINK = "news.duckdb"
DRAFT = ".draft"
OWNER = ".owner"
CANDIDATE = "candidate"


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
        cure = f"publish one; run: {serve_command(warehouse)}" if listing(warehouse) else _FIRST_NIGHT
        raise Permanent(f"there is no warehouse at {warehouse / LINK}; {cure}")
    path = path_of(warehouse, name)
    if not path.is_file():
        names = ", ".join(listing(warehouse)) or "none"
        cure = "" if snapshot else f"; the link {warehouse / LINK} leads to it; run: {serve_command(warehouse)}"
        raise Permanent(f"there is no snapshot {name}; there are: {names}{cure}")
    return path


_FIRST_NIGHT = "run a night first: python -m newsmill night DATE"


def current(warehouse: Path) -> str | None:
    """Return the name of the published snapshot, None if there is no link; BrokenHome if no publish made the link."""
    link = warehouse / LINK
    if not os.path.lexists(link):
        return None
    _refuse_file(warehouse)
    target = Path(os.readlink(link))
    if (warehouse / target).parent.resolve() == folder(warehouse).resolve() and target.suffix == ".duckdb":
        return target.stem
    if (warehouse / target).is_file():
        cure = command(warehouse, "adopt", str((warehouse / target).resolve()))
    else:
        cure = serve_command(warehouse)
    raise BrokenHome(
        f"{link}: a link to a file of {folder(warehouse)} is expected, and it leads to {target}; nothing was changed; "
        f"to publish a snapshot of this warehouse again, run: {cure}"
    )


def _refuse_file(warehouse: Path) -> None:
    """Raise BrokenHome where a file or folder is in the place of the link: no publish made it, so none replaces it."""
    link = warehouse / LINK
    if not os.path.lexists(link) or link.is_symlink():
        return
    expected = f"{link}: a link to a snapshot is expected, and this is a"
    if link.is_dir():
        cure = shlex.join(["mv", str(link), f"{link}.away"])
        raise BrokenHome(f"{expected} folder; nothing was changed; to move it away, run: {cure}")
    raise BrokenHome(
        f"{expected} file, as a copy is that does not keep links; nothing was changed, and no night replaces it; "
        f"to make it a snapshot and publish it, run: {command(warehouse, 'adopt', str(link))}"
    )


def command(warehouse: Path, *words: str, verb: str = "snapshots") -> str:
    """Return a command of newsmill for the home of a warehouse, as a shell takes it."""
    home = warehouse.absolute().parent
    options = [] if home == settings.read().home.absolute() else ["--home", str(home)]
    return shlex.join(["python", "-m", "newsmill", verb, *words, *options])


def serve_command(warehouse: Path) -> str:
    """Return the command that publishes the newest readable snapshot, or where there is none, builds one anew."""
    names = [name for name in reversed(listing(warehouse)) if _is_readable(path_of(warehouse, name))]
    if names:
        return command(warehouse, "serve", names[0])
    return command(warehouse, "--from", "load", verb="rebuild")


def _is_readable(path: Path) -> bool:
    try:
        with opened(path):
            return True
    except Unreadable:
        return False


def _files(warehouse: Path) -> list[Path]:
    return list(folder(warehouse).glob("[!.]*.duckdb"))


def listing(warehouse: Path) -> list[str]:
    """List the snapshots in the order they were published, by number; files that no publish made are left out."""
    return sorted_snapshots(_files(warehouse))


def next_number(warehouse: Path) -> int:
    """Return the number of the next snapshot: whatever the clock says, it comes after all others."""
    return highest_number(_files(warehouse)) + 1


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
def reading(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the served snapshot read-only; where it is damaged, say which to go back to."""
    path = there(warehouse)
    try:
        with opened(path) as con:
            yield con
    except Unreadable as error:
        finding = "is damaged" if isinstance(error, Damaged) else "cannot be read"
        message = f"the snapshot {path.stem}, which is served, {finding} ({error}); {_cure(warehouse, path.stem)}"
        raise type(error)(message) from error


def _cure(warehouse: Path, unreadable: str) -> str:
    if whole := newest_whole(warehouse, except_for=unreadable):
        return f"go back to the newest whole one; run: {command(warehouse, 'rollback', whole)}"
    return _build_anew(warehouse)


def _build_anew(warehouse: Path) -> str:
    return (
        f"no other is whole: move {warehouse} away and build it anew from the lake; "
        f"run: mv {shlex.quote(str(warehouse))} {shlex.quote(f'{warehouse}.away')} "
        f"&& {command(warehouse, '--from', 'load', verb='rebuild')}"
    )


def newest_whole(warehouse: Path, except_for: str) -> str | None:
    """Return the newest snapshot of which every row can be read, or None."""
    others = (name for name in reversed(listing(warehouse)) if name != except_for)
    return next((name for name in others if damage(path_of(warehouse, name)) is None), None)


def attach(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a snapshot's file read-only to a connection under a name, beside whatever else it has open."""
    try:
        with explained(path):
            con.execute(f'ATTACH {quoted(path)} AS "{name}" (READ_ONLY)')
    except Damaged as error:
        raise Damaged(f"the snapshot {path.stem} is damaged ({error})") from error


def discard(draft: Path, but: Path | None = None) -> None:
    """Remove a draft, and what is kept beside it: a copy ahead, its write-ahead log, what did not fit into memory."""
    remove_all(path for path in draft.parent.glob(f"{glob.escape(draft.name)}*") if path != but)


def remove_all(paths: Iterable[Path]) -> None:
    """Remove files and folders."""
    for path in paths:
        remove(path)


def publish(warehouse: Path, draft: Path, snapshot: str) -> None:
    """Make a draft the published snapshot; until the last rename readers see the one before."""
    _refuse_file(warehouse)
    protect(draft)
    flush(draft)
    os.replace(draft, path_of(warehouse, snapshot))
    point_to(warehouse, snapshot)


def point_to(warehouse: Path, snapshot: str) -> None:
    """Swap the link to a snapshot at once; this is publishing, and rolling back too. A file is never replaced."""
    there(warehouse, snapshot)
    _refuse_file(warehouse)
    swap = temporary_path(warehouse / LINK)
    swap.unlink(missing_ok=True)
    swap.symlink_to(path_of(warehouse, snapshot).relative_to(warehouse))
    os.replace(swap, warehouse / LINK)
    flush(warehouse)


def remove_dangling_link(warehouse: Path) -> None:
    """Remove the link where it leads to nothing."""
    link = warehouse / LINK
    if link.is_symlink() and not link.exists():
        link.unlink()


def prune(warehouse: Path, keep: int) -> list[str]:
    """Remove all but the newest snapshots and the published one; return the names removed.

    A file that cannot be read, and that no snapshot knows, may be somebody else's: it stays.
    """
    known = known_snapshots(_files(warehouse))
    names = [name for name in listing(warehouse) if name in known]
    published = there(warehouse).stem if names else None  # Permanent where a link is missing: which is published?
    old = [name for name in names[:-keep] if name != published]
    for name in old:
        path = path_of(warehouse, name)
        remove_all([path, path.with_name(f"{path.name}.wal")])  # a program that opened it for writing may leave a log
    for name in known & set(listing(warehouse)):
        protect(path_of(warehouse, name))
    return old


def owner_path(warehouse: Path, run_id: str) -> Path:
    """Return the file whose lock the process of a run holds as long as it lives."""
    return folder(warehouse) / f".{run_id}{OWNER}"


@contextmanager
def owning(warehouse: Path, run_id: str) -> Iterator[None]:
    """Own what a run writes into the folder of snapshots: it is removed by later runs once this process has ended."""
    path = owner_path(warehouse, run_id)
    with alone(path, 0, WriterBusy(f"{path}: another process does this run; wait for it to end")):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_owned(warehouse: Path, run_id: str) -> bool:
    """Report whether the process that owns a run is alive."""
    return is_locked(owner_path(warehouse, run_id))


def owned_drafts(warehouse: Path) -> dict[str, list[Path]]:
    """Return the drafts, copies and owner files in the folder of snapshots, by the run they belong to."""
    found: dict[str, list[Path]] = {}
    for path in folder(warehouse).glob(f"*{DRAFT}*"):
        found.setdefault(path.name.partition(DRAFT)[0], []).append(path)
    for path in folder(warehouse).glob(f".*{OWNER}"):
        found.setdefault(path.name.removeprefix(".").removesuffix(OWNER), []).append(path)
    return found


def remove_temporary(warehouse: Path) -> None:
    """Remove links and copies that processes which have ended left half made."""
    remove_dead([*warehouse.glob(".*"), *folder(warehouse).glob(".*")])


def sweep_drafts(warehouse: Path) -> None:
    """Remove all drafts: those of killed runs, and those that what was just published made stale; hold the lock."""
    remove_all(folder(warehouse).glob(f"*{DRAFT}*"))


@contextmanager
def writer_lock(warehouse: Path, wait_seconds: float = 3600) -> Iterator[None]:
    """Hold the one writer's place; WriterBusy if another process keeps it for longer than the wait."""
    told = f"another process has been writing {warehouse} for {wait_seconds:.0f} s; try again later"
    with alone(warehouse / ".writer.lock", wait_seconds, WriterBusy(told)):
        yield
