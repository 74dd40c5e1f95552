"""The suites say what they should, of columns that exist, in names that cannot be mixed up."""

import subprocess
import sys
from pathlib import Path

import pytest

from newsmill.expectations import CRITICAL
from newsmill.extractors import extractors
from newsmill.quality.frames import select_frames
from newsmill.quality.suites import (
    DUMP_SUITE,
    LAKE_SUITES,
    LONG_COLUMNS,
    NIGHT_SUITE,
    TABLE_SUITES,
    WITHHELD_SUITE,
    allowed_rows,
    base_suite,
)
from newsmill.relations import CHECKED

ROOT = Path(__file__).resolve().parents[2]
ALL_SUITES = (*LAKE_SUITES, NIGHT_SUITE, DUMP_SUITE, WITHHELD_SUITE, *TABLE_SUITES)


@pytest.mark.parametrize("suite", ALL_SUITES, ids=lambda suite: suite.name)
def test_no_two_expectations_of_a_suite_share_a_name(suite):
    names = [expect.name for expect in suite.expectations]
    assert len(set(names)) == len(names) > 0


@pytest.mark.parametrize("suite", ALL_SUITES, ids=lambda suite: suite.name)
def test_no_suite_looks_at_text(suite):
    assert not LONG_COLUMNS & set(suite.columns)


def test_a_reason_alone_shows_whether_a_row_is_withheld():
    slugs = {
        is_critical: {
            suite.reason(e)
            for suite in LAKE_SUITES
            for e in suite.expectations
            if (e.severity == CRITICAL) is is_critical
        }
        for is_critical in (True, False)
    }
    assert slugs[True] and slugs[False]
    assert not slugs[True] & slugs[False]


def test_a_reason_belongs_to_one_expectation():
    reasons = [suite.reason(expect) for suite in LAKE_SUITES for expect in suite.expectations]
    assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize(("count", "allowed"), [(0, 3), (31, 3), (300, 3), (399, 3), (400, 4), (26_079, 260)])
def test_a_hundredth_of_the_rows_may_be_withheld_and_three_of_any_night(count, allowed):
    assert allowed_rows(count, 0.01) == allowed


@pytest.mark.parametrize("relation", CHECKED, ids=lambda relation: relation.name)
def test_the_base_suite_asks_for_every_required_column_vocabulary_and_the_grain(relation):
    suite = base_suite(relation)
    asked = {
        kind: [e.columns for e in suite.expectations if e.type.endswith(kind)]
        for kind in ("not_be_null", "in_set", "unique")
    }
    required = {c.name for c in relation.columns} - relation.optional - LONG_COLUMNS
    assert {name for (name,) in asked["not_be_null"]} == required
    assert {name for (name,) in asked["in_set"]} == {c.name for c in relation.columns if c.values}
    assert asked["unique"] == [relation.grain]


def test_every_relation_that_is_checked_has_a_suite():
    assert {suite.target for suite in LAKE_SUITES} == {relation.name for relation in CHECKED}


@pytest.mark.parametrize("extractor", extractors(), ids=lambda extractor: extractor.name)
def test_every_extractor_is_checked_in_the_lake_and_in_its_fact_table(extractor):
    lake, table = (
        next(suite for suite in suites if suite.target == target)
        for suites, target in ((LAKE_SUITES, extractor.name), (TABLE_SUITES, f"dw.{extractor.fact_table}"))
    )
    for suite in (lake, table):
        names = {expectation.name for expectation in suite.expectations}
        assert {"char_end, char_start: a span of one character or more", "line_start: counted from 1"} <= names
    assert table.key == (extractor.key,)


def test_every_table_of_the_star_has_a_suite():
    folder = ROOT / "include/newsmill/warehouse/sql/dw"
    tables = {path.stem for path in folder.glob("*.sql")} - {"dim_date"}
    missing = tables - {suite.name for suite in TABLE_SUITES}
    assert not missing, f"declare what is expected of {sorted(missing)} in TABLE_SUITES of newsmill/quality/suites.py"


def test_a_night_without_rows_still_gives_every_suite_its_columns(made):
    for suite, frame in select_frames(LAKE_SUITES, made.tables({}), made.NIGHT):
        assert tuple(frame.columns) == suite.columns


def test_the_gate_is_imported_without_great_expectations():
    code = "import sys, newsmill.quality.gate; sys.exit('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "include")}, check=False)
    assert done.returncode == 0, "importing GX costs 11 seconds of CPU: import it inside a function of quality/gate.py"
