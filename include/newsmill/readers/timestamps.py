"""Times of publication as dumps write them: ISO 8601, RFC 2822, epochs and dates in words, as UTC or not at all."""

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

# Clocks write their zero where a time is missing: those of Go and .NET a year before EARLIEST, those of Unix and DOS
# one of ZEROS.
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


def moment(value: object) -> datetime | None:
    """Return the time as UTC, a time without zone taken for UTC, or None if it cannot be read with certainty."""
    try:
        found = _moment(value)
        return found if found is not None and found >= EARLIEST and found not in ZEROS else None
    except (ValueError, OverflowError, TypeError, KeyError):
        return None


def _moment(value: object, depth: int = _MAX_DEPTH) -> datetime | None:
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, date):
        return _as_utc(value if isinstance(value, datetime) else datetime(value.year, value.month, value.day))
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _of_digits(str(value))
    if isinstance(value, float):
        return _of_epoch(value)
    if depth and isinstance(value, dict):  # MongoDB's extended JSON
        return _moment(value.get("$date", value.get("$numberLong")), depth - 1)
    return _moment(value[0], depth - 1) if depth and isinstance(value, list) and value else None


def _of_text(text: str) -> datetime | None:
    if _DIGITS.fullmatch(text):
        return _of_digits(text)
    for read in (_iso,) if text[:4].isdigit() else (_day_first, _month_first, _rfc):
        try:
            if found := read(text):
                return _as_utc(found)
        except (ValueError, TypeError, KeyError, IndexError):
            continue
    return None


def _as_utc(found: datetime) -> datetime:
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _of_digits(text: str) -> datetime | None:
    """Read a date, or a date and time, run together; else an epoch."""
    if len(text) in (8, 14):
        return datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return _of_epoch(float(text) if "." in text else int(text))


def _of_epoch(value: int | float) -> datetime | None:
    """Read an epoch in the unit that its length tells; fewer than nine digits tell none."""
    if not math.isfinite(value):
        return None
    digits = len(str(abs(int(value))))
    per_second = next((unit for most, unit in _UNITS if digits <= most), None)
    if digits < 9 or per_second is None:
        return None
    return _EPOCH + timedelta(microseconds=round(value * (10**6 / per_second)))


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        spaced = _ZONE_APART.sub(lambda zone: "+00:00" if zone[1].upper() in ("UTC", "GMT", "Z") else zone[1], text)
        return datetime.fromisoformat(spaced.replace("/", "-"))


def _rfc(text: str) -> datetime | None:
    return parsedate_to_datetime(text) if ":" in text else None


def _day_first(text: str) -> datetime | None:
    found = _DAY_FIRST.fullmatch(text)
    return _in_words(found[3], found[2], found[1], found.groups()[3:]) if found else None


def _month_first(text: str) -> datetime | None:
    found = _MONTH_FIRST.fullmatch(text)
    return _in_words(found[3], found[1], found[2], found.groups()[3:]) if found else None


def _in_words(year: str, month: str, day: str, clock: tuple) -> datetime | None:
    number = _MONTHS.get(month.lower())
    if number is None:
        return None
    hour, minute, second, half, zone = clock
    hour = int(hour or 0)
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    return datetime(int(year), number, int(day), hour, int(minute or 0), int(second or 0), tzinfo=_zone(zone))


def _zone(zone: str | None) -> timezone:
    if not zone or zone[0] not in "+-":
        return UTC
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
