"""The seam to Airflow: one function resolves the night of a run, and the DAG is exactly the pipeline."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from hostile_paths import CANARY, HOSTILE, build_project, environment, leaks, texts
from listeners import receive_datagrams
from served import wait_for
from websites import reply, serve

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dags(airflow_home):
    """Return the DAGs by name, as parsed by Airflow."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags"))
    assert not bag.import_errors, bag.import_errors
    return bag.dags


@pytest.fixture(scope="module")
def dag(dags):
    """Return the nightly DAG."""
    return dags["news_nightly"]


@pytest.fixture
def resolve_night(airflow_home):
    """Return the function that resolves the night."""
    from newsmill_bridge import resolve_night

    return resolve_night


def dag_run(**settings) -> SimpleNamespace:
    return SimpleNamespace(
        **{"partition_key": None, "logical_date": None, "run_after": datetime(2026, 5, 1, tzinfo=UTC)} | settings
    )


def scheduled_keys(dag, day: date) -> list[str]:
    """Return the partition keys of the scheduled runs of a day."""
    from airflow.serialization.serialized_objects import DagSerialization

    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    infos = timetable.iter_partition_dagrun_infos(earliest=start, latest=start.replace(hour=23))
    return [info.partition_key for info in infos]


def test_scheduled_manual_and_backfill_runs_of_a_night_get_the_same_night(dag, resolve_night):
    wanted = date(2026, 3, 2)
    keys = scheduled_keys(dag, wanted)
    scheduled = [dag_run(partition_key=key, run_type="scheduled") for key in keys]
    late = datetime(2026, 9, 9, tzinfo=UTC)
    backfill = [dag_run(partition_key=key, run_type="backfill", run_after=late) for key in keys]
    by_form = dag_run(run_type="manual")
    by_date = dag_run(run_type="manual", logical_date=datetime(2026, 3, 2, 14, tzinfo=UTC))
    by_clock = dag_run(run_type="manual", run_after=datetime(2026, 3, 2, 23, tzinfo=UTC))
    form = {"night": "2026-03-02"}
    nights = [
        *(resolve_night({}, run) for run in (*scheduled, *backfill)),
        resolve_night(form, by_form),
        resolve_night({}, by_date),
        resolve_night({"night": None}, by_clock),
    ]
    assert keys and set(nights) == {wanted}


def test_the_form_wins_over_the_partition(resolve_night):
    assert resolve_night({"night": "2026-03-02"}, dag_run(partition_key="2026-04-04")) == date(2026, 3, 2)


def test_the_form_may_name_the_night_that_boilerplate_is_learned_from(airflow_home):
    from newsmill_bridge import make_run

    asked = dag_run(run_type="manual", run_id="by hand", start_date=None)
    run = make_run({"params": {"night": "2026-03-02", "learned": "2026-03-09"}, "dag_run": asked})
    assert (run.night, run.learned) == (date(2026, 3, 2), date(2026, 3, 9))
    assert make_run({"params": {"night": "2026-03-02", "learned": None}, "dag_run": asked}).learned is None


def test_the_dag_is_the_pipeline(dag):
    from newsmill import pipeline

    steps = {step.name: step for row in pipeline.steps() for step in row}
    assert set(dag.task_ids) == steps.keys() | {"begin", "next_night", "remove_scratch"}
    for name, step in steps.items():
        task = dag.get_task(name)
        assert task.is_mapped == (step.over != "night"), name
        assert (task.partial_kwargs["doc_md"] if task.is_mapped else task.doc_md) == step.meaning


def test_a_task_waits_for_every_step_that_writes_what_it_reads(dag):
    from newsmill import pipeline

    stages = pipeline.list_stages()
    assert any(stage.read_names for stage in stages)
    for stage in stages:
        before = dag.get_task(stage.name).get_flat_relative_ids(upstream=True)
        writers = {other.name for other in stages for relation in other.writes if relation.name in stage.read_names}
        assert {"begin", "fetch", "read", *writers} <= before, stage.name
    steps = [step.name for row in pipeline.steps() for step in row]
    before_check = dag.get_task("check").get_flat_relative_ids(upstream=True)
    assert before_check == {"begin", *steps[: steps.index("check")]}


def test_extractors_that_need_nothing_of_each_other_do_not_wait(dag):
    assert dag.get_task("places").upstream_task_ids == dag.get_task("quotes").upstream_task_ids == {"mentions"}
    assert dag.get_task("dates").upstream_task_ids == {"dedupe"}
    assert {task.task_id for task in dag.task_group.get_child_by_label("extract").iter_tasks()} >= {"quotes", "places"}


def test_a_step_has_as_many_tasks_as_processors_and_never_more_than_200(airflow_home, monkeypatch):
    from newsmill_bridge import MAX_TASKS, list_shares

    monkeypatch.setenv("NEWSMILL_TASKS", "2")
    assert list_shares() == ["1 of 2", "2 of 2"]
    monkeypatch.setenv("NEWSMILL_TASKS", "5000")
    assert len(list_shares()) == MAX_TASKS == 200
    monkeypatch.delenv("NEWSMILL_TASKS")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "3")
    assert len(list_shares()) == 3


def test_every_task_has_an_owner_a_time_limit_and_a_cap_on_the_wait_between_tries(dag):
    for task in dag.tasks:
        assert task.owner == "newsmill", task.task_id
        if task.task_id not in ("next_night", "remove_scratch"):
            assert task.execution_timeout and task.max_retry_delay and task.retries, task.task_id


def test_the_copy_of_a_failed_night_is_removed_by_a_teardown(dag):
    assert dag.get_task("remove_scratch").is_teardown
    assert dag.get_task("remove_scratch").upstream_task_ids == {"copy", "publish"}


