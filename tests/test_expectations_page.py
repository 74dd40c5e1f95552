"""docs/expectations.md equals the current suites."""

from pathlib import Path

from newsmill.quality import expectations_page
from newsmill.quality.suites import (
    DUMP_SUITE,
    LAKE_SUITES,
    NIGHT_SUITE,
    SOURCE_SUITE,
    STORY_SUITE,
    TABLE_SUITES,
    WITHHELD_SUITE,
)

PAGE = Path(__file__).resolve().parents[1] / "docs" / "expectations.md"
SUITES = (NIGHT_SUITE, DUMP_SUITE, SOURCE_SUITE, WITHHELD_SUITE, *LAKE_SUITES, *TABLE_SUITES, STORY_SUITE)


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf8") == expectations_page.markdown(), "write it again: make dictionary"


def test_every_suite_has_a_chapter_and_every_expectation_a_row():
    written = expectations_page.markdown()
    rows = [line for line in written.splitlines() if line.startswith("| `")]
    assert [suite.target for suite in SUITES if f"### {suite.target}\n" not in written] == []
    assert len(rows) == sum(len(suite.expectations) for suite in SUITES)


def test_a_cell_holds_a_pattern_with_a_bar_and_the_table_stays_whole():
    cells = [
        line.replace("\\|", "").count("|") for line in expectations_page.markdown().splitlines() if line[:2] == "| "
    ]
    assert set(cells) == {5, 6}
