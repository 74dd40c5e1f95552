"""Publication times in the formats of dumps."""

from datetime import UTC, date, datetime, timedelta, timezone
from time import process_time

import pytest

from newsmill.readers.timestamps import parse_timestamp

QUARTER_PAST = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
AT_NIGHT = datetime(2026, 3, 2, 22, 15, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T10:15:00Z",
        "2026-03-02T12:15:00+02:00",
        "2026-03-02T05:15:00-0500",
        "2026-03-02 10:15:00",
        "2026-03-02 11:15:00 +0100",
        "2026-03-02 10:15 UTC",
        "2026/03/02 10:15:00",
        " 2026-03-02T10:15 ",
        1772446500,
        1772446500.0,
        1772446500000,
        "1772446500",
        "1772446500000",
        1772446500000000,
        20260302101500,
        "Mon, 02 Mar 2026 10:15:00 GMT",
        "Mon, 02 Mar 2026 05:15:00 EST",
        "Mon Mar 02 10:15:00 +0000 2026",
        "02-MAR-2026 10:15:00.79",
        "March 2, 2026 10:15",
        "Mar. 2, 2026 at 10:15 a.m.",
        "Monday, 2 March 2026, 10:15 GMT",
        "March 2, 2026 5:15 a.m. ET",
        "Mon Mar 2, 2026 5:15am EST",
        "5:15 am EST on March 2, 2026",
        "10:15, 2 March 2026",
        "2nd March 2026 | 10:15 (GMT)",
        "2026-03-02T5:15:00-05:00",
        "2026-03-02 05:15 EST",
        "2. März 2026, 11:15 CET",
        "2 mars 2026 à 10h15",
        "lunes, 2 de marzo de 2026 10:15",
        "2 марта 2026, 13:15 MSK",
        "2.3.2026, 10:15",
        "2026年3月2日 10時15分",
        "2026年3月2日（月）10:15",
        "2026년 3월 2일 10:15",
        "2026. 3. 2. 10:15",
        "2026년 3월 2일 오전 10:15",
        "2026年3月2日 午前10時15分",
        "2 March 2026, 15:15 GMT+5",
        "2 March 2026, 10:15 IST",
        "2026-03-02 10:15 IST",
        "2  March 2026,   10:15",
        "Mon Mar 02 2026 11:15:00 +0100 (Central European Standard Time)",
        {"$date": "2026-03-02T10:15:00Z"},
        {"$date": {"$numberLong": "1772446500000"}},
        ["2026-03-02T10:15:00Z"],
        datetime(2026, 3, 2, 10, 15),
        datetime(2026, 3, 2, 5, 15, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_a_time_is_read_in_any_spelling(value):
    assert parse_timestamp(value) == QUARTER_PAST


@pytest.mark.parametrize(
    ("value", "hours"),
    [("2026-03-02T05:15:00-05:00", -5), ("Mon, 02 Mar 2026 11:15:00 +0100", 1), ("2026-03-02T10:15:00", 0)],
)
def test_a_time_keeps_its_zone(value, hours):
    time = parse_timestamp(value)
    assert time == QUARTER_PAST and time.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02",
        date(2026, 3, 2),
        "20260302",
        20260302,
        "2026/03/02",
        "2 March 2026",
        "Mar 2, 2026",
        "2-Mar-2026",
    ],
)
def test_a_date_alone_is_its_midnight(value):
    assert parse_timestamp(value) == MIDNIGHT


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "02/03/2026",
        "2026-13-40",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-10:00",
        "2026",
        "12",
        "",
        0,
        3,
        True,
        None,
        [],
        {},
        {"$date": None},
        float("nan"),
        float("inf"),
        10**40,
        "May",
        "32 May 2026",
        "Smarch 2, 2026",
        "1e400",
        [[[[["2026"]]]]],
        "٢٠٢٦-٠٣-٠٢",
    ],
)
def test_what_cannot_be_read_with_certainty_is_no_time(value):
    assert parse_timestamp(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "1970-01-01T00:00:00Z",
        "1970-01-01",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1970-01-01T01:00:00+01:00",
        "1980-01-01T00:00:00Z",
        315532800,
        315532800000,
        0,
        "0",
        {"$date": {"$numberLong": "0"}},
    ],
)
def test_the_zero_of_a_clock_is_no_time(value):
    assert parse_timestamp(value) is None


def test_a_second_past_the_zero_of_a_clock_is_a_time():
    assert parse_timestamp("1970-01-01T00:00:01Z") == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert parse_timestamp("1980-01-01T09:30:00Z") == datetime(1980, 1, 1, 9, 30, tzinfo=UTC)


def test_fractions_of_a_second_are_kept():
    assert (
        parse_timestamp(1772446500.25).microsecond == parse_timestamp("2026-03-02T10:15:00.250Z").microsecond == 250000
    )


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("July 4, 2024 9:18 p.m. ET", datetime(2024, 7, 5, 1, 18, tzinfo=UTC)),
        ("January 4, 2024 9:18 p.m. ET", datetime(2024, 1, 5, 2, 18, tzinfo=UTC)),
        ("January 4, 2024 5 p.m. PT", datetime(2024, 1, 5, 1, tzinfo=UTC)),
        ("12:05 a.m., January 4, 2024", datetime(2024, 1, 4, 0, 5, tzinfo=UTC)),
        ("27/02/2026 10:15", datetime(2026, 2, 27, 10, 15, tzinfo=UTC)),
        ("02/27/2026", datetime(2026, 2, 27, tzinfo=UTC)),
        ("02/03/2026", None),
        ("2. Floor 2026", None),
        ("13 p.m. of 2026", None),
    ],
)
def test_zones_halves_of_the_day_and_figures(text, time):
    assert parse_timestamp(text) == time


@pytest.mark.parametrize("gap", [" " * 300, " - " * 20, "| " * 30, " 10:30" * 10])
def test_a_text_behind_a_clock_takes_no_time(gap):
    start = process_time()
    assert parse_timestamp(f"10:30{gap}x") is None
    assert process_time() - start < 0.1


def test_an_afternoon_is_read_by_its_name():
    assert parse_timestamp("2026년 3월 2일 오후 10:15") == parse_timestamp("2026年3月2日 下午10:15") == AT_NIGHT
