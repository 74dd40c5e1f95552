"""A real Airflow with its scheduler, as people use it: started once, its pages, the nightly DAG, its end."""

import configparser
import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest
from airflow_pages import (
    ENDED,
    NIGHTLY,
    answer_required_action,
    choose,
    list_runs_with_nights,
    open_chromium,
    open_form,
    open_pages,
)
from listeners import receive_metrics, receive_posts
from night_runs import ask, fingerprints
from playwright.sync_api import Page, expect
from ports import free_port
from served import ROOT, Served, copy_checkout, kill_after_closing_the_terminal, make, press_ctrl_c, wait_for

from newsmill.decisions import read_decisions, read_history_decisions, read_publish_decisions
from newsmill.warehouse.snapshots import current_snapshot

pytestmark = pytest.mark.slow
DAG, BRIEF, DECIDE, REBUILD, REPLAY, ROLLBACK, WATCH = (
    f"/api/v2/dags/news_{name}" for name in ("nightly", "brief", "decide", "rebuild", "replay", "rollback", "arrival")
)
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
    with (
        pytest.MonkeyPatch.context() as environment,
        receive_posts() as hook,
        receive_posts() as lineage,
        receive_metrics() as collector,
    ):
        airflow.hook, airflow.lineage, airflow.collector = hook, lineage, collector
        environment.setenv("OPENLINEAGE_URL", lineage.url)
        environment.setenv("AIRFLOW__METRICS__OTEL_ON", "True")
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        environment.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
        environment.setenv("NEWSMILL_USERS", "admin:admin,vera:viewer")
        environment.setenv("NEWSMILL_NOTIFIER", "newsmill_alerts.WebhookNotifier")
        message = {"url": hook.url, "text": "{{ digest.subject }}\n{{ digest.text }}"}
        environment.setenv("NEWSMILL_NOTIFIER_ARGS", json.dumps(message))
        environment.setenv("NEWSMILL_DEADLINE_HOURS", "0.001")
        environment.setenv("NEWSMILL_HOLD", "volume_ratio")
        environment.setenv("NEWSMILL_ARRIVAL", "harbor-wire")
        environment.setenv("NEWSMILL_ARRIVAL_MINUTES", "0.02")
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


def test_database_logs_and_settings_of_airflow_are_private_and_serve_on_loopback(served):
    folder = served.checkout / ".airflow"
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / "airflow.db").is_file() and (folder / "logs").is_dir()
    settings = configparser.ConfigParser()
    settings.read(folder / "airflow.cfg")
    assert settings["api"]["host"] == "127.0.0.1", "for a component that is started without make up"


@pytest.mark.parametrize("path", ["/", "/api/v2/monitor/health", "/auth/login"])
def test_no_other_site_may_show_the_pages_in_a_frame(served, path):
    with urlopen(f"http://127.0.0.1:{served.port}{path}") as response:
        headers = response.headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")


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
    for dag in (BRIEF, DECIDE, REBUILD, REPLAY, ROLLBACK, DAG):
        served.ask(dag, {"is_paused": False}, "PATCH", served.token)
    return served


def is_dag_parsed(served: Served) -> bool:
    parsed = {dag["dag_id"] for dag in served.ask("/api/v2/dags", token=served.token)["dags"]}
    dags = (DAG, BRIEF, DECIDE, REBUILD, REPLAY, ROLLBACK, WATCH)
    return {path.rpartition("/")[2] for path in dags} <= parsed


def list_runs(served: Served, *nights: str, run_type: str = "") -> list[dict]:
    """Return the runs of the nights, all if none is given, in order of their start."""
    runs = served.ask(f"{DAG}/dagRuns?limit=100", token=served.token)["dag_runs"]
    asked = [run for run in runs if run["partition_key"] in nights or not nights]
    return sorted((run for run in asked if run_type in run["run_type"]), key=lambda run: run["start_date"] or "~")


def list_ended(served: Served, count: int, **asked: str) -> list[dict]:
    """Return the runs asked for once there are `count`, and all have ended."""
    runs = list_runs(served, **asked)
    return runs if len(runs) == count and all(run["state"] in ("success", "failed") for run in runs) else []


