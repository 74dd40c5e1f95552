"""The temporal expressions of a text with what they mean, told from the day on which it was written."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from newsmill.dates import grammar
from newsmill.dates.calendar_values import interval, period, shifted
from newsmill.dates.grammar import Expression
from newsmill.dates.normalization import AHEAD, NEITHER, PAST, Moment, Timex, meaning
from newsmill.dates.rule_confidence import CONFIDENCE, UNTRIED
from newsmill.dates.tense import tense
from newsmill.dates.token_classes import RESULT, SYMBOL, Tape

FEW = 2
"""A text with so many words of results reports them, and of the quarter that ended last before it."""
DEADLINES = frozenset(("by", "until"))
TENSED = frozenset(("date", "month", "weekday", "season", "quarter", "holiday", "weekend", "clock_time"))
_ALSO = tuple(SYMBOL[name] for name in ("AND", "TO", "HYPHEN"))
_NO_DAY = tuple(
    SYMBOL[name] for name in ("UNIT", "UNITS", "HYPHEN", "MONTH", "MAY", "SHORT", "PM", "MONEY", "AMOUNT", "HUNDRED")
)


class Reference(NamedTuple):
    """One expression: text[start:end], what it means by which rule, and how sure that is, 0 to 1."""

    start: int
    end: int
    timex: Timex
    rule: str
    confidence: float


class Story(NamedTuple):
    """What the text has told so far: the quarter it reports on, and the days of the last date."""

    quarter: str | None = None
    days: tuple[date, date] | None = None


def references(tape: Tape, anchor: date | None = None) -> Iterator[Reference]:
    """Yield the temporal expressions of a text in order, read from the day `anchor`; null leaves them symbolic."""
    story = Story(_reported_quarter(tape, anchor))
    for found, following in pairwise([*grammar.find(tape), None]):
        told = _timex(tape, found, anchor, story)
        if told is None:
            continue
        story = _told_on(story, found, told, anchor)
        yield _reference(tape, found.first, found.past, told, found.rule)
        if found.rule == "date" and (following is None or following.first > found.past + 1):
            yield from _more_days(tape, found, told)


def _timex(tape: Tape, found: Expression, anchor: date | None, story: Story) -> Timex | None:
    beside = max(found.first - 1, 0)
    words = tape.words(beside, found.past + 1)
    before = words[0] if found.first else ""
    after = words[-1] if found.past < len(tape.starts) else ""
    words = words[found.first - beside : found.past - beside]
    parts = {name: words[first:past] for name, (first, past) in found.parts.items()}
    direction = _direction(tape, found, before, after) if found.rule in TENSED else NEITHER
    return meaning(found.rule, parts, words, Moment(anchor, direction, story.quarter, before, after, story.days))


def _direction(tape: Tape, found: Expression, before: str, after: str) -> int:
    """Return the tense about an expression; `by Friday` is ahead, `Friday's vote` mostly past."""
    if found.rule == "weekday" and after in ("'s", "’s") and before not in ("for", "before"):
        return PAST
    # One that opens a sentence tells nothing: until Friday they had not …
    if before in DEADLINES and tape.text[tape.starts[found.first - 1]].islower():
        return AHEAD
    return tense(tape.tenses, found.first, found.past)


def _told_on(story: Story, found: Expression, told: Timex, anchor: date | None) -> Story:
    quarter, days = story
    if found.rule == "quarter" and "nth" in found.parts and _has_begun(told, anchor):
        quarter = told.timex_value
    if told.timex_type == "DATE" and told.days and found.rule != "near":
        days = told.days
    return Story(quarter, days)


def _has_begun(told: Timex, anchor: date | None) -> bool:
    """Tell whether a quarter may be reported on: half of it is over."""
    days = interval(told.timex_value) if "-Q" in told.timex_value and anchor else None
    return bool(days) and days[0] + (days[1] - days[0]) / 2 < anchor


def _more_days(tape: Tape, found: Expression, told: Timex) -> Iterator[Reference]:
    """Read on from a date to the other day told with it: `April 24 and 25`, `Jan. 13-15`."""
    at, classes = found.past, tape.classes
    joined = classes[at : at + 1] in _ALSO and classes[at + 1 : at + 2] == SYMBOL["DOM"]
    if not joined or "year" in found.parts or classes[at + 2 : at + 3] in _NO_DAY or told.days is None:
        return
    more = meaning("iso_date", {"iso": (f"{told.timex_value[:8]}{int(tape.word(at + 1)):02}",)}, (), Moment(None))
    if more:
        yield _reference(tape, at + 1, at + 2, more, "more_days")


def _reference(tape: Tape, first: int, past: int, told: Timex, rule: str) -> Reference:
    return Reference(tape.starts[first], tape.ends[past - 1], told, rule, CONFIDENCE.get(rule, UNTRIED))


def _reported_quarter(tape: Tape, anchor: date | None) -> str | None:
    if anchor is None or SYMBOL["UNIT"] not in tape.classes:
        return None
    return period("Q", shifted(anchor, "Q", -1)) if tape.tenses.count(RESULT) >= FEW else None
