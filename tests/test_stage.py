"""The one way a stage runs: nothing disappears, one bad record is one rejected row, parts are replaced whole."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from newsmill import relations
from newsmill.errors import BrokenContract
from newsmill.relations import CAPTURES, RECEIPTS, rejected
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


@stage(reads=(CAPTURES, CAPTURES.history), writes=(CAPTURES,), per="night", version="1")
def remember(rows: pa.Table, history) -> pa.Table:
    """Return what other nights held."""
    return history.to_table(columns=SCHEMA.names)


def ids(run, relation=CAPTURES, part=None) -> list[str]:
    return run.lake.read(relation, run.night, part).column("page_id").to_pylist()


def put(run, part: str, *page_ids: str) -> None:
    run.lake.write(CAPTURES, run.night, part, captures(*page_ids))


def test_kept_and_rejected_rows_add_up_and_each_reject_has_a_reason(run):
    put(run, "p", "good", "bad", "fine")
    slip = run_stage(weed, run, "p")
    assert (slip.rows_in, slip.rows_out, slip.rejected) == (3, 2, 1)
    assert ids(run) == ["good", "fine"]
    (row,) = run.lake.read(rejected("weed"), run.night).to_pylist()
    assert (row["page_id"], row["stage"], row["reason"], row["detail"]) == ("bad", "weed", "weed", "it says bad")


def test_a_record_that_makes_a_stage_crash_is_one_reject_and_the_others_go_on(run):
    put(run, "p", "one", "two", "boom", "bad", "five")
    slip = run_stage(weed, run, "p")
    assert ids(run) == ["one", "two", "five"]
    assert slip.rejected == 2
    told = {row["page_id"]: row for row in run.lake.read(rejected("weed"), run.night).to_pylist()}
    assert told["boom"]["reason"] == "crash" and "a page no rule has met" in told["boom"]["detail"]


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


def test_history_is_every_other_night_and_not_this_one(run):
    from dataclasses import replace
    from datetime import date

    put(replace(run, night=date(2026, 3, 1)), "p", "before")
    put(replace(run, night=date(2026, 3, 9)), "p", "after")
    put(run, "p", "now")
    run_stage(remember, run)
    assert sorted(ids(run, part="whole")) == ["after", "before"]


def test_every_step_leaves_a_receipt(run):
    put(run, "p", "one", "bad")
    run_stage(weed, run, "p")
    (row,) = run.lake.read(RECEIPTS, run.night).to_pylist()
    assert row["stage"] == "weed" and row["part"] == "p"
    assert row["seconds"] > 0 and row["bytes"] > 0 and row["peak_rss_bytes"] > 1_000_000


def test_a_stage_says_whether_it_runs_by_part_or_by_night():
    with pytest.raises(ValueError, match="'part' or 'night'"):
        stage(reads=(relations.PAGES,), writes=(CAPTURES,), per="hour", version="1")(lambda pages: pages)
