"""The same night by Airflow's scheduler with LocalExecutor and by `newsmill night`, in turn, as whole processes.

    python benchmarks/speed/scheduler.py DUMP [--turns 3] [--tasks 2]
    python benchmarks/speed/scheduler.py --sources 3000

DUMP is a file of records, such as JSON lines. With `--sources` the night has so many sources instead, each with one
generated page: as many dumps, batches and parts. Airflow starts once, outside the measurement, on loopback; a small
night comes first, so that compiled code and pages are in memory. Each turn empties the home of both. The time by the
scheduler is from the trigger to the end of the run, when no other run is active. Seconds of tasks are summed from
Airflow's own record; processor time is that of all its processes. Compare ratios: others may use the machine.
"""

import argparse
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "include"), str(ROOT / "tests")]

import dumps  # noqa: E402
import psutil  # noqa: E402
from history import time_night  # noqa: E402
from news_like import Writer  # noqa: E402
from ports import free_port  # noqa: E402
from served import Served, copy_checkout  # noqa: E402

DAG = "/api/v2/dags/news_nightly"
NIGHT = "2026-03-05"
POLL_SECONDS = 2
"""Each question costs Airflow 20 ms of a processor; the end of a run is taken from Airflow's record."""
COMPONENT = re.compile("api.server|dag-processor|scheduler|triggerer|LocalExecutor")


class Night(NamedTuple):
    """The night to measure: the form for Airflow, the options and the environment of the command.

    `first_form` is the form of the small nights that come first.
    """

    form: dict[str, Any]
    options: list[str]
    environment: dict[str, str]
    first_form: dict[str, Any]


def write_dump(checkout: Path, dump: Path) -> Night:
    """Copy a dump into the checkout."""
    shutil.copy(dump, checkout / "dumps" / dump.name)
    return Night({"files": [f"dumps/{dump.name}"]}, ["--source", str(dump)], {}, {})


def write_sources(checkout: Path, count: int) -> Night:
    """Write generated pages, each the only file of a source of its own."""
    listed = checkout / "include" / "newsmill" / "sources.toml"
    folder = checkout / "dumps" / NIGHT  # a night of another date, such as the scheduled one, has no dump
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.jsonl").write_bytes(dumps.jsonl([Writer(number).record(number)]))
    entry = '[wire-{0}]\nlocation = "dumps/{{night}}/{0}.jsonl"\nmax_reject_share = 1.0\n'
    listed.write_text("".join(entry.format(number) for number in range(count)))
    environment = {"NEWSMILL_ROOT": str(checkout), "NEWSMILL_SOURCES": str(listed)}
    return Night({}, [], environment, {"files": ["samples/{night}/regional-press"]})


def run_by_scheduler(served: Served, token: str, night: str, **form: object) -> tuple[float, list[dict]]:
    """Trigger a night and wait for its end; return the seconds and the task instances."""
    start = datetime.now(UTC)
    run = served.ask(f"{DAG}/dagRuns", {"logical_date": None, "conf": {"night": night, **form}}, token=token)
    path = f"{DAG}/dagRuns/{run['dag_run_id']}"
    run = wait_for_end(served, token, path)
    seconds = (datetime.fromisoformat(run["end_date"]) - start).total_seconds()
    if run["state"] == "failed":
        raise SystemExit(f"the run {run['dag_run_id']} failed; its logs are in {served.checkout / '.airflow' / 'logs'}")
    return seconds, served.ask(f"{path}/taskInstances?limit=500", token=token)["task_instances"]


def wait_for_end(served: Served, token: str, path: str) -> dict:
    """Wait for the end of a run; return the run."""
    while (run := served.ask(path, token=token))["state"] not in ("success", "failed"):
        time.sleep(POLL_SECONDS)
    return run


