"""A month by Airflow's backfill: the newest night first, two nights at a time, and the scheduler killed on the way."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import dumps
import psutil
import pytest
from news_like import Writer
from night_runs import ask, fingerprints, run_command
from ports import free_port
from rich.console import Console
from served import Served, copy_checkout, wait_for

from newsmill import night
from newsmill.runs import Run, new_run_id
from newsmill.warehouse import snapshots

pytestmark = pytest.mark.long
DAG = "/api/v2/dags/news_nightly"
NIGHTS = [date(2026, 3, 1) + timedelta(day) for day in range(30)]
PAGES = 12
SLOGAN = "\n\nGull Bay Courier, every morning at your door."
SOURCES = """
[gull-bay]
location = "dumps/{night}/gull-bay*.jsonl"
max_reject_share = 1.0

[tern]
location = "dumps/{night}/tern*.jsonl"
content = "article"
max_reject_share = 1.0
"""


def write_dumps(folder: Path) -> None:
    """Write two sources a night: new pages, pages with new text at an old address, and copies of the night before."""
    for day, when in enumerate(NIGHTS):
        records = [make_record(day, number) for number in range(PAGES)]
        (folder / str(when)).mkdir(parents=True)
        (folder / str(when) / "gull-bay.jsonl").write_bytes(dumps.jsonl(records[::2]))
        (folder / str(when) / "tern.jsonl").write_bytes(dumps.jsonl(records[1::2]))


def make_record(day: int, number: int) -> dict:
    """Return a record whose text comes again in part on the next night; every third address is the same each night."""
    record = Writer(PAGES * day * 2 // 3 + number).record(number if number % 3 == 0 else PAGES * day + number)
    return record | {"text": record["text"] + SLOGAN}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Iterator[Path]:
    """Return a copy of the code whose sources are a month of dumps; a step has one task, for nights of twelve pages."""
    folder = copy_checkout(tmp_path_factory.mktemp("month") / "checkout")
    (folder / "include" / "newsmill" / "sources.toml").write_text(SOURCES)
    write_dumps(folder / "dumps")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NEWSMILL_TASKS", "1")
        yield folder


@pytest.fixture(scope="module")
def undisturbed(checkout) -> Path:
    """Return a home with the month as `newsmill night` makes it, in order of date."""
    home = checkout.with_name("undisturbed")
    with pytest.MonkeyPatch.context() as environment, Path(os.devnull).open("w") as nowhere:
        environment.setenv("NEWSMILL_ROOT", str(checkout))
        environment.setenv("NEWSMILL_SOURCES", str(checkout / "include" / "newsmill" / "sources.toml"))
        for when in NIGHTS:
            night.run_night(Run(home, when, new_run_id(when, "manual")), 2, Console(file=nowhere))
    return home


@pytest.fixture(scope="module")
def backfilled(checkout):
    """Return the home of a month by backfill, during which the scheduler was killed twice."""
    served = Served(checkout, free_port())
    try:
        start(served)
        wait_for(lambda: DAG.rpartition("/")[2] in list_dags(served), "the DAG to be parsed")
        served.ask(DAG, {"is_paused": False}, "PATCH", served.token)
        served.ask("/api/v2/backfills", describe_backfill(), token=served.token)
        for step, published in (("clean", 4), ("load", 12)):
            wait_for(partial(is_reached, served, step, published), f"{published} nights and a task of {step}")
            served.finish(kill_scheduler)
            assert "The scheduler ended with code -9" in served.output and served.left == []
            start(served)
        wait_for(lambda: set(count_runs(served)) <= {"success", "failed"}, "the backfill", 1200)
        assert count_runs(served) == {"success": len(NIGHTS)}
    finally:
        served.stop()
    return checkout / "data"


def describe_backfill() -> dict:
    first, last = (f"{when}T00:00:00Z" for when in (NIGHTS[0], NIGHTS[-1] + timedelta(days=1)))
    options = {"run_backwards": True, "max_active_runs": 2}
    return {"dag_id": "news_nightly", "from_date": first, "to_date": last, **options}


def start(served: Served) -> None:
    """Start Airflow by `make up`, and log in."""
    served.start(until="Airflow is up")
    served.token = served.log_in(served.password)


def list_dags(served: Served) -> list[str]:
    return [dag["dag_id"] for dag in served.ask("/api/v2/dags", token=served.token)["dags"]]


def count_runs(served: Served) -> Counter:
    """Count the runs of the backfill by state."""
    runs = served.ask(f"{DAG}/dagRuns?limit=100&run_type=backfill", token=served.token)["dag_runs"]
    return Counter(run["state"] for run in runs)


def is_reached(served: Served, step: str, published: int) -> bool:
    """Return whether so many nights are published, and a task of a step runs."""
    path = f"{DAG}/dagRuns/~/taskInstances?state=running&limit=100"
    running = {task["task_id"] for task in served.ask(path, token=served.token)["task_instances"]}
    return step in running and count_runs(served)["success"] >= published


def kill_scheduler(process: subprocess.Popen) -> None:
    """Kill the scheduler itself, the oldest of its processes, and no task."""
    below = psutil.Process(process.pid).children(recursive=True)
    named = [other for other in below if "scheduler" in (other.as_dict(["cmdline"])["cmdline"] or [])]
    min(named, key=psutil.Process.create_time).kill()


@pytest.mark.timeout(2400)
def test_a_month_backwards_with_the_scheduler_killed_twice_ends_green_and_leaves_nothing_open(backfilled):
    statuses = ask(backfilled, "SELECT status, count(DISTINCT night) FROM ops.run WHERE kind = 'backfill' GROUP BY ALL")
    assert statuses == [("published", len(NIGHTS))]
    assert snapshots.list_owned_files(backfilled / "warehouse") == {}
    assert [path.name for path in (backfilled / "lake").glob("*/night=*/.*")] == []


@pytest.mark.timeout(2400)
def test_stale_nights_once_rebuilt_all_tables_equal_those_of_the_month_in_order_without_a_kill(backfilled, undisturbed):
    run_command(backfilled, "rebuild", "--from", "learn")
    assert ask(backfilled, "SELECT night FROM mart.run_health WHERE is_stale") == []
    ended, expected = fingerprints(backfilled), fingerprints(undisturbed)
    assert {name for name in expected if ended[name] != expected[name]} <= {"ops.note"}
    notes = "SELECT * FROM ops.note WHERE night <= ? ORDER BY ALL"  # the scheduled run of today found no dump
    assert ask(backfilled, notes, NIGHTS[-1]) == ask(undisturbed, notes, NIGHTS[-1])
