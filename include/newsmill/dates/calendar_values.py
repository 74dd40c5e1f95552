"""Arithmetic of the calendar: from a day to the values of TIMEX3 that hold it, and from a value to its days."""

import re
from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import lru_cache

MONTHS_OF = {"M": 1, "Q": 3, "Y": 12, "10Y": 120, "100Y": 1200}
DAYS_OF = {"D": 1, "W": 7, "WE": 7, "2W": 14}
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
# northern and by whole months, as weather services count them; winter bears the year it begins in
SEASON_MONTH = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}
_VALUE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T.*)?)?|-W(?P<week>\d\d)(?P<weekend>-WE)?|-Q(?P<quarter>[1-4])"
    r"|-(?P<season>SP|SU|FA|WI))?|(?P<decade>\d{3})|(?P<century>\d\d)"
)


def period(unit: str, day: date | None) -> str:
    """Return the value of the day, week, month, … that holds a day; with no day, that of an unknown one."""
    if day is None:
        return UNKNOWN[unit]
    if unit in ("W", "2W", "WE"):
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}" + ("-WE" if unit == "WE" else "")
    if unit == "Q":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return day.isoformat()[: {"D": 10, "M": 7, "Y": 4, "10Y": 3, "100Y": 2}[unit]]


def shifted(day: date | None, unit: str, count: float) -> date | None:
    """Return the day so many units later, or earlier; the last of its month where that has no such day.

    Null where the calendar, from year 1 to 9999, has no such day.
    """
    if day is None:
        return None
    if unit in DAYS_OF:
        number = day.toordinal() + round(count * DAYS_OF[unit])
        return date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None
    year, month = divmod(day.year * 12 + day.month - 1 + round(count * MONTHS_OF[unit]), 12)
    if not MINYEAR <= year <= MAXYEAR:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def on(year: int, month: int, day: int) -> date | None:
    """Return the date, or null where there is none, as on 29 February of most years."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def weekday(number: int, near: date, side: int) -> date | None:
    """Return the weekday (Monday is 1) last up to a day, or first from it on; that day counts in both."""
    back = (near.isoweekday() - number) % 7
    return shifted(near, "D", -back if side < 0 else (7 - back) % 7)


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + m - 7 * ((a + 11 * h + 22 * m) // 451) + 114, 31)
    return date(year, month, day + 1)


def nth_weekday(year: int, month: int, number: int, nth: int) -> date:
    """Return the nth Monday (1) to Sunday (7) of a month; the last is -1."""
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta((number - first.isoweekday()) % 7 + 7 * (nth - 1))
    last = date(year, month, monthrange(year, month)[1])
    return last - timedelta((last.isoweekday() - number) % 7 + 7 * (-nth - 1))


@lru_cache(maxsize=1 << 14)
def interval(value: str) -> tuple[date, date] | None:
    """Return the first day of a value and the day after its last; null where it is no stretch of known days."""
    found = _VALUE.fullmatch(value)
    if found is None:
        return None
    try:
        return _first(found.groupdict())
    except (ValueError, OverflowError):
        return None


def _first(told: dict[str, str | None]) -> tuple[date, date] | None:
    number = {name: int(digits) for name, digits in told.items() if digits and digits.isdigit()}
    if told["century"] or told["decade"]:
        years = 100 if told["century"] else 10
        begins = number.get("century", 0) * 100 + number.get("decade", 0) * 10
        return _months(begins, 1, 12 * years)
    year = number["year"]
    if told["day"]:
        day = date(year, number["month"], number["day"])
        return day, day + timedelta(1)
    if told["week"]:
        monday = date.fromisocalendar(year, number["week"], 1)
        return (monday + timedelta(5 if told["weekend"] else 0)), monday + timedelta(7)
    if told["month"]:
        return _months(year, number["month"], 1)
    if told["quarter"]:
        return _months(year, 3 * number["quarter"] - 2, 3)
    if told["season"]:
        return _months(year, SEASON_MONTH[told["season"]], 3)
    return _months(year, 1, 12)


def _months(year: int, month: int, count: int) -> tuple[date, date] | None:
    first = date(year, month, 1)
    past = shifted(first, "M", count)
    return (first, past) if past else None
