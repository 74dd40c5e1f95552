"""Time zones and halves of a day, as pages print them."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

ZONE_HOURS = {
    "UTC": 0.0, "GMT": 0.0, "Z": 0.0, "WET": 0.0, "BST": 1.0, "WEST": 1.0, "CET": 1.0, "CEST": 2.0, "EET": 2.0,
    "EEST": 3.0, "MSK": 3.0, "HKT": 8.0, "SGT": 8.0, "AWST": 8.0, "JST": 9.0, "KST": 9.0, "AEST": 10.0,
    "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0, "EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0, "MST": -7.0,
    "MDT": -6.0, "PST": -8.0, "PDT": -7.0,
}  # fmt: skip
"""Hours before (-) or ahead of UTC."""
SEASONAL_ZONES = {
    "ET": ZoneInfo("America/New_York"),
    "CT": ZoneInfo("America/Chicago"),
    "MT": ZoneInfo("America/Denver"),
    "PT": ZoneInfo("America/Los_Angeles"),
}
"""The short forms of North America have the hour of the season: ET is EST or EDT."""
AMBIGUOUS_ZONES = frozenset({"IST"})
"""The summer time of Ireland, the time of Israel and the time of India: 1, 2 and 5.5 hours ahead of UTC."""
ZONE_NAMES = "(?-i:{})".format(
    "|".join(sorted((*ZONE_HOURS, *SEASONAL_ZONES, *AMBIGUOUS_ZONES), key=len, reverse=True))
)
"""A pattern for any abbreviation, in capitals in any pattern: German and Norwegian have the words "ist" and "et"."""
ZONE_OFFSET = r"(?:UTC|GMT)[+-]\d{1,2}(?::?\d\d)?"
"""A pattern for an offset with its base: GMT+5, UTC-03:30."""
HALVES = {"午前": 0, "上午": 0, "오전": 0, "午後": 12, "下午": 12, "오후": 12}
"""The hours before each half of a day, by its name in front of the hour."""
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?")


def parse_zone(zone: str | None) -> tzinfo:
    """Return the zone of an abbreviation or of an offset such as +01:00; UTC for none and for an ambiguous one."""
    name = (zone or "UTC").upper()
    if name in SEASONAL_ZONES:
        return SEASONAL_ZONES[name]
    if name in ZONE_HOURS:
        return timezone(timedelta(hours=ZONE_HOURS[name]))
    if not (offset := _OFFSET.fullmatch(name)):
        return UTC
    minutes = int(offset[2]) * 60 + int(offset[3] or 0)
    return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))


def apply_half(hour: int, half: str | None) -> int:
    """Return an hour of the clock by the half of the day: a, p, a name of HALVES, or None."""
    if not half:
        return hour
    return hour % 12 + HALVES.get(half, 12 * (half in "pP"))
