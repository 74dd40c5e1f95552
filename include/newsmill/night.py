"""A night without Airflow: the same steps in a pool of processes, with a bar for each."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress

from rich.console import Console
from rich.progress import TaskID

from newsmill import dry_run, pipeline, workers
from newsmill.doctor.selftest import require_sound_kernels
from newsmill.fork_server import start_fork_server
from newsmill.pipeline import Step
from newsmill.progress import StepProgress
from newsmill.quality import gate
from newsmill.relations import PAGES
from newsmill.runs import Receipt, Run
from newsmill.warehouse import snapshots
from newsmill.workers import Pool

COMPLETES_ARTICLES = "dedupe"
"""The last step that writes pages, articles, blocks or captures: their check begins then, not after extraction."""

SURVEY, PUBLISH = "survey", "publish"
POLL_SECONDS, LISTING_SHARE = 0.1, 0.05
"""Time between two listings of the parts that were read, and the most of the time that listings may take."""


def run_night(run: Run, jobs: int, console: Console, before_publish: Callable[[Run], None] = lambda run: None) -> None:
    """Run all steps of a night, and record the outcome in the ledger in any case.

    `before_publish` is called once the staging copy is audited; an error of it ends the night unpublished.
    """
    with StepProgress(console) as progress:
        test_kernels(progress)
        start_fork_server()  # unless the command has: its imports take as long as those of this process
        pipeline.begin_run(run)
        dry_run.remove_abandoned(run.home)
        with snapshots.own_run_files(run.warehouse, run.run_id):
            _run_steps(run, jobs, progress, pipeline.steps(), before_publish)


def try_night(run: Run, jobs: int, console: Console) -> str:
    """Run a night on a copy of its home up to the audit; return in Markdown what it would change."""
    with StepProgress(console) as progress, dry_run.open_copy(run) as trial:
        test_kernels(progress)
        start_fork_server()
        pipeline.begin_run(trial)
        _run_steps(trial, jobs, progress, pipeline.steps()[:-1])
        return dry_run.describe(trial)


def _run_steps(
    run: Run,
    jobs: int,
    progress: StepProgress,
    rows: list[list[Step]],
    before_publish: Callable[[Run], None] = lambda run: None,
) -> None:
    # The import takes seconds, and this process waits for the workers until the check.
    threading.Thread(target=gate.import_great_expectations, daemon=True).start()
    try:
        with workers.open_pool(jobs) as pool:
            surveys = EarlySurveys(run, pool)
            last_mapped = max(number for number, row in enumerate(rows) if any(step.over != "night" for step in row))
            for number, row in enumerate(rows):
                if PUBLISH in {step.name for step in row}:
                    before_publish(run)
                run_row(run, row, pipeline.UNITS, pool, progress, surveys)
                if number == last_mapped and not run.step_seconds:
                    pool.release()  # check and load have the memory: after 100 MB of dumps each worker has 0.5 GB
                if COMPLETES_ARTICLES in {step.name for step in row} and not run.step_seconds:
                    gate.check_ahead(run)
    except BaseException as error:
        pipeline.record_unpublished(run, error)
        raise
    finally:
        gate.forget_ahead(run)


def test_kernels(progress: StepProgress) -> None:
    """Show the self-test of the compiled kernels as a step; WrongKernels ends the night before any write."""
    task = progress.begin("self-test", 1)
    require_sound_kernels()
    progress.advance(task)


def count_processors() -> int:
    """Return the number of processors available to the process."""
    return len(os.sched_getaffinity(0))


def run_row(
    run: Run,
    row: list[Step],
    listed: Mapping[str, Callable[[Run], list[str]]],
    pool: Pool,
    progress: StepProgress,
    surveys: "EarlySurveys | None" = None,
) -> None:
    """Run the steps of a row concurrently, each for all units; `listed` lists the units by name.

    With `surveys` the parts of pages are surveyed as they are read.

    A step over the whole night runs in this process, unless a time limit is set. Units are listed before any step
    starts, because listing removes leftovers of earlier runs.
    """
    mapped = [step for step in row if step.over != "night"]
    units = {over: listed[over](run) for over in {step.over for step in mapped}}
    tasks: dict[Future[Receipt], TaskID] = {}
    for step in mapped:
        task = progress.begin(step.name, len(units[step.over]))
        begun = surveys.begun if surveys and step.name == SURVEY else {}
        tasks |= {begun.get(unit) or pool.submit(step.name, run, unit): task for unit in units[step.over]}
    for step in (step for step in row if step not in mapped):
        task = progress.begin(step.name, 1)
        if run.step_seconds:
            tasks[pool.submit(step.name, run, None)] = task
        else:
            step.work(run, None)
            progress.advance(task)
    early = surveys if surveys and "read" in {step.name for step in row} else None
    waiting = set(tasks)
    while waiting:
        ended, waiting = wait(waiting, early.pause_seconds if early else None, FIRST_COMPLETED)
        for future in ended:
            future.result()
            progress.advance(tasks[future])
        if early:
            early.begin()


class EarlySurveys:
    """Surveys each part of pages as soon as it is read: the reader of a single file leaves the other workers idle."""

    def __init__(self, run: Run, pool: Pool):
        self._run, self._pool = run, pool
        self._known = self._list_files()
        self.pause_seconds = POLL_SECONDS
        self.begun: dict[str, Future[Receipt]] = {}

    def _list_files(self) -> set[tuple[str, int, int]]:
        """List the parts with identity and age of their files, so that a part read again counts as new."""
        files = set()
        for part in self._run.lake.parts(PAGES, self._run.night):
            with suppress(FileNotFoundError):  # the reader removes the surplus parts of an earlier run
                stat = self._run.lake.path(PAGES, self._run.night, part).stat()
                files.add((part, stat.st_ino, stat.st_mtime_ns))
        return files

    def begin(self) -> None:
        """Begin the survey of the parts written since the last call."""
        started = time.perf_counter()
        written = self._list_files() - self._known
        self.pause_seconds = max(POLL_SECONDS, (time.perf_counter() - started) / LISTING_SHARE)
        self._known |= written
        self.begun |= {part: self._pool.submit(SURVEY, self._run, part) for part, *_ in sorted(written)}