def home(served: Served) -> Path:
    return served.checkout / "data"


def test_a_wrong_night_is_refused_by_the_form(airflow):
    with pytest.raises(HTTPError) as refusal:
        airflow.ask(f"{DAG}/dagRuns", {"logical_date": None, "conf": {"night": "yesterday"}}, token=airflow.token)
    assert refusal.value.code == 400


@pytest.mark.timeout(1500)  # the first run compiles, on a busy machine for minutes
def test_the_first_scheduled_run_is_green_and_takes_the_samples_for_the_night_of_its_partition(airflow):
    (run,) = wait_for(lambda: list_ended(airflow, 1, run_type="scheduled"), "the run of today's night", 900)
    assert run["state"] == "success"
    nights = ask(home(airflow), "SELECT CAST(night AS VARCHAR) FROM ops.run WHERE kind = 'scheduled'")
    assert nights == [(run["partition_key"],)]


@pytest.mark.timeout(1500)
def test_a_range_of_nights_by_the_form_runs_one_after_another(airflow):
    conf = {"night": "2026-03-02", "last_night": "2026-03-03"}
    airflow.ask(f"{DAG}/dagRuns", {"logical_date": None, "conf": conf}, token=airflow.token)
    first, second = wait_for(lambda: list_range(airflow), "both nights of the range", 700)
    assert (first["state"], second["state"]) == ("success", "success")
    assert (first["partition_key"], second["partition_key"]) == ("2026-03-02", "2026-03-03")
    assert first["end_date"] <= second["start_date"]
    loaded = ask(home(airflow), "SELECT CAST(night AS VARCHAR) FROM ops.loaded_night")
    assert {("2026-03-02",), ("2026-03-03",)} <= set(loaded)
    versions = ask(home(airflow), "SELECT count(*) FROM dw.dim_article WHERE version = 2")
    assert versions == [(4,)], "four articles changed overnight"


def list_range(served: Served) -> list[dict]:
    """Return the runs of the range once both have ended; the operator of a run triggers the second."""
    ended = [run for run in list_runs(served, "2026-03-02", "2026-03-03") if run["state"] in ("success", "failed")]
    return ended if len(ended) == 2 else []


@pytest.mark.timeout(1500)
def test_a_backfilled_night_replaces_itself(airflow):
    before = fingerprints(home(airflow))
    backfill = {"dag_id": "news_nightly", "from_date": "2026-03-02T00:00:00Z", "to_date": "2026-03-03T00:00:00Z"}
    airflow.ask("/api/v2/backfills", backfill, token=airflow.token)
    (run,) = wait_for(lambda: list_ended(airflow, 1, run_type="backfill"), "the backfill", 700)
    assert (run["state"], run["partition_key"]) == ("success", "2026-03-02")
    assert fingerprints(home(airflow)) == before
    runs = ask(home(airflow), "SELECT CAST(night AS VARCHAR), kind, status FROM ops.run")
    assert {("2026-03-02", "backfill", "published"), ("2026-03-02", "manual", "published")} <= set(runs)


@pytest.mark.timeout(1500)
def test_a_finished_run_that_is_cleared_from_a_task_on_ends_green_with_the_same_tables(airflow):
    (run,) = list_runs(airflow, "2026-03-02", run_type="backfill")
    before, snapshot = fingerprints(home(airflow)), current_snapshot(home(airflow) / "warehouse")
    asked = {"dag_run_id": run["dag_run_id"], "task_ids": ["clean"], "include_downstream": True}
    everything = {"only_failed": False, "dry_run": False}
    cleared = airflow.ask(f"{DAG}/clearTaskInstances", asked | everything, token=airflow.token)["task_instances"]
    names = {task["task_id"] for task in cleared}
    assert {"clean", "places", "publish"} <= names and "read" not in names
    (again,) = wait_for(lambda: list_ended(airflow, 1, run_type="backfill"), "the cleared run", 700)
    assert again["state"] == "success" and again["start_date"] > run["start_date"]
    assert fingerprints(home(airflow)) == before
    assert current_snapshot(home(airflow) / "warehouse") == f"{snapshot}-2"


