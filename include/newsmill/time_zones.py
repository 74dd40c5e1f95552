"""Time zones by the abbreviations and offsets that pages print."""

from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

ZONE_HOURS = {
    "UTC": 0.0, "GMT": 0.0, "Z": 0.0, "WET": 0.0, "BST": 1.0, "WEST": 1.0, "CET": 1.0, "CEST": 2.0, "EET": 2.0,
    "EEST": 3.0, "MSK": 3.0, "IST": 5.5, "HKT": 8.0, "SGT": 8.0, "AWST": 8.0, "JST": 9.0, "KST": 9.0, "AEST": 10.0,
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
ZONE_NAMES = "|".join(sorted((*ZONE_HOURS, *SEASONAL_ZONES), key=len, reverse=True))
"""A pattern for any abbreviation."""


def parse_zone(zone: str | None) -> tzinfo:
    """Return the zone of an abbreviation or of an offset such as +01:00; UTC without one."""
    name = (zone or "UTC").upper()
    if name in SEASONAL_ZONES:
        return SEASONAL_ZONES[name]
    if name in ZONE_HOURS:
        return timezone(timedelta(hours=ZONE_HOURS[name]))
    offset = name.removeprefix("UTC").removeprefix("GMT")
    if len(offset) < len("+0100"):
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
