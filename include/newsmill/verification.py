"""Reads stored files again and compares them with what was written: landed files, parts of the lake, snapshots."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from newsmill.errors import NewsmillError
from newsmill.lake import check_parts
from newsmill.landing import check_landed_file, read_manifest_files
from newsmill.progress import StepProgress
from newsmill.warehouse import snapshots


@dataclass(frozen=True)
class StoredFile:
    """A file to verify; `check` returns what is wrong with it, what is lost and which command helps, or None."""

    path: Path
    check: Callable[[], str | None]


def verify_home(home: Path, share: float, progress: StepProgress) -> list[str]:
    """Verify a random share of the files of a home; return a message for each damaged file."""
    faults = []
    for kind, listed in (
        ("landing", list_landing(home)),
        ("lake", list_lake(home)),
        ("snapshots", list_snapshots(home)),
    ):
        chosen = choose(list(listed), share)
        task = progress.begin(kind, len(chosen))
        for stored in chosen:
            if fault := stored.check():
                faults.append(fault)
            progress.advance(task)
    return faults


def choose(files: Sequence[StoredFile], share: float) -> Sequence[StoredFile]:
    """Return a random share of the files, at least one: over many nights each file has its turn."""
    count = max(round(share * len(files)), 1)
    return files if count >= len(files) else random.sample(files, count)


def list_landing(home: Path) -> Iterator[StoredFile]:
    """Yield the manifests, and the landed files that they list."""
    for manifest in sorted((home / "landing").glob("*/[!.]*.json")):
        night, dump = manifest.parent.name, manifest.stem
        yield StoredFile(manifest, partial(_find_fault, partial(read_manifest_files, manifest), "its dump is not read"))
        try:
            files = read_manifest_files(manifest)
        except NewsmillError:
            continue
        lost = "citations of this file show no text, and the night cannot be rebuilt from it"
        for file in files:
            path = manifest.with_suffix("") / file.name
            yield StoredFile(
                path, partial(_find_fault, partial(check_landed_file, path, file, ("forget", night, dump), home), lost)
            )


def list_lake(home: Path) -> Iterator[StoredFile]:
    """Yield each part once: a part of a loaded night has a second name."""
    seen: set[tuple[int, int]] = set()
    for path in sorted((home / "lake").rglob("part-*.parquet")):
        stat = path.stat()
        if (stat.st_dev, stat.st_ino) not in seen:
            seen.add((stat.st_dev, stat.st_ino))
            lost = "no night can look back at it, and no rebuild can start from it"
            yield StoredFile(path, partial(_find_fault, partial(_read_part, path), lost))


def list_snapshots(home: Path) -> Iterator[StoredFile]:
    """Yield the snapshots, the search index in each included."""
    warehouse = home / "warehouse"
    for name in snapshots.list_snapshots(warehouse):
        path = snapshots.snapshot_path(warehouse, name)
        yield StoredFile(path, partial(_find_damaged_snapshot, warehouse, name))


def _read_part(path: Path) -> None:
    list(check_parts([path]))


def _find_fault(check: Callable[[], object], lost: str) -> str | None:
    try:
        check()
    except (NewsmillError, OSError) as error:
        return f"{error}; {lost}"
    return None


def _find_damaged_snapshot(warehouse: Path, name: str) -> str | None:
    """Read every row of a snapshot; the command publishes another, or removes a snapshot that nobody reads."""
    path = snapshots.snapshot_path(warehouse, name)
    damage = snapshots.find_damage(path)
    if damage is None:
        return None
    if name == snapshots.current_snapshot(warehouse):
        return f"{damage}; readers of the served snapshot meet errors; {snapshots.suggest_rollback(warehouse, name)}"
    return f"{damage}; nobody can go back to it; remove it: rm {path}"