def test_a_parse_of_the_dags_loads_no_library_that_computes():
    code = (
        "import sys, airflow.sdk\n"
        f"sys.path[:0] = [{str(ROOT / 'plugins')!r}, {str(ROOT / 'dags')!r}]\n"
        "import news_nightly, news_arrival, news_brief, news_decide, news_rebuild, news_replay, news_rollback\n"
        "import news_upkeep\n"
        "heavy = {'numba', 'duckdb', 'pandas', 'scipy', 'great_expectations', 'pyarrow.dataset', 'pydantic_settings',\n"
        "         'newsmill.pipeline', 'newsmill.stage', 'newsmill.relations', 'newsmill.sources.catalog'}\n"
        "sys.exit(', '.join(sorted(heavy & {*sys.modules})) or 0)"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "include"), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_replay_shows_records_waits_for_a_person_and_then_decides_and_loads(dags):
    from airflow.sdk.exceptions import ParamValidationError

    dag = dags["news_replay"]
    assert [task.task_id for task in dag.topological_sort()] == ["find", "approve", "decide", "replay"]
    assert dag.get_task("approve").task_type == "ShownApproval" and dag.get_task("replay").pool == "warehouse"
    assert {"source", "reason", "record", "decision", "because"} <= dag.params.keys()
    assert dag.params.get_param("because").resolve("Tides are news.")
    with pytest.raises(ParamValidationError):
        dag.params.get_param("because").resolve(" \t")
    assert all(task.owner == "newsmill" for task in dag.tasks)


def test_a_rebuild_and_a_rollback_show_the_difference_wait_for_a_person_and_then_publish(dags):
    for name, tasks in (
        ("news_rebuild", ["dry_run", "approve", "publish"]),
        ("news_rollback", ["show", "approve", "roll_back"]),
        ("news_decide", ["show", "approve", "decide"]),
    ):
        dag = dags[name]
        assert [task.task_id for task in dag.topological_sort()] == tasks
        approve, last = dag.get_task("approve"), dag.get_task(tasks[-1])
        assert (last.pool == "warehouse") == (name != "news_decide"), "a decision is a line of a file"
        assert last.trigger_rule == "none_failed", "a rejected action skips it"
        assert approve.defaults == ["Reject"] and approve.response_timeout.days == 7
        assert bool(approve.on_reject) == (name == "news_rebuild"), "what was built is removed"
    assert dags["news_rebuild"].max_active_runs == 1, "the result of a dry run waits in one folder"


def test_a_rejected_rebuild_removes_what_was_built_and_an_approved_one_keeps_it(dags, perform_upkeep, tmp_path):
    from airflow.sdk.exceptions import DownstreamTasksSkipped

    task, home = dags["news_rebuild"].get_task("approve"), tmp_path / "home"
    built = [home / "rebuild" / "lake", home / "warehouse" / "candidate.duckdb"]
    for path in built:
        path.parent.mkdir(parents=True)
        path.touch()
    context = {"task": task, "ti": SimpleNamespace(task_id="approve", map_index=-1, xcom_push=lambda **_: None)}
    event = {"params_input": {}, "responded_at": datetime(2026, 5, 1, tzinfo=UTC), "responded_by_user": None}
    task.execute_complete(context, {**event, "chosen_options": ["Approve"]})
    assert all(path.exists() for path in built)
    with pytest.raises(DownstreamTasksSkipped):
        task.execute_complete(context, {**event, "chosen_options": ["Reject"]})
    assert not any(path.exists() for path in built) and not (home / "rebuild").exists()


def test_a_rebuild_starts_from_any_step_that_can_be_repeated_and_its_form_becomes_a_command(airflow_home, dags):
    from newsmill_rebuild import _list_options

    from newsmill import pipeline

    starts = dags["news_rebuild"].params.get_param("from_step").schema["enum"]
    assert all(pipeline.list_dependent_steps(step) is not None for step in starts)
    assert {"read", "survey", "learn", "clean", "quotes", "check", "load"} <= {*starts}
    form = {"from_step": "clean", "first": None, "last": None, "only_stale": False}
    assert _list_options(form) == ["--from", "clean"]
    form |= {"last": "2026-03-03", "only_stale": True}
    assert _list_options(form) == ["--from", "clean", "--nights", "0001-01-01..2026-03-03", "--stale"]


def test_upkeep_prunes_by_the_setting_and_retires_only_if_a_limit_is_set(perform_upkeep, monkeypatch):
    from airflow.sdk.exceptions import AirflowSkipException

    from newsmill.errors import Permanent

    newsmill_upkeep = perform_upkeep

    newsmill_upkeep._prune_snapshots()  # an empty home has nothing to remove
    with pytest.raises(AirflowSkipException, match="kept for ever"):
        newsmill_upkeep._retire_landings()
    with pytest.raises(AirflowSkipException, match="a file of this home"):
        newsmill_upkeep._compact_lake()
    monkeypatch.setenv("NEWSMILL_KEEP_LANDED_DAYS", "7")
    monkeypatch.setenv("NEWSMILL_WAREHOUSE", "ducklake:sqlite:nowhere.sqlite")
    monkeypatch.setenv("NEWSMILL_WAREHOUSE_DATA", "s3://nowhere/")
    with pytest.raises(AirflowSkipException, match="all machines: kept"):
        newsmill_upkeep._retire_landings()
    monkeypatch.setenv("NEWSMILL_KEEP_LANDED_DAYS", "week")
    with pytest.raises(Permanent, match="must be a whole number of days"):
        newsmill_upkeep.read_landed_days()


@pytest.fixture
def perform_upkeep(airflow_home, monkeypatch, tmp_path):
    """Return the module of the upkeep, with the settings of an empty home."""
    import newsmill_upkeep

    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "include"))
    (tmp_path / "home").mkdir()
    return newsmill_upkeep


def test_a_command_of_a_task_logs_its_lines_and_fails_with_the_last(airflow_home, monkeypatch, tmp_path, caplog):
    from newsmill_commands import run_newsmill

    from newsmill.errors import Permanent

    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "include"))
    release = ("release", "2026-03-02/a.txt#1", "--by", "Ada", "--because", "So.")
    with caplog.at_level("INFO"), pytest.raises(Permanent, match="has no record"):
        run_newsmill("quarantine", *release)
    assert "has no record 2026-03-02/a.txt#1" in caplog.text


