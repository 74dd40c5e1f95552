"""A real Airflow with its scheduler, as people use it: started once, its pages, the nightly DAG, its end."""

import json
import os
import re
import shutil
import time
from urllib.error import HTTPError

import duckdb
import psutil
import pytest
from ports import free_port
from served import ROOT, Served, copy_checkout, kill_after_closing_the_terminal, make, press_ctrl_c

pytestmark = pytest.mark.slow
DAG, BRIEF = "/api/v2/dags/news_nightly", "/api/v2/dags/news_brief"
GREETING = """
import time
from airflow.sdk import dag, task

@dag(dag_id="greeting")
def greeting():
    @task
    def greet():
        print("good evening from a task")

    @task
    def linger():
        time.sleep(600)

    greet() >> linger()

greeting()
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A healthy Airflow with the nightly DAG and the samples; the last tests of this file stop it."""
    checkout = copy_checkout(tmp_path_factory.mktemp("served") / "checkout")
    shutil.copytree(ROOT / "samples", checkout / "samples")
    (checkout / "dags" / "greeting.py").write_text(GREETING)
    airflow = Served(checkout, free_port())
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NEWSMILL_USERS", "admin:admin,vera:viewer")
        try:
            yield airflow.start(until="Airflow is up")
        finally:
            airflow.stop()


# -- its pages


