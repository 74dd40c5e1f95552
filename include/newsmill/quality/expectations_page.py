"""The page of expectations: every check of a night and of the warehouse, written from the suites."""

from collections.abc import Iterable, Mapping

from newsmill.expectations import Expectation
from newsmill.quality.suites import (
    DUMP_SUITE,
    LAKE_SUITES,
    NIGHT_SUITE,
    SOURCE_SUITE,
    STORY_SUITE,
    TABLE_SUITES,
    WITHHELD_SUITE,
    Suite,
)

_HEAD = """\
# Expectations

Written from the suites by `make dictionary`; do not edit by hand. Great Expectations checks all of it. Grain,
references and intervals are also checked in SQL, before and after the load. Why a faulty row does not stop a night:
[decision 0045](decisions/0045-withhold-the-faulty-row.md).

- `critical`: a faulty row of a lake relation is withheld from the load. Too many of them stop the night before it is
  published; so does any failure on a night, a dump or a table of the warehouse.
- `warning`: nothing is withheld. A failure on rows with a `page_id` is listed in `ops.note`; all are in
  `ops.quality_result`.
- `reason` is that of a failing row in `ops.rejected` or `ops.note`. Nulls pass every condition but `not null`.
"""
_CHAPTERS: Mapping[str, tuple[str, tuple[Suite, ...]]] = {
    "The night and its dumps": (
        "Checked on one row for the night, one for each dump, one for each publisher of the night, and one for each "
        "relation with withheld rows.",
        (NIGHT_SUITE, DUMP_SUITE, SOURCE_SUITE, WITHHELD_SUITE),
    ),
    "Relations of the lake": ("Checked row by row, by the task `check`, before the load.", LAKE_SUITES),
    "Tables of the warehouse": (
        "Checked by the task `audit` on the loaded copy, before it is published; `source_stories` on one row for each "
        "publisher of the night.",
        (*TABLE_SUITES, STORY_SUITE),
    ),
}
_NAMES_ONLY = frozenset({"column", "column_A", "column_B", "column_list", "ignore_row_if"})


def markdown() -> str:
    """Return all suites as Markdown, one chapter for each place where they run."""
    chapters = [_chapter(title, text, suites) for title, (text, suites) in _CHAPTERS.items()]
    return "\n".join([_HEAD, *chapters])


def _chapter(title: str, text: str, suites: Iterable[Suite]) -> str:
    return "\n".join([f"## {title}\n", f"{text}\n", *map(_write_suite, suites)])


def _write_suite(suite: Suite) -> str:
    key = ", ".join(f"`{column}`" for column in suite.key)
    lines = [f"### {suite.target}\n", f"Rows are named by {key}.\n", *_table_head(suite)]
    lines.extend(_write_row(suite, expect) for expect in suite.expectations)
    return "\n".join(lines) + "\n"


def _table_head(suite: Suite) -> tuple[str, str]:
    last = (" reason |", "---|") if suite.by_row else ("", "")
    return f"| columns | expected | condition | severity |{last[0]}", f"|---|---|---|---|{last[1]}"


def _write_row(suite: Suite, expect: Expectation) -> str:
    columns = ", ".join(map(_code, expect.columns))
    row = f"| {columns} | {_escape(expect.meaning)} | {_write_condition(expect)} | {expect.severity} |"
    return f"{row} `{suite.reason(expect)}` |" if suite.by_row else row


def _write_condition(expect: Expectation) -> str:
    """Return what Great Expectations compares, as a formula; for a type without a formula, its name and arguments."""
    given = expect.kwargs
    match expect.type:
        case "expect_column_values_to_not_be_null":
            return "not null"
        case "expect_column_values_to_be_unique" | "expect_compound_columns_to_be_unique":
            return "unique"
        case "expect_select_column_values_to_be_unique_within_record":
            return "differ within a row"
        case "expect_column_values_to_be_in_set":
            return "one of " + ", ".join(map(_code, given["value_set"]))
        case "expect_column_values_to_match_regex":
            return f"matches {_code(given['regex'])}"
        case "expect_column_pair_values_a_to_be_greater_than_b":
            sign = "≥" if given.get("or_equal") else ">"
            return f"{_code(given['column_A'])} {sign} {_code(given['column_B'])}"
        case "expect_column_values_to_be_between":
            return _write_bounds(given)
        case _:
            extra = (f"{name} {_code(value)}" for name, value in given.items() if name not in _NAMES_ONLY)
            return " ".join([_code(expect.type.removeprefix("expect_")), *extra])


def _write_bounds(given: Mapping[str, object]) -> str:
    sign = ">" if given.get("strict_min") else "≥"
    low, high = given.get("min_value"), given.get("max_value")
    bounds = [f"{sign} {low}"] * (low is not None) + [f"≤ {high}"] * (high is not None)
    return " and ".join(bounds)


def _code(text: object) -> str:
    return f"`{_escape(str(text))}`"


def _escape(text: str) -> str:
    """Return text that cannot end a cell of a Markdown table."""
    return text.replace("|", "\\|")
