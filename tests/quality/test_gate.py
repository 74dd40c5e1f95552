"""The gate closes on critical failures, notes the others, and records both."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pytest

from newsmill.errors import GateClosed
from newsmill.expectations import CRITICAL, WARNING, after, between, different, one_of, present, unique
from newsmill.quality import gate
from newsmill.quality.suites import LAKE_SUITES, TABLE_SUITES, Suite
from newsmill.relations import MENTIONS, PLACES, QUALITY_RESULTS, QUOTES, RECEIPTS, noted, rejected, withheld
from newsmill.runs import Run

pytestmark = pytest.mark.slow

FUTURE = datetime(2031, 1, 1, tzinfo=UTC)


def results(run: Run, **wanted) -> list[dict]:
    """Return the run's results that have the wanted values."""
    rows = run.lake.read(QUALITY_RESULTS, run.night, f"{run.run_id}-check").to_pylist()
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def rejects(run: Run, name: str) -> list[dict]:
    """Return what the check lists as withheld pages (check) or withheld rows (rows)."""
    return run.lake.read(rejected(name), run.night).to_pylist()


def spoil(rows: list[dict], number: int, **changes) -> None:
    rows[number - 1].update(changes)


@pytest.fixture(scope="module")
def checked(made, tmp_path_factory):
    """Return a night of 200 articles with a future date and a withheld row in it, checked twice."""
    run = Run(tmp_path_factory.mktemp("home"), made.NIGHT, "2026-11-22-manual-1")
    night = made.night_of(200)
    spoil(night["articles"], 3, published_at=FUTURE)
    spoil(night["quotes"], 5, speaker_confidence=1.5)
    made.write_night(run, night)
    before = {path for path in run.home.parent.rglob("*") if run.home not in path.parents}
    summaries = [gate.check(run), gate.check(run)]
    return run, summaries, {path for path in run.home.parent.rglob("*") if run.home not in path.parents} - before


def test_a_faulty_row_costs_that_row_and_its_article_is_kept(checked):
    run, summaries, _ = checked
    assert rejects(run, "check") == []
    (row,) = rejects(run, "rows")
    assert (row["dump"], row["record_no"], row["stage"], row["row_count"]) == ("harbour", 5, "check", 1)
    assert row["reason"] == "quotes_speaker_confidence_from_0_to_1"
    assert row["detail"].startswith("withheld from the load, the article is loaded: expected of quotes speaker_conf")
    assert "speaker_confidence 1.5" in row["detail"] and "The ferry sails" in row["detail"]
    (kept,) = run.lake.read(withheld(QUOTES), run.night).to_pylist()
    assert (kept["page_id"], kept["speaker_confidence"]) == (row["page_id"], 1.5)
    assert summaries[0].rejected == summaries[1].rejected == 1
    assert summaries[0].rows_in == summaries[0].rows_out + 1 == 9 * 200


def test_a_row_that_fails_a_warning_is_noted_and_not_withheld(checked):
    run, _, _ = checked
    (row,) = run.lake.read(noted("check"), run.night).to_pylist()
    assert (row["record_no"], row["stage"], row["row_count"]) == (3, "check", 1)
    assert row["detail"].startswith("loaded all the same")


def test_every_expectation_leaves_one_result(checked):
    run, _, _ = checked
    table = run.lake.read(QUALITY_RESULTS, run.night)
    assert table.group_by(list(QUALITY_RESULTS.grain)).aggregate([]).num_rows == table.num_rows > 100
    assert pc.sum(table.column("broken")).as_py() == 0
    (late,) = results(run, success=False, severity=WARNING, suite="articles")
    assert (late["target"], late["unexpected_count"], late["element_count"]) == ("articles.days_after_night", 1, 200)


def test_the_data_docs_show_the_run_once_though_it_ran_twice(checked):
    run, _, _ = checked
    docs = run.home / "quality" / "data_docs"
    assert not docs.exists(), "pages are drawn after publishing"
    gate.draw_data_docs(run)
    assert (docs / "index.html").read_text().count(f"<h2>{run.run_id}</h2>") == 1
    (page,) = (docs / "validations" / "articles").rglob("*.html")
    assert page.relative_to(docs).as_posix() in (docs / "index.html").read_text()
    assert "no later than a day after the night" in page.read_text()


def test_a_check_writes_nothing_outside_its_home(checked):
    assert checked[2] == set()