def test_writers_queue_for_the_one_slot(dag):
    pools = {task.task_id: task.pool for task in dag.tasks}
    assert {name for name, pool in pools.items() if pool == "warehouse"} == {"load", "audit", "publish"}


def test_publish_updates_the_assets_of_the_warehouse_and_of_each_group_of_marts(dag):
    from newsmill.warehouse.model import models

    groups = {model.group for model in models() if model.schema == "mart" and not model.is_macro}
    assert "" not in groups, "a mart has no group in its header"
    names = {asset.name for asset in dag.get_task("publish").outlets}
    assert names == {"newsmill_warehouse", *(f"newsmill_mart_{group}" for group in groups)}


def test_a_permanent_error_is_not_retried_and_a_transient_one_is(dag):
    from airflow.sdk import RetryAction

    from newsmill.errors import GateClosed, Permanent, Transient

    policy = dag.get_task("load").retry_policy
    for error, action in (
        (Permanent("broken for good"), RetryAction.FAIL),
        (GateClosed("too many"), RetryAction.FAIL),
        (Transient("busy"), RetryAction.DEFAULT),
        (OSError("the disk is gone"), RetryAction.DEFAULT),
    ):
        assert policy.evaluate(error, try_number=1, max_tries=3).action == action


def test_a_home_in_a_wrong_state_fails_the_first_task_in_the_words_of_the_command_line(
    airflow_home, monkeypatch, tmp_path
):
    import newsmill_bridge
    from newsmill.errors import BrokenHome
    from newsmill.runs import Run

    run = Run(tmp_path, date(2026, 3, 2), "2026-03-02-scheduled")
    run.warehouse.mkdir()
    (run.warehouse / "news.duckdb").write_bytes(b"a copy that kept no link")
    monkeypatch.setattr(newsmill_bridge, "get_current_context", lambda: {"params": {}})
    monkeypatch.setattr(newsmill_bridge, "make_run", lambda context: run)
    with pytest.raises(BrokenHome, match=r".*news\.duckdb.*run: python -m newsmill snapshots adopt"):
        newsmill_bridge._open_night()
    newsmill_bridge.note_failure({"exception": BrokenHome("")})
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse"], "what is refused is not written to"


def test_a_dry_run_works_on_a_copy_that_its_teardown_removes_and_holds_and_reports_nothing(
    airflow_home, monkeypatch, tmp_path
):
    import newsmill_alerts
    import newsmill_hold

    import newsmill_bridge

    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path))
    monkeypatch.setenv("NEWSMILL_NOTIFIER", "no.such.notifier")
    asked = dag_run(run_type="manual", run_id="by hand", start_date=None, conf={"night": "2026-03-02", "dry_run": True})
    context = {"params": {"night": "2026-03-02", "dry_run": True}, "dag_run": asked}
    monkeypatch.setattr(newsmill_bridge, "get_current_context", lambda: context)
    (tmp_path / "quarantine.toml").touch()
    newsmill_bridge._open_night()
    run = newsmill_bridge.make_run(context)
    assert run.home == tmp_path / ".dry_run" / run.run_id and (run.home / "quarantine.toml").exists()
    assert {path.name for path in tmp_path.iterdir()} == {".dry_run", "quarantine.toml"}, "the run is on the copy"
    monkeypatch.setenv("NEWSMILL_HOLD", "all")
    assert newsmill_hold._make_hold().execute(context) is None
    assert newsmill_alerts.send_of_run(context) == "a dry run reports nothing"
    newsmill_bridge._remove_staging_copy()
    run.home.mkdir(parents=True)  # a task that was still running
    newsmill_bridge.close_run({"dag_run": asked})
    assert {path.name for path in tmp_path.iterdir()} == {"quarantine.toml"}


def test_the_first_task_refuses_an_unknown_warning_and_forgets_the_errors_of_an_earlier_try(
    airflow_home, monkeypatch, tmp_path
):
    import newsmill_bridge
    from newsmill import digest
    from newsmill.errors import Permanent

    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path))
    monkeypatch.setenv("NEWSMILL_HOLD", "volume")
    context = {"params": {}, "dag_run": dag_run(run_type="manual", run_id="by hand", start_date=None)}
    monkeypatch.setattr(newsmill_bridge, "get_current_context", lambda: context)
    digest.note_error(newsmill_bridge.make_run(context), "read", "nothing landed")
    assert len([*tmp_path.glob("alerts/*.errors")]) == 1
    with pytest.raises(Permanent, match="no warning volume can hold a publish"):
        newsmill_bridge._open_night()
    assert not [*tmp_path.glob("alerts/*.errors")]


