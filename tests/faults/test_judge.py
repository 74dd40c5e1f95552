"""The judge of faults finds what it is for: poor messages, other tables, files left behind."""

import signal
from pathlib import Path

import pytest
from fault_engine import Fault, find_differences, find_message_faults, list_leftovers

HOME = Path("/somewhere/home")
FAULT = Fault("full", "load", 0.5)
GOOD = f"newsmill: {HOME}/lake/part: the disk is full; what is published is whole; make room, and run it again"


@pytest.mark.parametrize(
    ("message", "lack"),
    [
        (GOOD, None),
        (GOOD + "\nTraceback (most recent call last):", "has a traceback"),
        (GOOD.replace("the disk is full", "an unexpected error, ValueError"), "is of an unexpected error"),
        (GOOD.replace(str(HOME), ""), "does not name a file"),
        (GOOD.replace("what is published is whole; ", ""), "does not say what is safe"),
        (GOOD.replace("and run it again", ""), "does not say what to do"),
    ],
)
def test_a_message_without_a_part_is_poor(message, lack):
    faults = find_message_faults(1, message, FAULT, HOME)
    assert [lack in fault for fault in faults] == ([True] if lack else [])


def test_a_process_that_was_killed_has_no_message():
    assert find_message_faults(-signal.SIGKILL, "", FAULT, HOME) == []
    assert find_message_faults(143, "", FAULT, HOME) == ["no message on SIGTERM"]
    assert len(find_message_faults(-signal.SIGSEGV, "", FAULT, HOME)) == 4


def test_a_table_with_other_rows_or_too_few_tables_are_differences():
    sound = {"published dw.fact_quote": (12, 5), "published dw.dim_text": (6, 7), "bytes": 1}
    assert find_differences(sound | {"bytes": 2}, sound) == []
    assert len(find_differences(sound | {"published dw.dim_text": (6, 8)}, sound)) == 1
    assert len(find_differences({"published dw.dim_text": (6, 7)}, sound)) == 1


def test_temporary_files_owners_and_scratch_are_leftovers(tmp_path):
    home = tmp_path / "home"
    for name in ("lake/.part-whole.parquet.41", "warehouse/snapshots/.run.owner", "warehouse/.writer.lock"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    (tmp_path / "work-1" / "scratch" / "tmp5").mkdir(parents=True)
    assert len(list_leftovers(home)) == 3
