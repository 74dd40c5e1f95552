"""A night without Airflow: the same steps in a pool of processes, with a bar for each."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from rich.console import Console

from newsmill import pipeline, runs
from newsmill.doctor.selftest import require_sound_kernels
from newsmill.errors import GateClosed, Transient
from newsmill.pipeline import Step
from newsmill.progress import Steps
from newsmill.runs import Run


def run_night(run: Run, jobs: int, console: Console) -> None:
    """Run all steps of a night; the ledger says how it ended, whatever that was."""
    with Steps(console) as progress:
        test_kernels(progress)
        runs.record(run, "running", pipeline.rules())
        try:
            with workers(jobs) as pool:
                for row in pipeline.steps():
                    run_row(run, row, pipeline.UNITS, pool, progress)
        except BaseException as error:
            pipeline.give_up(run, is_gate_closed=isinstance(error, GateClosed))
            raise


def test_kernels(progress: Steps) -> None:
    """Show the self-test of the compiled kernels as a step; WrongKernels ends the night before it writes."""
    task = progress.begin("self-test", 1)
    require_sound_kernels()
    progress.advance(task)


def default_jobs() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0))


def run_row(
    run: Run, row: list[Step], listed: Mapping[str, Callable[[Run], list[str]]], pool: ProcessPoolExecutor,
    progress: Steps,
) -> None:
    """Run the steps of a row side by side, each over its units: `listed` tells those, by what a step is mapped over.

    What is done once for the night is done here, by this process. Units are listed before anything begins: to list them
    sweeps what an earlier run left of others.
    """
    mapped = [step for step in row if step.over != "night"]
    units = {over: listed[over](run) for over in {step.over for step in mapped}}
    tasks = {}
    for step in mapped:
        task = progress.begin(step.name, len(units[step.over]))
        tasks |= {pool.submit(pipeline.perform, step.name, run, unit): task for unit in units[step.over]}
    for step in (step for step in row if step not in mapped):
        task = progress.begin(step.name, 1)
        step.work(run, None)
        progress.advance(task)
    try:
        for future in as_completed(tasks):
            future.result()
            progress.advance(tasks[future])
    except BrokenProcessPool as error:
        raise Transient(f"{row[0].name}: a worker was killed, perhaps for want of memory; try fewer --jobs") from error


@contextmanager
def workers(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool whose processes start clean: forked threads of Arrow and DuckDB would hang."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["newsmill.pipeline"])
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_end_with_parent)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this worker when the run is killed: nobody else would."""
    def watch() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
