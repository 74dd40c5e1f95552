"""The nightly DAG as used by people: by form and by backfill, on a real Airflow with its scheduler."""

import json
import shutil
import time
from urllib.error import HTTPError

import duckdb
import pytest
from ports import free_port
from served import ROOT, Served, copy_checkout

pytestmark = pytest.mark.slow
DAG = "/api/v2/dags/news_nightly"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    """Airflow with the nightly DAG and the samples, unpaused."""
    checkout = copy_checkout(tmp_path_factory.mktemp("airflow") / "checkout")
    shutil.copytree(ROOT / "samples", checkout / "samples")
    served = Served(checkout, free_port())
    try:
        served.start(until="Airflow is up")
        served.token = served.log_in(served.password)
        wait_for(lambda: is_dag_parsed(served), "the DAG to be parsed", 180)
        served.ask(DAG, {"is_paused": False}, "PATCH", served.token)
        yield served
    finally:
        served.stop()


def is_dag_parsed(served: Served) -> bool:
    return any(dag["dag_id"] == "news_nightly" for dag in served.ask("/api/v2/dags", token=served.token)["dags"])


def wait_for(until, what: str, seconds: float):
    deadline = time.monotonic() + seconds
    while not (value := until()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(1)
    return value


def final_state(served: Served, run_type: str, count: int = 1) -> str | None:
    """Return 'success' if all runs of the type succeeded, or None until so many are known and all have ended."""
    runs = served.ask(f"{DAG}/dagRuns", token=served.token)["dag_runs"]
    states = [run["state"] for run in runs if run["run_type"] == run_type]
    if len(states) < count or not set(states) <= {"success", "failed"}:
        return None
    return "failed" if "failed" in states else "success"


def test_a_wrong_night_is_refused_by_the_form(airflow):
    with pytest.raises(HTTPError) as refusal:
        airflow.ask(f"{DAG}/dagRuns", {"logical_date": None, "conf": {"night": "yesterday"}}, token=airflow.token)
    assert refusal.value.code == 400


@pytest.mark.timeout(1500)  # the first run compiles, on a busy machine for minutes
def test_a_night_by_the_form_and_both_by_backfill_end_in_one_warehouse(airflow):
    airflow.ask(f"{DAG}/dagRuns", {"logical_date": None, "conf": {"night": "2026-03-03"}}, token=airflow.token)
    assert wait_for(lambda: final_state(airflow, "manual"), "the manual run", 700) == "success"
    backfill = {"dag_id": "news_nightly", "from_date": "2026-03-02T00:00:00Z", "to_date": "2026-03-04T00:00:00Z"}
    airflow.ask("/api/v2/backfills", backfill, token=airflow.token)
    assert wait_for(lambda: final_state(airflow, "backfill", count=2), "the backfill", 700) == "success"
    with duckdb.connect(str(airflow.checkout / "data" / "warehouse" / "news.duckdb"), read_only=True) as con:
        runs = con.execute("SELECT CAST(night AS VARCHAR), kind, status FROM ops.run").fetchall()
        versions = con.execute("SELECT count(*) FROM dw.dim_article WHERE version = 2").fetchone()
    by_backfill = {(f"2026-03-0{day}", "backfill", "published") for day in (2, 3)}
    assert by_backfill | {("2026-03-03", "manual", "published")} <= set(runs)
    assert versions == (4,), "the late night must split the versions of the four articles that changed overnight"


def test_a_scheduled_run_takes_the_night_of_its_partition_and_says_where_it_looked(airflow):
    wait_for(lambda: final_state(airflow, "scheduled"), "the run of today's night", 120)
    runs = airflow.ask(f"{DAG}/dagRuns", token=airflow.token)["dag_runs"]
    (run,) = (run for run in runs if run["run_type"] == "scheduled")
    assert run["state"] == "failed", "there are no samples for tonight"
    task = f"{DAG}/dagRuns/{run['dag_run_id']}/taskInstances/list_bundles/logs/1"
    assert f"nothing landed for the night {run['partition_key']}" in json.dumps(airflow.ask(task, token=airflow.token))


def test_mapped_tasks_have_readable_names(airflow):
    runs = airflow.ask(f"{DAG}/dagRuns", token=airflow.token)["dag_runs"]
    run = next(run["dag_run_id"] for run in runs if run["run_type"] == "manual")
    tasks = airflow.ask(f"{DAG}/dagRuns/{run}/taskInstances/clean/listMapped", token=airflow.token)["task_instances"]
    names = sorted(task["rendered_map_index"] for task in tasks)
    assert names[0] == "harbor-wire-0001-01" and len(names) == 4
