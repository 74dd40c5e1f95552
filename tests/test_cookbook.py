"""Results on the pages are those of the sample nights, and the marts agree with each other."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from newsmill.errors import Permanent
from newsmill.warehouse import cookbook
from newsmill.warehouse.model import tables

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / name for name in ("README.md", "docs/cookbook.md", "docs/marts.md")]
MARTS = sorted(model.name for model in tables() if model.schema == "mart")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def warehouse(sample_home) -> Path:
    return sample_home / "warehouse"


@pytest.fixture(scope="module")
def con(warehouse):
    with duckdb.connect(str(warehouse / "news.duckdb"), read_only=True) as opened:
        yield opened


def query_number(con, sql: str) -> int:
    return con.execute(sql).fetchone()[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_result_on_a_page_is_what_its_sql_returns(page, warehouse):
    text = page.read_text(encoding="utf8")
    assert cookbook.answer(text, warehouse) == text, "run the SQL again: make cookbook"


def test_an_outdated_result_is_replaced_and_the_prose_around_it_stays(warehouse):
    query = "```sql\nSELECT 1 / 8 AS part, NULL AS missing, true AS sure, ['a', 'b|c'] AS names;\n```\n"
    table = "\n| part | missing | sure | names |\n| --- | --- | --- | --- |\n| 0.125 |  | yes | a, b\\|c |\n"
    outdated = "\n| part |\n| --- |\n| 9 |\n"
    assert (
        cookbook.answer(f"Before.\n\n{query}{outdated}\nAfter.\n", warehouse) == f"Before.\n\n{query}{table}\nAfter.\n"
    )
    assert cookbook.answer(query, warehouse) == query + table


def test_the_error_of_a_failing_question_has_its_sql(warehouse, tmp_path):
    with pytest.raises(Permanent, match=r"(?s)no_such_mart.*SELECT 1 FROM"):
        cookbook.answer("```sql\nSELECT 1 FROM mart.no_such_mart;\n```\n", warehouse)
    with pytest.raises(Permanent, match="run a night first"):
        cookbook.answer("", tmp_path)


def test_every_mart_has_a_chapter_with_its_figures():
    parts = (ROOT / "docs" / "marts.md").read_text(encoding="utf8").split("\n## ")
    chapters = {part.split("\n")[0]: part for part in parts}
    assert [name for name in MARTS if f"FROM mart.{name}" not in chapters.get(name, "")] == []


def test_the_example_reads_the_marts_into_pandas(warehouse):
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "from_pandas.py"), str(warehouse / "news.duckdb")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["Harbor", "Wire", "0.085"] in lines and ["Quick", "Desk", "0.125"] in lines
    assert "Sigrun Myrdalen" in done.stdout and any(line[:1] == ["2026-03-03"] for line in lines)


def test_origins_of_the_sources_are_the_origins_of_the_stories(con):
    of_stories = query_number(con, "SELECT sum(origin_count) FROM mart.story_coverage")
    assert query_number(con, "SELECT sum(origin_count) FROM mart.source_profile") == of_stories == 44


def test_every_copy_is_in_the_network_or_of_the_source_itself(con):
    between = query_number(con, "SELECT sum(copy_count + excerpt_count) FROM mart.syndication_network")
    within = query_number(con, "SELECT sum(copy_count + excerpt_count) FROM mart.source_profile")
    assert (between, within) == (41, 42), "one paper has a story of its own at two addresses"


def test_statements_of_texts_of_their_own_are_counted_once_for_each_text(con):
    by_source = query_number(con, "SELECT sum(statement_count) FROM mart.anonymous_sourcing")
    current = query_number(
        con,
        """
        SELECT count(DISTINCT statement_key) FROM mart.who_said_what JOIN dw.fact_quote USING (quote_key, statement_key)
        JOIN dw.dim_text USING (article_key)
        WHERE text_key IN (SELECT text_key FROM dw.fact_article JOIN dw.dim_article USING (article_key, text_key)
                           WHERE is_own AND is_current AND language IN ('en', 'und'))""",
    )
    assert by_source == current > 300
