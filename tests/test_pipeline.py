"""The steps of a night: selected dumps, rows of steps, and versions of rules."""

import hashlib
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from graphlib import CycleError

import pyarrow as pa
import pytest
from rich.console import Console

from newsmill import night, pipeline, runs, settings, workers
from newsmill.contracts import NIGHT
from newsmill.decisions import RecordDecision
from newsmill.errors import Permanent
from newsmill.progress import StepProgress
from newsmill.relations import ARTICLES, FIRST_INSTANCES, MENTIONS, PAGES, RECEIPTS, RUNS, noted, rejected
from newsmill.stage import stage


def test_all_dumps_are_fetched_where_nothing_is_asked_for(run):
    assert {"harbor-wire", "metro-pages"} <= pipeline.select_dumps(run).keys()


def test_places_are_fetched_instead_and_together_with_the_dumps_that_are_named(run):
    (dump_name,) = pipeline.select_dumps(replace(run, sources=("/dumps/tonight.jsonl",)))
    assert dump_name.startswith("tonight")
    both = pipeline.select_dumps(replace(run, sources=("/dumps/tonight.jsonl",), dumps=("harbor-wire",)))
    assert both.keys() == {dump_name, "harbor-wire"}


def test_a_dump_that_is_not_listed_is_named(run):
    with pytest.raises(Permanent, match="lists no source harbour"):
        pipeline.select_dumps(replace(run, dumps=("harbour",)))


def test_a_dump_that_is_not_there_is_forgotten_when_others_are_asked_for(run):
    row = {
        "page_id": "typo",
        "dump": "typo",
        "dump_file": "typo.jsonl",
        "record_no": 0,
        "stage": "fetch",
        "reason": "not_fetched",
        "detail": "x",
    }
    run.lake.write(rejected("fetch"), run.night, "typo", pa.Table.from_pylist([row], rejected("fetch").schema))
    assert pipeline.UNITS["dump"](replace(run, dumps=("harbor-wire",))) == ["harbor-wire"]
    assert run.lake.parts(rejected("fetch"), run.night) == []


def test_a_dump_that_is_not_there_is_a_note_and_a_night_without_any_says_so(run):
    gone = replace(run, sources=("/no/such/place.jsonl",))
    (name,) = pipeline.UNITS["dump"](gone)
    step_receipt = pipeline.run_step("fetch", gone, name)
    assert (step_receipt.rows_in, step_receipt.rejected) == (0, 0)
    (row,) = run.lake.read(noted("fetch"), run.night).to_pylist()
    assert (row["reason"], row["dump"]) == ("nothing_new", name)
    assert run.lake.read(rejected("fetch"), run.night).num_rows == 0
    with pytest.raises(Permanent, match="/no/such/place"):
        pipeline.UNITS["bundle"](gone)


def test_a_decision_on_a_dump_that_could_not_be_fetched_concerns_its_night(run, tmp_path):
    lost = replace(run, sources=(f"{tmp_path}/none/*.jsonl",))
    (tmp_path / "none").write_text("no folder")
    (name,) = pipeline.UNITS["dump"](lost)
    pipeline.run_step("fetch", lost, name)
    rows = [row for to in (rejected("fetch"), noted("fetch")) for row in run.lake.read(to, run.night).to_pylist()]
    (row,) = rows
    decision = RecordDecision("discard", "Ada", datetime(2026, 3, 3, tzinfo=UTC), "So.", record=row["page_id"])
    assert decision.concerns(run.night) and not decision.concerns(date(2026, 1, 1))


def declare_stage(name: str, *reads, writes: str, per: str = "part"):
    written = replace(MENTIONS, name=writes)
    function = {name: lambda *tables: tables}[name]
    function.__name__ = name
    return stage(reads=reads, writes=(written,), per=per, version="1")(function)


def test_an_extractor_that_reads_what_another_writes_is_in_a_later_row():
    names, places = replace(MENTIONS, name="names"), replace(MENTIONS, name="places")
    names_extractor = declare_stage("names", ARTICLES.among(FIRST_INSTANCES), writes="names")
    dates_extractor = declare_stage("dates", ARTICLES, NIGHT, writes="dates")
    places_extractor = declare_stage("places", ARTICLES, names, writes="places")
    routes_extractor = declare_stage("routes", places.whole, writes="routes")
    rows = pipeline.group_into_rows([dates_extractor, names_extractor, places_extractor, routes_extractor])
    assert rows == [[dates_extractor, names_extractor], [places_extractor], [routes_extractor]]
    assert pipeline.group_into_rows([routes_extractor, places_extractor, names_extractor, dates_extractor]) == [
        [names_extractor, dates_extractor],
        [places_extractor],
        [routes_extractor],
    ]