def test_the_digest_is_sent_after_every_task_and_a_held_run_has_time_to_wait(airflow_home, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("NEWSMILL_NOTIFIER", "newsmill_alerts.WebhookNotifier")
    monkeypatch.setenv("NEWSMILL_HOLD", "all")
    monkeypatch.setenv("NEWSMILL_HOLD_HOURS", "11")
    bag = DagBag(str(ROOT / "dags" / "news_nightly.py"))
    assert not bag.import_errors, bag.import_errors
    dag = bag.dags["news_nightly"]
    sender = dag.get_task("send_digest")
    assert sender.is_teardown and sender.upstream_task_ids == {*dag.task_ids} - {"send_digest"}
    assert {"hold", "quotes", "remove_scratch", "next_night"} <= sender.upstream_task_ids
    assert dag.dagrun_timeout.total_seconds() == 23 * 3600


def test_an_error_that_quotes_a_stranger_is_one_line_of_the_log_of_its_task():
    from newsmill.errors import Permanent

    text = str(Permanent("the title \x1b]0;owned\x07\nforged line \u202etxt cannot be read"))
    assert text.isprintable() and "\\nforged line" in text


# -- the arrival of dumps ----------------------------------------------------------------------------------------------


@pytest.fixture
def look(airflow_home, monkeypatch, tmp_path):
    """Return a function that has the sensor look for the dumps of two sources, as often as it is deferred."""
    import newsmill_arrival
    from airflow.sdk.exceptions import TaskDeferred

    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWSMILL_ROOT", str(tmp_path))
    monkeypatch.setenv("NEWSMILL_SOURCES", str(tmp_path / "sources.toml"))
    monkeypatch.setenv("NEWSMILL_ARRIVAL", "quay, press")
    listed = [f'[{name}]\nlocation = "dumps/{{night}}/{name}-*.txt"\n' for name in ("quay", "press", "wire")]
    (tmp_path / "sources.toml").write_text("".join(listed))

    def execute(night: date, seen: str | None = None, started: str = "", is_last: bool = False) -> dict | str:
        asked = dag_run(partition_key=night.isoformat(), run_type="scheduled", run_id="watch", start_date=None)
        context = {"params": {"night": None, "started": started}, "dag_run": asked}
        try:
            return newsmill_arrival.wait_for_dump().execute(context, None, seen, is_last)
        except TaskDeferred as deferred:
            assert deferred.method_name == "execute"
            assert deferred.kwargs["is_last"] == (night < datetime.now(UTC).date())
            return deferred.kwargs["seen"]

    return execute


def write_dump(root: Path, night: date, name: str, more: str = "") -> None:
    folder = root / "dumps" / night.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text(f"The {name} sails again.\n{STORY}\n{more}")


def test_a_night_starts_once_two_looks_see_the_same_files_and_again_for_a_late_dump(look, tmp_path, monkeypatch):
    from newsmill import landing, pipeline
    from newsmill.errors import Permanent
    from newsmill.runs import Run

    tonight = datetime.now(UTC).date()
    run = Run(tmp_path / "home", tonight, "r")
    empty = look(tonight)
    assert look(tonight, empty) == empty
    write_dump(tmp_path, tonight, "wire-1")
    assert look(tonight, empty) == empty, "nobody watches this source"
    write_dump(tmp_path, tonight, "quay-1")
    growing = look(tonight, empty)
    write_dump(tmp_path, tonight, "quay-2")
    whole = look(tonight, growing)
    assert len({empty, growing, whole}) == 3, "the files are not the same at two looks yet"
    first = look(tonight, whole)
    assert (first["night"], first["marks"], first["is_over"]) == (tonight.isoformat(), whole, False)
    assert look(tonight, whole, started=whole) == whole, "before the night has fetched them"
    pipeline.run_step("fetch", run, "quay")
    assert look(tonight, whole, started="") == whole, "and afterwards, in a watch that knows of no start"
    write_dump(tmp_path, tonight, "press-1")
    both = look(tonight, whole, started=whole)
    late = look(tonight, both, started=whole)
    assert (late["marks"], late["mark"] != first["mark"]) == (both, True)
    hidden = (tmp_path / "dumps").rename(tmp_path / "away")
    (tmp_path / "dumps").symlink_to(tmp_path.parent)
    assert look(tonight, both, started=whole) == both, "sources that cannot be listed change no mark"
    (tmp_path / "dumps").unlink()
    hidden.rename(tmp_path / "dumps")
    write_dump(tmp_path, tonight, "press-1", "And the tram too.")
    other = look(tonight, look(tonight, both, started=both), started=both)
    write_dump(tmp_path, tonight, "press-1")
    os.utime(tmp_path / "dumps" / str(tonight) / "press-1.txt", ns=(5, 5))
    back = look(tonight, look(tonight, other["marks"], started=other["marks"]), started=other["marks"])
    again = look(tonight, back["marks"], started=both)
    assert back["marks"] == again["marks"] and back["mark"] != again["mark"], "files that come back start it again"
    pipeline.run_step("fetch", run, "press")
    assert [dump.name for dump in landing.list_landed_dumps(run)] == ["press", "quay"]
    sources = (tmp_path / "sources.toml").read_text()
    (tmp_path / "sources.toml").write_text("[quay")
    assert look(tonight, both, started=whole) == both, "a list that is half saved is read again later"
    with pytest.raises(Permanent):
        look(tonight)
    (tmp_path / "sources.toml").write_text(sources)


def test_the_watch_of_a_past_night_ends_at_once_and_takes_what_is_there(look, tmp_path, monkeypatch):
    import newsmill_arrival
    from airflow.sdk.exceptions import AirflowSkipException

    from newsmill.errors import Permanent

    night = date(2026, 3, 2)
    with pytest.raises(AirflowSkipException, match="the night 2026-03-02 is over"):
        look(night)
    write_dump(tmp_path, night, "press-1")
    first = look(night)
    assert first["is_over"]
    write_dump(tmp_path, night, "press-2")
    with pytest.raises(AirflowSkipException, match="is over"):
        look(night, started=first["marks"])
    asked = SimpleNamespace(xcom_pull=lambda task_id: first)
    with pytest.raises(AirflowSkipException, match="is over"):
        newsmill_arrival.watch_on()._pre_execute_hook({"ti": asked})
    at_midnight = look(night, first["marks"])
    write_dump(tmp_path, night, "press-3")
    with pytest.raises(AirflowSkipException, match="is over, and still changes at press"):
        look(night, at_midnight, is_last=True)
    assert look(night, look(night, at_midnight), is_last=True)["is_over"], "it grew over midnight, and then was whole"
    monkeypatch.setenv("NEWSMILL_ARRIVAL", "nobody")
    with pytest.raises(Permanent, match="lists no source nobody"):
        look(night)
    monkeypatch.setenv("NEWSMILL_ARRIVAL", "")
    with pytest.raises(AirflowSkipException, match="names no source to watch"):
        look(night)


def test_a_file_of_the_web_arrives_when_its_server_has_it(look, tmp_path, monkeypatch):
    from newsmill import pipeline
    from newsmill.runs import Run

    server, site = serve()
    (tmp_path / "sources.toml").write_text(f'[quay]\nlocation = "{site.address}/{{night}}/feed.jsonl"\n')
    monkeypatch.setenv("NEWSMILL_ARRIVAL", "all")
    tonight = datetime.now(UTC).date()
    empty = look(tonight)
    assert look(tonight, empty) == empty
    site.file(f"/{tonight}/feed.jsonl", FEED)
    there = look(tonight, empty)
    assert look(tonight, there)["marks"] == there
    (tmp_path / "sources.toml").write_text(f'[long]\nlocation = "{site.address}/list"\nlist = "manifest"\n')
    names = [f"{number:03}.jsonl" for number in range(60)]
    site.file("/list", "\n".join(names).encode())
    for name in names:
        site.answers[f"/{name}"] = serve_size_alone
    there = look(tonight, look(tonight))["marks"]
    run = Run(tmp_path / "home", tonight, "r")
    fetched = pipeline.run_step("fetch", run, "long")
    assert fetched.rows_out == 60
    assert look(tonight, there) == there, "a size that is the same counts as landed, and a name beyond those asked for"
    assert look(tonight + timedelta(days=1)) == "", "on the next night, too"
    site.answers["/000.jsonl"] = lambda request: reply(request, 503, b"", {})
    assert look(tonight, there) == there, "a file whose server does not answer is not gone"
    site.answers["/000.jsonl"] = serve_size_alone
    site.file("/list", "\n".join([*names, "late.jsonl"]).encode())
    site.answers["/late.jsonl"] = serve_size_alone
    assert look(tonight, look(tonight, there, started=there), started=there)["marks"] != there
    server.shutdown()
    server.server_close()


def serve_size_alone(request) -> None:
    """Serve a feed of its own for each path, without a date or an ETag."""
    reply(request, 200, FEED.replace(b"quay", request.path[1:6].encode()), {})


def test_a_wrong_pause_between_looks_is_named_and_the_watch_is_off_until_a_source_is_set(dags, monkeypatch):
    import newsmill_arrival

    from newsmill.errors import Permanent

    assert newsmill_arrival.watch_schedule() is None
    assert [task.task_id for task in dags["news_arrival"].topological_sort()] == ["wait", "start", "watch_on"]
    monkeypatch.setenv("NEWSMILL_ARRIVAL_MINUTES", "0")
    with pytest.raises(Permanent, match="must be a number of minutes above 0"):
        newsmill_arrival.read_minutes()


def test_the_night_of_the_clock_is_skipped_if_its_dump_has_started_it(perform, first_night_home, monkeypatch):
    from airflow.sdk.exceptions import AirflowSkipException

    from newsmill import pipeline, runs
    from newsmill.runs import Run

    monkeypatch.setenv("NEWSMILL_HOME", str(first_night_home))
    for kind in ("scheduled", "backfill", "arrival"):
        assert perform("fetch", "1 of 1", kind)["bytes"] == 0
    assert perform("read", "1 of 1", "scheduled")["units"] == 4, "without the setting"
    monkeypatch.setenv("NEWSMILL_ARRIVAL", "all")
    for kind in ("scheduled", "arrival"):
        with pytest.raises(AirflowSkipException, match=r"2026-03-02 was published by 2026-03-02-.*, and no file is"):
            perform("survey", "1 of 1", kind)
    assert perform("read", "1 of 1", "backfill")["units"] == 4
    late = Run(first_night_home, date(2026, 3, 2), "late", "arrival")
    pipeline.begin_run(late)
    pipeline.record_failure(late, RuntimeError())
    assert perform("read", "1 of 1", "scheduled")["units"] == 4, "a failed run may have fetched what nobody loaded"
    runs.record_run(late, "skipped", {})
    with pytest.raises(AirflowSkipException, match="no file is new"):
        perform("read", "1 of 1", "scheduled")


# -- the form ----------------------------------------------------------------------------------------------------------


def test_the_form_offers_the_dumps_of_the_list_and_the_steps_to_start_from(airflow_home, dag):
    from newsmill.sources import catalog

    listed = catalog.catalog(ROOT / "include" / "newsmill" / "sources.toml")
    fields = dag.params.dump()
    assert {*fields} == {"night", "last_night", "sources", "files", "content", "from_step", "dry_run", "learned"}
    assert dag.params.get_param("sources").schema["examples"] == sorted(listed)
    starts = dag.params.get_param("from_step").schema["enum"]
    assert {"read", "clean", "check"} <= {*starts} and "load" not in starts, "a load would pass by a closed gate"
    labels = dag.params.get_param("from_step").schema["values_display"]
    assert labels["null"] == "the first step" and labels["minhash"] == "minhash, dedupe"
    for name in ("sources", "files"):
        assert "null" in dag.params.get_param(name).schema["type"], "the pages send null for an emptied list"
    for name in fields:
        schema = dag.params.get_param(name).schema
        assert schema["title"] and dag.params.get_param(name).description, name


def test_a_broken_list_leaves_the_form_usable(airflow_home, monkeypatch, tmp_path):
    from newsmill_form import list_sources

    (tmp_path / "sources.toml").write_text("[harbor", encoding="utf8")
    monkeypatch.setenv("NEWSMILL_SOURCES", str(tmp_path / "sources.toml"))
    assert list_sources() == []


def range_context(night: str, last_night: str | None) -> dict:
    params = {"night": night, "last_night": last_night, "content": "page"}
    return {"params": params, "dag_run": dag_run(run_type="manual", run_id="by_hand"), "task": SimpleNamespace()}


def test_a_range_of_nights_triggers_one_night_after_another_up_to_the_last(airflow_home):
    from airflow.sdk.exceptions import AirflowSkipException

    from newsmill_bridge import _configure_next_night

    asked = range_context("2026-02-28", "2026-03-01")
    _configure_next_night(asked)
    assert asked["task"].conf == {"night": "2026-03-01", "last_night": "2026-03-01", "content": "page"}
    assert asked["task"].trigger_run_id == "by_hand__night_2026-03-01"
    asked["dag_run"].run_id = "by_hand__night_2026-02-28"
    _configure_next_night(asked)
    assert asked["task"].trigger_run_id == "by_hand__night_2026-03-01", "one id for each night of a range"
    with pytest.raises(AirflowSkipException, match="2026-03-01 is the last night"):
        _configure_next_night(range_context("2026-03-01", "2026-03-01"))
    with pytest.raises(AirflowSkipException, match="no other night"):
        _configure_next_night(range_context("2026-03-01", None))


def test_a_run_shows_its_night_as_note_and_partition_key(airflow_home):
    from newsmill_plugin import RunNames

    by_form = dag_run(dag_id="news_nightly", conf={"night": "2026-03-02"}, note=None)
    noted = dag_run(dag_id="news_nightly", conf={}, note="after the repair", partition_key="2026-03-03")
    other = dag_run(dag_id="another", conf={}, note=None)
    both = dag_run(dag_id="news_nightly", conf={"night": "2026-03-02"}, note=None, partition_key="2026-03-09")
    for run in (by_form, noted, other, both):
        RunNames().on_dag_run_running(run, "started")
    assert (by_form.note, by_form.partition_key) == ("night 2026-03-02", "2026-03-02")
    assert (noted.note, noted.partition_key) == ("after the repair", "2026-03-03")
    assert (other.note, other.partition_key) == (None, None)
    assert both.partition_key == "2026-03-02", "the night that is loaded is the night that consumers hear of"


def test_a_text_that_is_no_date_names_what_was_expected(resolve_night):
    from newsmill.errors import Permanent

    with pytest.raises(Permanent, match="'spring' names no night: expected a date"):
        resolve_night({}, dag_run(partition_key="spring"))


def test_a_run_out_of_time_is_closed_in_the_ledger_and_a_closed_gate_stays_one(airflow_home, monkeypatch, tmp_path):
    import newsmill_bridge
    from newsmill import pipeline, runs
    from newsmill.errors import GateClosed

    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path))
    asked = dag_run(run_type="scheduled", run_id="scheduled__1", partition_key="2026-03-02", start_date=None, conf=None)
    run = newsmill_bridge.make_run({"params": {}, "dag_run": asked})
    pipeline.begin_run(run)
    newsmill_bridge.close_run({})
    assert runs.read_status(run) == "running", "a callback without a run changes nothing"
    newsmill_bridge.close_run({"dag_run": asked})
    assert runs.read_status(run) == "failed"
    pipeline.record_failure(run, GateClosed())
    newsmill_bridge.close_run({"dag_run": asked})
    assert runs.read_status(run) == "gate_closed"


