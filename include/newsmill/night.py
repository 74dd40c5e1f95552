"""A night without Airflow: the same steps in a pool of processes, with a bar for each."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from newsmill import pipeline, runs
from newsmill.errors import GateClosed, StaleDraft, Transient
from newsmill.landing import Dump
from newsmill.pipeline import Step
from newsmill.runs import Run

DRAFT_TRIES = 3


def run_night(run: Run, dumps: list[Dump], jobs: int, console: Console) -> None:
    """Run all steps of a night; the ledger tells how it ended, whatever that was."""
    runs.record(run, "running", pipeline.rules())
    try:
        with _progress(console) as progress, _pool(jobs) as pool:
            *refining, load, audit, publish = pipeline.steps()
            for step in refining:
                _run_step(run, step, dumps, pool, progress)
            _publish(run, (load, audit, publish), progress)
    except BaseException as error:
        runs.record(run, "gate_closed" if isinstance(error, GateClosed) else "failed", pipeline.rules())
        raise


def default_jobs() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0))


def _run_step(run: Run, step: Step, dumps: list[Dump], pool: ProcessPoolExecutor, progress: Progress) -> None:
    if step.over == "night":
        return _alone(run, step, progress)
    units = dumps if step.over == "dump" else pipeline.UNITS[step.over](run)
    task = progress.add_task(step.name, total=len(units))
    futures = [pool.submit(step.work, run, unit) for unit in units]
    try:
        for future in as_completed(futures):
            future.result()
            progress.advance(task)
    except BrokenProcessPool as error:
        raise Transient(f"{step.name}: a worker was killed, perhaps for want of memory; try fewer --jobs") from error


def _publish(run: Run, steps: tuple[Step, ...], progress: Progress) -> None:
    """Load, audit and publish; where another run published meanwhile, do so again from what it left."""
    for tried in range(1, DRAFT_TRIES + 1):
        try:
            for step in steps:
                _alone(run, step, progress)
            return
        except StaleDraft:
            if tried == DRAFT_TRIES:
                raise


def _alone(run: Run, step: Step, progress: Progress) -> None:
    task = progress.add_task(step.name, total=1)
    step.work(run, None)
    progress.advance(task)


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool whose processes start clean: forked threads of Arrow and DuckDB would hang."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["newsmill.pipeline"])
    pool = ProcessPoolExecutor(jobs, mp_context=context)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
