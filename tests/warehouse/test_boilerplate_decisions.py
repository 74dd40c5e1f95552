"""Boilerplate from the lake to the command line: the history that later nights learn from, and people's decisions."""

import hashlib

import pyarrow as pa
import pytest

from newsmill import decisions, pipeline
from newsmill.cleaning.survey import survey
from newsmill.cli.command_line import main
from newsmill.contracts import conform
from newsmill.relations import BLOCK_COUNTS, KNOWN_BOILERPLATE, PAGES, SURVEYS, TRAINING_RUNS

pytestmark = pytest.mark.slow

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
FOLLOW = "Follow the Gull wherever you read"
BLOCK = hashlib.sha256(b"home news").hexdigest()[:16]  # the hash of the words of a block in conftest
KNOWN = {"sample_text": "Home News", "scope": "gull.example", "page_count": 4, "story_count": 4}


@pytest.fixture
def loaded(house, decisions_file):
    """Return a house with one night and one known boilerplate block."""
    house.write(MONDAY, {"article": "a", "above": "Home\nNews\n"}, {"article": "b", "source": "tern.example"})
    run = house.run(MONDAY)
    house.note(MONDAY, {"known_boilerplate": [{**KNOWN, "learned_night": run.night}]})
    house.load(MONDAY)
    return house


def run_command(capsys, house, *arguments: str) -> tuple[int, str]:
    code = main([*arguments, "--home", str(house.home)])
    out = capsys.readouterr()
    return code, out.out + out.err


def test_boilerplate_is_listed_with_its_counts_and_by_source(loaded, capsys):
    code, text = run_command(capsys, loaded, "boilerplate", "list")
    assert code == 0 and BLOCK in text and "Home News" in text
    assert BLOCK in run_command(capsys, loaded, "boilerplate", "list", "--source", "gull.example")[1]
    assert BLOCK not in run_command(capsys, loaded, "boilerplate", "list", "--source", "tern.example")[1]


@pytest.mark.parametrize("decision", ["keep", "drop"])
def test_a_decision_is_written_down_with_who_and_why(decision, loaded, decisions_file, capsys):
    code, text = run_command(capsys, loaded, "boilerplate", decision, BLOCK, "--by", "Ada", "--because", "It is ours.")
    assert code == 0 and decision in text
    (made,) = decisions.read_decisions(decisions_file).blocks
    assert (made.hash, made.decision, made.by, made.because) == (BLOCK, decision, "Ada", "It is ours.")


def test_a_decision_on_a_block_that_no_page_shows_is_refused(loaded, decisions_file, capsys):
    code, text = run_command(
        capsys, loaded, "boilerplate", "drop", "f" * 16, "--by", "Ada", "--because", "A typing error."
    )
    assert code == 1 and "no page of the warehouse shows a block ffffffffffffffff" in text
    assert decisions.read_decisions(decisions_file).blocks == ()


def test_a_decision_changes_the_rules_and_applies_to_the_next_run_of_any_night(loaded, decisions_file, capsys):
    before = pipeline.collect_rule_versions()
    run_command(capsys, loaded, "boilerplate", "keep", BLOCK, "--by", "Ada", "--because", "It is ours.")
    assert pipeline.collect_rule_versions() != before
    for night in (MONDAY, TUESDAY):
        run = loaded.run(night)
        pipeline.run_step("learn", run, None)
        (row,) = run.lake.read(KNOWN_BOILERPLATE, run.night).to_pylist()
        assert (row["words_hash"], row["decision"], row["decided_by"]) == (int(BLOCK, 16), "keep", "Ada")


def survey_and_learn(house, night: str, *texts: str):
    """Write the survey of a night's pages into the lake, and learn; return the run."""
    run = house.run(night)
    shape = pa.schema([PAGES.schema.field(name) for name in ("source_id", "page_text", "content")])
    pages = [{"source_id": "gull.example", "page_text": text, "content": "page"} for text in texts]
    for relation, table in zip((BLOCK_COUNTS, SURVEYS), survey(pa.Table.from_pylist(pages, shape)), strict=True):
        run.lake.write(relation, run.night, "whole", conform(table, relation))
    pipeline.run_step("learn", run, None)
    return run


def test_a_night_that_was_run_again_and_stopped_is_learned_from_as_it_was_when_it_was_loaded(house, decisions_file):
    stories = [f"{FOLLOW}\n\nThe lock was opened for the {n}th time, the port said." for n in range(9)]
    learned = survey_and_learn(house, MONDAY, *stories)
    house.write(MONDAY, {"article": "a"})
    house.load(MONDAY)
    survey_and_learn(house, MONDAY, "Error")  # this run is stopped at the gate
    run = survey_and_learn(house, TUESDAY, "A dull day at the lock, where nothing was opened at all.")
    (known,) = run.lake.read(KNOWN_BOILERPLATE, run.night).to_pylist()
    assert known["sample_text"] == FOLLOW and known["page_count"] == 9
    (lesson,) = run.lake.read(TRAINING_RUNS, run.night).to_pylist()
    (loaded,) = house.column("SELECT run_id FROM ops.loaded_night")
    (first,) = run.lake.accepted(loaded).read(TRAINING_RUNS, learned.night).to_pylist()
    assert lesson["previous_history_id"] == first["history_id"] != lesson["history_id"]


def test_a_night_that_was_never_loaded_is_not_learned_from(house, decisions_file):
    survey_and_learn(
        house, MONDAY, *(f"{FOLLOW}\n\nThe lock was opened for the {n}th time, the port said." for n in range(9))
    )
    run = survey_and_learn(house, TUESDAY, f"{FOLLOW}\n\nA dull day at the lock, where nothing was opened at all.")
    assert run.lake.read(KNOWN_BOILERPLATE, run.night).num_rows == 0