def time_scheduled_run(served: Served, token: str) -> float:
    """Unpause the DAG and wait for the end of tonight's scheduled run, which has no dump; return the seconds."""
    start = datetime.now(UTC)
    served.ask(DAG, {"is_paused": False}, "PATCH", token)
    while not (runs := served.ask(f"{DAG}/dagRuns", token=token)["dag_runs"]):
        time.sleep(POLL_SECONDS)
    run = wait_for_end(served, token, f"{DAG}/dagRuns/{runs[0]['dag_run_id']}")
    return (datetime.fromisoformat(run["end_date"]) - start).total_seconds()


def read_processor_seconds(processes: list[psutil.Process]) -> dict[str, float]:
    """Return the processor seconds of Airflow's processes and of their ended children, by component."""
    seconds: dict[str, float] = defaultdict(float)
    for process in processes:
        with suppress(psutil.Error):  # ended meanwhile
            times, name = process.cpu_times(), COMPONENT.search(" ".join(process.cmdline()))
            seconds[name[0] if name else "others"] += sum(times[:4])  # user and system, own and children's
    return seconds


def print_tasks(tasks: list[dict]) -> None:
    """Print seconds of tasks by step, and the time in which no task ran."""
    seconds: dict[str, float] = defaultdict(float)
    for task in tasks:
        seconds[task["task_id"]] += task["duration"] or 0.0
    print("  " + ", ".join(f"{name} {spent:.1f}" for name, spent in sorted(seconds.items(), key=lambda s: -s[1])))
    times = sorted(
        (datetime.fromisoformat(task["start_date"]), datetime.fromisoformat(task["end_date"]))
        for task in tasks
        if task["start_date"]
    )
    idle, last = 0.0, times[0][1]
    for start, end in times[1:]:
        idle += max((start - last).total_seconds(), 0)
        last = max(last, end)
    longest = max(Counter(task["task_id"] for task in tasks).values())
    print(f"  {len(times)} task instances, at most {longest} of a step")
    print(f"  no task ran for {idle:.1f} s between the first and the last")


def main() -> None:
    """Measure turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measured = parser.add_mutually_exclusive_group(required=True)
    measured.add_argument("dump", type=Path, nargs="?")
    measured.add_argument("--sources", type=int)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    os.environ["NEWSMILL_TASKS"] = str(options.tasks)
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder) / "checkout")
        (checkout / "dumps").mkdir()
        night = write_sources(checkout, options.sources) if options.sources else write_dump(checkout, options.dump)
        shutil.copytree(ROOT / "samples", checkout / "samples")
        served = Served(checkout, free_port())
        try:
            served.start(until="Airflow is up")
            measure(served, night, options)
        finally:
            served.stop()


def measure(served: Served, night: Night, options: argparse.Namespace) -> None:
    """Run both ways in turn on empty homes."""
    token = served.log_in(served.password)
    while not any(dag["dag_id"] == "news_nightly" for dag in served.ask("/api/v2/dags", token=token)["dags"]):
        time.sleep(1)
    print(f"tonight's scheduled run, skipped: {time_scheduled_run(served, token):.1f} s", flush=True)
    for first in ("2026-03-02", "2026-03-03"):
        seconds, _ = run_by_scheduler(served, token, first, **night.first_form)
        print(f"samples of {first} by the scheduler: {seconds:.1f} s", flush=True)
    ratios = []
    for turn in range(1, options.turns + 1):
        shutil.rmtree(served.checkout / "data")
        before = read_processor_seconds(served.processes())
        by_scheduler, tasks = run_by_scheduler(served, token, NIGHT, **night.form)
        after = read_processor_seconds(served.processes())
        with tempfile.TemporaryDirectory() as home:
            by_command = time_night(
                NIGHT, Path(home), [*night.options, "--jobs", str(options.tasks)], night.environment
            )
        ratios.append(by_scheduler / by_command)
        print(f"turn {turn}: scheduler {by_scheduler:.1f} s, command {by_command:.1f} s, ratio {ratios[-1]:.2f}")
        used = ", ".join(f"{name} {after[name] - before[name]:.1f}" for name in sorted(after))
        print(f"  processor seconds: {used}")
        print_tasks(tasks)
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
