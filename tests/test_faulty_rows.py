"""Whole nights with an extractor that returns rows twice: the articles are published, also when repeated or rebuilt."""

from pathlib import Path

import pytest
from night_runs import ask, copy_product, fingerprints, run_command, write_articles

NIGHTS = ("2026-03-02", "2026-03-03")
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]  # on a busy machine nights take minutes

TWICE = """

_original = places.function


def _repeat_rows(articles: pa.Table, mentions: pa.Table) -> pa.Table:
    rows = _original(articles, mentions)
    return pa.concat_tables([rows, rows.slice(0, 2)])


_repeat_rows.__name__ = "places"
places.function = _repeat_rows
"""

STORY = (
    "The ferry from Oslo to Gjøvik was late on {} for the third time, said Odile Brandt of the harbour in Bergen."
    " Passengers in {} waited for hours, and no bus was sent, she added."
)


@pytest.fixture(scope="module")
def include(tmp_path_factory) -> Path:
    """Return a copy of the product whose extractor of places returns its first rows twice."""
    folder = copy_product(tmp_path_factory.mktemp("checkout"))
    with (folder / "newsmill" / "places" / "places.py").open("a", encoding="utf8") as file:
        file.write(TWICE)
    return folder


@pytest.fixture(scope="module")
def home(include, tmp_path_factory) -> Path:
    """Return a home with two nights of that extractor."""
    folder = tmp_path_factory.mktemp("home")
    for night in NIGHTS:
        rows = [
            {"id": f"{night}-{town}", "title": f"Late for {town}", "text": STORY.format(night, town)}
            for town in ("Lillehammer", "Hamar")
        ]
        write_articles(folder / f"{night}.jsonl", rows)
        run_night(include, folder, night)
    return folder


def run_night(include: Path, home: Path, night: str) -> None:
    """Run a night over its dump in the home."""
    dump = str(home / f"{night}.jsonl")
    run_command(home, "night", night, "--source", dump, "--content", "article", include=include)


def test_every_article_is_published_and_each_row_left_out_is_listed(home):
    assert ask(home, "SELECT count(*) FROM dw.dim_article") == [(4,)]
    listed = ask(
        home, "SELECT night::VARCHAR, stage, reason, sum(row_count)::INTEGER FROM ops.rejected GROUP BY ALL ORDER BY 1"
    )
    assert listed == [(night, "check", "places_page_id_char_start_no_two_alike", 2) for night in NIGHTS]
    doubled = "SELECT count(*) FROM dw.fact_place_mention GROUP BY article_key, char_start HAVING count(*) > 1"
    assert ask(home, doubled) == [] and ask(home, "SELECT count(*) >= 12 FROM dw.fact_place_mention") == [(True,)]
    assert ask(home, "SELECT is_trusted, withheld_row_count FROM mart.run_health") == [(True, 2)] * 2
    receipts = ask(home, "SELECT rejected, rows_in - rows_out FROM ops.stage_receipt WHERE stage = 'check'")
    assert receipts == [(2, 2)] * 2


def test_the_report_counts_the_rows_left_out(include, home):
    report = run_command(home, "report", include=include).stdout
    assert "rows withheld" in report and "places_page_id_char_start_no_two_alike" in report


def test_nights_run_again_and_done_again_from_any_step_end_in_the_same_tables(include, home):
    before = fingerprints(home)
    run_night(include, home, NIGHTS[0])
    assert fingerprints(home) == before
    for step in ("places", "check", "load"):
        run_command(home, "rebuild", "--from", step, include=include)
        assert fingerprints(home) == before, step
