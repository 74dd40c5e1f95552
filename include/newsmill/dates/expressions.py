"""Finds the temporal expressions of a text and resolves them from the document creation time."""

from collections.abc import Iterator
from datetime import date
from itertools import zip_longest
from typing import NamedTuple

from newsmill.dates import grammar
from newsmill.dates.calendar_values import interval, period_of, shift
from newsmill.dates.grammar import Expression
from newsmill.dates.look_alikes import is_look_alike, is_match_report
from newsmill.dates.normalization import AHEAD, NEITHER, PAST, Context, Timex, normalize
from newsmill.dates.rule_confidence import CONFIDENCE, UNTRIED
from newsmill.dates.tense import find_clause_direction
from newsmill.dates.token_classes import RESULT, SYMBOL, ClassifiedText

MIN_RESULT_WORDS = 2
"""Words of results (earnings, profit, …) above which a text counts as a report on the last completed quarter."""
DEADLINES = frozenset(("by", "until"))
TENSED = frozenset(("date", "month", "weekday", "season", "quarter", "holiday", "weekend", "clock_time"))
_JOINING = tuple(SYMBOL[name] for name in ("AND", "TO", "HYPHEN"))
_NOT_A_DAY = tuple(
    SYMBOL[name] for name in ("UNIT", "UNITS", "HYPHEN", "MONTH", "MAY", "SHORT", "PM", "MONEY", "AMOUNT", "HUNDRED")
)


class ResolvedExpression(NamedTuple):
    """One expression text[start:end], with TIMEX3 type and value, rule and confidence from 0 to 1."""

    start: int
    end: int
    timex: Timex
    rule: str
    confidence: float


class DiscourseState(NamedTuple):
    """Context from the text so far: the reported quarter, and the days of the last date."""

    quarter: str | None = None
    days: tuple[date, date] | None = None


def resolve_expressions(tokens: ClassifiedText, anchor: date | None = None) -> Iterator[ResolvedExpression]:
    """Yield the temporal expressions of a text in order, resolved from the day `anchor`; symbolic if None."""
    state = DiscourseState(_find_reported_quarter(tokens, anchor))
    candidates, is_report = grammar.find_expressions(tokens), is_match_report(tokens)
    expressions = [expression for expression in candidates if not is_look_alike(tokens, expression, is_report)]
    for expression, next_expression in zip_longest(expressions, expressions[1:]):
        timex = _normalize_expression(tokens, expression, anchor, state)
        if timex is None:
            continue
        state = _update_state(state, expression, timex, anchor)
        yield _make_resolved(tokens, expression.start, expression.end, timex, expression.rule)
        if expression.rule == "date" and (next_expression is None or next_expression.start > expression.end + 1):
            yield from _following_day(tokens, expression, timex)


def _normalize_expression(
    tokens: ClassifiedText, expression: Expression, anchor: date | None, state: DiscourseState
) -> Timex | None:
    words_start = max(expression.start - 1, 0)
    words = tokens.words(words_start, expression.end + 1)
    before = words[0] if expression.start else ""
    after = words[-1] if expression.end < len(tokens.starts) else ""
    words = words[expression.start - words_start : expression.end - words_start]
    parts = {name: words[start:end] for name, (start, end) in expression.parts.items()}
    direction = _clause_direction(tokens, expression, before, after) if expression.rule in TENSED else NEITHER
    return normalize(
        expression.rule, parts, words, Context(anchor, direction, state.quarter, before, after, state.days)
    )


def _clause_direction(tokens: ClassifiedText, expression: Expression, before: str, after: str) -> int:
    """Return the direction of the clause around an expression: `by Friday` is ahead, `Friday's vote` mostly past."""
    if expression.rule == "weekday" and after in ("'s", "’s") and before not in ("for", "before"):
        return PAST
    # a capital `Until` opens a sentence and gives no direction: Until Friday they had not …
    if before in DEADLINES and tokens.text[tokens.starts[expression.start - 1]].islower():
        return AHEAD
    return find_clause_direction(tokens.tenses, expression.start, expression.end)


def _update_state(state: DiscourseState, expression: Expression, timex: Timex, anchor: date | None) -> DiscourseState:
    quarter, days = state
    if expression.rule == "quarter" and "nth" in expression.parts and _has_begun(timex, anchor):
        quarter = timex.timex_value
    if timex.timex_type == "DATE" and timex.days and expression.rule != "near":
        days = timex.days
    return DiscourseState(quarter, days)


def _has_begun(timex: Timex, anchor: date | None) -> bool:
    """Return whether half of a quarter is over, so that reports on it may appear."""
    days = interval(timex.timex_value) if "-Q" in timex.timex_value else None
    if days is None or anchor is None:
        return False
    return days[0] + (days[1] - days[0]) / 2 < anchor


def _following_day(tokens: ClassifiedText, expression: Expression, timex: Timex) -> Iterator[ResolvedExpression]:
    """Yield the second day after a date, as in `April 24 and 25`, `Jan. 13-15`."""
    i, classes = expression.end, tokens.classes
    is_joined = classes[i : i + 1] in _JOINING and classes[i + 1 : i + 2] == SYMBOL["DOM"]
    if not is_joined or "year" in expression.parts or classes[i + 2 : i + 3] in _NOT_A_DAY or timex.days is None:
        return
    value = f"{timex.timex_value[:8]}{int(tokens.word(i + 1)):02}"
    second = normalize("iso_date", {"iso": (value,)}, (), Context(None))
    if second:
        yield _make_resolved(tokens, i + 1, i + 2, second, "more_days")


def _make_resolved(tokens: ClassifiedText, start: int, end: int, timex: Timex, rule: str) -> ResolvedExpression:
    return ResolvedExpression(tokens.starts[start], tokens.ends[end - 1], timex, rule, CONFIDENCE.get(rule, UNTRIED))


def _find_reported_quarter(tokens: ClassifiedText, anchor: date | None) -> str | None:
    if anchor is None or SYMBOL["UNIT"] not in tokens.classes:
        return None
    return period_of("Q", shift(anchor, "Q", -1)) if tokens.tenses.count(RESULT) >= MIN_RESULT_WORDS else None