DECISION = """
hash = "0011223344556677"
decision = "drop"
by = "Bea"
at = 2026-03-05T09:00:00Z
because = "It is below every story."
"""


# -- what a task does --------------------------------------------------------------------------------------------------


@pytest.fixture
def perform(airflow_home, monkeypatch, tmp_path):
    """Return a function that performs a task of a run as Airflow would, on the sample dumps."""
    import newsmill_bridge
    from newsmill import pipeline

    monkeypatch.setenv("NEWSMILL_HOME", str(tmp_path))
    operator = SimpleNamespace()

    def run_task(name: str, share: str = "", run_type: str = "scheduled", night: str = "2026-03-02", **params):
        asked = dag_run(partition_key=night, run_type=run_type, run_id=f"{run_type}__{night}", start_date=None)
        context = {"params": params, "dag_run": asked, "outlet_events": {}, "task": operator}
        run = newsmill_bridge.make_run(context)
        begun = SimpleNamespace(xcom_pull=lambda task_ids: pipeline.find_publisher(run))
        context["ti"] = begun
        monkeypatch.setattr(newsmill_bridge, "get_current_context", lambda: context)
        work = newsmill_bridge._perform_share if share else newsmill_bridge._perform_night_step
        return work(name, share) if share else work(name)

    run_task.operator = operator
    return run_task


