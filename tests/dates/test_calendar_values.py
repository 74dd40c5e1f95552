"""The calendar: values of days, and days of values, over year ends, leap days and weeks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.dates.calendar_values import easter, interval, nth_weekday, period, shifted, weekday
from newsmill.dates.normalization import AHEAD, PAST, Moment, amount, meaning, year_of

days = st.dates(date(1800, 1, 1), date(2200, 12, 31))
units = st.sampled_from(["D", "W", "M", "Q", "Y", "10Y", "100Y"])


@given(days, units)
def test_the_period_of_a_day_holds_that_day(day, unit):
    first, past = interval(period(unit, day))
    assert first <= day < past


@given(days, units)
def test_periods_follow_each_other_without_gap(day, unit):
    _, past = interval(period(unit, day))
    assert interval(period(unit, past))[0] == past


@given(days, st.sampled_from(["M", "Q", "Y"]), st.integers(-500, 500))
def test_a_day_shifted_by_months_keeps_its_number_or_is_the_last_of_its_month(day, unit, count):
    moved = shifted(day, unit, count)
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(1)).day == 1)


@given(days, st.integers(1, 7))
def test_the_weekday_before_and_the_one_after_lie_less_than_a_week_away(day, number):
    before, after = weekday(number, day, PAST), weekday(number, day, AHEAD)
    assert before.isoweekday() == after.isoweekday() == number
    assert day - timedelta(6) <= before <= day <= after <= day + timedelta(6)
    assert (after - before).days in (0, 7)


@given(days, st.integers(1, 7), st.sampled_from(["last", "next"]))
def test_last_and_next_never_mean_the_day_itself(day, number, word):
    name = "monday tuesday wednesday thursday friday saturday sunday".split()[number - 1]
    told = meaning("weekday", {"weekday": (name,), "side": (word,)}, (word, name), Moment(day))
    away = (told.days[0] - day).days
    assert told.days[0].isoweekday() == number
    assert -7 <= away < 0 if word == "last" else 0 < away <= 7


@given(days, st.integers(1, 12))
def test_a_bare_month_lies_within_a_year(day, month):
    name = "january february march april may june july august september october november december".split()[month - 1]
    told = meaning("month", {"month": (name,)}, ("in", name), Moment(day))
    assert abs((told.days[0] - day).days) <= 366


@given(days)
def test_a_date_without_a_year_lies_within_eleven_months(day):
    told = meaning("date", {"month": ("december",), "dom": ("31",)}, (), Moment(day))
    assert abs((told.days[0] - day).days) <= 183


@given(days)
def test_29_february_is_of_a_leap_year(day):
    told = meaning("date", {"month": ("february",), "dom": ("29",)}, (), Moment(day))
    assert told.days[0].month == 2 and told.days[0].day == 29


@given(days, st.sampled_from([PAST, 0, AHEAD]))
def test_the_weekend_is_a_saturday_and_a_sunday_near_by(day, tense):
    first, past = meaning("weekend", {}, (), Moment(day, tense)).days
    assert (first.isoweekday(), (past - first).days) == (6, 2)
    assert abs((first - day).days) <= 8


@given(days)
def test_weeks_over_the_year_end_bear_the_year_of_their_thursday(day):
    value = period("W", day)
    assert int(value[:4]) == (day + timedelta(4 - day.isoweekday())).year


@pytest.mark.parametrize(
    ("year", "day"), [(1818, (3, 22)), (1943, (4, 25)), (1998, (4, 12)), (2000, (4, 23)), (2026, (4, 5))]
)
def test_easter_is_when_it_was(year, day):
    assert easter(year) == date(year, *day)


def test_named_weekdays_of_a_month_are_counted_from_both_ends():
    assert nth_weekday(2026, 11, 4, 4) == date(2026, 11, 26)
    assert nth_weekday(2026, 5, 1, -1) == date(2026, 5, 25)


@pytest.mark.parametrize(
    "value", ["XXXX-WXX-2", "P3M", "PAST_REF", "2025-02-29", "2026-W54", "2026-13", "", "2026-Q5", "0000"]
)
def test_what_is_no_stretch_of_known_days_has_no_interval(value):
    assert interval(value) is None


@pytest.mark.parametrize(
    ("day", "value"), [(date(2026, 1, 10), "2024-WI"), (date(2026, 3, 1), "2025-WI"), (date(2026, 12, 5), "2025-WI")]
)
def test_last_winter_is_the_one_that_ended(day, value):
    assert meaning("season", {"season": ("winter",), "side": ("last",)}, (), Moment(day)).timex_value == value


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
def test_numbers_are_read_as_they_are_told(words, number):
    assert amount(words.split()) == number


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
def test_years_are_read_as_they_are_told(words, year):
    assert year_of(words.split(), date(2026, 3, 4)) == year
