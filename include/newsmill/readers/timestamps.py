"""Parses publication times of dumps as UTC: ISO 8601, RFC 2822, epochs, dates in words; None if ambiguous."""

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

# A missing time is often written as the clock's zero: before EARLIEST for Go and .NET, one of ZEROS for Unix and DOS.
EARLIEST = datetime(1700, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZEROS = (_EPOCH, datetime(1980, 1, 1, tzinfo=UTC))
_MAX_DEPTH = 4
_UNITS = ((11, 1), (13, 10**3), (16, 10**6), (19, 10**9))
_DIGITS = re.compile(r"-?\d+(\.\d*)?")
_ZONE_APART = re.compile(r"\s*(UTC|GMT|Z|[+-]\d\d:?\d\d)( UTC)?$", re.IGNORECASE)
_CLOCK = (
    r"(?:[\s,T]+(?:at\s+)?(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:\.\d+)?)?\s*(?:([ap])\.?m\.?)?\s*"
    r"(UTC|GMT|Z|[+-]\d\d:?\d\d)?)?"
)
_DAY_FIRST = re.compile(r"(?:[a-z]+,?\s+)?(\d{1,2})[\s-]([a-z]{3,9})\.?,?[\s-](\d{4})" + _CLOCK, re.IGNORECASE)
_MONTH_FIRST = re.compile(r"(?:[a-z]+,?\s+)?([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})" + _CLOCK, re.IGNORECASE)
_FULL_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTHS = {name[:length]: number for number, name in enumerate(_FULL_MONTHS, 1) for length in range(3, len(name) + 1)}


def parse_timestamp(value: object) -> datetime | None:
    """Return a time as UTC, without a zone as if in UTC; return None for an ambiguous or implausible value."""
    try:
        time = _parse_value(value)
        return time if time is not None and time >= EARLIEST and time not in ZEROS else None
    except (ValueError, OverflowError, TypeError, KeyError):
        return None


def _parse_value(value: object, depth: int = _MAX_DEPTH) -> datetime | None:
    if isinstance(value, str):
        return _parse_text(value.strip())
    if isinstance(value, date):
        return _as_utc(value if isinstance(value, datetime) else datetime(value.year, value.month, value.day))
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
    if _DIGITS.fullmatch(text):
        return _parse_digits(text)
    for read in (_parse_iso,) if text[:4].isdigit() else (_parse_day_first, _parse_month_first, _parse_rfc):
        try:
            if time := read(text):
                return _as_utc(time)
        except (ValueError, TypeError, KeyError, IndexError):
            continue
    return None


def _as_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


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
        spaced = _ZONE_APART.sub(lambda zone: "+00:00" if zone[1].upper() in ("UTC", "GMT", "Z") else zone[1], text)
        return datetime.fromisoformat(spaced.replace("/", "-"))


def _parse_rfc(text: str) -> datetime | None:
    return parsedate_to_datetime(text) if ":" in text else None


def _parse_day_first(text: str) -> datetime | None:
    match = _DAY_FIRST.fullmatch(text)
    return _make_datetime(match[3], match[2], match[1], match.groups()[3:]) if match else None


def _parse_month_first(text: str) -> datetime | None:
    match = _MONTH_FIRST.fullmatch(text)
    return _make_datetime(match[3], match[1], match[2], match.groups()[3:]) if match else None


def _make_datetime(year: str, month: str, day: str, clock: tuple) -> datetime | None:
    month_number = _MONTHS.get(month.lower())
    if month_number is None:
        return None
    hour, minute, second, half, zone = clock
    hour = int(hour or 0)
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    return datetime(
        int(year), month_number, int(day), hour, int(minute or 0), int(second or 0), tzinfo=_parse_zone(zone)
    )


def _parse_zone(zone: str | None) -> timezone:
    if not zone or zone[0] not in "+-":
        return UTC
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
