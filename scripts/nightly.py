"""Owns `make nightly`: runs the nightly DAG through Airflow for the nights named, in this one process."""

import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import airflow_home

DAG_ID = "news_nightly"
LOG = airflow_home.HOME / "logs" / "nightly.log"


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


def find_dag(dag_id: str):
    """Return the DAG as Airflow parses it, or end with the reason why it cannot be had."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if dag_id not in bag.dags:
        reasons = "\n".join(f"{file}:\n{error}" for file, error in bag.import_errors.items())
        sys.exit(reasons or f"No file in {bag.dag_folder} defines the DAG {dag_id}")
    return bag.dags[dag_id]


def listen_for_failures() -> list[tuple[str, BaseException | str]]:
    """Return a list that Airflow fills with the name and the error of each task attempt that fails."""
    from airflow.listeners import hookimpl
    from airflow.sdk.listener import get_listener_manager

    failures: list[tuple[str, BaseException | str]] = []

    @hookimpl
    def on_task_instance_failed(previous_state, task_instance, error):
        failures.append((named(task_instance), error))

    get_listener_manager().add_listener(SimpleNamespace(on_task_instance_failed=on_task_instance_failed))
    return failures


def named(task_instance) -> str:
    """Name a task instance as Airflow's pages do: `clean[part-0001]`."""
    place = getattr(task_instance, "rendered_map_index", None) or task_instance.map_index
    return f"{task_instance.task_id}[{place}]" if task_instance.map_index >= 0 else task_instance.task_id


def explain(failures: list[tuple[str, BaseException | str]]) -> str:
    """Say what failed: the last error of each task, without the frames between."""
    last = dict(failures)
    return "\n".join(f"  {task}: {told(error)}" for task, error in last.items()) or "  no task said why"


def told(error: BaseException | str) -> str:
    """Put an error into its type and message."""
    text = "".join(traceback.format_exception_only(error)) if isinstance(error, BaseException) else str(error)
    return text.strip()


def run_night(dag, night: str, failures: list, out) -> bool:
    """Run the DAG for one night; return whether every task of it came through."""
    from airflow.utils.state import DagRunState

    failures.clear()
    started = time.monotonic()
    run = dag.test(run_conf={"night": night})
    states = [instance.state for instance in run.get_task_instances()]
    good = run.state == DagRunState.SUCCESS
    verdict = f"{len(states)} tasks" if good else "FAILED"
    print(f"{night}  {verdict} in {time.monotonic() - started:.1f} s", file=out)
    if not good:
        print(explain(failures), file=out)
    return good


def main(nights: list[str]) -> None:
    """Run the nights one after the other; stop at the first that fails."""
    shown = os.path.relpath(LOG)
    print(f"Airflow runs {DAG_ID} for {', '.join(nights)}; its own log goes to {shown}", flush=True)
    with noise_kept_in(LOG) as out:
        try:
            enter_airflow()
            dag = find_dag(DAG_ID)
            failures = listen_for_failures()
            good = all(run_night(dag, night, failures, out) for night in nights)
        except Exception as error:
            traceback.print_exc()
            print(f"\nAirflow could not run the DAG: {told(error)}", file=out)
            good = False
    if not good:
        sys.exit(f"The whole story is in {shown}")


if __name__ == "__main__":
    main(sys.argv[1:])
