"""An overrun of a part is repeated in slices, then by document; finished slices are kept, slow documents left out."""

from dataclasses import replace

import pyarrow as pa
import pytest

from newsmill import limits
from newsmill.limits import SLICE, Attempt, Overrun
from newsmill.relations import CAPTURES, noted, rejected
from newsmill.stage import run_stage, stage

CALLS: list[list[str]] = []
FINDS = replace(CAPTURES, name="finds")


def tabulate_captures(count: int) -> pa.Table:
    rows = [
        {
            "article_id": f"a-{n}",
            "page_id": f"p-{n}",
            "dump": "d",
            "dump_file": "f",
            "record_no": n + 1,
            "content_sha256": "c",
            "text_sha256": "t",
            "kept_chars": 1,
            "published_at": None,
        }
        for n in range(count)
    ]
    return pa.Table.from_pylist(rows, CAPTURES.schema)


@stage(reads=(CAPTURES,), writes=(FINDS,), per="part", version="1")
def finds(rows: pa.Table) -> pa.Table:
    """Record the rows and return them; raise for one of them."""
    CALLS.append(rows.column("page_id").to_pylist())
    if "p-3" in CALLS[-1]:
        raise ZeroDivisionError("no rule has met it")
    return rows


@stage(reads=(CAPTURES,), writes=(CAPTURES,), per="part", version="1", refines=True)
def weeds(rows: pa.Table) -> pa.Table:
    """Return the rows."""
    return rows


@pytest.fixture
def part(run):
    """Return a run with 70 rows: a slice and 6 more."""
    CALLS.clear()
    run.lake.write(CAPTURES, run.night, "p", tabulate_captures(SLICE + 6))
    return run


def reasons(run, name: str) -> list[tuple[str, str]]:
    rows = [row for relation in (rejected(name), noted(name)) for row in run.lake.read(relation, run.night).to_pylist()]
    return [(row["page_id"], row["reason"]) for row in rows]


def test_the_next_try_goes_in_slices_then_by_document_then_without_it(tmp_path):
    attempt = Attempt(5.0).next_attempt(Overrun(0, 70), tmp_path)
    assert list(attempt.slices(70)) == [(0, 64), (64, 70)]
    attempt = attempt.next_attempt(Overrun(64, 70), tmp_path)
    assert list(attempt.slices(70)) == [(0, 64), *((n, n + 1) for n in range(64, 70))]
    attempt = attempt.next_attempt(Overrun(66, 67), tmp_path)
    assert attempt.slow == {66} and attempt.seconds == 5.0


def test_an_extractor_that_raises_on_a_document_loses_that_document_alone(part):
    receipt = run_stage(finds, part, "p")
    assert (receipt.rows_in, receipt.rows_out, receipt.rejected) == (70, 69, 1)
    assert reasons(part, "finds") == [("p-3", "extractor_failed")]
    assert sum(map(len, CALLS)) <= 3 * 70, "halving goes over the part three times at most"


def test_slices_give_what_the_whole_part_gives_and_report_what_they_begin(part, tmp_path):
    run_stage(finds, part, "p")
    whole, begun = part.lake.read(FINDS, part.night), []
    attempt = Attempt(5.0, tmp_path, report=lambda *begin: begun.append(begin))
    with limits.watch_attempt(attempt):
        run_stage(finds, part, "p")
    assert part.lake.read(FINDS, part.night).equals(whole)
    assert {(start, end) for start, end, _ in begun} >= {(0, 64), (64, 70), (3, 4)}
    assert min(seconds for *_, seconds in begun) == 5.0 < begun[0][2]


def test_a_later_try_goes_over_no_slice_that_is_done(part, tmp_path):
    first = Attempt(5.0, tmp_path)
    with limits.watch_attempt(first):
        run_stage(finds, part, "p")
    CALLS.clear()
    with limits.watch_attempt(first.next_attempt(Overrun(64, 70), tmp_path).next_attempt(Overrun(66, 67), tmp_path)):
        run_stage(finds, part, "p")
    assert [[f"p-{n}"] for n in (64, 65, 67, 68, 69)] == CALLS
    assert reasons(part, "finds") == [("p-3", "extractor_failed"), ("p-66", "extractor_timeout")]
    assert part.lake.read(FINDS, part.night).num_rows == 68


def test_a_stage_that_makes_the_article_rejects_the_record_that_takes_too_long(part, tmp_path):
    with limits.watch_attempt(Attempt(5.0, tmp_path, frozenset({0}), frozenset({1}))):
        receipt = run_stage(weeds, part, "p")
    assert (receipt.rows_in, receipt.rows_out, receipt.rejected) == (70, 69, 1)
    assert reasons(part, "weeds") == [("p-1", "timeout")]


def test_an_empty_part_has_no_slices_and_gives_empty_tables(run, tmp_path):
    run.lake.write(CAPTURES, run.night, "p", tabulate_captures(0))
    with limits.watch_attempt(Attempt(5.0, tmp_path)):
        assert run_stage(finds, run, "p").rows_out == 0
