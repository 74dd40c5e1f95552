"""Temporal expressions: spans, values from a creation time, symbolic values, and offsets on the page."""

import time
import tomllib
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement import Placement

from newsmill.contracts import conform
from newsmill.dates.dates import dates
from newsmill.dates.expressions import resolve_expressions
from newsmill.dates.token_classes import classify_tokens
from newsmill.relations import ARTICLES, DATES

CASES = tomllib.loads((Path(__file__).parent / "dates.toml").read_text(encoding="utf8"))["case"]
SEED = Path(__file__).parents[3] / "shared" / "corpora" / "seed"
DAY, NIGHT = date(2026, 3, 4), date(2026, 3, 5)


def _placed(page: str, ranges: list[tuple[int, int]]) -> list[dict]:
    return [{"page_char_start": s, "page_char_end": e, "line_start": 1 + page.count("\n", 0, s)} for s, e in ranges]


def find_dates(
    page: str, day: date | None = DAY, ranges: list[tuple[int, int]] | None = None, language="en"
) -> list[dict]:
    ranges = [(0, len(page))] if ranges is None else ranges
    articles = pa.table(
        {
            "page_id": ["p"],
            "article_id": ["a"],
            "language": [language],
            "published_day": pa.array([day], pa.date32()),
            "text": ["".join(page[start:end] for start, end in ranges)],
            "ranges": pa.array([_placed(page, ranges)], ARTICLES.schema.field("ranges").type),
        }
    )
    (table,) = dates(articles, NIGHT)
    return conform(table, DATES).to_pylist()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_case_is_read_as_written(case):
    rows = find_dates(case["text"], case.get("anchor", DAY))
    got = [(r["surface"], r["timex_type"], r["timex_value"], r["date_start"], r["date_end"]) for r in rows]
    assert got == [(d["surface"], d["type"], d["value"], d.get("start"), d.get("end")) for d in case["dates"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_without_a_certain_day_values_stay_symbolic(case):
    rows = find_dates(case["text"], None)
    expected = [(d["surface"], d["symbolic"]) for d in case["dates"] if "symbolic" in d]
    assert [(r["surface"], r["timex_value"]) for r in rows] == expected
    assert {(r["anchor_date"], r["anchor_method"]) for r in rows} <= {(None, "none")}
    assert not [r for r in rows if "X" in r["timex_value"] and r["date_start"]]


def test_the_cases_cover_every_type():
    assert {expected["type"] for case in CASES for expected in case["dates"]} == {"DATE", "TIME", "DURATION", "SET"}


def test_the_night_is_the_anchor_where_the_text_names_a_day_of_its_week_and_is_less_sure():
    (_, resolved) = find_dates("HAVEN, March 4 (Wire) -- The ferry sank on Tuesday.", None)
    assert (resolved["timex_value"], resolved["anchor_date"], resolved["anchor_method"]) == (
        "2026-03-03",
        NIGHT,
        "night",
    )
    (_, published) = find_dates("HAVEN, March 4 (Wire) -- The ferry sank on Tuesday.")
    assert resolved["confidence"] < published["confidence"]


def test_an_old_page_is_not_read_from_the_night_of_its_dump():
    (_, resolved) = find_dates("HAVEN, August 11, 1998 (Wire) -- The ferry sank on Tuesday.", None)
    assert (resolved["timex_value"], resolved["anchor_method"]) == ("XXXX-WXX-2", "none")


def test_in_a_report_of_results_a_year_ago_is_the_same_quarter_the_year_before():
    rows = find_dates(
        "Net income rose in the third quarter. Sales grew 4 percent from a year earlier.", date(2025, 10, 20)
    )
    assert [row["timex_value"] for row in rows] == ["2025-Q3", "2024-Q3"]


def test_the_words_of_matches_are_counted_once_for_any_number_of_quarters():
    class CountedTenses(str):
        counts = 0

        def count(self, *mark):
            CountedTenses.counts += 1
            return super().count(*mark)

    (tokens,) = classify_tokens(pa.array(["Sales rose in the first quarter. " * 20]), [()])
    resolved = [*resolve_expressions(tokens._replace(tenses=CountedTenses(tokens.tenses)), DAY)]
    assert len(resolved) == 20 and CountedTenses.counts == 2, "once for matches, once for results"


def test_expressions_are_placed_on_the_page_that_the_text_was_cut_from():
    page = "MENU\nIt sank on Monday.\nSHARE THIS\nIt rose on Tuesday.\n"
    cut = [(page.index("It sank"), page.index("SHARE")), (page.index("It rose"), len(page))]
    rows = find_dates(page, ranges=cut)
    assert [(r["line_start"], page[r["page_char_start"] : r["page_char_end"]]) for r in rows] == [
        (2, "Monday"),
        (4, "Tuesday"),
    ]
    assert [row["sentence_index"] for row in rows] == [0, 1]


def test_no_expression_runs_across_a_seam_or_a_line():
    page = "It sank last XXXX week, and two\nyears passed."
    cut = page.index("XXXX")
    assert [row["surface"] for row in find_dates(page, ranges=[(0, cut), (cut + 5, len(page))])] == ["years"]


def test_other_languages_are_left_alone():
    assert find_dates("Am 4. Mai 1998 und on Monday.", language="de") == []
    assert find_dates("") == []


def test_a_date_after_a_date_is_returned_once():
    rows = find_dates("The fair ran from April 29 to 9 May 2003.")
    assert [row["surface"] for row in rows] == ["April 29", "9 May 2003"]
    assert [row["surface"] for row in find_dates("The fair ran from April 24 to 26.")] == ["April 24", "26"]


words = st.sampled_from(
    [
        "Monday",
        "April 29",
        "to",
        "on",
        "last",
        "the",
        "May",
        "Sept.",
        "31",
        "30",
        "29",
        "February",
        "1999",
        "'98",
        "week",
        "years",
        "ago",
        "two",
        "hundred",
        "and",
        "a",
        "half",
        "10:30",
        "p.m.",
        "noon",
        "tomorrow",
        "night",
        "third",
        "quarter",
        "of",
        "Easter",
        "Day",
        "New",
        "Year's",
        "Eve",
        "every",
        "weekend",
        "0",
        "00",
        "99/99/9999",
        "2026-13-45",
        "12/31/99",
        "century",
        "will",
        "21st",
        "1990s",
        "'80s",
        "earlier",
        "this",
        "fiscal",
        "next",
        "-",
        ",",
        "from now",
        "thousand",
        "twenty",
        "nineteen",
        "1,000,000,000",
        "999",
        "decades",
        "centuries",
        "ünï",
        "İ",
        "²",
        "٣",
        "summer",
        "end",
        "until",
        "Election",
        "24:61",
    ]
)
pages = st.lists(st.one_of(words, st.sampled_from([" ", " ", " ", "\n", ". ", "’s", "-"])), max_size=60).map(" ".join)
days = st.one_of(st.none(), st.dates(), st.sampled_from([date.min, date.max, date(2024, 2, 29)]))


@settings(max_examples=150, deadline=None)
@given(pages, days, st.lists(st.integers(0, 300), max_size=6))
def test_every_span_equals_the_text_of_the_page_for_any_words(page, day, cuts):
    cuts = sorted({min(cut, len(page)) for cut in cuts})
    ranges = [cut for cut in zip(cuts[::2], cuts[1::2], strict=False)] or ([(0, len(page))] if page else [])
    text = "".join(page[start:end] for start, end in ranges)
    day = day if day is None or day.year >= 1700 else day.replace(year=1700, day=min(day.day, 28))
    rows = find_dates(page, day, ranges)
    assert [row["char_start"] for row in rows] == sorted({row["char_start"] for row in rows})
    place = Placement(text, _placed(page, ranges))
    for row in rows:
        assert (
            row["surface"]
            == text[row["char_start"] : row["char_end"]]
            == page[row["page_char_start"] : row["page_char_end"]]
        )
        assert row["surface"].strip() == row["surface"] != ""
        assert not place.crosses_seam(row["char_start"], row["char_end"])
        assert row["date_start"] is None or row["date_start"] < row["date_end"]
        assert 0 < row["confidence"] <= 1


@pytest.mark.parametrize(
    "page",
    [
        "two " * 25_000,
        "the last " * 12_000,
        "twenty-" * 15_000,
        "1," * 50_000,
        "Monday " * 15_000,
        "a hundred and " * 8_000,
    ],
    ids=["numbers", "last", "tens", "commas", "days", "hundreds"],
)
def test_a_page_of_such_words_only_takes_linear_time(page):
    began = time.process_time()
    find_dates(page)
    assert time.process_time() - began < 8


@pytest.mark.skipif(not SEED.is_dir(), reason="the corpora are not next to this checkout")
def test_tuesday_of_a_real_page_is_symbolic_without_a_day_and_right_with_one():
    page = next(SEED.glob("*.txt")).read_text(encoding="utf8")
    lines = page.splitlines(keepends=True)
    body = [(len("".join(lines[:4])), len("".join(lines[:17])))]
    assert "XXXX-WXX-2" in [row["timex_value"] for row in find_dates(page, None, body) if row["surface"] == "Tuesday"]
    assert {row["timex_value"] for row in find_dates(page, DAY, body) if row["surface"] == "Tuesday"} == {"2026-03-03"}
