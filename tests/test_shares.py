"""Shares of the units of a step: balanced, whole, and continued after a failure."""

import os
from datetime import date

import pytest

from newsmill import pipeline, shares
from newsmill.errors import Permanent
from newsmill.relations import BLOCK_COUNTS, PAGES, RECEIPTS
from newsmill.runs import Run, receipt
from newsmill.shares import Share, balance, list_unfinished, parse_share
from newsmill.steps import find_step
from newsmill.temporary_files import replacing_file

NIGHT = date(2026, 3, 2)


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path, NIGHT, "2026-03-02-manual-1", dumps=("harbor-wire", "metro-pages", "regional-press"))


def finish(run: Run, name: str, unit: str, seconds: float) -> None:
    """Write the receipt of a unit as written at a given time."""
    with receipt(run, name, unit):
        pass
    os.utime(run.lake.path(RECEIPTS, run.night, f"{run.run_id}-{name}-{unit}"), (seconds, seconds))


def test_the_largest_units_come_first_and_each_goes_to_the_smallest_share():
    assert balance({"a": 50, "b": 90, "c": 30, "d": 1}, 2) == [["b"], ["a", "c", "d"]]


def test_every_unit_is_in_exactly_one_share_also_where_there_are_fewer_units_than_shares():
    sizes = {f"unit-{number:02d}": number % 7 for number in range(40)}
    for count in (1, 2, 7, 50):
        taken = [unit for share in balance(sizes, count) for unit in share]
        assert sorted(taken) == sorted(sizes) and len(balance(sizes, count)) == count


def test_units_without_bytes_are_divided_by_number():
    assert [len(share) for share in balance(dict.fromkeys("abcdef", 0), 3)] == [2, 2, 2]


def test_the_label_of_a_share_is_read_back():
    assert parse_share(str(Share(2, 14))) == Share(2, 14)


def test_shares_of_landed_files_hold_about_the_same_bytes(run):
    for name in pipeline.UNITS["dump"](run):
        pipeline.run_step("fetch", run, name)
    step = find_step("read")
    first, second = (shares.take_units(run, step, Share(number, 2)) for number in (1, 2))
    assert sorted(first + second) == pipeline.UNITS["bundle"](run) and not {*first} & {*second}


def test_a_retry_does_the_units_that_the_first_try_left(run):
    step = find_step("clean")
    finish(run, "read", "feed-0001", 100)
    finish(run, "clean", "feed-0001-01", 200)
    assert list_unfinished(run, step, ["feed-0001-01", "feed-0001-02"]) == ["feed-0001-02"]


def test_a_finished_task_that_a_person_clears_does_all_units_again(run):
    step = find_step("clean")
    finish(run, "clean", "feed-0001-01", 200)
    finish(run, "clean", "feed-0001-02", 200)
    assert list_unfinished(run, step, ["feed-0001-01", "feed-0001-02"]) == ["feed-0001-01", "feed-0001-02"]


def test_work_on_older_input_is_done_again(run):
    step = find_step("clean")
    finish(run, "clean", "feed-0001-01", 200)
    finish(run, "read", "feed-0001", 300)
    assert list_unfinished(run, step, ["feed-0001-01", "feed-0001-02"]) == ["feed-0001-01", "feed-0001-02"]


def test_receipts_of_another_run_count_for_nothing(run):
    other = Run(run.home, NIGHT, f"{run.run_id}-2")
    finish(other, "clean", "feed-0001-01", 200)
    units = ["feed-0001-01", "feed-0001-02"]
    assert list_unfinished(other, find_step("clean"), units) == ["feed-0001-02"]
    assert list_unfinished(run, find_step("clean"), units) == units


def test_work_of_a_step_that_this_one_does_not_read_changes_nothing(run):
    finish(run, "quotes", "feed-0001-01", 200)
    finish(run, "minhash", "feed-0001-01", 300)
    units = ["feed-0001-01", "feed-0001-02"]
    assert list_unfinished(run, find_step("quotes"), units) == ["feed-0001-02"]


def test_a_run_cannot_start_from_a_step_whose_input_no_run_left(run):
    with pytest.raises(Permanent, match=r"needs rejected_read of any part, .*: start from read"):
        shares.require_steps_before(run, "clean")
    for part in ("feed-0001-01", "feed-0001-02"):
        run.lake.write(PAGES, NIGHT, part, PAGES.empty())
    run.lake.write(BLOCK_COUNTS, NIGHT, "feed-0001-01", BLOCK_COUNTS.empty())
    with pytest.raises(Permanent, match=r"clean needs block_counts of feed-0001-02, .*: start from survey"):
        shares.require_steps_before(run, "clean")
    shares.require_steps_before(run, "survey")


def test_a_night_with_a_batch_that_was_not_read_is_not_checked(run):
    for name in pipeline.UNITS["dump"](run):
        pipeline.run_step("fetch", run, name)
    first, *others = pipeline.UNITS["bundle"](run)
    pipeline.run_step("read", run, first)
    with pytest.raises(Permanent, match=rf"survey needs rejected_read of {others[0]}"):
        shares.require_steps_before(run, "survey")


def test_a_share_that_starts_leaves_the_files_that_another_is_writing(run):
    for name in pipeline.UNITS["dump"](run):
        pipeline.run_step("fetch", run, name)
    for batch in pipeline.UNITS["bundle"](run):
        pipeline.run_step("read", run, batch)
    part, *_ = pipeline.UNITS["part"](run)
    run.lake.folder(BLOCK_COUNTS, NIGHT).mkdir(parents=True)
    with replacing_file(run.lake.path(BLOCK_COUNTS, NIGHT, part)) as temporary:
        shares.take_units(run, find_step("survey"), Share(1, 2))
        assert temporary.exists()
