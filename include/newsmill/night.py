"""A night without Airflow: the same steps in a pool of processes, with a bar for each."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from rich.console import Console
from rich.progress import TaskID

from newsmill import pipeline, workers
from newsmill.doctor.selftest import require_sound_kernels
from newsmill.fork_server import start_fork_server
from newsmill.pipeline import Step
from newsmill.progress import StepProgress
from newsmill.quality import gate
from newsmill.runs import Receipt, Run
from newsmill.warehouse import snapshots
from newsmill.workers import Pool

COMPLETES_ARTICLES = "dedupe"
"""The last step that writes pages, articles, blocks or captures: their check begins then, not after extraction."""


def run_night(run: Run, jobs: int, console: Console) -> None:
    """Run all steps of a night, and record the outcome in the ledger in any case."""
    with StepProgress(console) as progress:
        test_kernels(progress)
        start_fork_server()  # unless the command has: its imports take as long as those of this process
        pipeline.begin_run(run)
        with snapshots.own_run_files(run.warehouse, run.run_id):
            _run_steps(run, jobs, progress)


def _run_steps(run: Run, jobs: int, progress: StepProgress) -> None:
    # The import takes seconds, and this process waits for the workers until the check.
    gate_thread = ThreadPoolExecutor(1, thread_name_prefix="gate")
    gate_thread.submit(gate.import_great_expectations)
    try:
        with workers.open_pool(jobs) as pool:
            for row in pipeline.steps():
                run_row(run, row, pipeline.UNITS, pool, progress)
                if COMPLETES_ARTICLES in {step.name for step in row} and not run.step_seconds:
                    gate.check_ahead(run, gate_thread)
    except BaseException as error:
        pipeline.record_unpublished(run, error)
        raise
    finally:
        gate_thread.shutdown(wait=False, cancel_futures=True)


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
) -> None:
    """Run the steps of a row concurrently, each for all units; `listed` lists the units by name.

    A step over the whole night runs in this process, unless a time limit is set. Units are listed before any step
    starts, because listing removes leftovers of earlier runs.
    """
    mapped = [step for step in row if step.over != "night"]
    units = {over: listed[over](run) for over in {step.over for step in mapped}}
    tasks: dict[Future[Receipt], TaskID] = {}
    for step in mapped:
        task = progress.begin(step.name, len(units[step.over]))
        tasks |= {pool.submit(step.name, run, unit): task for unit in units[step.over]}
    for step in (step for step in row if step not in mapped):
        task = progress.begin(step.name, 1)
        if run.step_seconds:
            tasks[pool.submit(step.name, run, None)] = task
        else:
            step.work(run, None)
            progress.advance(task)
    for future in as_completed(tasks):
        future.result()
        progress.advance(tasks[future])
