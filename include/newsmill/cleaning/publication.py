"""Choose the time of publication among a page's witnesses, and its day as its readers count days."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from newsmill.cleaning.bylines import (
    IN_ADDRESS,
    LABELLED,
    MAX_DATE_LINE_CHARS,
    PLAIN,
    find_day_order,
    is_date_line,
)

# A language code of two letters, perhaps with a script, a region and an encoding: en_US.UTF-8, en-latn-us.
LOCALE = re.compile(r"([a-z]{2})(?:[-_][a-z]{4})?(?:[-_]([a-z]{2}))?(?:[.@].*)?", re.I)
# The order of figures by region and, but for English, by language. Canada writes both orders, East Asia neither.
MONTH_FIRST_REGIONS = frozenset("AS GU MP PH PR US VI".split())
DAY_FIRST_REGIONS = frozenset("AU BD GB GH HK IE IN JM KE LK MT MY NG NZ PK SG TT TZ UG UK ZM ZW".split())
DAY_FIRST_LANGUAGES = frozenset(
    "ar bg ca cs da de el es et fi fr hr id is it lv ms nb nl no pl pt ro ru sk sl sq sr sv th tr uk vi".split()
)
MAX_DATE_LINES = 3  # at the start of the text
EAST_OF_UTC, WEST_OF_UTC = timedelta(hours=14), timedelta(hours=12)
"""The first and the last zone of the world: a moment belongs to a day of one of the zones between."""


class Witness(NamedTuple):
    """A time of publication in the zone of its source, None if there is none; how it was found; its confidence."""

    time: datetime | None
    method: str
    confidence: float


NO_WITNESS = Witness(None, "none", 0.0)


def choose_time(declared: Witness, printed: Witness, in_address: Witness) -> Witness:
    """Return the declared time, else the printed, else the day of the address.

    A printed time with a label comes before an unlikely declared one, and the address before a mere update.
    """
    if printed.time and printed.confidence >= LABELLED and declared.confidence < IN_ADDRESS:
        return printed
    if declared.time:
        return declared
    witnesses = [witness for witness in (printed, in_address) if witness.time]
    return max(witnesses, key=lambda witness: witness.confidence, default=NO_WITNESS)


def choose_day(chosen: Witness, printed: Witness, in_address: Witness) -> date | None:
    """Return the day of a time in the publisher's zone.

    Many sites declare their times in UTC. The day in the address or on the page then shows the zone's day, if the time
    can belong to it. A date without a label may be that of the visit, so it counts only if it is before the time.
    """
    if not chosen.time:
        return None
    if chosen.method == "metadata" and not chosen.time.utcoffset() and choose_precision(chosen.time) == "time":
        for witness in (in_address, printed):
            if witness.time and _is_within(chosen.time, witness.time) and _is_of_publication(witness, chosen.time):
                return witness.time.date()
    return chosen.time.date()


def _is_of_publication(witness: Witness, moment: datetime) -> bool:
    """Report whether the day of a witness is that of publication, not of a change or of the visit."""
    if witness.method == "url" or witness.confidence >= LABELLED:
        return True
    return witness.confidence >= PLAIN and witness.time is not None and witness.time.date() < moment.date()


def _is_within(moment: datetime, day: datetime) -> bool:
    """Report whether a moment belongs to a day in some zone of the world."""
    start = datetime.combine(day.date(), time(), UTC)
    return start - EAST_OF_UTC <= moment < start + timedelta(days=1) + WEST_OF_UTC


def choose_precision(moment: datetime | None) -> str | None:
    """Return day for midnight of the time's own zone, as dates without a clock are read, else time."""
    if moment is None:
        return None
    return "day" if moment.time() == time() else "time"


def find_declared_zone(declared: datetime | None, metadata: Sequence[Mapping]) -> datetime | None:
    """Return the declared time in its zone: one of the metadata's values may have a zone where another is in UTC."""
    values = (entry["value"] for entry in metadata if declared and entry["field"] == "published_at")
    zoned = (moment for moment in map(_parse_iso, values) if moment and moment == declared and moment.utcoffset())
    return next(zoned, declared)


def _parse_iso(value: str) -> datetime | None:
    """Parse a time as the readers write it; None for a value in the dump's own words."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def list_date_lines(lead: str, day_first: bool | None) -> list[str]:
    """Return the first lines of a text that are a date, alone or with a label or a place."""
    lines = lead.split("\n", MAX_DATE_LINES)[:MAX_DATE_LINES]
    return [line for line in lines if len(line) <= MAX_DATE_LINE_CHARS and is_date_line(line, day_first)]


def choose_day_order(head: list[tuple[int, str]], language: str | None) -> bool | None:
    """Return whether figures name the day first: by the dates around the headline, else by the declared language."""
    order = find_day_order(line for _, line in head if "/" in line)
    return order_of_language(language) if order is None else order


def order_of_language(code: str | None) -> bool | None:
    """Return whether a language writes the day first; None for English of an unknown region and unknown languages."""
    locale = LOCALE.fullmatch(code or "")
    if not locale:
        return None
    language, region = locale[1].lower(), (locale[2] or "").upper()
    if region in MONTH_FIRST_REGIONS:
        return False
    return True if region in DAY_FIRST_REGIONS or language in DAY_FIRST_LANGUAGES else None
