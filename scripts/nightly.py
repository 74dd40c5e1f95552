"""Owns `make nightly`: runs the nightly DAG through Airflow for the given nights, in a single process."""

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
def redirect_output(log: Path) -> Iterator[object]:
    """Redirect the output of the process and all children to a file; yield the terminal."""
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
    """Set the environment before the import of Airflow, which reads its settings at import.

    This process runs one task after another, so a step needs one task only.
    """
    os.environ.setdefault("NEWSMILL_TASKS", "1")
    os.environ.update(airflow_home.environment())
    sys.path.insert(0, str(airflow_home.ROOT / "include"))
    airflow_home.prepare()
    close_leftovers()


def find_dag(dag_id: str):
    """Return the DAG as parsed by Airflow, or raise LookupError with the parse errors."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if dag_id not in bag.dags:
        reasons = "\n".join(f"{file}:\n{error}" for file, error in bag.import_errors.items())
        raise LookupError(reasons or f"no file in {bag.dag_folder} defines {dag_id}")
    return bag.dags[dag_id]


class Watcher:
    """A listener for Airflow's events: shows the current task on a terminal, and keeps the error of failed attempts."""

    def __init__(self, out):
        self.out = out
        self.failures: dict[str, BaseException | str] = {}

    @hookimpl
    def on_task_instance_running(self, previous_state, task_instance):
        """Show the task in a line that the next task overwrites."""
        if self.out.isatty():
            print(f"{CLEAR_LINE}  {name_task(task_instance)} …", end="", file=self.out, flush=True)

    @hookimpl
    def on_task_instance_failed(self, previous_state, task_instance, error):
        """Keep the last error of each task."""
        self.failures[name_task(task_instance)] = error

    def print_line(self, text: str) -> None:
        """Print a permanent line."""
        print(f"{CLEAR_LINE if self.out.isatty() else ''}{text}", file=self.out, flush=True)


def name_task(task_instance) -> str:
    """Name a task instance as Airflow's pages do: `clean[part-0001]`."""
    index = getattr(task_instance, "rendered_map_index", None) or task_instance.map_index
    return f"{task_instance.task_id}[{index}]" if task_instance.map_index >= 0 else task_instance.task_id


def describe_failures(failures: dict[str, BaseException | str]) -> str:
    """Describe the failure: the last error of each task, without a traceback."""
    return (
        "\n".join(f"  {task}: {format_error(error)}" for task, error in failures.items()) or "  no task gave a reason"
    )


def format_error(error: BaseException | str) -> str:
    """Return type and message of an error."""
    text = "".join(traceback.format_exception_only(error)) if isinstance(error, BaseException) else str(error)
    return text.strip()


def run_night(dag, night: str, watcher: "Watcher") -> bool:
    """Run the DAG for a night; return whether every task succeeded."""
    watcher.failures.clear()
    started = time.monotonic()
    run = dag.test(run_conf={"night": night})
    is_success = run.state == "success"
    outcome = f"{len(run.get_task_instances())} tasks" if is_success else "FAILED"
    watcher.print_line(f"{night}  {outcome} in {time.monotonic() - started:.1f} s")
    if not is_success:
        watcher.print_line(describe_failures(watcher.failures))
    return is_success


def run_nights(nights: list[str], out) -> bool:
    """Run the nights in order, up to the first failure; return whether all succeeded."""
    from airflow.sdk.listener import get_listener_manager

    watcher = Watcher(out)
    get_listener_manager().add_listener(watcher)
    dag = find_dag(DAG_ID)
    return all(run_night(dag, night, watcher) for night in nights)


def exit_on_signals(out) -> None:
    """Make Ctrl-C end the whole run: Airflow counts Ctrl-C as the failure of a task and continues with the next."""

    def exit_at_once(signal_number, frame):
        print("\nStopped by hand. The published warehouse is unchanged.", file=out, flush=True)
        os._exit(128 + signal_number)

    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, exit_at_once)


def close_leftovers() -> None:
    """Fail the runs of a killed earlier process, because a scheduler would resume such runs."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy import update

    ours = (DagRun.dag_id == DAG_ID, DagRun.triggered_by == DagRunTriggeredByType.TEST, DagRun.state == "running")
    with create_session() as session:
        session.execute(update(DagRun).where(*ours).values(state="failed"))


def main(nights: list[str]) -> None:
    """Run the nights through Airflow, and exit with an error code after a failure."""
    log_path = os.path.relpath(LOG)
    print(f"Airflow runs {DAG_ID} for {', '.join(nights)}; its own log goes to {log_path}", flush=True)
    with redirect_output(LOG) as out:
        exit_on_signals(out)
        try:
            enter_airflow()
            is_success = run_nights(nights, out)
        except Exception as error:
            traceback.print_exc()
            print(f"Airflow could not run the DAG: {format_error(error)}", file=out)
            is_success = False
    if not is_success:
        sys.exit(f"The full log is {log_path}")


if __name__ == "__main__":
    try:
        with airflow_home.claim("nightly"):
            main(sys.argv[1:])
    except airflow_home.AlreadyRunning as error:
        sys.exit(str(error))
