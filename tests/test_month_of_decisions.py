"""A month of nights, newest first, with decisions of people in between: a rebuild ends as if all had come first."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from night_runs import ask, fingerprints
from rich.console import Console
from small_nights import LABEL, PEOPLE, make_pier_page

from newsmill import decisions, history, holds, pipeline, proposals, quarantine, runs
from newsmill.decisions import Author
from newsmill.quarantine import Selection
from newsmill.rebuild import RebuildRequest
from newsmill.runs import Run

pytestmark = pytest.mark.long
NIGHTS = [date(2026, 3, 1) + timedelta(day) for day in range(30)]
SHARE = "Share this article on Facebook"
FIRST_RELEASE, DISCARDED = NIGHTS[20], (NIGHTS[10], NIGHTS[14])
ADA = Author("Ada", "She read it.")
CLEO, QUILL = "person:cleo winter", "person:ada quill"
SHARE_BLOCK = "SELECT DISTINCT block_hash FROM dw.fact_text_block WHERE reason = 'share'"


def make_page(night: date, number: int) -> dict:
    """Return a page with a new story and two lines of the site below, or as the last of a night an error page."""
    if number == len(PEOPLE):
        url, text = (
            f"https://gullbay.example/{night}/pier-{number}",
            "404\nPage not found\nSorry, there is nothing here.\n",
        )
        return {"url": url, "title": "Page not found", "text": text}
    return make_pier_page(night, number, LABEL, SHARE)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Return a folder with a dump for each night, as the root of the settings."""
    root = tmp_path_factory.mktemp("month")
    for night in NIGHTS:
        lines = (json.dumps(make_page(night, number)) for number in range(len(PEOPLE) + 1))
        (root / f"{night}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf8")
    (root / "sources.toml").write_text('[gull-bay]\nlocation = "{night}.jsonl"\nmax_reject_share = 1.0\n')
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NEWSMILL_ROOT", str(root))
        environment.setenv("NEWSMILL_SEARCH", "off")  # an index of the texts follows from the tables that are compared
        environment.setenv("NEWSMILL_SOURCES", str(root / "sources.toml"))
        yield root


def run_night(home: Path, night: date) -> Run:
    """Run a night in this process, step by step: thirty nights start no worker process."""
    run = Run(home, night, runs.new_run_id(night, "manual"))
    pipeline.begin_run(run)
    for row in pipeline.steps():
        for step in row:
            for unit in [None] if step.over == "night" else pipeline.UNITS[step.over](run):
                step.work(run, unit)
    return run


def decide_in_between(home: Path, run: Run) -> None:
    """Make the decisions of the night on which they were made in a backfill that goes backwards."""
    days_done = NIGHTS.index(NIGHTS[-1]) - NIGHTS.index(run.night)
    if days_done == 5:
        proposals.record(home, proposals.propose("merge", CLEO, ADA, into=QUILL))
        holds.record_answer(home, run, "approve", *ADA)
    if days_done == 9:
        quarantine.decide(home, select(FIRST_RELEASE), "release", *ADA)
    if days_done == 12:
        ((block,),) = ask(home, SHARE_BLOCK)
        proposals.record(home, proposals.propose("keep", block, ADA))
    if run.night == DISCARDED[0]:
        quarantine.decide(home, select(*DISCARDED), "discard", *ADA)
    if run.night == NIGHTS[0]:
        proposals.record(home, proposals.propose("rename", QUILL, ADA, name="Ada B. Quill"))
        quarantine.decide(home, select(NIGHTS[1]), "release", *ADA)


def select(first: date, last: date | None = None) -> Selection:
    return Selection(None, "gull-bay", "error_page", first, last or first)


@pytest.mark.timeout(2400)
def test_decisions_of_a_month_hold_after_a_rebuild_and_tables_equal_those_of_the_same_decisions_taken_first(
    root, tmp_path, monkeypatch
):
    mixed, first = tmp_path / "mixed", tmp_path / "first"
    file = tmp_path / "decisions.toml"
    file.touch()
    monkeypatch.setenv("NEWSMILL_DECISIONS", str(file))
    for night in reversed(NIGHTS):
        decide_in_between(mixed, run_night(mixed, night))
    files = {path.name: path.read_bytes() for path in mixed.glob("*.toml")}
    assert {*files} == {decisions.RECORDS_FILE, decisions.ANSWERS_FILE}
    history.publish_rebuild(RebuildRequest(mixed, "read"), ADA, 2, Console(quiet=True), Console(quiet=True))
    assert files == {name: (mixed / name).read_bytes() for name in files}, "a rebuild takes back no decision"
    check_decisions(mixed)

    first.mkdir()
    shutil.copy(mixed / decisions.RECORDS_FILE, first)
    for night in NIGHTS:
        run_night(first, night)
    ended, expected = fingerprints(mixed), fingerprints(first)
    assert {name for name in expected if ended[name] != expected[name]} == set()


def check_decisions(home: Path) -> None:
    """Check that facts, quarantine and dimensions of all nights follow the decisions."""
    names = (
        "SELECT DISTINCT canonical_name FROM dw.fact_mention JOIN dw.dim_entity USING (entity_key) WHERE entity_id = $1"
    )
    assert ask(home, names, QUILL) == [("Ada B. Quill",)] and ask(home, names, CLEO) == []
    states = dict(ask(home, "SELECT state, count(*)::INTEGER FROM ops.rejected WHERE reason = 'error_page' GROUP BY 1"))
    assert states == {"released": 2, "discarded": 5, "open": len(NIGHTS) - 7}
    articles = "SELECT valid_from FROM dw.dim_article WHERE title = 'Page not found' ORDER BY 1"
    assert ask(home, articles) == [(NIGHTS[1],), (FIRST_RELEASE,)]
    kept = "SELECT count(*)::INTEGER FROM dw.fact_text_block AS b WHERE decision = 'keep' AND disposition = 'kept'"
    assert ask(home, kept.replace("AS b", "JOIN dw.dim_boilerplate USING (block_hash)")) == [(len(NIGHTS) * 3,)]
    assert [one.decision for one in decisions.read_publish_decisions(home)] == ["approve"]
    assert [one.decision for one in decisions.read_history_decisions(home)] == ["rebuild"]
    assert ask(home, "SELECT night FROM mart.run_health WHERE is_stale") == []