def test_a_night_without_articles_closes_the_gate_after_all_is_on_record(made, run):
    made.write_night(run, {})
    with pytest.raises(GateClosed, match="night: articles: the night has articles") as closed:
        gate.check(run)
    docs = run.home / "quality" / "data_docs"
    assert str(docs / "index.html") in str(closed.value) and (docs / "index.html").is_file()
    assert list((docs / "validations" / "night").rglob("*.html")), "the message names pages that exist"
    assert results(run, suite="night", severity=CRITICAL, success=False)
    assert run.lake.read(RECEIPTS, run.night).num_rows == 1


def test_more_faulty_rows_than_allowed_close_the_gate_and_name_the_dump_to_leave_out(made, run):
    night = made.night_of(50)
    for number in range(1, 5):
        spoil(night["articles"], number, language_confidence=-1.0)
    made.write_night(run, night)
    with pytest.raises(GateClosed, match="language_confidence: from 0 to 1: 4 of 50 rows do not hold") as closed:
        gate.check(run)
    message = str(closed.value)
    assert "relation articles, allowed_rows 3, withheld_rows 4" in message
    assert f"python -m newsmill forget 2026-11-22 harbour --home {run.home}, then run the night again" in message
    assert "NEWSMILL_MAX_FAULTY_SHARE" in message
    assert len(rejects(run, "check")) == 4, "what is wrong is on record all the same"


def test_the_share_of_rows_that_may_be_withheld_is_a_setting(made, run, monkeypatch):
    night = made.night_of(50)
    for number in range(1, 5):
        spoil(night["quotes"], number, speaker_confidence=-1.0)
    made.write_night(run, night)
    monkeypatch.setenv("NEWSMILL_MAX_FAULTY_SHARE", "0.1")
    assert gate.check(run).rejected == 4


def test_faults_of_several_kinds_add_up_within_a_relation(made, run):
    night = made.night_of(50)
    for number in (1, 2):
        spoil(night["mentions"], number, confidence=2.0)
        spoil(night["mentions"], number + 10, sentence_index=-1)
    made.write_night(run, night)
    with pytest.raises(GateClosed, match="relation mentions, allowed_rows 3, withheld_rows 4"):
        gate.check(run)


def test_a_few_faulty_articles_of_a_small_night_are_withheld_with_their_pages(made, run):
    night = made.night_of(31)
    for number in (4, 5, 6):
        spoil(night["articles"], number, word_count=0)
        spoil(night["quotes"], number, speaker_confidence=2.0)
    for number in range(8, 32):
        spoil(night["quotes"], number, speaker_confidence=0.9, speaker_char_start=None, speaker_char_end=None)
    made.write_night(run, night)
    summary = gate.check(run)
    assert summary.rejected == 6
    assert {row["record_no"] for row in rejects(run, "check")} == {4, 5, 6}
    assert {row["reason"] for row in rejects(run, "rows")} == {"quotes_speaker_confidence_from_0_to_1"}


def test_of_rows_that_are_alike_the_surest_is_kept_then_the_smallest(made, run):
    night = made.night_of(31)
    night["places"] += [
        made.place(4, confidence=0.95, surface="Gjøvik town"),
        made.place(4, confidence=0.3),
        made.place(9, rule="area"),
    ]
    made.write_night(run, night)
    assert gate.check(run).rejected == 3
    assert {(row["record_no"], row["row_count"]) for row in rejects(run, "rows")} == {(4, 2), (9, 1)}
    withheld_rows = run.lake.read(withheld(PLACES), run.night).to_pylist()
    assert sorted((row["confidence"], row["rule"]) for row in withheld_rows) == [
        (0.3, "place_tag"),
        (0.9, "place_tag"),
        (0.9, "place_tag"),
    ]
    assert {row["reason"] for row in rejects(run, "rows")} == {"places_page_id_char_start_no_two_alike"}


def test_a_sound_row_is_kept_of_two_that_are_alike_and_two_equal_ones_leave_one(made, run):
    night = made.night_of(31)
    night["mentions"] += [made.mention(2, confidence=7.0), made.mention(3)]
    made.write_night(run, night)
    assert gate.check(run).rejected == 2
    withheld_rows = run.lake.read(withheld(MENTIONS), run.night).to_pylist()
    assert [(row["page_id"][-1], row["confidence"]) for row in withheld_rows] == [("2", 7.0), ("3", 0.7)]
    assert run.lake.read(withheld(PLACES), run.night).num_rows == 0, "their places lie in the mention that is kept"


