"""The snapshots of the warehouse: staging copies of the published file, swapped in and rolled back by a rename."""

import glob
import hashlib
import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from newsmill import settings, shell_commands
from newsmill.errors import BrokenHome, DamagedFile, Permanent, StaleStagingCopy, UnreadableFile, WriterBusy
from newsmill.locks import hold_lock
from newsmill.temporary_files import is_locked, remove_dead, remove_path, temporary_path
from newsmill.warehouse.disk import clone, sync_to_disk
from newsmill.warehouse.snapshot_files import find_damage, make_read_only, open_snapshot, translate_errors
from newsmill.warehouse.snapshot_records import find_highest_number, list_known_snapshots, sort_snapshots
from newsmill.warehouse.statements import quote_literal

LINK = "news.duckdb"
STAGING = ".draft"
OWNER = ".owner"
CANDIDATE = "candidate"


def snapshot_folder(warehouse: Path) -> Path:
    """Return the folder of the snapshot files."""
    return warehouse / "snapshots"


def snapshot_path(warehouse: Path, snapshot: str) -> Path:
    """Return the file of a snapshot, or of the unpublished result of a rebuild, named `candidate`."""
    return (warehouse if snapshot == CANDIDATE else snapshot_folder(warehouse)) / f"{snapshot}.duckdb"


def find_snapshot(warehouse: Path, snapshot: str | None = None) -> Path:
    """Return the file of a snapshot, by default the served one; Permanent with the known names for an unknown name."""
    name = snapshot or current_snapshot(warehouse)
    if name is None:
        cure = f"publish one; run: {format_serve_command(warehouse)}" if list_snapshots(warehouse) else _FIRST_NIGHT
        raise Permanent(f"there is no warehouse at {warehouse / LINK}; {cure}")
    path = snapshot_path(warehouse, name)
    if not path.is_file():
        names = ", ".join(list_snapshots(warehouse)) or "none"
        cure = "" if snapshot else f"; the link {warehouse / LINK} leads to it; run: {format_serve_command(warehouse)}"
        raise Permanent(f"there is no snapshot {name}; there are: {names}{cure}")
    return path


_FIRST_NIGHT = "run a night first: python -m newsmill night DATE"


def current_snapshot(warehouse: Path) -> str | None:
    """Return the name of the published snapshot, None without a link; BrokenHome if no publish made the link."""
    link = warehouse / LINK
    if not os.path.lexists(link):
        return None
    _refuse_file_as_link(warehouse)
    target = Path(os.readlink(link))
    if (warehouse / target).parent.resolve() == snapshot_folder(warehouse).resolve() and target.suffix == ".duckdb":
        return target.stem
    if (warehouse / target).is_file():
        cure = format_command(warehouse, "adopt", str((warehouse / target).resolve()))
    else:
        cure = format_serve_command(warehouse)
    raise BrokenHome(
        f"{link}: a link to a file of {snapshot_folder(warehouse)} is expected, and it leads to {target}; "
        f"nothing was changed; to publish a snapshot of this warehouse again, run: {cure}"
    )


def _refuse_file_as_link(warehouse: Path) -> None:
    """Raise BrokenHome where a file or folder has the link's name: no publish made or replaces the file."""
    link = warehouse / LINK
    if not os.path.lexists(link) or link.is_symlink():
        return
    expected = f"{link}: a link to a snapshot is expected, and this is a"
    if link.is_dir():
        cure = shlex.join(["mv", str(link), f"{link}.away"])
        raise BrokenHome(f"{expected} folder; nothing was changed; to move it away, run: {cure}")
    raise BrokenHome(
        f"{expected} file, as a copy is that does not keep links; nothing was changed, and no night replaces it; "
        f"to make it a snapshot and publish it, run: {format_command(warehouse, 'adopt', str(link))}"
    )


def format_command(warehouse: Path, *words: str, verb: str = "snapshots") -> str:
    """Return a shell command of newsmill for the home of a warehouse."""
    home = warehouse.absolute().parent
    is_default = home == settings.read().home.absolute()
    return shell_commands.format_command(verb, *words, home=None if is_default else home)


def format_serve_command(warehouse: Path) -> str:
    """Return the command to publish the newest readable snapshot, or without any, to rebuild the warehouse."""
    names = [name for name in reversed(list_snapshots(warehouse)) if _is_readable(snapshot_path(warehouse, name))]
    if names:
        return format_command(warehouse, "serve", names[0])
    return format_command(warehouse, "--from", "load", verb="rebuild")


def _is_readable(path: Path) -> bool:
    try:
        with open_snapshot(path):
            return True
    except UnreadableFile:
        return False


def _list_files(warehouse: Path) -> list[Path]:
    return list(snapshot_folder(warehouse).glob("[!.]*.duckdb"))


