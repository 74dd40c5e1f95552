"""The day that an article's relative dates are told from, and how it is known."""

from datetime import date, timedelta
from typing import NamedTuple

from newsmill.dates.expressions import references
from newsmill.dates.token_classes import Tape

FRESH_DAYS = 7
"""An article that names a day of the week before the night is taken for one of that week."""
NIGHT_TRUST = 0.8
ABSOLUTE = frozenset(("date", "iso_date"))


class Anchor(NamedTuple):
    """The day, by which method it was found, and by what share it makes values less sure; no day where none is sure."""

    day: date | None
    method: str
    trust: float


def anchored(tape: Tape, published: date | None, night: date) -> Anchor:
    """Return the day of publication; without one, the night, if the text names a day of the week before it.

    A dump may hold old pages: its night alone says when a page was read and not when it was written.
    """
    if published:
        return Anchor(published, "published", 1.0)
    week = {str(night - timedelta(days)) for days in range(FRESH_DAYS + 1)}
    week |= {f"XXXX{day[4:]}" for day in week}
    told = (found.timex.timex_value for found in references(tape) if found.rule in ABSOLUTE)
    return Anchor(night, "night", NIGHT_TRUST) if any(value in week for value in told) else Anchor(None, "none", 1.0)
