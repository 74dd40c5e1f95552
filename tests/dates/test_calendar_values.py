"""The calendar: values of days, and days of values, over year ends, leap days and weeks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.dates.calendar_values import easter_sunday, interval, nearest_weekday, nth_weekday, period_of, shift
from newsmill.dates.normalization import AHEAD, PAST, Context, normalize, parse_number, parse_year

days = st.dates(date(1800, 1, 1), date(2200, 12, 31))
units = st.sampled_from(["D", "W", "M", "Q", "Y", "10Y", "100Y"])


@given(days, units)
def test_the_period_of_a_day_contains_that_day(day, unit):
    start, end = interval(period_of(unit, day))
    assert start <= day < end


@given(days, units)
def test_periods_follow_each_other_without_gap(day, unit):
    _, end = interval(period_of(unit, day))
    assert interval(period_of(unit, end))[0] == end


@given(days, st.sampled_from(["M", "Q", "Y"]), st.integers(-500, 500))
def test_a_day_shifted_by_months_keeps_its_number_or_is_the_last_of_its_month(day, unit, count):
    moved = shift(day, unit, count)
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(1)).day == 1)


@given(days, st.integers(1, 7))
def test_the_weekday_before_and_the_one_after_are_less_than_a_week_away(day, number):
    before, after = nearest_weekday(number, day, PAST), nearest_weekday(number, day, AHEAD)
    assert before.isoweekday() == after.isoweekday() == number
    assert day - timedelta(6) <= before <= day <= after <= day + timedelta(6)
    assert (after - before).days in (0, 7)


@given(days, st.integers(1, 7), st.sampled_from(["last", "next"]))
def test_last_and_next_never_mean_the_day_itself(day, number, word):
    name = "monday tuesday wednesday thursday friday saturday sunday".split()[number - 1]
    timex = normalize("weekday", {"weekday": (name,), "side": (word,)}, (word, name), Context(day))
    away = (timex.days[0] - day).days
    assert timex.days[0].isoweekday() == number
    assert -7 <= away < 0 if word == "last" else 0 < away <= 7


@given(days, st.integers(1, 12))
def test_a_bare_month_is_within_a_year(day, month):
    name = "january february march april may june july august september october november december".split()[month - 1]
    timex = normalize("month", {"month": (name,)}, ("in", name), Context(day))
    assert abs((timex.days[0] - day).days) <= 366


@given(days)
def test_a_date_without_a_year_is_within_eleven_months(day):
    timex = normalize("date", {"month": ("december",), "dom": ("31",)}, (), Context(day))
    assert abs((timex.days[0] - day).days) <= 183


@given(days)
def test_29_february_is_of_a_leap_year(day):
    timex = normalize("date", {"month": ("february",), "dom": ("29",)}, (), Context(day))
    assert timex.days[0].month == 2 and timex.days[0].day == 29


@given(days, st.sampled_from([PAST, 0, AHEAD]))
def test_the_weekend_is_a_saturday_and_a_sunday_near_by(day, tense):
    start, end = normalize("weekend", {}, (), Context(day, tense)).days
    assert (start.isoweekday(), (end - start).days) == (6, 2)
    assert abs((start - day).days) <= 8


@given(days)
def test_weeks_over_the_year_end_have_the_year_of_their_thursday(day):
    value = period_of("W", day)
    assert int(value[:4]) == (day + timedelta(4 - day.isoweekday())).year


@pytest.mark.parametrize(
    ("year", "day"), [(1818, (3, 22)), (1943, (4, 25)), (1998, (4, 12)), (2000, (4, 23)), (2026, (4, 5))]
)
def test_easter_is_when_it_was(year, day):
    assert easter_sunday(year) == date(year, *day)


def test_named_weekdays_of_a_month_are_counted_from_both_ends():
    assert nth_weekday(2026, 11, 4, 4) == date(2026, 11, 26)
    assert nth_weekday(2026, 5, 1, -1) == date(2026, 5, 25)


@pytest.mark.parametrize(
    "value", ["XXXX-WXX-2", "P3M", "PAST_REF", "2025-02-29", "2026-W54", "2026-13", "", "2026-Q5", "0000"]
)
def test_a_value_without_known_days_has_no_interval(value):
    assert interval(value) is None


@pytest.mark.parametrize(
    ("day", "value"), [(date(2026, 1, 10), "2024-WI"), (date(2026, 3, 1), "2025-WI"), (date(2026, 12, 5), "2025-WI")]
)
def test_last_winter_is_the_one_that_ended(day, value):
    assert normalize("season", {"season": ("winter",), "side": ("last",)}, (), Context(day)).timex_value == value


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("twenty - five", 25),
        ("two hundred and six", 206),
        ("1,000", 1000),
        ("a hundred", 100),
        ("a", 1),
        ("two and a half", 2.5),
        ("two thousand and six", 2006),
    ],
)
def test_number_words_have_their_value(words, number):
    assert parse_number(words.split()) == number


@pytest.mark.parametrize(
    ("words", "year"),
    [
        ("nineteen ninety - six", 1996),
        ("'98", 1998),
        ("'26", 2026),
        ("1998", 1998),
        ("two thousand and six", 2006),
        ("twenty ten", 2010),
    ],
)
def test_year_words_have_their_value(words, year):
    assert parse_year(words.split(), date(2026, 3, 4)) == year