def test_every_component_of_airflow_is_healthy_when_its_address_is_printed(served):
    assert f"http://127.0.0.1:{served.port}" in served.lines[-1]
    report = served.ask("/api/v2/monitor/health")
    assert {name: part["status"] for name, part in report.items()} == dict.fromkeys(
        ("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy"
    )


def test_the_password_is_printed_at_the_first_start_and_opens_the_door(served):
    password = re.search(r"password (\S+) .*kept in \.secrets/passwords\.json", served.output).group(1)
    assert served.log_in(password)


def test_a_viewer_may_look_and_not_trigger(served):
    token = served.log_in(served.passwords["vera"], user="vera")
    assert served.ask("/api/v2/dags", token=token)["dags"]
    with pytest.raises(HTTPError) as refusal:
        served.ask(f"{DAG}/dagRuns", {"logical_date": None, "conf": {"night": "2026-03-03"}}, token=token)
    assert refusal.value.code == 403


@pytest.mark.parametrize("wrong", ["admin", "", "airflow"])
def test_another_password_is_refused(served, wrong):
    with pytest.raises(HTTPError) as refusal:
        served.log_in(wrong)
    assert 400 <= refusal.value.code < 500


def test_the_pages_are_closed_to_those_who_did_not_log_in(served):
    with pytest.raises(HTTPError) as refusal:
        served.ask("/api/v2/dags")
    assert refusal.value.code == 401


def test_every_secret_is_readable_by_its_owner_only(served):
    folder = served.checkout / ".secrets"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    assert modes == {".secrets": 0o700, "airflow.json": 0o600, "passwords.json": 0o600}
    assert min(len(key) for key in json.loads((folder / "airflow.json").read_text()).values()) >= 43


def test_no_secret_is_shown_in_the_list_of_processes(served):
    secrets = [served.password, *json.loads((served.checkout / ".secrets" / "airflow.json").read_text()).values()]
    shown = " ".join(word for process in served.processes() for word in process.cmdline())
    assert "scheduler" in shown and not [secret for secret in secrets if secret in shown]


def test_dags_are_paused_until_someone_wants_them(served):
    dags = served.ask("/api/v2/dags", token=served.log_in(served.password))["dags"]
    assert dags and all(dag["is_paused"] for dag in dags)


def test_the_writers_pool_has_one_slot(served):
    assert served.ask("/api/v2/pools/warehouse", token=served.log_in(served.password))["slots"] == 1


# -- the nightly DAG


@pytest.fixture(scope="module")
def airflow(served):
    """Airflow with the nightly DAG unpaused."""
    served.token = served.log_in(served.password)
    wait_for(lambda: is_dag_parsed(served), "the DAG to be parsed", 180)
    for dag in (BRIEF, DAG):
        served.ask(dag, {"is_paused": False}, "PATCH", served.token)
    return served


def is_dag_parsed(served: Served) -> bool:
    parsed = {dag["dag_id"] for dag in served.ask("/api/v2/dags", token=served.token)["dags"]}
    return {"news_nightly", "news_brief"} <= parsed


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


def list_runs(served: Served, run_type: str, dag: str = DAG) -> list[dict]:
    runs = served.ask(f"{dag}/dagRuns?limit=100", token=served.token)["dag_runs"]
    return [run for run in runs if run["run_type"] == run_type]


def test_the_first_scheduled_run_is_green_and_takes_the_samples_for_the_night_of_its_partition(airflow):
    assert wait_for(lambda: final_state(airflow, "scheduled"), "the run of today's night", 300) == "success"
    run = list_runs(airflow, "scheduled")[0]
    with duckdb.connect(str(airflow.checkout / "data" / "warehouse" / "news.duckdb"), read_only=True) as con:
        nights = con.execute("SELECT CAST(night AS VARCHAR) FROM ops.run WHERE kind = 'scheduled'").fetchall()
    assert (run["partition_key"],) in nights


def test_the_list_of_runs_shows_the_night_of_each(airflow):
    (manual,) = list_runs(airflow, "manual")
    assert (manual["note"], manual["partition_key"]) == ("night 2026-03-03", "2026-03-03")
    backfill = list_runs(airflow, "backfill")
    assert {(run["note"], run["partition_key"]) for run in backfill} == {
        (f"night 2026-03-0{day}", f"2026-03-0{day}") for day in (2, 3)
    }


def test_mapped_tasks_have_readable_names(airflow):
    (run,) = list_runs(airflow, "manual")
    path = f"{DAG}/dagRuns/{run['dag_run_id']}/taskInstances/clean/listMapped"
    tasks = airflow.ask(path, token=airflow.token)["task_instances"]
    count = len(os.sched_getaffinity(0))
    assert {task["rendered_map_index"] for task in tasks} == {f"{number} of {count}" for number in range(1, count + 1)}


def test_a_task_logs_in_words_what_it_read_kept_and_rejected(airflow):
    (run,) = list_runs(airflow, "manual")
    log = json.dumps(airflow.ask(f"{DAG}/dagRuns/{run['dag_run_id']}/taskInstances/load/logs/1", token=airflow.token))
    assert "load: " in log and " rows read, " in log and " of memory at most" in log


def test_a_consumer_of_the_marts_runs_for_each_published_night(airflow):
    nights = {run["partition_key"] for kind in ("scheduled", "manual", "backfill") for run in list_runs(airflow, kind)}
    assert len(nights) == 3
    runs = wait_for(lambda: list_finished_briefs(airflow, len(nights)), "a brief of each night", 120)
    assert {run["partition_key"] for run in runs} == nights and {run["state"] for run in runs} == {"success"}


def list_finished_briefs(served: Served, count: int) -> list[dict]:
    runs = served.ask(f"{BRIEF}/dagRuns", token=served.token)["dag_runs"]
    finished = [run for run in runs if run["state"] in ("success", "failed")]
    return finished if len({run["partition_key"] for run in finished}) >= count else []


# -- a task of ten minutes, and the end of Airflow meanwhile


def test_a_task_runs_and_its_log_can_be_read_in_the_pages(served):
    token = served.log_in(served.password)
    served.ask("/api/v2/dags/greeting", {"is_paused": False}, "PATCH", token)
    run = served.ask("/api/v2/dags/greeting/dagRuns", {"logical_date": None}, token=token)["dag_run_id"]
    served.wait_for_task(token, "greet", "success", run)
    served.wait_for_log(token, "greet", "good evening from a task", run)
    served.wait_for_task(token, "linger", "running", run)


def test_airflow_listens_on_loopback_only_also_while_a_task_runs(served):
    listening = [
        (process.name(), connection.laddr.ip, connection.laddr.port)
        for process in served.processes()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert served.port in {port for _, _, port in listening}
    assert [entry for entry in listening if entry[1] not in ("127.0.0.1", "::1")] == []


def test_a_second_airflow_is_not_started_while_one_runs(served):
    answer = make("up", cwd=served.checkout, PORT=str(free_port()))
    assert answer.returncode != 0 and "already runs" in answer.stderr


def test_a_port_that_is_taken_is_said_to_be_so(served, tmp_path):
    answer = make("up", cwd=copy_checkout(tmp_path / "other"), PORT=str(served.port))
    assert answer.returncode != 0 and f"Port {served.port} cannot be had" in answer.stderr


def test_ctrl_c_stops_airflow_within_30_seconds_and_leaves_no_process_though_a_task_runs(served):
    assert served.finish(press_ctrl_c) < 30
    assert "Stopped." in served.output
    assert len(served.before) > 5 and served.left == []


def test_a_second_start_prints_no_password_and_a_kill_leaves_no_process_though_the_terminal_is_gone(served):
    served.start(until="User admin")
    kept = served.password
    assert kept not in served.output and ".secrets/passwords.json" in served.output
    assert served.finish(kill_after_closing_the_terminal) < 30
    assert served.password == kept
    assert len(served.before) >= 5 and served.left == []
