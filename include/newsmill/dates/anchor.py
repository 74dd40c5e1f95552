"""Finds the document creation time (DCT of TimeML), the base of an article's relative dates."""

from datetime import date, timedelta
from typing import NamedTuple

from newsmill.dates.expressions import resolve_expressions
from newsmill.dates.token_classes import ClassifiedText

FRESH_DAYS = 7
"""An article with a date of the last week before the night counts as written in that week.

At 14, more old pages of a dump get a wrong creation time; at 3, weekend articles read on Thursday get none.
"""
NIGHT_TRUST = 0.8
"""Factor of confidence for dates resolved from the night instead of a publication date."""
ABSOLUTE = frozenset(("date", "iso_date"))


class CreationTime(NamedTuple):
    """The creation day (None if unknown), the method behind it, and a factor for the confidence of resolved dates."""

    day: date | None
    method: str
    trust: float


def find_creation_time(tokens: ClassifiedText, published: date | None, night: date) -> CreationTime:
    """Return the publication day, else the night if the text has a date of the week before the night.

    A dump may contain old pages: the night alone gives the time of the fetch, not of the writing.
    """
    if published:
        return CreationTime(published, "published", 1.0)
    week = {str(night - timedelta(days)) for days in range(FRESH_DAYS + 1)}
    week |= {f"XXXX{day[4:]}" for day in week}
    values = (mention.timex.timex_value for mention in resolve_expressions(tokens) if mention.rule in ABSOLUTE)
    return (
        CreationTime(night, "night", NIGHT_TRUST)
        if any(value in week for value in values)
        else CreationTime(None, "none", 1.0)
    )