def list_snapshots(warehouse: Path) -> list[str]:
    """List the snapshots in the order of publishing; unpublished files are left out."""
    return sort_snapshots(_list_files(warehouse))


def next_number(warehouse: Path) -> int:
    """Return the number of the next snapshot: numbers order snapshots even where clocks are wrong."""
    return find_highest_number(_list_files(warehouse)) + 1


def staging_path(warehouse: Path, run_id: str) -> Path:
    """Return the path of the staging copy of a run."""
    return snapshot_folder(warehouse) / f"{run_id}{STAGING}"


def find_staging(warehouse: Path, run_id: str) -> Path:
    """Return the staging copy of the run; StaleStagingCopy if another run published since and removed the copy."""
    staging = staging_path(warehouse, run_id)
    if not staging.exists():
        raise StaleStagingCopy(
            f"the staging copy of run {run_id} is gone, another run published meanwhile; load it again"
        )
    return staging


def copy_ahead(warehouse: Path, run_id: str) -> int:
    """Copy the published snapshot for a later load; return the bytes, 0 before the first publish.

    Another publish in between makes the copy stale: the load then makes a new copy.
    """
    published = current_snapshot(warehouse)
    if not published:
        return 0
    copy = _copy_ahead_path(warehouse, run_id, published)
    unfinished = _unfinished_path(copy)
    try:
        clone(snapshot_path(warehouse, published), unfinished)
        sync_to_disk(unfinished)  # now, not while the load reads and writes it
        os.replace(unfinished, copy)
        return copy.stat().st_size
    except FileNotFoundError:  # removed with the staging copies, or pruned, by another publish
        return 0
    finally:
        unfinished.unlink(missing_ok=True)


def _unfinished_path(path: Path) -> Path:
    """Return the name of a file until writing ends."""
    return path.with_name(f"{path.name}.begun")


def _copy_ahead_path(warehouse: Path, run_id: str, snapshot: str) -> Path:
    staging = staging_path(warehouse, run_id)
    of = hashlib.sha256(snapshot.encode()).hexdigest()[:16]  # a file name has no room for two run ids
    return staging.with_name(f"{staging.name}.of-{of}")


@contextmanager
def create_staging(warehouse: Path, run_id: str) -> Iterator[Path]:
    """Yield a copy of the published snapshot, or a path for a new file, and rename the file when the block ends.

    An unfinished file of a killed process keeps another name: no run takes the file for a staging copy.
    """
    staging, published = staging_path(warehouse, run_id), current_snapshot(warehouse)
    staging.parent.mkdir(parents=True, exist_ok=True)
    copy = _copy_ahead_path(warehouse, run_id, published) if published else None
    remove_staging(staging, but=copy)
    unfinished = _unfinished_path(staging)
    try:
        if copy and copy.is_file():
            os.replace(copy, unfinished)
        elif published:
            clone(snapshot_path(warehouse, published), unfinished)
        yield unfinished
        os.replace(unfinished, staging)
    finally:
        remove_staging(unfinished)


