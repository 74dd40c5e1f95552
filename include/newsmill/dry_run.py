"""Dry runs of a night: the same steps on a copy of the home up to the audit, and what they would have changed."""

import errno
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from newsmill import landing
from newsmill.errors import NewsmillError, Permanent
from newsmill.escaping import escape_controls
from newsmill.lake import ACCEPTED
from newsmill.landing import Dump
from newsmill.relations import RECEIPTS, rejected
from newsmill.runs import DRY_RUNS, Run
from newsmill.steps import list_rows
from newsmill.warehouse import snapshots
from newsmill.warehouse.difference_page import describe_difference, list_under
from newsmill.warehouse.home_format import require_known_format

_KEPT_HIDDEN = {ACCEPTED, ".index"}
"""Hidden folders that a night reads. All else that is hidden is a lock, or half written by a process."""
SHOWN_REASONS = 20
MAX_AGE_SECONDS = 7 * 24 * 3600
"""Age from which a copy without an owner is one of a worker that was lost: longer than any night."""


@contextmanager
def open_copy(run: Run) -> Iterator[Run]:
    """Yield the run on a copy of its home, and remove the copy."""
    trial, is_new = run.on_copy(), not run.home.exists()
    _make_folder(trial)
    try:
        with naming_home(trial), snapshots.own_run_files(trial.warehouse, trial.run_id):
            _fill_copy(trial)
            yield trial
    finally:
        remove_copy(trial)
        if is_new:
            with suppress(OSError):
                run.home.rmdir()


@contextmanager
def naming_home(run: Run) -> Iterator[None]:
    """Let messages name the home of the user: the copy is removed when they are read."""
    try:
        yield
    except NewsmillError as error:
        lines = [str(line).replace(str(run.home), str(run.user_home)) for line in error.args]
        raise type(error)(*lines) from error


def create_copy(trial: Run) -> None:
    """Link the landed files, the lake and the published snapshot into the home of a dry run.

    No step writes into an existing file: each writes another and renames it. So the linked home stays as it is.
    """
    _make_folder(trial)
    _fill_copy(trial)


def _make_folder(trial: Run) -> None:
    require_known_format(trial.user_home)
    remove_abandoned(trial.user_home)
    shutil.rmtree(trial.home, ignore_errors=True)  # of an earlier try of this run
    for folder in (trial.user_home, trial.home.parent, trial.home):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _fill_copy(trial: Run) -> None:
    home = trial.user_home
    for name in ("landing", "lake"):
        if (home / name).is_dir():
            _link_folder(home / name, trial.home / name)
    if served := snapshots.current_snapshot(home / "warehouse"):
        target = snapshots.snapshot_path(trial.warehouse, served)
        target.parent.mkdir(parents=True, exist_ok=True)
        _link_file(snapshots.snapshot_path(home / "warehouse", served), target)
        snapshots.point_link_to(trial.warehouse, served)
    for file in home.glob("[!.]*.toml"):  # decisions of people
        shutil.copy2(file, trial.home)


def remove_copy(trial: Run) -> None:
    """Remove the copied home of a dry run."""
    if trial.origin is None:
        raise ValueError(f"{trial.home} is no copy")
    shutil.rmtree(trial.home, ignore_errors=True)
    with suppress(OSError):  # another dry run is at work
        trial.home.parent.rmdir()


def remove_abandoned(home: Path) -> None:
    """Remove the copies of killed dry runs; one of Airflow has no owner, and a task of its own to remove it."""
    for copy in (home / DRY_RUNS).glob("*"):
        has_owner = snapshots.owner_path(copy / "warehouse", copy.name).exists()
        is_old = time.time() - copy.stat().st_mtime > MAX_AGE_SECONDS
        if not snapshots.is_owned(copy / "warehouse", copy.name) if has_owner else is_old:
            shutil.rmtree(copy, ignore_errors=True)


def _link_folder(source: Path, target: Path) -> None:
    """Link every finished file of a folder; files that vanish meanwhile belong to another run of a night."""
    for folder, names, files in os.walk(source.resolve(), followlinks=True):  # a night may be on another disk
        names[:] = [name for name in names if not name.startswith(".") or name in _KEPT_HIDDEN]
        place = target / Path(folder).relative_to(source.resolve())
        place.mkdir(parents=True, exist_ok=True)
        for name in files:
            if not name.startswith("."):
                _link_file(Path(folder, name), place / name)


def _link_file(source: Path, target: Path) -> None:
    """Give a file a second name; on another disk, or where there are no hard links, a symbolic link."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
            raise
        target.symlink_to(source)


# -- what would change -------------------------------------------------------------------------------------------------


def describe(trial: Run) -> str:
    """Describe in Markdown what a night fetched, read, rejected and loaded, and how its copy differs from the served.

    All that a site wrote is code, in which nothing is a link, an image or a heading.
    """
    staging = snapshots.find_staging(trial.warehouse, trial.run_id)
    parts = [
        f"Dry run of the night {trial.night}: nothing is published.",
        *list_under("Fetched", [_describe_dump(trial, dump) for dump in landing.list_landed_dumps(trial)]),
        *list_under("Rows by step", list(_describe_steps(trial))),
        *list_under("Rejected", _count_rejects(trial)),
    ]
    served = snapshots.current_snapshot(trial.warehouse)
    if served is None:
        return "\n\n".join([*parts, "Nothing was published before: the night makes the first warehouse."])
    return "\n\n".join([*parts, describe_difference(snapshots.snapshot_path(trial.warehouse, served), staging)])


def _describe_dump(trial: Run, dump: Dump) -> str:
    """Return how many files of a dump are new, and how many landed before."""
    origin = Run(trial.user_home, trial.night, trial.run_id)
    before = {(file.name, file.sha256) for file in _list_landed(origin, dump)}
    files = _list_landed(trial, dump)
    new = [file for file in files if (file.name, file.sha256) not in before]
    size = sum(file.size for file in new)
    return f"{dump.name}: {len(files)} files, {len(new)} new ({size:,} bytes), {len(files) - len(new)} landed before"


def _list_landed(run: Run, dump: Dump) -> list[landing.LandedFile]:
    try:
        return landing.list_landed_files(run, dump)
    except Permanent:  # a damaged manifest of the home: all files count as new, and the real night says so
        return []


def _describe_steps(trial: Run) -> Iterator[str]:
    rows = [row for row in trial.lake.read(RECEIPTS, trial.night).to_pylist() if row["run_id"] == trial.run_id]
    for step in (step.name for steps in list_rows() for step in steps):
        of_step = [row for row in rows if row["stage"] == step]
        sums = [sum(row[name] for row in of_step) for name in ("rows_in", "rows_out", "rejected")]
        if any(sums):
            yield "{}: {:,} rows read, {:,} written, {:,} rejected".format(step, *sums)


def _count_rejects(trial: Run) -> list[str]:
    files = trial.lake.dataset(rejected("*"), [trial.night]).to_table(columns=["stage", "dump", "reason"]).to_pylist()
    counts = Counter((row["stage"], row["dump"], row["reason"]) for row in files)
    return [
        f"{stage}: {count:,} of {escape_controls(dump)}: {reason}"
        for (stage, dump, reason), count in counts.most_common(SHOWN_REASONS)
    ]