def test_extractors_that_wait_for_each_other_are_no_night():
    one = declare_stage("one", replace(MENTIONS, name="other"), writes="one")
    other = declare_stage("other", replace(MENTIONS, name="one"), writes="other")
    with pytest.raises(CycleError):
        pipeline.group_into_rows([one, other])


def test_places_are_read_after_the_names_they_need_and_all_extractors_between_dedupe_and_check():
    rows = [[step.name for step in row] for row in pipeline.steps()]
    row_of = {name: number for number, row in enumerate(rows) for name in row}
    assert row_of["mentions"] < row_of["places"]
    extractors = pipeline.load_extractors()
    assert {row_of[name] for name in extractors} == set(range(row_of["dedupe"] + 1, row_of["check"]))


def test_the_steps_of_a_row_list_their_units_once_before_the_night_is_copied(run):
    (row,) = (row for row in pipeline.steps() if "copy" in [step.name for step in row])
    assert len([step for step in row if step.over == "part"]) > 1
    listed, progress = [], StepProgress(Console(quiet=True))
    with workers.open_pool(1) as pool:
        night.run_row(run, row, {"part": lambda _: listed.append(run) or []}, pool, progress)
    assert listed == [run]
    assert [receipt["stage"] for receipt in run.lake.read(RECEIPTS, run.night).to_pylist()] == ["copy"]


def test_parts_are_surveyed_as_they_are_read_and_those_of_an_earlier_run_are_not(run):
    for part in ("kept", "again"):
        run.lake.write(PAGES, run.night, part, PAGES.empty())
    with workers.open_pool(1) as pool:
        surveys = night.EarlySurveys(run, pool)
        surveys.begin()
        assert not surveys.begun
        for part in ("again", "new"):
            run.lake.write(PAGES, run.night, part, PAGES.empty())
        surveys.begin()
        surveys.begin()
        assert {future.result().part for future in surveys.begun.values()} == {"again", "new"} == {*surveys.begun}
    assert [receipt["stage"] for receipt in run.lake.read(RECEIPTS, run.night).to_pylist()] == ["survey", "survey"]


def test_a_run_that_is_published_stays_so_if_a_later_error_ends_the_process(run):
    for status, expected in (("running", "failed"), ("published", "published")):
        runs.record_run(run, status, {})
        pipeline.record_unpublished(run, None)
        assert [row["status"] for row in run.lake.read(RUNS, run.night).to_pylist()] == [expected]


def test_the_rules_of_a_run_depend_on_the_stages_and_on_their_data():
    rules = pipeline.collect_rule_versions()
    assert {"clean", "dedupe", "mentions", "quotes", "known"} <= rules.keys()
    assert len(rules["known"]) == 64


@pytest.mark.parametrize(
    "name", ["presets.py", "readers/presets.toml", "site_hosts.py", "time_zones.py", "readers/fields.py"]
)
def test_the_rules_of_a_run_change_with_each_deciding_file(name, tmp_path, monkeypatch):
    package = shutil.copytree(settings.PACKAGE, tmp_path / "newsmill", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(settings, "PACKAGE", package)
    before = pipeline.hash_rules.__wrapped__()["known"]
    with package.joinpath(name).open("a") as file:
        file.write("\n")
    assert pipeline.hash_rules.__wrapped__()["known"] != before


def test_every_trained_model_is_declared_by_a_stage_and_part_of_the_rules():
    models = {name: file for stage in pipeline.list_stages() for name, file in stage.models.items()}
    named = {path for path in settings.PACKAGE.glob("*/*model.*") if path.suffix != ".py"}
    weights = (settings.PACKAGE / "quotes" / name for name in ("antecedents.json", "speech.json", "statements.json"))
    assert set(models.values()) == {*named, *weights}
    rules = pipeline.collect_rule_versions()
    for name, file in models.items():
        assert rules[f"model:{name}"] == hashlib.sha256(file.read_bytes()).hexdigest()
