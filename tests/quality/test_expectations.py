"""No expectation is vacuous: each holds on a good row, and fails on the row that was spoilt for it."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from newsmill.extractors import Extractor, extractors
from newsmill.quality import gate
from newsmill.quality.frames import select_frames
from newsmill.quality.suites import DUMP_SUITE, LAKE_SUITES, NIGHT_SUITE, SOURCE_SUITE, STORY_SUITE, TABLE_SUITES, Suite
from newsmill.runs import Run

pytestmark = pytest.mark.slow

ALL_SUITES = (*LAKE_SUITES, NIGHT_SUITE, DUMP_SUITE, SOURCE_SUITE, STORY_SUITE, *TABLE_SUITES)
DECLARED = [(suite, expect) for suite in ALL_SUITES for expect in suite.expectations]
FIRST, LAST = pd.Timestamp("2026-11-22"), pd.Timestamp("9999-12-31")
_VALID = {"valid_from": FIRST, "valid_to": LAST, "is_current": True}
_SPAN = {"char_start": 10, "char_end": 60, "page_char_start": 110, "page_char_end": 160, "line_start": 3, "line_end": 4}
_DUMP = {
    "articles": 40,
    "volume_ratio": 1.0,
    "language_shift": 0.0,
    "titled_share": 1.0,
    "error_page_share": 0.0,
    "spoken_share": 0.9,
    "silent_nights": 0.0,
    "reject_share": 0.1,
    "max_reject_share": 0.2,
}
GOOD_ROWS = {
    "night": _DUMP,
    "dumps": _DUMP,
    "source_stories": {"largest_story_share": 0.5},
    "sources": {
        "truncated_share": 0.1,
        "overcomplete_share": 0.0,
        "dated_share": 0.9,
        "same_time_share": 0.1,
        "far_share": 0.0,
    },
    "dim_source": {"source_id": "harbour.example", "country_code": "NO", **_VALID},
    "dim_article": {
        "article_id": "harbour.example/1",
        "version": 1,
        "page_id": "a#1",
        "byte_start": 0,
        "byte_end": 9,
        "language": "en",
        "published_confidence": 0.5,
        "published_method": "text",
        **_VALID,
    },
    "dim_text": {"article_key": 1, "night": FIRST, "shingle_count": 4},
    "fact_entity_name": {
        "entity_name_key": 1,
        "entity_id": "person:ada",
        "text_entity_id": "person:ada",
        "mention_count": 1,
    },
    "fact_entity_count": {"entity_count_key": 1, "source_id": "a.example", "name_id": "person:ada", "article_count": 1},
    "dim_entity_link": {
        "entity_link_key": 1,
        "name_id": "person:ada",
        "linked_entity_id": "person:ada quill",
        "linked_name": "Ada Quill",
        "link_basis": "surname",
        "link_confidence": 0.9,
    },
    "fact_lsh_bucket": {"text_key": 2, "article_key": 1, "text_count": 201},
    "dim_story": {
        "story_id": "s",
        "canonical_article_id": "a",
        "first_seen": FIRST,
        "last_seen": FIRST,
        "article_count": 3,
        "origin_count": 2,
        "source_count": 3,
    },
    "dim_entity": {
        "entity_id": "person:o",
        "canonical_name": "O",
        "entity_type": "person",
        "country_code": "NO",
        "is_hidden": False,
        **_VALID,
    },
    "dim_entity_decision": {
        "entity_id": "person:o",
        "decision": "hide",
        "decided_by": "A",
        "decided_at": datetime(2026, 11, 22, tzinfo=UTC),
        "because": "B",
    },
    "dim_attribution": {
        "attribution_class": "named",
        "is_anonymous": False,
        "source_role": "none",
        "relay": "none",
        "seniority": "none",
    },
    "dim_boilerplate": {
        "block_hash": "0123456789abcdef",
        "reason": "navigation",
        "page_count": 3,
        "source_count": 2,
        "decision": "keep",
        "first_seen": FIRST,
        "last_seen": FIRST,
    },
    "fact_training_run": {"history_id": "a", "learned_night": FIRST, "learned_id": "a"},
    "fact_article": {
        "source_key": 1,
        "story_key": -1,
        "night": FIRST,
        "ingest_date_key": 20261122,
        "published_date_key": -1,
        "is_canonical": True,
        "is_copy": False,
        "page_chars": 9,
        "kept_chars": 9,
        "language_confidence": 1.0,
        "rps_doc_frac_unique_words": 0.0,
        "rps_doc_stop_word_fraction": 0.4,
    },
    "fact_text_block": {
        "article_key": -1,
        "boilerplate_key": -1,
        "night": FIRST,
        "block_index": 0,
        **_SPAN,
        "disposition": "dropped",
        "reason": "repeat",
    },
    "fact_article_pair": {
        "from_article_key": 1,
        "to_article_key": 2,
        "night": FIRST,
        "relation": "exact",
        "similarity": 1.0,
        "containment": 1.0,
        "shared_chars": 0,
    },
    "dim_place": {
        "geonames_id": 1,
        "name": "O",
        "place_type": "town",
        "latitude": 0.0,
        "longitude": 0.0,
        "population": 1,
    },
    "bridge_article_story": {"article_key": 1, "relation": "copy", "weight": 1.0, **_VALID},
}


def good_fact(extractor: Extractor, made) -> dict:
    """Return a row of an extractor's fact table: its relation's row, with a night and the keys."""
    rows = made.extracted(extractor.name, 1)
    days = {name: pd.Timestamp(value) for name, value in rows.items() if type(value) is date}
    return {**rows, **days, "article_key": 1, "night": FIRST, **dict.fromkeys(extractor.links, -1)}


def _out_of_bounds(row: dict, kwargs: dict, _other: dict) -> None:
    low, high = kwargs["min_value"], kwargs["max_value"]
    outside = high + 1 if high is not None else low - (0 if kwargs["strict_min"] else 1)
    row[kwargs["column"]] = outside


def _not_after(row: dict, kwargs: dict, _other: dict) -> None:
    later, earlier = row[kwargs["column_A"]], row[kwargs["column_B"]]
    step = pd.Timedelta(days=1) if isinstance(earlier, pd.Timestamp) else 1
    row[kwargs["column_A"]] = earlier - step if kwargs["or_equal"] or later is None else earlier


def _same_again(row: dict, kwargs: dict, other: dict) -> None:
    for column in kwargs.get("column_list", ()) or [kwargs["column"]]:
        row[column] = other[column]


def _alike(row: dict, kwargs: dict, _other: dict) -> None:
    first, *others = kwargs["column_list"]
    row.update(dict.fromkeys(others, row[first]))


SPOIL = {
    "expect_column_values_to_not_be_null": lambda row, kwargs, other: row.update({kwargs["column"]: None}),
    "expect_column_values_to_be_unique": _same_again,
    "expect_compound_columns_to_be_unique": _same_again,
    "expect_column_values_to_be_in_set": lambda row, kwargs, other: row.update({kwargs["column"]: "no such word"}),
    "expect_column_values_to_be_between": _out_of_bounds,
    "expect_column_values_to_match_regex": lambda row, kwargs, other: row.update({kwargs["column"]: "?!"}),
    "expect_column_pair_values_a_to_be_greater_than_b": _not_after,
    "expect_select_column_values_to_be_unique_within_record": _alike,
}


def _good_rows(suite: Suite, made, count: int) -> list[dict]:
    if suite in LAKE_SUITES:
        night = made.night_of(count)
        night["pages"] = [row | {"country_code": "NO", "declared_language": "en"} for row in night["pages"]]
        night["text_blocks"] = [b | {"repeat_of_block": b["block_index"] - 1} for b in night["text_blocks"]]
        frame = dict((s.target, f) for s, f in select_frames(LAKE_SUITES, made.tables(night), made.NIGHT))[suite.target]
        return frame.to_dict("records")[:count]
    facts = {extractor.fact_table: extractor for extractor in extractors()}
    assert suite.name in GOOD_ROWS.keys() | facts, (
        f"add a row that meets the suite {suite.name} to {__name__}.GOOD_ROWS"
    )
    row = good_fact(facts[suite.name], made) if suite.name in facts else GOOD_ROWS[suite.name]
    unique = {
        suite.key[-1]
        if suite.name == "dumps"
        else next(c for c in suite.key if c != "article_key" or suite.name in ("fact_article", "dim_article")): None
    }
    return [{**row, **dict.fromkeys(unique, n)} for n in range(count)]


@pytest.fixture(scope="module")
def findings(tmp_path_factory, made) -> dict:
    """Return the findings, by suite and expectation, on good rows and on rows each spoilt for one expectation."""
    run = Run(tmp_path_factory.mktemp("home"), date(2026, 11, 22), "2026-11-22-manual-1")
    good, spoilt = [], []
    for suite in ALL_SUITES:
        rows = _good_rows(suite, made, len(suite.expectations) + 1)
        good.append((suite, pd.DataFrame(rows)))
        for row, expect in zip(rows, suite.expectations, strict=False):
            assert expect.type in SPOIL, f"say in SPOIL of {__name__} how a row fails {expect.type}"
            SPOIL[expect.type](row, expect.kwargs, rows[-1])
        spoilt.append((suite, pd.DataFrame(rows)))
    pairs_of = {"good": good, "spoilt": spoilt}
    validated = {kind: gate.validate(pairs, "check", run).findings for kind, pairs in pairs_of.items()}
    return {(kind, f.suite.name, f.expect.name): f for kind, results in validated.items() for f in results}


@pytest.mark.parametrize(("suite", "expect"), DECLARED, ids=[f"{s.name}-{e.slug}" for s, e in DECLARED])
def test_an_expectation_holds_on_good_rows_and_finds_the_spoilt_one(findings, suite, expect):
    good, spoilt = (findings[kind, suite.name, expect.name] for kind in ("good", "spoilt"))
    assert not good.broken and not spoilt.broken, (good.observed, spoilt.observed)
    assert good.success, good.sentence()
    assert not spoilt.success or suite.by_row, "one row may be withheld, and is found all the same"
    assert suite.expectations.index(expect) in spoilt.failing.index


def test_every_expectation_was_tried(findings):
    assert {(s.name, e.name) for s, e in DECLARED} == {(suite, name) for _, suite, name in findings}