def test_the_tasks_of_a_step_share_its_units_and_log_what_they_did(perform, caplog):
    from airflow.sdk.exceptions import AirflowSkipException

    with caplog.at_level("INFO", logger="newsmill_bridge"):
        done = [perform("fetch", f"{number} of 4") for number in (1, 2, 3, 4)]
        with pytest.raises(AirflowSkipException, match="the other tasks of fetch have all dumps"):
            perform("fetch", "5 of 5")
    assert [share["units"] for share in done] == [1, 1, 1, 1]
    read = [perform("read", "1 of 2"), perform("read", "2 of 2")]
    assert sum(share["units"] for share in read) == 4 and sum(share["rows_out"] for share in read) > 40
    assert "fetch: 1 of 1 dumps to do: harbor-wire" in caplog.text


def test_a_fetch_reads_credentials_from_connections_of_airflow_and_writes_none(
    perform, monkeypatch, tmp_path, caplog, capfd
):
    from newsmill.sources import credentials

    server, site = serve()
    site.answers["/2026-03-02/feed.jsonl"] = lambda request: serve_to("Basic bmlnaHQ6aHVzaC83", request)
    site.answers["/2026-03-02/press.jsonl"] = lambda request: serve_to("Bearer deep-hush", request)
    address = f"{site.address.partition('//')[2]}/{{night}}"
    (tmp_path / "sources.toml").write_text(
        f'[feed]\nlocation = "http://{{conn:feed.login}}:{{conn:feed}}@{address}/feed.jsonl"\n'
        f'[press]\nlocation = "http://{address}/press.jsonl"\n'
        'options = { headers = { Authorization = "Bearer {conn:press-desk.extra.token}" } }\n'
        f'[wire]\nlocation = "http://{address}/wire.jsonl?token={{conn:nobody}}"\n'
        f'[tram]\nlocation = "http://{address}/tram.jsonl?token={{conn:broken}}"\n'
    )
    monkeypatch.setenv("NEWSMILL_SOURCES", str(tmp_path / "sources.toml"))
    monkeypatch.setenv("AIRFLOW_CONN_FEED", "http://night:hush%2F7@")
    extra = {"token": "deep-hush", "retries": 3, "nested": {"a": 1}}
    monkeypatch.setenv("AIRFLOW_CONN_PRESS-DESK", json.dumps({"conn_type": "http", "extra": extra}))
    monkeypatch.setenv("AIRFLOW_CONN_BROKEN", json.dumps({"conn_type": "http", "password": "hush", "extra": "[1]"}))
    with caplog.at_level("DEBUG"):
        assert perform("fetch", "1 of 1")["rows_out"] == 2
    server.shutdown()
    server.server_close()
    landed = [path.read_bytes() for path in tmp_path.glob("landing/2026-03-02/*/*.jsonl")]
    assert landed == [FEED] * 2
    written = "".join(path.read_text("latin-1") for path in tmp_path.rglob("*") if path.is_file())
    shown = written + caplog.text + "".join(capfd.readouterr())
    assert "hush" not in shown
    assert "there is no connection nobody of Airflow" in shown, "of the third source"
    assert "the connection broken cannot be read: " in caplog.text
    assert credentials.fill_secrets("{conn:press-desk.extra.retries}") == "3"
    lineage = perform.operator.get_openlineage_facets_on_complete(None)
    assert (site.address, "{night}/feed.jsonl") in [(data.namespace, data.name) for data in lineage.inputs]