def test_a_run_has_its_night_as_note_and_partition_key(airflow):
    notes = {(run["partition_key"], run["note"]) for run in list_runs(airflow, "2026-03-02", "2026-03-03")}
    assert notes == {("2026-03-02", "night 2026-03-02"), ("2026-03-03", "night 2026-03-03, to 2026-03-03")}


def test_mapped_tasks_have_readable_names(airflow):
    (run,) = list_runs(airflow, "2026-03-03")
    path = f"{DAG}/dagRuns/{run['dag_run_id']}/taskInstances/clean/listMapped"
    tasks = airflow.ask(path, token=airflow.token)["task_instances"]
    count = len(os.sched_getaffinity(0))
    assert {task["rendered_map_index"] for task in tasks} == {f"{number} of {count}" for number in range(1, count + 1)}


def test_a_task_logs_in_words_what_it_read_kept_and_rejected(airflow):
    (run,) = list_runs(airflow, "2026-03-03")
    log = json.dumps(airflow.ask(f"{DAG}/dagRuns/{run['dag_run_id']}/taskInstances/load/logs/1", token=airflow.token))
    assert "load: " in log and " rows read, " in log and " of memory at most" in log


def test_a_consumer_of_the_marts_runs_for_each_published_night(airflow):
    nights = {run["partition_key"] for run in list_runs(airflow)}
    assert len(nights) == 3
    runs = wait_for(lambda: list_finished_briefs(airflow, len(nights)), "a brief of each night", 120)
    assert {run["partition_key"] for run in runs} == nights and {run["state"] for run in runs} == {"success"}


def list_finished_briefs(served: Served, count: int) -> list[dict]:
    runs = served.ask(f"{BRIEF}/dagRuns", token=served.token)["dag_runs"]
    finished = [run for run in runs if run["state"] in ("success", "failed")]
    return finished if len({run["partition_key"] for run in finished}) >= count else []


# -- its figures and its lineage


def test_the_figures_of_each_task_reach_a_collector_of_opentelemetry(airflow):
    (run,) = list_runs(airflow, "2026-03-03")
    sums = "SELECT sum(rows_in), sum(rows_out), sum(rejected) FROM ops.stage_receipt JOIN ops.run USING (run_id) "
    (expected,) = ask(home(airflow), f"{sums} WHERE stage = 'clean' AND kind = 'manual'")
    tags = {"step": "clean", "run_type": "manual"}
    received = [add_points(airflow, f"clean.{name}", tags) for name in ("rows_in", "rows_out", "rejected")]
    assert run["state"] == "success" and received == [*expected]
    assert add_points(airflow, "load.duration", {"step": "load", "run_type": "manual"}) == 2, "two nights by the form"


def add_points(served: Served, name: str, tags: dict[str, str]) -> int:
    """Add up the received points of a metric with the tags; of a time count them."""
    return sum(value for own, value in served.collector.list_points(f"airflow.newsmill.{name}") if own == tags)


