"""Parses publication times of dumps: ISO 8601, RFC 2822, epochs, dates in words; None if ambiguous."""

import math
import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from newsmill.languages.word_lists import join_groups
from newsmill.time_zones import HALVES, ZONE_NAMES, ZONE_OFFSET, apply_half, parse_zone

# A missing time is often written as the clock's zero: before EARLIEST for Go and .NET, one of ZEROS for Unix and DOS.
EARLIEST = datetime(1700, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZEROS = (_EPOCH, datetime(1980, 1, 1, tzinfo=UTC))
_MAX_DEPTH = 4
_MAX_CHARS = 80
"""The longest time with weekday, offset and name of a zone has 66 characters; at half, such times would be lost."""
_UNITS = ((11, 1), (13, 10**3), (16, 10**6), (19, 10**9))
_DIGITS = re.compile(r"-?\d+(\.\d*)?")
_ZONE_APART = re.compile(r"\s*(UTC|GMT|Z|[+-]\d\d:?\d\d)( UTC)?$", re.IGNORECASE)
ZONE_BEHIND = re.compile(rf"(?<=\d)\s*\(?({ZONE_NAMES})\)?$", re.IGNORECASE)
_ZONE = rf"(?:\(?({ZONE_NAMES}|{ZONE_OFFSET}|[+-]\d\d:?\d\d)\)?)?"
_TIME = rf"(\d{{1,2}})(?:[:.h](\d\d)|(?=\s*[ap]\.?\s?m))(?:[:.](\d\d)(?:\.\d+)?)?\s*(?:([ap])\.?\s?m\.?)?\s*{_ZONE}"
_BETWEEN = r"(?:[\s,T|•·–-]+(?:(?:at|um|à|às|alle|a las|kl\.?)\s+)?"
_CLOCK = rf"{_BETWEEN}{_TIME})?"
_CLOCK_FIRST = rf"(?:{_TIME}\s*[,|•·–-]?\s*(?:on\s+)?)?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}(?:-feira)?\.?,?\s+)?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er)?"
_MONTH = r"([^\W\d_]{3,10})"
_MONTH_YEAR = rf"(?:[\s-]|\.\s?)(?:de\s)?{_MONTH}\.?,?[\s-](?:del?\s)?(\d{{4}})"
_DAY_FIRST = re.compile(rf"{_WEEKDAY}{_DAY}{_MONTH_YEAR}{_CLOCK}", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"{_WEEKDAY}{_MONTH}\.?\s+{_DAY},?\s+(\d{{4}}){_CLOCK}", re.IGNORECASE)
_TIME_DAY = re.compile(rf"{_CLOCK_FIRST}{_WEEKDAY}{_DAY}{_MONTH_YEAR}", re.IGNORECASE)
_TIME_MONTH = re.compile(rf"{_CLOCK_FIRST}{_WEEKDAY}{_MONTH}\.?\s+{_DAY},?\s+(\d{{4}})", re.IGNORECASE)
# Figures alone: the order of day and month is known where one of them is over 12, and with dots the day is first.
_FIGURES = re.compile(rf"(\d{{1,2}})([/.-])(\d{{1,2}})([/.-])(\d{{4}}){_CLOCK}", re.IGNORECASE)
_EAST_ASIAN = re.compile(
    r"(\d{4})\s?[年년.]\s?(\d{1,2})\s?[月월.]\s?(\d{1,2})\s?[日일.]?"
    r"(?:\s*(?:[(（][^()（）][)）]|[月火水木金土日]曜日)?\s*"
    rf"({'|'.join(HALVES)})?\s*(\d{{1,2}})\s?[時时시:]\s?(\d{{1,2}})\s?[分분]?)?"
)
_HALF_OF_DAY = re.compile(r"\d\s*[ap]\.?\s?m\b", re.IGNORECASE)  # read as a morning by the parser of mail dates
_SHORT_HOUR = re.compile(r"(\d{4}-\d\d-\d\d[T ])(\d:)")
_FULL_MONTHS = (
    "january february march april may june july august september october november december".split()
)  # fmt: skip
_MONTHS = {name: int(month) for month, names in join_groups("line_words", "months").items() for name in names}
_MONTHS |= {name[:length]: number for number, name in enumerate(_FULL_MONTHS, 1) for length in range(3, len(name) + 1)}


def parse_timestamp(value: object) -> datetime | None:
    """Return a time in its own zone, without a zone as if in UTC; return None for an ambiguous or implausible value."""
    try:
        time = _parse_value(value)
        is_plausible = time is not None and time.astimezone(UTC) >= EARLIEST and time not in ZEROS
        return time if is_plausible else None
    except (ValueError, OverflowError, TypeError, KeyError):
        return None


def _parse_value(value: object, depth: int = _MAX_DEPTH) -> datetime | None:
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, date):
        return _with_zone(value if isinstance(value, datetime) else datetime(value.year, value.month, value.day))
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _parse_digits(str(value))
    if isinstance(value, float):
        return _parse_epoch(value)
    if depth and isinstance(value, dict):  # MongoDB's extended JSON
        return _parse_value(value.get("$date", value.get("$numberLong")), depth - 1)
    return _parse_value(value[0], depth - 1) if depth and isinstance(value, list) and value else None


