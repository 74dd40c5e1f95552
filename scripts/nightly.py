"""Owns `make nightly`: runs the nightly DAG through Airflow for the nights named, in this one process."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pluggy

import airflow_home

DAG_ID = "news_nightly"
LOG = airflow_home.HOME / "logs" / "nightly.log"
CLEAR_LINE = "\r\033[K"
hookimpl = pluggy.HookimplMarker("airflow")


@contextmanager
def noise_kept_in(log: Path) -> Iterator[object]:
    """Send what this process and its children print to a file; yield the terminal."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    terminal, errors = os.dup(1), os.dup(2)
    with log.open("w") as file, os.fdopen(os.dup(terminal), "w", buffering=1) as out:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield out
        finally:
            sys.stdout.flush()
            os.dup2(terminal, 1)
            os.dup2(errors, 2)


def enter_airflow() -> None:
    """Set the environment before Airflow is imported, because it reads its settings at import."""
    os.environ.update(airflow_home.environment())
    sys.path.insert(0, str(airflow_home.ROOT / "include"))
    airflow_home.prepare()
    close_leftovers()


def find_dag(dag_id: str):
    """Return the DAG as Airflow parses it; fail with the reason why it cannot be had."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if dag_id not in bag.dags:
        reasons = "\n".join(f"{file}:\n{error}" for file, error in bag.import_errors.items())
        raise LookupError(reasons or f"no file in {bag.dag_folder} defines {dag_id}")
    return bag.dags[dag_id]


class Watcher:
    """What Airflow tells while it runs: the task at work, shown on a terminal only, and each attempt that failed."""

    def __init__(self, out):
        self.out = out
        self.failures: dict[str, BaseException | str] = {}

    @hookimpl
    def on_task_instance_running(self, previous_state, task_instance):
        """Show the task in a line that the next one overwrites."""
        if self.out.isatty():
            print(f"{CLEAR_LINE}  {named(task_instance)} …", end="", file=self.out, flush=True)

    @hookimpl
    def on_task_instance_failed(self, previous_state, task_instance, error):
        """Keep the last error of each task."""
        self.failures[named(task_instance)] = error

    def say(self, text: str) -> None:
        """Print a line that stays."""
        print(f"{CLEAR_LINE if self.out.isatty() else ''}{text}", file=self.out, flush=True)


def named(task_instance) -> str:
    """Name a task instance as Airflow's pages do: `clean[part-0001]`."""
    place = getattr(task_instance, "rendered_map_index", None) or task_instance.map_index
    return f"{task_instance.task_id}[{place}]" if task_instance.map_index >= 0 else task_instance.task_id


def explain(failures: dict[str, BaseException | str]) -> str:
    """Say what failed: the last error of each task, without the frames between."""
    return "\n".join(f"  {task}: {told(error)}" for task, error in failures.items()) or "  no task said why"


def told(error: BaseException | str) -> str:
    """Put an error into its type and message."""
    text = "".join(traceback.format_exception_only(error)) if isinstance(error, BaseException) else str(error)
    return text.strip()


def run_night(dag, night: str, watcher: "Watcher") -> bool:
    """Run the DAG for one night; return whether every task of it came through."""
    watcher.failures.clear()
    started = time.monotonic()
    run = dag.test(run_conf={"night": night})
    good = run.state == "success"
    verdict = f"{len(run.get_task_instances())} tasks" if good else "FAILED"
    watcher.say(f"{night}  {verdict} in {time.monotonic() - started:.1f} s")
    if not good:
        watcher.say(explain(watcher.failures))
    return good


def run_nights(nights: list[str], out) -> bool:
    """Run the nights one after the other, up to the first that fails; return whether none did."""
    from airflow.sdk.listener import get_listener_manager

    watcher = Watcher(out)
    get_listener_manager().add_listener(watcher)
    dag = find_dag(DAG_ID)
    return all(run_night(dag, night, watcher) for night in nights)


def leave_at_once_on_signals(out) -> None:
    """Make Ctrl-C end the whole run: Airflow takes it for the failure of one task and goes on with the next."""

    def leave(number, frame):
        print("\nStopped by hand. The published warehouse is as it was.", file=out, flush=True)
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)


def close_leftovers() -> None:
    """Fail the runs of an earlier process that was killed, or a scheduler would take them up."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy import update

    ours = (DagRun.dag_id == DAG_ID, DagRun.triggered_by == DagRunTriggeredByType.TEST, DagRun.state == "running")
    with create_session() as session:
        session.execute(update(DagRun).where(*ours).values(state="failed"))


def main(nights: list[str]) -> None:
    """Run the nights through Airflow, and end with a code other than 0 where one fails."""
    shown = os.path.relpath(LOG)
    print(f"Airflow runs {DAG_ID} for {', '.join(nights)}; its own log goes to {shown}", flush=True)
    with noise_kept_in(LOG) as out:
        leave_at_once_on_signals(out)
        try:
            enter_airflow()
            good = run_nights(nights, out)
        except Exception as error:
            traceback.print_exc()
            print(f"Airflow could not run the DAG: {told(error)}", file=out)
            good = False
    if not good:
        sys.exit(f"The whole story is in {shown}")


if __name__ == "__main__":
    try:
        with airflow_home.claim("nightly"):
            main(sys.argv[1:])
    except airflow_home.Taken as taken:
        sys.exit(str(taken))
