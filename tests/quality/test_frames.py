"""The columns that the checks derive, on rows counted by hand."""

from datetime import UTC, datetime

import pytest

from newsmill.quality.frames import select_frames
from newsmill.quality.suites import LAKE_SUITES


@pytest.fixture
def frame_of(made):
    """Return what the check looks at of one relation, of a night given by its rows."""

    def framed(target: str, rows: dict):
        selected = {suite.target: frame for suite, frame in select_frames(LAKE_SUITES, made.tables(rows), made.NIGHT)}
        return selected[target]

    return framed


@pytest.mark.parametrize(
    ("published", "days"),
    [
        (datetime(2026, 11, 23, 0, tzinfo=UTC), 0.0),
        (datetime(2026, 11, 24, 12, tzinfo=UTC), 1.5),
        (datetime(2026, 11, 22, 0, tzinfo=UTC), -1.0),
    ],
)
def test_days_are_counted_from_the_end_of_the_night(made, frame_of, published, days):
    frame = frame_of("articles", {"articles": [made.article(1, published_at=published)]})
    assert frame["days_after_night"].tolist() == [days]


def test_the_year_of_publication_is_that_of_universal_time(made, frame_of):
    old = made.article(1, published_at=datetime(1969, 12, 31, 23, 59, tzinfo=UTC))
    frame = frame_of("articles", {"articles": [old]})
    assert frame["published_year"].tolist() == [1969]


def test_an_article_without_a_date_is_neither_early_nor_late(made, frame_of):
    frame = frame_of("articles", {"articles": [made.article(1, published_at=None)]})
    assert frame[["published_year", "days_after_night"]].isna().all(axis=None)


def test_blocks_that_cover_the_page_leave_nothing_uncovered(made, frame_of):
    frame = frame_of("articles", {"articles": [made.article(1)], "text_blocks": made.blocks(1)})
    assert frame["uncovered_chars"].tolist() == [0]


def test_a_gap_between_blocks_is_counted(made, frame_of):
    gap = made.blocks(1, page_char_start=made.KEPT_CHARS + 7)
    frame = frame_of("articles", {"articles": [made.article(1)], "text_blocks": gap})
    assert frame["uncovered_chars"].tolist() == [7]


def test_an_article_without_blocks_is_wholly_uncovered(made, frame_of):
    frame = frame_of("articles", {"articles": [made.article(1)]})
    assert frame["uncovered_chars"].tolist() == [made.PAGE_CHARS]


def test_only_a_block_dropped_without_a_reason_is_counted(made, frame_of):
    frame = frame_of("text_blocks", {"text_blocks": made.blocks(1) + made.blocks(2, reason=None)})
    assert frame["unexplained_drops"].tolist() == [0, 0, 0, 1]


def test_the_length_of_a_quotation_is_that_of_its_span(made, frame_of):
    frame = frame_of("quotes", {"quotes": [made.quote(1, char_start=10, char_end=35)]})
    assert frame["quote_chars"].tolist() == [25]


def test_the_length_of_a_mention_is_that_of_its_span(made, frame_of):
    frame = frame_of("mentions", {"mentions": [made.mention(1, char_start=10, char_end=22)]})
    assert frame["surface_chars"].tolist() == [12]