def test_a_place_is_withheld_with_the_mention_that_contains_it(made, run):
    night = made.night_of(31)
    spoil(night["mentions"], 5, confidence=7.0)
    night["places"].append(made.place(5, char_start=400, char_end=410))
    made.write_night(run, night)
    assert gate.check(run).rejected == 2
    (withheld_rows,) = run.lake.read(withheld(PLACES), run.night).to_pylist()
    assert (withheld_rows["page_id"], withheld_rows["char_start"]) == (night["places"][4]["page_id"], 10)
    reasons = {row["reason"]: row["detail"] for row in rejects(run, "rows")}
    assert reasons.keys() == {"mentions_confidence_from_0_to_1", "places_reference_withheld"}
    assert "the row of mentions they lie in" in reasons["places_reference_withheld"]


def test_a_page_row_that_came_twice_costs_one_of_both_and_no_page(made, run):
    night = made.night_of(31)
    for name in ("pages", "articles"):
        night[name].append(dict(night[name][7]))
    made.write_night(run, night)
    gate.check(run)
    assert rejects(run, "check") == []
    assert {row["reason"] for row in rejects(run, "rows")} == {
        "pages_page_id_no_two_alike",
        "articles_page_id_no_two_alike",
    }


def test_what_was_withheld_is_forgotten_when_the_night_is_sound_again(made, run):
    night = made.night_of(31)
    spoil(night["quotes"], 4, speaker_confidence=2.0)
    made.write_night(run, night)
    gate.check(run)
    made.write_night(run, made.night_of(31))
    assert gate.check(run).rejected == 0
    assert rejects(run, "rows") == [] and run.lake.parts(withheld(QUOTES), run.night) == []


def test_a_row_of_no_page_closes_the_gate_since_nothing_can_be_withheld_for_it(run):
    frame = pd.DataFrame({"page_id": ["p", None], "confidence": [0.5, 2.0]})
    suite = Suite("mentions", "mentions", ("page_id",), (between("confidence", 0, 1, "from 0 to 1"),), by_row=True)
    verdict = gate.validate([(suite, frame)], "check", run)
    with pytest.raises(GateClosed, match="confidence: from 0 to 1: 1 of 2 rows"):
        verdict.enforce()


def test_a_dump_that_loses_too_much_is_named_with_what_to_do(made, run):
    made.write_night(run, made.night_of(14), max_reject_share=0.2)
    away = made.turned_away(*((n, "harbour", "empty") for n in range(101, 107)))
    run.lake.write(rejected("clean"), run.night, "harbour-0001-0001", away)
    with pytest.raises(GateClosed, match=r"dump harbour: 30% of its records .* 20% may be") as closed:
        gate.check(run)
    assert "raise max_reject_share in sources.toml" in str(closed.value)
    assert "python -m newsmill forget 2026-11-22 harbour" in str(closed.value)


def test_only_earlier_nights_are_history(made, run):
    made.write_night(run, made.night_of(4))
    made.write_night(run, made.night_of(40), night=run.night + timedelta(days=1))
    gate.check(run)
    assert results(run, suite="night", success=False) == []
    later = replace(run, night=run.night + timedelta(days=1), run_id="2026-11-23-manual-1")
    gate.check(later)
    (volume,) = results(later, suite="night", success=False)
    assert volume["severity"] == WARNING and "volume_ratio" in volume["expectation"]


def test_a_check_that_breaks_is_distinguished_from_data_that_fail(run):
    suite = Suite("s", "dw.s", ("k",), (present("k"), between("absent", 0, 1, "from 0 to 1")))
    verdict = gate.validate([(suite, pd.DataFrame({"k": [1, 2]}))], "audit", run)
    sound, broken = verdict.findings
    assert sound.success and not sound.broken
    assert (broken.success, broken.broken) == (False, True)
    assert verdict.results.column("broken").to_pylist() == [False, True]
    with pytest.raises(GateClosed, match=r"dw\.s: absent: from 0 to 1: THE CHECK ITSELF BROKE"):
        verdict.enforce()


def test_a_failed_proof_closes_the_gate_like_any_expectation(run):
    suite = Suite("s", "dw.s", ("k",), (present("k"),))
    proof = {
        "run_id": run.run_id,
        "gate": "audit",
        "suite": "proofs",
        "target": "dw.s",
        "expectation": "the grain is unique",
        "severity": CRITICAL,
        "success": False,
        "broken": False,
        "observed": "[[7, 2]]",
        "unexpected_count": 1,
        "element_count": 9,
    }
    verdict = gate.validate([(suite, pd.DataFrame({"k": [1]}))], "audit", run, [proof])
    with pytest.raises(GateClosed, match=r"dw\.s: the grain is unique: 1 of 9 rows do not hold, such as .*7, 2"):
        verdict.enforce()