@contextmanager
def open_published(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the served snapshot read-only; where damaged, name the snapshot to roll back to."""
    path = find_snapshot(warehouse)
    try:
        with open_snapshot(path) as con:
            yield con
    except UnreadableFile as error:
        finding = "is damaged" if isinstance(error, DamagedFile) else "cannot be read"
        message = (
            f"the snapshot {path.stem}, which is served, {finding} ({error}); {suggest_rollback(warehouse, path.stem)}"
        )
        raise type(error)(message) from error


def suggest_rollback(warehouse: Path, unreadable: str) -> str:
    """Return the command to go back to the newest whole snapshot, or without any, to build the warehouse anew."""
    if whole := find_newest_whole(warehouse, except_for=unreadable):
        return f"go back to the newest whole one; run: {format_command(warehouse, 'rollback', whole)}"
    return _suggest_rebuild(warehouse)


def _suggest_rebuild(warehouse: Path) -> str:
    return (
        f"no other is whole: move {warehouse} away and build it anew from the lake; "
        f"run: mv {shlex.quote(str(warehouse))} {shlex.quote(f'{warehouse}.away')} "
        f"&& {format_command(warehouse, '--from', 'load', verb='rebuild')}"
    )


def find_newest_whole(warehouse: Path, except_for: str) -> str | None:
    """Return the newest snapshot with all rows readable, or None."""
    others = (name for name in reversed(list_snapshots(warehouse)) if name != except_for)
    return next((name for name in others if find_damage(snapshot_path(warehouse, name)) is None), None)


def attach_snapshot(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a snapshot's file read-only to a connection under a name."""
    try:
        with translate_errors(path):
            con.execute(f'ATTACH {quote_literal(path)} AS "{name}" (READ_ONLY)')
    except DamagedFile as error:
        raise DamagedFile(f"the snapshot {path.stem} is damaged ({error})") from error


def remove_staging(staging: Path, but: Path | None = None) -> None:
    """Remove a staging copy with the copy made ahead, write-ahead log and spill folder; keep the path `but`."""
    remove_paths(path for path in staging.parent.glob(f"{glob.escape(staging.name)}*") if path != but)


def remove_paths(paths: Iterable[Path]) -> None:
    """Remove files and folders."""
    for path in paths:
        remove_path(path)


def publish_snapshot(warehouse: Path, staging: Path, snapshot: str) -> None:
    """Make a staging copy the published snapshot; until the last rename readers see the previous snapshot."""
    _refuse_file_as_link(warehouse)
    make_read_only(staging)
    sync_to_disk(staging)
    os.replace(staging, snapshot_path(warehouse, snapshot))
    point_link_to(warehouse, snapshot)


def point_link_to(warehouse: Path, snapshot: str) -> None:
    """Swap the link to a snapshot at once, to publish or to roll back; a file in the link's place is never replaced."""
    find_snapshot(warehouse, snapshot)
    _refuse_file_as_link(warehouse)
    swap = temporary_path(warehouse / LINK)
    swap.unlink(missing_ok=True)
    swap.symlink_to(snapshot_path(warehouse, snapshot).relative_to(warehouse))
    os.replace(swap, warehouse / LINK)
    sync_to_disk(warehouse)


def remove_dangling_link(warehouse: Path) -> None:
    """Remove a link to nothing."""
    link = warehouse / LINK
    if link.is_symlink() and not link.exists():
        link.unlink()


def remove_old_snapshots(warehouse: Path, keep: int) -> list[str]:
    """Remove all but the newest snapshots and the published snapshot; return the removed names.

    An unreadable file not listed in any snapshot may belong to another program, and stays.
    """
    known = list_known_snapshots(_list_files(warehouse))
    names = [name for name in list_snapshots(warehouse) if name in known]
    # Permanent where the link is missing: which snapshot is published?
    published = find_snapshot(warehouse).stem if names else None
    old = [name for name in names[:-keep] if name != published]
    for name in old:
        path = snapshot_path(warehouse, name)
        remove_paths([path, path.with_name(f"{path.name}.wal")])  # a program that opened it for writing may leave a log
    for name in known & set(list_snapshots(warehouse)):
        make_read_only(snapshot_path(warehouse, name))
    return old


def owner_path(warehouse: Path, run_id: str) -> Path:
    """Return the file locked by the process of a run during its life."""
    return snapshot_folder(warehouse) / f".{run_id}{OWNER}"


@contextmanager
def own_run_files(warehouse: Path, run_id: str) -> Iterator[None]:
    """Own the files of a run in the folder of snapshots: the end of the block, or of the process, is their end, too."""
    path = owner_path(warehouse, run_id)
    with hold_lock(path, 0, WriterBusy(f"{path}: another process does this run; wait for it to end")):
        try:
            yield
        finally:
            remove_staging(staging_path(warehouse, run_id))  # without an owner it counts as one of Airflow's, and stays
            path.unlink(missing_ok=True)


def is_owned(warehouse: Path, run_id: str) -> bool:
    """Return whether the owner process of a run is alive."""
    return is_locked(owner_path(warehouse, run_id))


def list_owned_files(warehouse: Path) -> dict[str, list[Path]]:
    """Return the staging copies and owner files in the folder of snapshots, by run id."""
    by_run: dict[str, list[Path]] = {}
    for path in snapshot_folder(warehouse).glob(f"*{STAGING}*"):
        by_run.setdefault(path.name.partition(STAGING)[0], []).append(path)
    for path in snapshot_folder(warehouse).glob(f".*{OWNER}"):
        by_run.setdefault(path.name.removeprefix(".").removesuffix(OWNER), []).append(path)
    return by_run


def remove_temporary(warehouse: Path) -> None:
    """Remove unfinished links and copies of ended processes."""
    remove_dead([*warehouse.glob(".*"), *snapshot_folder(warehouse).glob(".*")])


def remove_all_staging(warehouse: Path) -> None:
    """Remove all staging copies: of killed runs, and stale ones after a publish; hold the writer lock."""
    remove_paths(snapshot_folder(warehouse).glob(f"*{STAGING}*"))


@contextmanager
def writer_lock(warehouse: Path, wait_seconds: float = 3600) -> Iterator[None]:
    """Hold the lock of the only writer; WriterBusy if another process keeps the lock for longer than the wait."""
    message = f"another process has been writing {warehouse} for {wait_seconds:.0f} s; try again later"
    with hold_lock(warehouse / ".writer.lock", wait_seconds, WriterBusy(message)):
        yield
