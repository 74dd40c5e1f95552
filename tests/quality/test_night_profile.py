"""The night compared with the nights before, on rows counted by hand."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from newsmill.quality.night_profile import FEWEST, profile_night, profile_sources
from newsmill.relations import ARTICLE_WARNINGS, ARTICLES

NIGHT = date(2026, 11, 22)


def history_of(*counts: int, dump: str = "harbour", language: str = "en") -> ds.Dataset:
    """Return earlier nights with so many articles each, the last of them the night before."""
    rows = [
        {"dump": dump, "language": language, "night": NIGHT - timedelta(days=back)}
        for back, count in enumerate(reversed(counts), 1)
        for _ in range(count)
    ]
    schema = pa.schema([("dump", pa.string()), ("language", pa.string()), ("night", pa.date32())])
    return ds.dataset(pa.Table.from_pylist(rows, schema))


@pytest.fixture
def profiled(made):
    """Return the profile of a night given by its rows, by dump."""

    def counted(rows: dict, rejects=None, history: ds.Dataset | None = None, limits: dict | None = None):
        night = made.tables(rows)
        away = made.turned_away() if rejects is None else rejects
        earlier = history_of() if history is None else history
        frame = profile_night(night["pages"], night["articles"], away, night["quotes"], earlier, limits or {})
        return frame.set_index("dump")

    return counted


@pytest.fixture
def articles(made):
    """Return a night of so many articles."""
    return lambda count, **changes: {"articles": [made.article(n, **changes) for n in range(1, count + 1)]}


def test_a_night_without_anything_has_one_row_that_says_so(profiled):
    frame = profiled({})
    assert frame.index.tolist() == ["*"]
    assert frame.loc["*", ["records", "pages", "articles", "rejected"]].tolist() == [0, 0, 0, 0]


def test_every_dump_has_a_row_and_the_night_has_one(made, profiled):
    rows = {"pages": [made.page(1), made.page(1, "valley")], "articles": [made.article(1)]}
    frame = profiled(rows)
    assert frame["pages"].to_dict() == {"*": 2, "harbour": 1, "valley": 1}
    assert frame["articles"].to_dict() == {"*": 1, "harbour": 1, "valley": 0}


def test_a_landed_dump_without_records_has_a_row(profiled):
    assert profiled({}, limits={"silent": 0.1}).loc["silent", "articles"] == 0


def test_volume_is_held_against_the_median_of_earlier_nights(profiled, articles):
    frame = profiled(articles(5), history=history_of(10, 30, 20))
    assert frame.loc["harbour", "articles_median"] == 20
    assert frame.loc["harbour", "volume_ratio"] == 0.25
    assert frame.loc["*", "volume_ratio"] == 0.25


def test_only_the_last_seven_nights_count(profiled, articles):
    frame = profiled(articles(4), history=history_of(90, 90, 90, 4, 4, 4, 4, 4, 4, 4))
    assert frame.loc["harbour", "volume_ratio"] == 1


def test_a_first_night_has_nothing_to_be_held_against(profiled, articles):
    assert pd.isna(profiled(articles(4)).loc["harbour", "volume_ratio"])


def test_a_dump_that_stays_away_is_missed(profiled):
    frame = profiled({}, history=history_of(6, 6, 6))
    assert frame.loc["harbour", "volume_ratio"] == 0


def test_a_dump_that_came_once_is_not_missed_for_ever(profiled):
    once = pa.concat_tables([history_of(9, 0, 0).to_table(), history_of(5, 5, 5, dump="valley").to_table()])
    assert "harbour" not in profiled({}, history=ds.dataset(once)).index


def test_records_refused_by_the_reader_count_among_those_turned_away(made, profiled):
    rejects = pa.concat_tables(
        [
            made.turned_away((9, "harbour", "broken_record"), stage="read"),
            made.turned_away((1, "harbour", "empty")),
        ]
    )
    pages = [made.page(n) for n in (*range(1, 9), *range(10, 21))]
    frame = profiled({"pages": pages}, rejects, limits={"harbour": 0.3})
    assert frame.loc["harbour", ["records", "rejected", "reject_share"]].tolist() == [20, 2, 0.1]
    assert frame.loc["harbour", "max_reject_share"] == 0.3
    assert pd.isna(frame.loc["*", "max_reject_share"])


def test_a_page_turned_away_for_two_reasons_counts_once(made, profiled):
    rejects = made.turned_away((1, "harbour", "empty"), (1, "harbour", "error_page"))
    frame = profiled({"pages": [made.page(n) for n in range(1, 21)]}, rejects)
    assert frame.loc["harbour", "reject_share"] == 0.05


def test_what_a_small_dump_loses_is_counted_and_is_no_share(made, profiled):
    pages = {"pages": [made.page(n) for n in range(1, FEWEST)]}
    frame = profiled(pages, made.turned_away((1, "harbour", "error_page")), limits={"harbour": 0.0})
    assert frame.loc["harbour", ["records", "rejected"]].tolist() == [FEWEST - 1, 1]
    assert pd.isna(frame.loc["harbour", "reject_share"])


def test_a_change_of_language_is_measured_against_the_main_one(made, profiled):
    tonight = {"articles": [made.article(n, language="en" if n <= 15 else "de") for n in range(1, 26)]}
    frame = profiled(tonight, history=history_of(50, 50))
    assert frame.loc["harbour", "main_language"] == "en"
    assert round(frame.loc["harbour", "language_shift"], 6) == 0.4


def test_the_main_language_may_vanish_altogether(profiled, articles):
    frame = profiled(articles(FEWEST, language="fr"), history=history_of(FEWEST))
    assert frame.loc["harbour", "language_shift"] == 1


def test_the_share_of_titles_counts_empty_titles_as_none(made, profiled):
    rows = {"articles": [made.article(n, title=("" if n == 1 else None) if n <= 5 else "Rain") for n in range(1, 21)]}
    assert profiled(rows).loc["harbour", "titled_share"] == 0.75


def test_the_share_of_error_pages_is_of_all_pages(made, profiled):
    rejects = made.turned_away(*((n, "harbour", "error_page") for n in range(1, 6)), (6, "harbour", "empty"))
    frame = profiled({"pages": [made.page(n) for n in range(1, 21)]}, rejects)
    assert frame.loc["harbour", "error_page_share"] == 0.25


def test_the_share_of_speakers_is_of_direct_quotations_alone(made, profiled, articles):
    spoken = [made.quote(n, speaker_surface="Odile Brandt" if n <= 10 else None) for n in range(1, 21)]
    indirect = [made.quote(n, quote_type="indirect", speaker_surface=None) for n in range(1, 21)]
    frame = profiled(articles(20) | {"quotes": spoken + indirect})
    assert frame.loc["harbour", "spoken_share"] == 0.5


def test_a_share_of_few_rows_is_left_out(made, profiled, articles):
    rows = articles(FEWEST - 1) | {"pages": [made.page(1)], "quotes": [made.quote(1)]}
    shares = profiled(rows, history=history_of(30)).loc[
        "harbour",
        [
            "titled_share",
            "error_page_share",
            "spoken_share",
            "language_shift",
        ],
    ]
    assert shares.isna().all()


@pytest.mark.parametrize(
    ("counts", "silent"),
    [((5, 5, 5), 1), ((5, 5, 0), 2), ((5, 5, 0, 0), 3), ((0, 5, 5, 0, 0, 0, 0), 5)],
)
def test_nights_of_silence_count_from_the_last_night_with_an_article(profiled, counts, silent):
    others = history_of(*(1 for _ in counts), dump="valley").to_table()
    both = pa.concat_tables([history_of(*counts).to_table(), others])
    assert profiled({}, history=ds.dataset(both)).loc["harbour", "silent_nights"] == silent


def test_a_source_with_an_article_is_not_silent_and_a_new_one_has_no_history(articles, profiled):
    frame = profiled(articles(1), history=history_of(5, 5, 0), limits={"new": 0.2})
    assert frame.loc["harbour", "silent_nights"] == 0
    assert pd.isna(frame.loc["new", "silent_nights"])


def profiled_sources(made, warnings: list[list[str]], late: dict[int, list[str]]) -> pd.DataFrame:
    """Return the profile of publishers for articles of one, each with warnings and late warnings."""
    rows = [made.article(n, quality_warnings=names) for n, names in enumerate(warnings, 1)]
    late_rows = [{"page_id": made.article(n)["page_id"], "quality_warnings": names} for n, names in late.items()]
    articles = pa.Table.from_pylist(rows, ARTICLES.schema)
    return profile_sources(articles, pa.Table.from_pylist(late_rows, ARTICLE_WARNINGS.schema), NIGHT)


def profiled_dates(made, **columns) -> dict:
    """Return the profile of a publisher whose articles have the values of columns, in turn."""
    values = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    articles = pa.Table.from_pylist([made.article(n, **row) for n, row in enumerate(values, 1)], ARTICLES.schema)
    (row,) = profile_sources(articles, ARTICLE_WARNINGS.empty(), NIGHT).to_dict("records")
    return row


def test_a_publisher_without_dates_is_seen(made):
    moments = [None] * 5 + [datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in range(FEWEST - 5)]
    row = profiled_dates(made, published_at=moments, published_day=[moment and moment.date() for moment in moments])
    assert row["dated_share"] == (FEWEST - 5) / FEWEST


def test_times_that_are_all_alike_and_days_far_from_the_night_are_seen(made):
    export = datetime(2025, 1, 2, 3, 4, tzinfo=UTC)
    row = profiled_dates(made, published_at=[export] * FEWEST, published_day=[export.date()] * FEWEST)
    assert (row["dated_share"], row["same_time_share"], row["far_share"]) == (1, 1, 1)


def test_days_without_a_clock_may_be_alike(made):
    days = {"published_at": [datetime(2026, 11, 22, tzinfo=UTC)] * FEWEST, "published_precision": ["day"] * FEWEST}
    row = profiled_dates(made, **days)
    assert pd.isna(row["same_time_share"]) and row["far_share"] == 0


def test_texts_that_are_likely_not_the_article_are_a_share_of_their_publisher(made):
    warnings = [["likely_truncated"]] * 3 + [["few_words", "likely_overcomplete"]] + [[]] * (FEWEST - 4)
    (row,) = profiled_sources(made, warnings, {FEWEST: ["likely_truncated", "mentions_failed"]}).to_dict("records")
    assert (row["source_id"], row["articles"]) == ("harbour.example", FEWEST)
    assert (row["truncated_share"], row["overcomplete_share"]) == (4 / FEWEST, 1 / FEWEST)


def test_a_publisher_of_few_articles_has_no_share(made):
    (row,) = profiled_sources(made, [["likely_truncated"]] * (FEWEST - 1), {}).to_dict("records")
    assert row["articles"] == FEWEST - 1 and pd.isna(row["truncated_share"])