FEED = b'{"url": "https://quay.example/1", "text": "The ferry sails again."}\n'


def serve_to(authorization: str, request) -> None:
    """Serve the feed to a request with the right header only."""
    is_known = request.headers.get("Authorization") == authorization
    reply(request, 200 if is_known else 401, FEED if is_known else b"", {})


def test_a_task_sends_its_figures_to_statsd_and_nothing_without_the_switch_of_airflow(perform, monkeypatch, caplog):
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics import stats_utils

    class BrokenSender(stats_utils.NoStatsLogger):
        @classmethod
        def incr(cls, *_: object, **__: object) -> None:
            raise ConnectionError("no receiver")

    with receive_datagrams() as (port, received):
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_PORT", str(port))
        for switch in ("False", "True"):
            monkeypatch.setenv("AIRFLOW__METRICS__STATSD_ON", switch)
            # as Airflow itself begins each task
            stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)
            perform("fetch", "1 of 1")
            rows = perform("read", "1 of 1")
        stats.initialize(factory=BrokenSender, export_legacy_names=False)
        assert perform("read", "1 of 1")["units"] == 4
        assert caplog.text.count("the figures of read are not sent: ConnectionError: no receiver") == 4
        stats.initialize(factory=stats_utils.NoStatsLogger, export_legacy_names=False)
        wait_for(lambda: len([text for text in received if ".read.duration:" in text]) == 4, "the figures", 10)
    counted = [text.partition(":") for text in received]
    read = [int(value.removesuffix("|c")) for name, _, value in counted if name == "airflow.newsmill.read.rows_out"]
    assert len(read) == rows["units"] == 4 and sum(read) == rows["rows_out"]
    assert {name.removeprefix("airflow.newsmill.fetch.") for name, _, _ in counted if ".fetch." in name} == {
        *("rows_in", "rows_out", "rejected", "bytes", "duration")
    }


def test_a_task_says_in_words_what_it_rejected(perform, caplog):
    perform("fetch", "1 of 1")
    perform("read", "1 of 1")
    with caplog.at_level("INFO", logger="newsmill_bridge"):
        perform("survey", "1 of 1")
        perform("learn")
        perform("clean", "1 of 1")
    assert "clean: 4 parts: " in caplog.text and "clean: rejected as error_page (2), not_an_article (2)" in caplog.text
    assert "of memory at most" in caplog.text


def test_a_scheduled_night_without_a_new_dump_is_skipped_and_a_night_by_hand_fails(perform, monkeypatch, tmp_path):
    from airflow.sdk.exceptions import AirflowSkipException

    from newsmill.errors import Permanent

    (tmp_path / "sources.toml").write_text('[press]\nlocation = "dumps/{night}/*.txt"\n', encoding="utf8")
    monkeypatch.setenv("NEWSMILL_SOURCES", str(tmp_path / "sources.toml"))
    for run_type in ("scheduled", "backfill", "arrival", "manual"):
        perform("fetch", "1 of 1", run_type)
    recorded = []
    for name, share in (("read", "1 of 1"), ("learn", ""), ("publish", "")):
        with pytest.raises(AirflowSkipException, match=r"nothing landed .*dumps/2026-03-02.*matches no file"):
            perform(name, share)
        recorded.append([path.stat().st_mtime_ns for path in tmp_path.glob("lake/runs/*/*.parquet")])
    assert recorded[0] and recorded == [recorded[0]] * 3, "one task records the skipped run"
    for run_type in ("backfill", "arrival"):
        with pytest.raises(AirflowSkipException):
            perform("read", "1 of 1", run_type)
    with pytest.raises(Permanent, match="nothing landed"):
        perform("read", "1 of 1", "manual")


def test_a_task_of_changed_code_fails_at_once_until_its_run_begins_again(perform, monkeypatch, tmp_path):
    import newsmill_bridge
    from newsmill import pipeline
    from newsmill.errors import Permanent

    asked = dag_run(partition_key="2026-03-02", run_type="scheduled", run_id="scheduled__2026-03-02", start_date=None)
    run = newsmill_bridge.make_run({"params": {}, "dag_run": asked})
    pipeline.begin_run(run)
    perform("fetch", "1 of 1")
    decided = tmp_path / "decisions.toml"
    decided.write_text((ROOT / "include" / "newsmill" / "decisions.toml").read_text() + "\n[[block]]\n" + DECISION)
    monkeypatch.setenv("NEWSMILL_DECISIONS", str(decided))
    perform("read", "1 of 1")
    deployed = {**pipeline.hash_rules(), "known": "the code of another deploy"}
    monkeypatch.setattr(pipeline, "hash_rules", lambda: deployed)
    for _ in range(2):  # a failure does not put the new code into the ledger
        with pytest.raises(Permanent, match=r"the code changed during the run .* Clear the run from its first task on"):
            perform("survey", "1 of 1")
        pipeline.record_failure(run, None)
    pipeline.begin_run(run)
    assert perform("read", "1 of 1")["units"] == 4


