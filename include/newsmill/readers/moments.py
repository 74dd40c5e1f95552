"""Times of publication as dumps write them: ISO 8601, RFC 2822, epochs and dates in words, as UTC or not at all."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

# Go, .NET and epoch counters write their zero where a time is missing; no dump of web pages means those years.
EARLIEST = datetime(1700, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((11, 1), (13, 10**3), (16, 10**6), (19, 10**9))
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_DIGITS = re.compile(r"-?\d+(\.\d*)?")
_ZONE_APART = re.compile(r"\s*(UTC|GMT|Z|[+-]\d\d:?\d\d)( UTC)?$", re.IGNORECASE)
_CLOCK = r"(?:[\s,T]+(?:at\s+)?(\d{1,2})[:.](\d\d)(?:[:.](\d\d)(?:\.\d+)?)?\s*(?:([ap])\.?m\.?)?\s*(UTC|GMT|Z|[+-]\d\d:?\d\d)?)?"
_DAY_FIRST = re.compile(r"(?:[a-z]+,?\s+)?(\d{1,2})[\s-]([a-z]{3,9})\.?,?[\s-](\d{4})" + _CLOCK, re.IGNORECASE)
_MONTH_FIRST = re.compile(r"(?:[a-z]+,?\s+)?([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})" + _CLOCK, re.IGNORECASE)
_MONTH_NAMES = {
    name[:length]
    for name in (
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    )
    for length in range(3, len(name) + 1)
}


def moment(value: object) -> datetime | None:
    """Return the time as UTC, a time without zone taken for UTC, or None if it cannot be read with certainty."""
    try:
        found = _moment(value)
        return found if found is not None and found >= EARLIEST else None
    except (ValueError, OverflowError, TypeError, KeyError):
        return None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _of_number(value)
    if isinstance(value, dict):  # MongoDB's extended JSON
        return _moment(value.get("$date", value.get("$numberLong")))
    return _moment(value[0]) if isinstance(value, list) and value else None


def _of_text(text: str) -> datetime | None:
    if _DIGITS.fullmatch(text):
        return _of_digits(text)
    for read in (_iso, _rfc, _day_first, _month_first):
        try:
            if found := read(text):
                return _as_utc(found)
        except (ValueError, TypeError, KeyError, IndexError):
            continue
    return None


def _as_utc(found: datetime) -> datetime:
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _of_digits(text: str) -> datetime | None:
    if len(text) == 8:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    if len(text) == 14:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return _of_number(float(text) if "." in text else int(text))


def _of_number(value: int | float) -> datetime | None:
    """Read an epoch in the unit that its length tells; fewer than nine digits tell none."""
    if not math.isfinite(value):
        return None
    digits = len(str(abs(int(value))))
    per_second = next((unit for most, unit in _UNITS if digits <= most), None)
    if digits < 9 or per_second is None:
        return _of_digits(str(value)) if digits == 8 and isinstance(value, int) and value > 0 else None
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
    if month.lower() not in _MONTH_NAMES:
        return None
    hour, minute, second = (int(part or 0) for part in clock[:3])
    half = (clock[3] or "").lower()
    hour = hour % 12 + 12 * (half == "p") if half else hour
    return datetime(int(year), _MONTHS[month[:3].lower()], int(day), hour, minute, second, tzinfo=_zone(clock[4]))


def _zone(zone: str | None) -> timezone:
    if not zone or zone[0] not in "+-":
        return UTC
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