def test_a_warning_closes_nothing_and_is_recorded(run):
    suite = Suite("s", "dw.s", ("k",), (between("k", 0, 1, "from 0 to 1", WARNING),))
    verdict = gate.validate([(suite, pd.DataFrame({"k": [1, 2]}))], "audit", run)
    verdict.enforce()
    assert [f.observed for f in verdict.warnings] == [{"k": [2]}]


def test_empty_tables_meet_their_suites(run):
    pairs = [(suite, pd.DataFrame(columns=list(suite.columns))) for suite in TABLE_SUITES]
    verdict = gate.validate(pairs, "audit", run)
    assert [f.sentence() for f in verdict.findings if not f.success] == []


def test_a_column_without_any_value_is_no_fault_of_the_optional(made, run):
    night = made.night_of(5)
    silent = {name: None for name in night["quotes"][0] if name.startswith(("cue", "speaker"))}
    silent["speaker_confidence"] = 0
    for number in range(1, 6):
        spoil(night["quotes"], number, **silent)
        spoil(night["articles"], number, published_at=None, title=None)
    made.write_night(run, night)
    gate.check(run)
    assert results(run, success=False, suite="quotes") == results(run, success=False, suite="articles") == []


ONE_SUITE = Suite("s", "dw.s", ("k",), (present("k"), between("v", 0, 1, "from 0 to 1", WARNING)))


def validate_small(home: Path, day: int, faulty: bool = False) -> Run:
    """Validate a table of two rows in a run that started on a day of January."""
    began = datetime(2026, 1, day, tzinfo=UTC)
    run = Run(home, began.date(), f"{began.date()}-manual", started_at=began)
    frame = pd.DataFrame({"k": [1, 2], "v": [0.5, 7.0 if faulty else 0.5], "unchecked": ["a", "b"]})
    gate.validate([(ONE_SUITE, frame)], "audit", run)
    return run


def shown_runs(home: Path) -> set[str]:
    return {path.parts[-3] for path in (home / "quality" / "data_docs" / "validations").rglob("*.html")}


def test_runs_beyond_the_latest_are_forgotten_by_the_data_docs(run, monkeypatch):
    monkeypatch.setattr(gate, "RUNS_SHOWN", 2)
    for day in (1, 2, 3):
        gate.draw_data_docs(validate_small(run.home, day))
    assert shown_runs(run.home) == {"2026-01-02-manual", "2026-01-03-manual"}
    assert {path.name for path in (run.home / "quality" / "results").iterdir()} == shown_runs(run.home)
    index = (run.home / "quality" / "data_docs" / "index.html").read_text()
    assert "2026-01-01-manual" not in index and "2026-01-02-manual" in index


def test_a_run_repeated_from_the_load_on_keeps_the_pages_of_its_check(run):
    frame, checked = pd.DataFrame({"k": [1, 2], "v": [0.5, 0.5]}), replace(ONE_SUITE, name="checked")
    for started_at in (run.started_at, run.started_at + timedelta(hours=1)):
        again = replace(run, started_at=started_at)
        if again == run:
            gate.validate([(checked, frame)], "check", again)
        gate.validate([(ONE_SUITE, frame)], "audit", again)
        gate.draw_data_docs(again)
    pages = (run.home / "quality" / "data_docs" / "validations").rglob("*.html")
    assert sorted(page.parts[-4] for page in pages) == ["checked", "s"]
    index = (run.home / "quality" / "data_docs" / "index.html").read_text()
    assert index.count("<h2>") == 1 and "<td>check</td>" in index and "<td>audit</td>" in index


def count_files_opened(work: Callable[[], None], folder: Path) -> Counter:
    """Count the files below a folder that some work opens, by suffix and mode."""
    opened: Counter = Counter()
    is_counting = True

    def note(event: str, arguments: tuple) -> None:
        if is_counting and event == "open" and str(arguments[0]).startswith(str(folder)):
            opened[Path(str(arguments[0])).suffix, str(arguments[1])] += 1

    sys.addaudithook(note)
    work()
    is_counting = False
    return opened


def test_the_files_read_and_written_for_a_night_do_not_depend_on_the_number_of_nights(run, monkeypatch):
    monkeypatch.setattr(gate, "RUNS_SHOWN", 3)
    opened = {}
    for day in range(1, 12):
        opened[day] = count_files_opened(
            lambda day=day: gate.draw_data_docs(validate_small(run.home, day)), run.home / "quality"
        )
    assert opened[4] == opened[11], "runs are removed from the fourth night on"
    assert opened[11][".html", "w"] == 1, "the page of this night, and no other"