def test_a_run_from_a_step_on_skips_the_steps_before(perform):
    from airflow.sdk.exceptions import AirflowSkipException

    perform("fetch", "1 of 1")
    perform("read", "1 of 1")
    for name in ("fetch", "read"):
        with pytest.raises(AirflowSkipException, match="this run starts from survey"):
            perform(name, "1 of 1", from_step="survey")
    assert perform("survey", "1 of 1", from_step="survey")["units"] == 4


STORY = (
    "The council of Tallow Bay voted on Monday to repair the old pier before the winter storms arrive. Work begins in "
    'May, and the harbour stays open. "We have waited nine years," said Mayor Odile Brannock after the vote. '
    "Fishermen who land their catch there had warned that the planks would not hold another season."
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return the root of a project with traps, and configure newsmill for it."""
    root = build_project(tmp_path)
    settings = {
        "NEWSMILL_ROOT": str(root),
        "NEWSMILL_HOME": str(root / "data"),
        "NEWSMILL_SOURCES": str(tmp_path / "sources.toml"),
    }
    for name, value in (settings | environment(root)).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(root)
    (tmp_path / "sources.toml").write_text("")
    return root


def form_context(*texts: str, field: str = "sources") -> dict:
    """Return the context of a run started by the form, with texts in one of its fields."""
    params = {"night": "2026-03-02", field: list(texts), "content": "article"}
    return {"params": params, "dag_run": dag_run(run_type="manual", run_id="by hand", start_date=None)}


@pytest.mark.parametrize("field", ["sources", "files"])
@pytest.mark.parametrize("i", range(len(HOSTILE)), ids=lambda i: ascii(HOSTILE[i])[1:40])
def test_no_text_of_the_form_has_a_guarded_file_read(airflow_home, project, i, field):
    from newsmill import pipeline
    from newsmill.errors import Permanent
    from newsmill_bridge import make_run

    with suppress(Permanent):
        run = make_run(form_context(texts(project)[i], field=field))
        for name in pipeline.UNITS["dump"](run):
            pipeline.run_step("fetch", run, name)
    assert list(leaks(project / "data")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{night:.secrets}/key.txt",
        "{night:..}/outside/secret.txt",
        "{env:HOME}/key.txt",
        "dumps/linked/secret.txt",
        "./data",
        "/etc/passwd",
    ],
)
def test_a_refused_text_fails_the_task_at_once_and_says_what_to_do(airflow_home, project, text):
    from newsmill.errors import Permanent
    from newsmill_bridge import make_run

    with pytest.raises(Permanent, match=r"may not be read: it .*Nothing was read; "):
        make_run(form_context(text))


def hostile_list(folder: Path, root: Path, web: str) -> list[str]:
    """Write a list with all allowed hostile texts, as a location, a manifest and a redirect."""
    from newsmill.sources import locations

    entries = {
        f"text-{i}": {"location": text}
        for i, text in enumerate(texts(root))
        if text.strip() and not locations.placeholder_error(text) and "\0" not in text
    }
    (root / "list.txt").write_text("\n".join(texts(root)), encoding="utf8")
    entries["manifest"] = {"location": "list.txt", "list": "manifest"}
    entries["web-manifest"] = {"location": f"{web}/list.txt", "list": "manifest", "base": f"{root}/dumps"}
    entries |= {f"redirect-{i}": {"location": f"{web}/{i}.txt"} for i in range(len(HOSTILE))}
    lines = [
        f"[{name}]\n"
        + "\n".join(f"{key} = {json.dumps(value)}" for key, value in entry.items())
        + "\nlimits = { tries = 1 }"
        for name, entry in entries.items()
    ]
    (folder / "sources.toml").write_text("\n".join(lines), encoding="utf8")
    return list(entries)


def test_a_whole_night_loads_nothing_guarded_into_the_warehouse(airflow_home, project, tmp_path):
    from newsmill import pipeline
    from newsmill_bridge import make_run

    server, site = serve()
    for i, text in enumerate(texts(project)):
        site.says(f"/{i}.txt", 302, Location=text)
    site.file("/list.txt", "\n".join(texts(project)).encode())
    (project / "dumps" / "2026-03-02.txt").write_text(STORY, encoding="utf8")
    names = hostile_list(tmp_path, project, site.address)
    run = make_run(form_context("dumps/{night}.txt", *names))
    for step in (step for row in pipeline.steps() for step in row):
        for unit in pipeline.UNITS[step.over](run) if step.over != "night" else (None,):
            pipeline.run_step(step.name, run, unit)
    server.shutdown()
    server.server_close()
    with duckdb.connect(str(project / "data" / "warehouse" / "news.duckdb"), read_only=True) as con:
        names = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        counted = "SELECT count(*) FROM {} AS line WHERE contains(CAST(line AS VARCHAR), $1)"
        held = [name for (name,) in names if con.execute(counted.format(name), [CANARY]).fetchone()[0]]
        assert con.execute("SELECT count(*) FROM dw.dim_article WHERE contains(text, 'Brannock')").fetchone()[0] > 0
        listed = "SELECT dump, stage FROM ops.rejected UNION ALL SELECT dump, stage FROM ops.note"
        fetched = con.execute(f"SELECT count(DISTINCT dump) FROM ({listed}) WHERE stage = 'fetch'").fetchone()
    assert held == [] and list(leaks(project / "data")) == []
    assert fetched[0] > 100, "each hostile dump is a row that says why"