def _parse_text(text: str) -> datetime | None:
    text = " ".join(text.split())
    if len(text) > _MAX_CHARS:
        return None
    if _DIGITS.fullmatch(text):
        return _parse_digits(text)
    for read in _PARSERS_OF_YEARS if text[:4].isdigit() else _PARSERS:
        try:
            if time := read(text):
                return _with_zone(time)
        except (ValueError, TypeError, KeyError, IndexError):
            continue
    return None


def _with_zone(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def _parse_digits(text: str) -> datetime | None:
    """Parse digits as YYYYMMDD, as YYYYMMDDHHMMSS, else as an epoch."""
    if len(text) in (8, 14):
        return datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return _parse_epoch(float(text) if "." in text else int(text))


def _parse_epoch(value: int | float) -> datetime | None:
    """Parse an epoch, its unit given by the number of digits; return None below nine digits."""
    if not math.isfinite(value):
        return None
    digits = len(str(abs(int(value))))
    per_second = next((unit for max_digits, unit in _UNITS if digits <= max_digits), None)
    if digits < 9 or per_second is None:
        return None
    return _EPOCH + timedelta(microseconds=round(value * (10**6 / per_second)))


def _parse_iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        text = _SHORT_HOUR.sub(r"\g<1>0\2", text)
        if zone := ZONE_BEHIND.search(text):
            return datetime.fromisoformat(text[: zone.start()].replace("/", "-")).replace(tzinfo=parse_zone(zone[1]))
        spaced = _ZONE_APART.sub(lambda zone: "+00:00" if zone[1].upper() in ("UTC", "GMT", "Z") else zone[1], text)
        return datetime.fromisoformat(spaced.replace("/", "-"))


def _parse_rfc(text: str) -> datetime | None:
    return parsedate_to_datetime(text) if ":" in text and not _HALF_OF_DAY.search(text) else None


def _parse_day_first(text: str) -> datetime | None:
    if match := _DAY_FIRST.fullmatch(text):
        return _make_datetime(match[3], match[2], match[1], match.groups()[3:])
    match = _TIME_DAY.fullmatch(text)
    return _make_datetime(match[8], match[7], match[6], match.groups()[:5]) if match else None


def _parse_month_first(text: str) -> datetime | None:
    if match := _MONTH_FIRST.fullmatch(text):
        return _make_datetime(match[3], match[1], match[2], match.groups()[3:])
    match = _TIME_MONTH.fullmatch(text)
    return _make_datetime(match[8], match[6], match[7], match.groups()[:5]) if match else None


def _parse_figures(text: str) -> datetime | None:
    match = _FIGURES.fullmatch(text)
    if not match or match[2] != match[4]:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[5])
    if match[2] == "." or first > 12:
        day, month = first, second
    elif second > 12:
        day, month = second, first
    else:
        return None
    return _add_clock(datetime(year, month, day), match.groups()[5:])


def _parse_east_asian(text: str) -> datetime | None:
    if not (match := _EAST_ASIAN.fullmatch(text)):
        return None
    year, month, day, half, hour, minute = match.groups()
    return datetime(int(year), int(month), int(day), apply_half(int(hour or 0), half), int(minute or 0))


def _make_datetime(year: str, month: str, day: str, clock: tuple) -> datetime | None:
    month_number = _MONTHS.get(month.lower())
    return _add_clock(datetime(int(year), month_number, int(day)), clock) if month_number else None


def _add_clock(day: datetime, clock: tuple) -> datetime:
    """Return a day with hour, minute, second, half of the day and zone, each a text or None."""
    hour, minute, second, half, zone = clock
    time = day.replace(hour=apply_half(int(hour or 0), half), minute=int(minute or 0), second=int(second or 0))
    return time.replace(tzinfo=parse_zone(zone))


_PARSERS_OF_YEARS = (_parse_iso, _parse_east_asian)
_PARSERS = (_parse_day_first, _parse_month_first, _parse_figures, _parse_rfc)
