"""The seam to Airflow: one function resolves the night of a run, and the DAG is exactly the pipeline."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from hostile_paths import CANARY, HOSTILE, build_project, environment, leaks, texts
from websites import serve

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory):
    """Set Airflow's environment before the import, with a separate database."""
    folder = tmp_path_factory.mktemp("airflow")
    settings = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
    with pytest.MonkeyPatch.context() as environment:  # an Airflow that a later test starts must not inherit it
        for name, value in settings.items():
            environment.setenv(name, value)
        yield folder


@pytest.fixture(scope="module")
def dag(airflow_home):
    """Return the DAG as parsed by Airflow."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags"))
    assert not bag.import_errors, bag.import_errors
    return bag.dags["news_nightly"]


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
    listings = {f"list_{step.over}s" for step in steps.values() if step.over != "night"}
    assert set(dag.task_ids) == steps.keys() | listings
    for name, step in steps.items():
        task = dag.get_task(name)
        assert task.is_mapped == (step.over != "night"), name
        assert dag.get_task(name).partial_kwargs["doc_md"] if task.is_mapped else task.doc_md


def test_the_tasks_of_a_row_wait_for_all_of_the_row_before(dag):
    from newsmill import pipeline

    rows = [{step.name for step in row} for row in pipeline.steps()]
    for before, row in pairwise(rows):
        for name in row:
            assert before <= dag.get_task(name).get_flat_relative_ids(upstream=True), name
            assert not row & dag.get_task(name).get_flat_relative_ids(upstream=True), name


def test_rows_of_several_tasks_behind_one_another_wait_as_whole_rows(airflow_home, monkeypatch):
    from airflow.sdk import DAG, chain

    import newsmill_bridge
    from newsmill import pipeline

    rows = [["a"], ["b", "c"], ["d", "e", "f"]]
    steps = [[pipeline.Step(name, "night", lambda run, unit: None, name) for name in row] for row in rows]
    monkeypatch.setattr(pipeline, "steps", lambda: steps)
    with DAG("rows", schedule=None) as made:
        chain(*newsmill_bridge.nightly_tasks())
    assert all(made.get_task(name).upstream_task_ids == {"b", "c"} for name in "def")
    assert set(made.task_ids) == set("abcdef")


def test_writers_queue_for_the_one_slot(dag):
    pools = {task.task_id: task.pool for task in dag.tasks}
    assert {name for name, pool in pools.items() if pool == "warehouse"} == {"load", "audit", "publish"}


def test_publish_updates_the_warehouse_asset(dag):
    assert [asset.name for asset in dag.get_task("publish").outlets] == ["newsmill_warehouse"]


def test_a_permanent_error_is_not_retried_and_a_transient_one_is(airflow_home):
    from airflow.sdk.exceptions import AirflowFailException

    from newsmill.errors import Permanent, Transient
    from newsmill_bridge import _call_newsmill

    def fail(error):
        raise error

    with pytest.raises(AirflowFailException, match="broken for good"):
        _call_newsmill(fail, Permanent("broken for good"))
    with pytest.raises(Transient):
        _call_newsmill(fail, Transient("busy"))


def test_a_home_in_a_wrong_state_fails_the_first_task_in_the_words_of_the_command_line(
    airflow_home, monkeypatch, tmp_path
):
    from airflow.sdk.exceptions import AirflowFailException

    import newsmill_bridge
    from newsmill.runs import Run

    run = Run(tmp_path, date(2026, 3, 2), "2026-03-02-scheduled")
    run.warehouse.mkdir()
    (run.warehouse / "news.duckdb").write_bytes(b"a copy that kept no link")
    monkeypatch.setattr(newsmill_bridge, "get_current_context", dict)
    monkeypatch.setattr(newsmill_bridge, "make_run", lambda context: run)
    message = r"BrokenHome: .*news\.duckdb.*run: python -m newsmill snapshots adopt"
    with pytest.raises(AirflowFailException, match=message):
        newsmill_bridge._make_listing("dump").function()
    newsmill_bridge.note_failure({})
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse"], "what is refused is not written to"


def test_an_error_that_quotes_a_stranger_is_one_line_of_the_log_of_its_task(airflow_home):
    from airflow.sdk.exceptions import AirflowFailException

    from newsmill.errors import Permanent
    from newsmill_bridge import _call_newsmill

    def fail():
        raise Permanent("the title \x1b]0;owned\x07\nforged line \u202etxt cannot be read")

    with pytest.raises(AirflowFailException) as failed:
        _call_newsmill(fail)
    assert str(failed.value).isprintable() and "\\nforged line" in str(failed.value)


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


def form_context(*sources: str) -> dict:
    """Return the context of a run started by the form."""
    params = {"night": "2026-03-02", "sources": list(sources), "content": "article"}
    return {"params": params, "dag_run": dag_run(run_type="manual", run_id="by hand", start_date=None)}


@pytest.mark.parametrize("i", range(len(HOSTILE)), ids=lambda i: ascii(HOSTILE[i])[1:40])
def test_no_text_of_the_form_has_a_guarded_file_read(airflow_home, project, i):
    from airflow.sdk.exceptions import AirflowFailException

    from newsmill import pipeline
    from newsmill.errors import Permanent
    from newsmill_bridge import make_run

    with suppress(AirflowFailException, Permanent):
        run = make_run(form_context(texts(project)[i]))
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
    from airflow.sdk.exceptions import AirflowFailException

    from newsmill_bridge import make_run

    with pytest.raises(AirflowFailException, match=r"may not be read: it .*Nothing was read; "):
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
        fetched = con.execute("SELECT count(DISTINCT dump) FROM ops.rejected WHERE stage = 'fetch'").fetchone()
    assert held == [] and list(leaks(project / "data")) == []
    assert fetched[0] > 100, "each hostile dump is a row that says why"
