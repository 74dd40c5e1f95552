"""Calendar arithmetic: TIMEX3 values of a day, and the days of a TIMEX3 value."""

import re
from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import lru_cache

MONTHS_PER_UNIT = {"M": 1, "Q": 3, "Y": 12, "10Y": 120, "100Y": 1200}
DAYS_PER_UNIT = {"D": 1, "W": 7, "WE": 7, "2W": 14}
UNKNOWN = {
    "D": "XXXX-XX-XX",
    "W": "XXXX-WXX",
    "2W": "XXXX-WXX",
    "WE": "XXXX-WXX-WE",
    "M": "XXXX-XX",
    "Q": "XXXX-QX",
    "Y": "XXXX",
    "10Y": "XXX",
    "100Y": "XX",
}
# northern seasons by whole months, as in meteorology; winter has the year of its first month
SEASON_MONTH = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}
_VALUE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T.*)?)?|-W(?P<week>\d\d)(?P<weekend>-WE)?|-Q(?P<quarter>[1-4])"
    r"|-(?P<season>SP|SU|FA|WI))?|(?P<decade>\d{3})|(?P<century>\d\d)"
)


def period_of(unit: str, day: date | None) -> str:
    """Return the TIMEX3 value of the day, week, month, … around a day; symbolic (X) without a day."""
    if day is None:
        return UNKNOWN[unit]
    if unit in ("W", "2W", "WE"):
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}" + ("-WE" if unit == "WE" else "")
    if unit == "Q":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return day.isoformat()[: {"D": 10, "M": 7, "Y": 4, "10Y": 3, "100Y": 2}[unit]]


def shift(day: date | None, unit: str, count: float) -> date | None:
    """Return the day `count` units later, capped at the last day of the month.

    None outside of the years 1 to 9999.
    """
    if day is None:
        return None
    if unit in DAYS_PER_UNIT:
        ordinal = day.toordinal() + round(count * DAYS_PER_UNIT[unit])
        return date.fromordinal(ordinal) if 1 <= ordinal <= date.max.toordinal() else None
    year, month = divmod(day.year * 12 + day.month - 1 + round(count * MONTHS_PER_UNIT[unit]), 12)
    if not MINYEAR <= year <= MAXYEAR:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def valid_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None if invalid, such as 29 February of most years."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def nearest_weekday(weekday_number: int, near: date, side: int) -> date | None:
    """Return the last weekday (Monday is 1) up to `near` for a negative `side`, else the first from `near`."""
    back = (near.isoweekday() - weekday_number) % 7
    return shift(near, "D", -back if side < 0 else (7 - back) % 7)


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + m - 7 * ((a + 11 * h + 22 * m) // 451) + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """Return the nth Monday (1) to Sunday (7) of a month; `nth` -1 means the last."""
    if nth > 0:
        first_day = date(year, month, 1)
        return first_day + timedelta((weekday - first_day.isoweekday()) % 7 + 7 * (nth - 1))
    last_day = date(year, month, monthrange(year, month)[1])
    return last_day - timedelta((last_day.isoweekday() - weekday) % 7 + 7 * (-nth - 1))


@lru_cache(maxsize=1 << 14)
def interval(value: str) -> tuple[date, date] | None:
    """Return (first day, day after the last day) of a value; None for symbolic values and durations."""
    match = _VALUE.fullmatch(value)
    if match is None:
        return None
    try:
        return _interval_of_match(match.groupdict())
    except (ValueError, OverflowError):
        return None


def _interval_of_match(groups: dict[str, str | None]) -> tuple[date, date] | None:
    numbers = {name: int(digits) for name, digits in groups.items() if digits and digits.isdigit()}
    if groups["century"] or groups["decade"]:
        years = 100 if groups["century"] else 10
        begins = numbers.get("century", 0) * 100 + numbers.get("decade", 0) * 10
        return _month_interval(begins, 1, 12 * years)
    year = numbers["year"]
    if groups["day"]:
        day = date(year, numbers["month"], numbers["day"])
        return day, day + timedelta(1)
    if groups["week"]:
        monday = date.fromisocalendar(year, numbers["week"], 1)
        return (monday + timedelta(5 if groups["weekend"] else 0)), monday + timedelta(7)
    if groups["month"]:
        return _month_interval(year, numbers["month"], 1)
    if groups["quarter"]:
        return _month_interval(year, 3 * numbers["quarter"] - 2, 3)
    if groups["season"]:
        return _month_interval(year, SEASON_MONTH[groups["season"]], 3)
    return _month_interval(year, 1, 12)


def _month_interval(year: int, month: int, count: int) -> tuple[date, date] | None:
    start = date(year, month, 1)
    end = shift(start, "M", count)
    return (start, end) if end else None
