"""Whole nights of an extractor that gives rows twice: the articles are published, run again or done again the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from newsmill.warehouse.model import tables

ROOT = Path(__file__).resolve().parents[1]
NIGHTS = ("2026-03-02", "2026-03-03")
OF_RUNS = {"ops.run", "ops.stage_receipt", "ops.quality_result", "ops.snapshot", "mart.run_health"}
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]  # on a busy machine nights take minutes

TWICE = """

_sound = places.function


def _give_rows_twice(articles: pa.Table, mentions: pa.Table) -> pa.Table:
    found = _sound(articles, mentions)
    return pa.concat_tables([found, found.slice(0, 2)])


_give_rows_twice.__name__ = "places"
places.function = _give_rows_twice
"""

STORY = (
    "The ferry from Oslo to Gjøvik was late on {} for the third time, said Odile Brandt of the harbour in Bergen."
    " Passengers in {} waited for hours, and no bus was sent, she added."
)


@pytest.fixture(scope="module")
def include(tmp_path_factory) -> Path:
    """Return a copy of the product whose extractor of places gives its first rows twice."""
    folder = tmp_path_factory.mktemp("checkout") / "include"
    shutil.copytree(ROOT / "include" / "newsmill", folder / "newsmill")
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
        (folder / f"{night}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
        run_night(include, folder, night)
    return folder


def newsmill(include: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, "-m", "newsmill", *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(include)},
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def run_night(include: Path, home: Path, night: str) -> subprocess.CompletedProcess:
    return newsmill(include, home, "night", night, "--source", str(home / f"{night}.jsonl"), "--content", "article")


def ask(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(home / "warehouse" / "news.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def fingerprints(home: Path) -> dict[str, tuple]:
    names = [model.table for model in tables() if model.table not in OF_RUNS]
    rows = "SELECT CAST(t AS VARCHAR) AS row FROM {} AS t"
    sql = f"SELECT count(*), md5(string_agg(row, chr(10) ORDER BY row)) FROM ({rows})"
    return {table: ask(home, sql.format(table))[0] for table in names}


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
    printed = newsmill(include, home, "report").stdout
    assert "rows withheld" in printed and "places_page_id_char_start_no_two_alike" in printed


def test_nights_run_again_and_done_again_from_any_step_end_in_the_same_tables(include, home):
    before = fingerprints(home)
    run_night(include, home, NIGHTS[0])
    assert fingerprints(home) == before
    for step in ("places", "check", "load"):
        newsmill(include, home, "rebuild", "--from", step)
        assert fingerprints(home) == before, step