def test_the_datasets_of_each_task_reach_a_receiver_of_openlineage(airflow):
    warehouse = f"duckdb://{home(airflow)}/warehouse/news.duckdb"
    events = list_lineage(airflow, "clean")
    inputs, outputs = ({data["name"] for event in events for data in event[side]} for side in ("inputs", "outputs"))
    lake = f"{home(airflow)}/lake"
    assert inputs == {f"{lake}/pages", f"{lake}/known_boilerplate", f"{lake}/record_decisions"}
    assert outputs == {f"{lake}/{name}" for name in ("articles", "text_blocks", "released", "rejected_clean")}
    schema = events[0]["outputs"][0]["facets"]["schema"]["fields"]
    assert {"name": "page_id", "type": "string"}.items() <= schema[0].items() and schema[0]["description"]
    assert events[0]["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] > 0
    fetched = {data["name"] for event in list_lineage(airflow, "fetch") for data in event["inputs"]}
    assert f"{airflow.checkout}/samples/{{night}}/harbor-wire/*.jsonl" in fetched
    (*_, publish) = list_lineage(airflow, "publish")
    facts = [data for data in publish["inputs"] if data["name"] == "news.dw.fact_quote"]
    marts = [data for data in publish["outputs"] if data["name"] == "news.mart.who_said_what"]
    assert [data["namespace"] for data in (*facts, *marts)] == [warehouse] * 2


def list_lineage(served: Served, task: str) -> list[dict]:
    """Return the events of the completed runs of a task of the nightly DAG."""
    name = f"news_nightly.{task}"
    return [event for event in served.lineage.posts if (event["job"]["name"], event["eventType"]) == (name, "COMPLETE")]


# -- its pages in a browser


@pytest.fixture(scope="module")
def browser():
    with open_chromium() as browser:
        yield browser


def test_the_list_of_runs_of_a_fresh_checkout_has_no_red_run(airflow, browser, tmp_path):
    with open_pages(browser, airflow, tmp_path) as page:
        rows = list_runs_with_nights(page)
        expect(rows.filter(has_text="Scheduled")).to_contain_text("Success")
        expect(rows.filter(has_text="Failed")).to_have_count(0)


@pytest.mark.timeout(1500)
def test_a_person_fills_the_form_approves_the_held_publish_and_sees_the_run_green_with_its_night(
    airflow, browser, tmp_path
):
    with open_pages(browser, airflow, tmp_path) as page:
        form = open_form(page)
        form.locator("#element_night").fill("2026-03-04")
        choose(form, "sources", ["harbor-wire", "metro-pages"])
        choose(form, "content", ["main text, from which nothing is cut"])
        form.get_by_test_id("trigger-dag-submit").click()
        page.wait_for_url(f"**{NIGHTLY}/runs/manual__*")
        # two of four sources: the volume is less than half of that of the nights before
        wait_for(lambda: find_posts(airflow, "night 2026-03-04: the publish waits for approval"), "the warning", 700)
        assert ("2026-03-04",) not in ask(home(airflow), "SELECT CAST(night AS VARCHAR) FROM ops.loaded_night")
        subject, warning = "Night 2026-03-04: 2 warnings hold the publish", "dumps.volume_ratio"
        answer_required_action(page, subject, warning, "Approve", "Two sources were asked for.")
        row = list_runs_with_nights(page).filter(has_text="2026-03-04")
        expect(row).to_contain_text(ENDED, timeout=700_000)
        expect(row).to_contain_text("Success")
    (run,) = list_runs(airflow, "2026-03-04")
    assert run["conf"]["sources"] == ["harbor-wire", "metro-pages"] and run["conf"]["content"] == "article"
    fetched = ask(home(airflow), "SELECT part FROM ops.stage_receipt WHERE night = '2026-03-04' AND stage = 'fetch'")
    assert sorted(fetched) == [("harbor-wire",), ("metro-pages",)]
    (answer,) = read_publish_decisions(home(airflow))
    assert (answer.decision, answer.by, str(answer.night)) == ("approve", "admin", "2026-03-04")
    assert answer.because == "Two sources were asked for."


@pytest.mark.timeout(1500)
def test_a_person_reads_a_rejected_record_and_releases_it_under_required_actions_into_the_warehouse(
    airflow, browser, tmp_path
):
    (record,) = ask(
        home(airflow),
        "SELECT page_id FROM ops.rejected "
        "WHERE night = '2026-03-03' AND dump = 'metro-pages' AND reason = 'not_an_article'",
    )[0]
    conf = {"decision": "release", "because": "Tides are news.", "record": record}
    run = airflow.ask(f"{REPLAY}/dagRuns", {"logical_date": None, "conf": conf}, token=airflow.token)["dag_run_id"]
    with open_pages(browser, airflow, tmp_path) as page:
        answer_required_action(page, "Release 1 records", "Tides at the Dunmore gauge", "Approve")
    done = wait_for(lambda: find_ended(airflow, f"{REPLAY}/dagRuns/{run}"), "the replay", 700)
    assert done["state"] == "success"
    released = "SELECT state, decided_by, because FROM ops.rejected WHERE page_id = $1"
    assert ask(home(airflow), released, record) == [("released", "admin", "Tides are news.")]
    cited = "SELECT count(*) > 0 FROM dw.fact_date_reference JOIN dw.dim_article USING (article_key) WHERE page_id = $1"
    assert ask(home(airflow), cited, record) == [(True,)], "its dates are facts"


@pytest.mark.timeout(1500)
def test_a_person_decides_rebuilds_by_a_dry_run_and_rolls_back_under_required_actions(airflow, browser, tmp_path):
    person, name = "person:farida nyokera", "Farida N. Nyokera"
    before = current_snapshot(home(airflow) / "warehouse")
    rename = {"decision": "rename", "subject": person, "name": name, "because": "She signs so."}
    rebuild = {"from_step": "load", "first": "2026-03-03", "last": "2026-03-03", "because": "The name at once."}
    with open_pages(browser, airflow, tmp_path) as page:
        answer_run(airflow, page, DECIDE, rename, f"Rename {person}", "the entity is shown as")
        shown = f"rename {person} {name}: made"
        answer_run(airflow, page, REBUILD, rebuild, "Rebuild from load", shown)
        rebuilt = current_snapshot(home(airflow) / "warehouse")
        assert find_names(airflow, person) == {name}
        answer_run(airflow, page, ROLLBACK, {"because": "Too early."}, f"Roll back to {before}", "readers see this one")
    assert current_snapshot(home(airflow) / "warehouse") == before and find_names(airflow, person) == {"Farida Nyokera"}
    made = [(one.decision, one.by, one.because, one.after) for one in read_history_decisions(home(airflow))]
    assert made == [
        ("rebuild", "admin", "The name at once.", rebuilt),
        ("rollback", "admin", "Too early.", before),
    ]
    (decided,) = read_decisions(airflow.checkout / "include" / "newsmill" / "decisions.toml").entities
    assert (decided.by, decided.because, decided.name) == ("admin", "She signs so.", name)


def answer_run(served: Served, page: Page, dag: str, conf: dict, subject: str, text: str) -> None:
    """Trigger a DAG, look for a text in its Required Action, approve, and wait for the end of the run."""
    run = served.ask(f"{dag}/dagRuns", {"logical_date": None, "conf": conf}, token=served.token)["dag_run_id"]
    approval = f"{dag}/dagRuns/{run}/taskInstances/approve"  # the list of actions does not reload by itself
    wait_for(lambda: served.ask(approval, token=served.token)["state"] == "awaiting_input", f"the action of {run}", 300)
    answer_required_action(page, subject, text, "Approve")
    done = wait_for(lambda: find_ended(served, f"{dag}/dagRuns/{run}"), f"the end of {run}", 700)
    assert done["state"] == "success", dag


def find_names(served: Served, entity: str) -> set[str]:
    sql = "SELECT DISTINCT canonical_name FROM dw.dim_entity WHERE entity_id = $1 AND is_current"
    return {name for (name,) in ask(home(served), sql, entity)}


def find_ended(served: Served, path: str) -> dict | None:
    """Return a run once it has ended."""
    run = served.ask(path, token=served.token)
    return run if run["state"] in ("success", "failed") else None


# -- its alerts


@pytest.mark.timeout(1500)
def test_a_failed_night_sends_one_message_and_a_late_one_too_and_good_nights_send_none(airflow):
    conf = {"night": "2026-03-09", "files": ["samples/none.jsonl"]}
    airflow.ask(f"{DAG}/dagRuns", {"logical_date": None, "conf": conf}, token=airflow.token)
    (run,) = wait_for(lambda: [run for run in list_runs(airflow, "2026-03-09") if is_ended(run)], "the failed run", 700)
    assert run["state"] == "failed", "the task that sends the message decides nothing about the run"
    late = wait_for(lambda: find_posts(airflow, "night 2026-03-09: the deadline is missed"), "the deadline", 60)
    (failed,) = find_posts(airflow, "night 2026-03-09: the run failed")
    assert len(late) == 1 and "- read: nothing landed" in failed and run["dag_run_id"] in failed
    assert len(find_posts(airflow, "the run failed")) == 1 and not find_posts(airflow, "silent")


def is_ended(run: dict) -> bool:
    return run["state"] in ("success", "failed")


def find_posts(served: Served, words: str) -> list[str]:
    """Return the texts with the words that the webhook has received."""
    return [post["text"] for post in served.hook.posts if words in post["text"]]


# -- the arrival of a dump


@pytest.mark.timeout(600)
def test_a_dump_that_arrives_starts_its_night_once_and_a_late_one_starts_it_again(airflow):
    tonight = datetime.now(UTC).date()
    dump = airflow.checkout / "samples" / tonight.isoformat() / "harbor-wire"
    airflow.ask(DAG, {"is_paused": True}, "PATCH", airflow.token)  # the nights stay in the queue
    conf = {"night": tonight.isoformat()}
    airflow.ask(WATCH, {"is_paused": False}, "PATCH", airflow.token)
    airflow.ask(f"{WATCH}/dagRuns", {"logical_date": None, "conf": conf}, token=airflow.token)
    wait_for(lambda: "deferred" in list_watch_states(airflow), "the first look", 120)
    assert list_arrivals(airflow) == []
    sample = next((ROOT / "samples" / "2026-03-03" / "harbor-wire").glob("*.jsonl")).read_bytes()
    dump.mkdir(parents=True)
    (dump / "early.jsonl").write_bytes(sample.replace(b"2026", b"2028"))  # the night of the clock may have the sample
    wait_for(lambda: list_arrivals(airflow), "the dump to be seen", 120)
    wait_for(lambda: "deferred" in list_watch_states(airflow, "watch__"), "the watch for late dumps", 120)
    assert len(list_arrivals(airflow)) == 1
    (dump / "late.jsonl").write_bytes(sample.replace(b"2026", b"2027"))
    nights = wait_for(lambda: len(list_arrivals(airflow)) > 1 and list_arrivals(airflow), "the late dump", 120)
    assert [run["conf"]["night"] for run in nights] == [tonight.isoformat()] * 2, "one run for each state of the dump"
    airflow.ask(WATCH, {"is_paused": True}, "PATCH", airflow.token)
    for run in (*list_watches(airflow), *nights):
        path = f"{WATCH if 'arrival__' not in run['dag_run_id'] else DAG}/dagRuns/{run['dag_run_id']}"
        airflow.ask(path, {"state": "failed"}, "PATCH", airflow.token)


def list_arrivals(served: Served) -> list[dict]:
    """Return the runs of the nightly DAG that an arrival has triggered."""
    return [run for run in list_runs(served) if run["dag_run_id"].startswith("arrival__")]


def list_watches(served: Served) -> list[dict]:
    return served.ask(f"{WATCH}/dagRuns?limit=100", token=served.token)["dag_runs"]


def list_watch_states(served: Served, prefix: str = "") -> set[str]:
    """Return the states of the tasks that wait for a dump, in runs with such an id."""
    tasks = served.ask(f"{WATCH}/dagRuns/~/taskInstances?limit=100", token=served.token)["task_instances"]
    return {task["state"] for task in tasks if task["task_id"] == "wait" and task["dag_run_id"].startswith(prefix)}


# -- a task of ten minutes, and the end of Airflow meanwhile


def test_a_task_runs_and_its_log_can_be_read_in_the_pages(served):
    token = served.log_in(served.password)
    served.ask("/api/v2/dags/greeting", {"is_paused": False}, "PATCH", token)
    run = served.ask("/api/v2/dags/greeting/dagRuns", {"logical_date": None}, token=token)["dag_run_id"]
    served.wait_for_task(token, "greet", "success", run)
    served.wait_for_log(token, "greet", "good evening from a task", run)
    served.wait_for_task(token, "linger", "running", run)


def test_airflow_listens_on_loopback_only_also_while_a_task_runs(served):
    listening = [address for process in served.processes() for address in list_listening_addresses(process)]
    assert served.port in {port for _, _, port in listening}
    assert [entry for entry in listening if entry[1] not in ("127.0.0.1", "::1")] == []


def list_listening_addresses(process: psutil.Process) -> list[tuple[str, str, int]]:
    """Return (name, address, port) of what a process listens on; nothing of a process that has ended meanwhile."""
    try:
        connections = process.net_connections(kind="inet")
        name = process.name()
    except psutil.NoSuchProcess:
        return []
    return [
        (name, connection.laddr.ip, connection.laddr.port)
        for connection in connections
        if connection.status == psutil.CONN_LISTEN
    ]


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
