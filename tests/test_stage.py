"""The one way a stage runs: nothing disappears, one bad record is one rejected row, parts are replaced whole."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from newsmill import relations
from newsmill.contracts import NIGHT
from newsmill.errors import BrokenContract, Permanent
from newsmill.relations import CAPTURES, FIRST_INSTANCES, RECEIPTS, SIGNATURES, rejected
from newsmill.stage import run_stage, stage

SCHEMA = CAPTURES.schema


def captures(*page_ids: str) -> pa.Table:
    rows = [
        {
            "article_id": f"a-{p}",
            "page_id": p,
            "dump": "d",
            "dump_file": "f",
            "record_no": n,
            "content_sha256": "c",
            "text_sha256": "t",
            "kept_chars": 1,
            "published_at": None,
        }
        for n, p in enumerate(page_ids, 1)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


@stage(reads=(CAPTURES,), writes=(CAPTURES,), per="part", version="1", refines=True)
def weed(rows: pa.Table) -> pa.Table:
    """Turn away pages whose name says so."""
    if "boom" in rows.column("page_id").to_pylist():
        raise ZeroDivisionError("a page no rule has met")
    bad = pc.match_substring(rows.column("page_id"), "bad")
    reason = pc.if_else(bad, "weed", pa.scalar(None, pa.string()))
    return rows.append_column("reject_reason", reason).append_column(
        "reject_detail", pc.if_else(bad, "it says bad", None)
    )


@stage(reads=(CAPTURES,), writes=(CAPTURES,), per="part", version="1", refines=True)
def swallow(rows: pa.Table) -> pa.Table:
    """Lose a row without a word."""
    return rows.slice(1)


@stage(
    reads=(CAPTURES, CAPTURES.whole, NIGHT, CAPTURES.past(7), CAPTURES.latest, CAPTURES.learned),
    writes=(CAPTURES,),
    per="part",
    version="1",
)
def list_inputs(rows: pa.Table, whole: pa.Table, night, past, latest, learned) -> pa.Table:
    """Return a row for each page of each input, labelled by the kind of input."""
    shown = {
        "part": rows,
        "whole": whole,
        "past": past.to_table(),
        "latest": latest.to_table(),
        "learned": learned.to_table(),
    }
    labels = [f"{how} {name}" for how, table in shown.items() for name in table.column("page_id").to_pylist()]
    return captures(*labels, f"night {night}")


def labels_of(run, **options) -> list[str]:
    """Return the inputs of a stage from nights with one page each, named by its day."""
    run_stage(list_inputs, run, "p", **options)
    return [name for name in ids(run, part="p") if not name.startswith("part")]


@pytest.fixture
def month(run):
    for day in (1, 20, 27, 30):
        put(replace(run, night=date(2026, 3, day)), "p", str(day))
    return replace(run, night=date(2026, 3, 28))


def ids(run, relation=CAPTURES, part=None) -> list[str]:
    return run.lake.read(relation, run.night, part).column("page_id").to_pylist()


def put(run, part: str, *page_ids: str) -> None:
    run.lake.write(CAPTURES, run.night, part, captures(*page_ids))


def test_kept_and_rejected_rows_add_up_and_each_reject_has_a_reason(run):
    put(run, "p", "good", "bad", "fine")
    summary = run_stage(weed, run, "p")
    assert (summary.rows_in, summary.rows_out, summary.rejected) == (3, 2, 1)
    assert ids(run) == ["good", "fine"]
    (row,) = run.lake.read(rejected("weed"), run.night).to_pylist()
    assert (row["page_id"], row["stage"], row["reason"], row["detail"]) == ("bad", "weed", "weed", "it says bad")


def test_a_record_that_makes_a_stage_crash_is_one_reject_and_the_others_go_on(run):
    put(run, "p", "one", "two", "boom", "bad", "five")
    summary = run_stage(weed, run, "p")
    assert ids(run) == ["one", "two", "five"]
    assert summary.rejected == 2
    rejects = {row["page_id"]: row for row in run.lake.read(rejected("weed"), run.night).to_pylist()}
    assert rejects["boom"]["reason"] == "crash" and "a page no rule has met" in rejects["boom"]["detail"]


def test_a_stage_that_loses_a_row_is_a_broken_contract(run):
    put(run, "p", "one", "two")
    with pytest.raises(BrokenContract, match="2 rows in, 1 out, 0 rejected"):
        run_stage(swallow, run, "p")


def test_a_part_is_replaced_and_its_neighbours_are_not(run):
    put(run, "p", "one")
    put(run, "q", "two")
    put(run, "p", "three")
    assert ids(run) == ["three", "two"]


def test_an_empty_part_empties_what_it_wrote_before(run):
    put(run, "p", "bad")
    run_stage(weed, run, "p")
    put(run, "p")
    run_stage(weed, run, "p")
    assert ids(run, rejected("weed")) == []


def test_a_stage_may_look_back_over_some_days_or_at_the_latest_night(month):
    put(month, "p", "tonight")
    assert labels_of(month) == ["whole tonight", "past 27", "latest 27", "night 2026-03-28"]
    put(replace(month, night=date(2026, 3, 21)), "p", "21")
    put(month, "p", "tonight")
    assert labels_of(month)[1:-1] == ["past 21", "past 27", "latest 27"]


def test_a_stage_of_a_part_may_look_at_the_whole_night(month):
    put(month, "p", "here")
    put(month, "q", "there")
    assert [name for name in labels_of(month) if name.startswith("whole")] == ["whole here", "whole there"]


def test_a_stage_looks_back_at_the_nights_that_the_warehouse_holds_as_they_were_loaded(month):
    held = {date(2026, 3, 20): "held", date(2026, 3, 27): "held"}
    for night in held:
        month.lake.accept([CAPTURES], night, "held" if night.day == 27 else "other")
    put(replace(month, night=date(2026, 3, 27)), "p", "27 again")
    put(replace(month, night=date(2026, 3, 26)), "p", "never loaded")
    put(month, "p", "tonight")
    assert labels_of(month, held=held)[1:-1] == ["past 27", "latest 27"]


def test_a_stage_may_look_at_the_night_that_the_run_learned_from(month):
    put(month, "p", "tonight")
    asked = replace(month, learned=date(2026, 3, 30))
    assert "learned 30" in labels_of(asked)
    with pytest.raises(Permanent, match=r"up to 2026-03-29: .* 2026-03-27, 2026-03-28, 2026-03-30"):
        labels_of(replace(month, learned=date(2026, 3, 29)))


def test_every_step_leaves_a_receipt(run):
    put(run, "p", "one", "bad")
    run_stage(weed, run, "p")
    (row,) = run.lake.read(RECEIPTS, run.night).to_pylist()
    assert row["stage"] == "weed" and row["part"] == "p"
    assert row["seconds"] > 0 and row["bytes"] > 0 and row["peak_rss_bytes"] > 1_000_000


def test_a_stage_says_whether_it_runs_by_part_or_by_night():
    with pytest.raises(ValueError, match="'part' or 'night'"):
        stage(reads=(relations.PAGES,), writes=(CAPTURES,), per="hour", version="1")(lambda pages: pages)


def test_a_stage_reads_the_columns_that_it_names_and_those_of_a_rejected_record(run):
    seen = []

    def look(rows: pa.Table) -> pa.Table:
        """Fail on the second page."""
        seen.append(rows.column_names)
        if "two" in rows.column("page_id").to_pylist():
            raise ZeroDivisionError("a page no rule has met")
        return SIGNATURES.empty()

    named = stage(
        reads=(CAPTURES.among(FIRST_INSTANCES, "text_sha256"),), writes=(SIGNATURES,), per="part", version="1"
    )
    run.lake.write(CAPTURES, run.night, "a", captures("one", "two", "three"))
    run.lake.write(FIRST_INSTANCES, run.night, "whole", pa.table({"page_id": ["one", "two"]}, FIRST_INSTANCES.schema))
    assert run_stage(named(look), run, "a").rows_in == 2
    assert {*seen[0]} == {"page_id", "dump", "dump_file", "record_no", "text_sha256"}
    (note,) = run.lake.read(relations.noted("look"), run.night).to_pylist()
    assert (note["page_id"], note["dump"], note["record_no"]) == ("two", "d", 2)