def test_a_page_that_cannot_be_drawn_fails_no_night_and_the_next_night_draws_it(run):
    docs = run.home / "quality" / "data_docs"
    docs.mkdir(parents=True)
    (docs / "validations").write_text("a file where a folder is needed")
    gate.draw_data_docs(validate_small(run.home, 1))
    assert shown_runs(run.home) == set() and (docs / "index.html").is_file()
    (docs / "validations").unlink()
    gate.draw_data_docs(validate_small(run.home, 2))
    assert shown_runs(run.home) == {"2026-01-01-manual", "2026-01-02-manual"}


def test_a_damaged_result_costs_the_pages_of_its_run_only(run, caplog):
    validate_small(run.home, 1)
    (damaged,) = (run.home / "quality" / "results").rglob("night.json")
    damaged.write_text("{")
    gate.draw_data_docs(validate_small(run.home, 2))
    assert shown_runs(run.home) == {"2026-01-02-manual"}
    assert "the Data Docs of 2026-01-01-manual are not drawn" in caplog.text


@pytest.fixture
def validated(monkeypatch) -> list[tuple[set[str], list[str], str]]:
    """Note the columns, the expectations and the format of each validation in GX."""
    noted, validate_batch = [], gate._validate_batch

    def note(batch, name, expected, result_format):
        expected = list(expected)
        columns = set(batch.data.dataframe.columns)
        noted.append((columns, [expectation.meta["name"] for expectation in expected], result_format))
        return validate_batch(batch, name, expected, result_format)

    monkeypatch.setattr(gate, "_validate_batch", note)
    return noted


def test_gx_gets_the_columns_of_the_expectations_and_no_others(run, validated):
    validate_small(run.home, 1)
    assert validated == [({"k", "v"}, ["k: never missing", "v: from 0 to 1"], "BASIC")]


def test_only_the_expectations_that_fail_are_asked_for_the_failing_rows(run, validated):
    validate_small(run.home, 1, faulty=True)
    assert [names for _, names, kind in validated if kind == "COMPLETE"] == [["v: from 0 to 1"]]


def test_a_sound_night_is_validated_once_for_each_suite(made, run, validated):
    made.write_night(run, made.night_of(31))
    gate.check(run)
    assert {kind for _, _, kind in validated} == {"BASIC"}
    assert len(validated) == len(LAKE_SUITES) + 4


def test_gx_hashes_no_frame(run, monkeypatch):
    from great_expectations.execution_engine import pandas_execution_engine

    hashed = []
    monkeypatch.setattr(pandas_execution_engine, "hash_pandas_dataframe", hashed.append)
    validate_small(run.home, 1)
    assert hashed == []


def test_an_error_waits_for_the_frame_that_is_being_selected(run):
    """The caller closes the connection next, and a query in a thread would keep it open."""
    suite = Suite("s", "dw.s", ("k",), (present("k"),))
    selected = []

    def select_frames():
        yield suite, None  # no frame: the validation raises
        time.sleep(0.3)
        selected.append("second")
        yield suite, pd.DataFrame({"k": [1]})

    with pytest.raises(AttributeError) as caught:
        gate.validate(select_frames(), "audit", run)
    assert selected == ["second"], caught


def test_rows_without_a_value_are_left_out_and_failing_rows_are_found_by_any_kind_of_expectation(run):
    frame = pd.DataFrame(
        {
            "page_id": ["p1", "p2", "p3", "p4"],
            "start": [1.0, None, 5.0, 7.0],
            "end": [2.0, 3.0, None, 6.0],
            "word": ["a", "a", None, "b"],
        }
    )
    expected = (
        between("start", 0, 6, "near"),
        after("end", "start", "in order"),
        different("start", "end"),
        unique("word", "page_id"),
        one_of("word", ("a",)),
    )
    verdict = gate.validate([(Suite("odd", "odd", ("page_id",), expected), frame)], "check", run)
    failing = [list(finding.failing.get("page_id", ())) for finding in verdict.findings]
    assert not any(finding.broken for finding in verdict.findings)
    assert failing == [["p4"], ["p4"], [], [], ["p4"]]
    assert [finding.unexpected_count for finding in verdict.findings] == [1, 1, 0, 0, 1]


def test_a_check_begun_ahead_ends_in_the_same_results(made, run):
    night = made.night_of(20)
    spoil(night["articles"], 3, published_at=FUTURE)
    spoil(night["quotes"], 5, speaker_confidence=1.5)
    made.write_night(run, night)
    gate.check_ahead(run)
    begun = gate._AHEAD[run.run_id]
    gate.check(run)
    assert begun.done() and run.run_id not in gate._AHEAD
    ahead = results(run)
    gate.check(run)
    assert sorted(ahead, key=itemgetter("suite", "expectation")) == sorted(
        results(run), key=itemgetter("suite", "expectation")
    )
