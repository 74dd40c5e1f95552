"""The grammar of temporal expressions: rules over classes of tokens, tried from the left, the first that fits winning.

A rule is a pattern over the tape of a text. In a pattern a word in capitals is a class of the lexicon, `name:` keeps what follows for the reading, `{name}` is a piece below, and
the rest are the marks of regular expressions.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from newsmill.dates.token_classes import NONE, SYMBOL, Tape

_DIGITS = "0123456789"

PIECES = {
    "digits": "(DOM|NUM|AMOUNT)",
    "number": "(A? HUNDRED|(ONE|TEEN|TENS|DOM|NUM|AMOUNT)(HYPHEN? (ONE|HUNDRED))?(HYPHEN? HUNDRED)?(HYPHEN? AND HYPHEN? A HYPHEN? HALF)?)",
    "vague": "(A? FEW|A? COUPLE OF?|HALF A)",
    "about": "(ABOUT|NO? MORE THAN|AT LEAST|UP TO)",
    "month": "(MONTH|MAY|SHORT STOP?)",
    "day": "(DAY|DAY_SHORT STOP)",
    "dom": "(DOM|NTH)",
    "year": "(YEAR|SHORT_YEAR)",
    "spelled": "(TEEN (TENS (HYPHEN? ONE)?|TEEN)|ONE HUNDRED (AND? (TEEN|TENS (HYPHEN? ONE)?|ONE))?)",
    "early": "((THE? END OF|THE? EARLY HYPHEN?|EARLIER|LATER)(IN|ON)?)",
    "the": "(THE|ITS)",
    "nth": "(ORDINAL|NTH)",
    "side": "(LAST|PAST|LATEST|THIS|CURRENT|NEXT|COMING)",
    "back": "(LAST|PAST)",
    "ago": "(AGO|EARLIER)",
    "date": "((weekday:{day} COMMA? THE?)? month:{month} dom:{dom} (COMMA? year:{year}(?! HYPHEN? UNIT))?)",
    "hour": "(clock:(DOM|ONE|TEEN|CLOCKED)(part:PM|CLOCK STOP?)|clock:CLOCKED(?= ZONE)|noon:NOON|midnight:MIDNIGHT)",
}

# How it is read, and the pattern: where several begin at one token, the first is taken.
RULES = (
    ("age", "{the}? {about}? ({number}|A) (HYPHEN? UNIT|UNITS) HYPHEN? OLD"),
    ("iso_date", "iso:ISO"),
    ("slashed_date", "slashed:SLASHED"),
    (
        "clock_time",
        "{about}? {hour} ZONE? COMMA? (THIS day:PART|ON? near:(NEAR|TONIGHT)|ON? {date}|ON? side:{side}? weekday:{day})?",
    ),
    ("clock_time", "(near:NEAR|{date}|weekday:{day}) (COMMA|AT)* {hour} ZONE?"),
    ("date", "{early}? side:{side}? {date}"),
    ("date", "{early}? (weekday:{day} COMMA? THE?)? dom:{dom} OF? month:{month} (COMMA? year:{year})?"),
    ("month", "{early}? month:{month} (COMMA|OF)? year:({year}|{spelled})"),
    ("month", "{early}? month:{month} OF side:{side} UNIT"),
    (
        "holiday",
        "{early}? side:{side}? (name:(GOOD|PALM|ASH) DAY|name:NEW UNIT POSSESSIVE? (UNIT|eve:EVE)"
        "|name:NAMED POSSESSIVE? UNIT|name:FEAST (UNIT|DAY|eve:EVE)?) (COMMA? year:YEAR)?",
    ),
    ("weekday", "{early}? side:{side}? weekday:{day} part:PART?"),
    ("near", "{early}? near:NEAR part:PART?"),
    ("near", "({early} HYPHEN?)? part:(PART|NOON) near:NEAR"),
    ("near", "{early}? THIS part:PART"),
    ("near", "LAST part:PART"),
    ("near", "near:TONIGHT"),
    ("month", "side:{side} month:{month}"),
    ("month", "{early} side:{side}? month:{month}"),
    ("month", "month:MAY"),
    ("month", "month:MONTH"),
    ("month", "month:SHORT STOP"),
    ("seasons", "EVERY season:SEASON|{the}? {back} {number} season:SEASONS"),
    ("season", "{early}? ({the} EARLY?|side:{side})? season:SEASON (COMMA|OF)* year:YEAR"),
    ("season", "{early}? season:SEASON OF side:{side} UNIT"),
    ("season", "{early}? ({the} EARLY?|side:{side}) season:SEASON"),
    (
        "quarter",
        "{early}? {the}? FISCAL? HYPHEN? nth:{nth} HYPHEN? quarter:UNIT (OF|IN) THE? FISCAL? (year:YEAR|side:{side} FISCAL? UNIT)",
    ),
    (
        "quarter",
        "{early}? {the}? (year:YEAR POSSESSIVE?|side:{side} unit:UNIT POSSESSIVE) FISCAL? (nth:{nth} HYPHEN?)? (quarter:UNIT(?! AGO)|quarter:PERIOD)",
    ),
    (
        "quarter_ago",
        "({the}|A)? (UNIT HYPHEN {ago}|CORRESPONDING) (nth:{nth} HYPHEN?)? (unit:UNIT|PERIOD) (A? UNIT {ago}|LAST UNIT)?",
    ),
    ("quarter_ago", "({the}|A)? UNIT HYPHEN {ago}"),
    ("quarter_ago", "{the} (nth:{nth})? UNIT A UNIT {ago}"),
    ("quarter", "{early}? ({the}|side:{side})? FISCAL? HYPHEN? nth:{nth} HYPHEN? FISCAL? quarter:UNIT(?! HYPHEN LONG)"),
    ("quarters", "{the}? nth:{nth} quarter:UNITS"),
    ("reported", "{the} LATEST (unit:UNIT|PERIOD)"),
    ("fiscal", "{early}? ({the} FULL?)? side:{side}? FISCAL (year:YEAR|UNIT (year:YEAR)?)"),
    ("year_end", "{the}? UNIT (HYPHEN|POSSESSIVE)? END (?!OF)"),
    ("ago_year", "A unit:UNIT {ago}"),
    ("ago", "{about}? (number:{number}|vague:{vague}|A) TRADING? unit:(UNIT|UNITS) (AND SO)? {ago}"),
    ("ahead", "{about}? (number:{number}|vague:{vague}|A) unit:(UNIT|UNITS) FROM REFERENCE"),
    (
        "duration",
        "{the}? ({side}|{nth}) {about}? (number:{number}|vague:{vague}) (MORE|TRADING|FULL)? unit:(UNITS|UNIT) (AND SO)?",
    ),
    ("every", "EVERY (number:{number}|nth:{nth}|FEW)? unit:(UNIT|UNITS|PART|WEEKEND)"),
    ("every", "EVERY (weekday:{day}|month:{month})"),
    ("every", "PER unit:UNIT"),
    ("every", "frequency:FREQUENCY"),
    ("some_time", "FEW TIME|A WHILE"),
    ("every", "number:{number} HYPHEN? hours:UNITS A unit:UNIT"),
    (
        "duration",
        "{about}? {the}? (number:{number}|vague:{vague}) HYPHEN? (MORE|TRADING|FULL|LONG)? unit:(UNITS|UNIT) (HYPHEN LONG)?",
    ),
    (
        "duration",
        "{about}? number:{number} HYPHEN? (TO|AND|HYPHEN) HYPHEN? {number} HYPHEN? (MORE|TRADING)? unit:(UNITS|UNIT)",
    ),
    ("duration", "unit:UNIT HYPHEN LONG"),
    ("duration", "{the}? (RECENT|{side}) unit:UNITS"),
    ("these_days", "THESE UNITS"),
    ("weekend", "{early}? ({the}? side:{side}|{the}) weekend:WEEKEND"),
    ("unit", "{early}? {the}? side:{side} FULL? unit:UNIT (AND SO)?"),
    ("that_unit", "{the}? (THAT|SAME) unit:UNIT"),
    ("century", "{the}? EARLY? HYPHEN? nth:(ORDINAL|NTH|RANKED) HYPHEN? unit:UNIT"),
    ("the_unit", "{early}? {the} FULL? unit:UNIT"),
    ("a_unit", "{about}? A FULL? unit:UNIT (AND (SO|ONE))?"),
    ("year", "{early}? THE? UNIT year:(YEAR|{spelled})"),
    ("year", "{early}? year:(YEAR|TEEN TENS (HYPHEN? ONE)?)"),
    ("decade", "{the}? EARLY? HYPHEN? (name:(DECADES|SHORT_DECADES|DECADE))"),
    ("units", "unit:UNITS"),
    ("one_day", "ONE UNIT"),
    ("reference", "REFERENCE"),
    ("past", "THE PAST"),
    ("future", "THE NEARBY? FUTURE"),
)


# No expression is made of these alone.
FILLERS = (
    "A ABOUT AFTER AMOUNT AND AT BREAK COLON COMMA COUPLE DOM EARLIER EARLY END EVERY FEW FOR FROM FULL HALF HUNDRED HYPHEN "
    "IN ITS LATER LEAST LONG MONEY MORE NO NTH NUM OF ON ONE ORDINAL PER POSSESSIVE SAME SO STOP TEEN THAN THAT THE THESE "
    "THIS TO UP"
).split()


class Expression(NamedTuple):
    """What a rule found: the tokens from `first` to `past`, and those it kept by name, counted from `first`."""

    rule: str
    first: int
    past: int
    parts: dict[str, tuple[int, int]]


def find(tape: Tape) -> Iterator[Expression]:
    """Yield the expressions of a text from left to right; none overlaps another."""
    past = 0
    for candidate in _CANDIDATE.finditer(tape.classes):
        first = candidate.start()
        if first < past:
            continue
        stretch = tape.classes[first : candidate.end(1)]
        fitting = _fitting_once(stretch) if len(stretch) < LONGEST else _fitting(tape.classes, first)
        if fitting:
            rule, size, parts = fitting
            past = first + size
            yield Expression(rule, first, past, parts)


def _fitting(classes: str, first: int = 0) -> tuple[str, int, dict[str, tuple[int, int]]] | None:
    """Return the rule that fits from a token on, how many it takes, and the parts it keeps, counted from that token."""
    pattern, rules = _BEGUN_BY[classes[first]]
    found = pattern.match(classes, first)
    if found is None:
        return None
    rule, names = rules[found.lastindex]
    spans = {name: found.span(group) for group, name in names if found.start(group) >= 0}
    return rule, found.end() - first, {name: (start - first, end - first) for name, (start, end) in spans.items()}


LONGEST = 32
"""Fewer tokens than this, up to one that no rule takes, tell all of what fits them; they come again, and it is kept."""
_fitting_once = lru_cache(maxsize=1 << 14)(_fitting)


def _pattern(told: str) -> str:
    """Return the regular expression over a tape that a rule tells."""
    while "{" in told:
        told = re.sub(r"\{(\w+)\}", lambda piece: PIECES[piece[1]], told)
    told = re.sub(r"[A-Z][A-Z_]*", lambda name: SYMBOL[name[0]], told).replace(" ", "")
    told = re.sub(r"(?<!^)(?<![a-z]:)\((?!\?)|^\((?!\?)", "(?:", told)
    names = Counter()

    def kept(group: re.Match) -> str:
        names[group[1]] += 1
        return f"(?P<{group[1]}{names[group[1]]}>" + ("" if group[2] == "(" else f"{group[2]})")

    return re.sub(r"([a-z]+):(\(|.)", kept, told)


def _either(patterns: list[tuple[str, re.Pattern]]) -> tuple[re.Pattern, dict[int, tuple]]:
    """Join patterns into one that tries them in their order; by the group that closes last it tells rule and names."""
    rules, groups = {}, 1
    for rule, pattern in patterns:
        names = ((groups + number, name.rstrip(_DIGITS)) for name, number in pattern.groupindex.items())
        rules[groups] = (rule, tuple(names))
        groups += 1 + pattern.groups
    told = "|".join(f"({_NAMED.sub('(', pattern.pattern)})" for _, pattern in patterns)
    return re.compile(told or "(?!)", re.DOTALL), rules


def made_of(classes: str) -> list[str]:
    """Return the rules that fit some tokens of these classes alone."""
    return [rule for rule, pattern in _PATTERNS if _is_made(pattern.pattern, 0, frozenset(classes))[0]]


def _is_made(pattern: str, at: int, classes: frozenset[str]) -> tuple[bool, int]:
    """Tell whether a branch from here to the closing bracket can be made of the classes, and return its place."""
    found, fits = False, True
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            found, fits, at = found or fits, True, at + 1
            continue
        if opened := _OPENED.match(pattern, at):
            made, at = _is_made(pattern, opened.end(), classes)
            made, at = made or opened[1][-1] in "=!", at + 1
        elif pattern[at] == "[":
            closed = pattern.index("]", at)
            made, at = not classes.isdisjoint(pattern[at + 1 : closed]), closed + 1
        else:
            made, at = pattern[at] in classes, at + 1
        fits = fits and (made or pattern[at : at + 1] in ("?", "*"))
        at += pattern[at : at + 1] in ("?", "*", "+") and at < len(pattern)
    return found or fits, at


_NAMED = re.compile(r"\(\?P<\w+>")
_OPENED = re.compile(r"\((\?:|\?P<\w+>|\?<?[=!])")


def _firsts(pattern: str) -> set[str]:
    """Return the classes a match of the pattern may begin with, so that a rule is tried where it can fit."""
    return _branches(pattern, 0)[0]


def _branches(pattern: str, at: int) -> tuple[set[str], bool, int]:
    """Return what the branches from here to the closing bracket begin with, whether one may be empty, and its place."""
    firsts, empty, is_open = set(), False, True
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            empty, is_open, at = empty or is_open, True, at + 1
            continue
        begun, skips, at = _atom(pattern, at)
        firsts |= begun if is_open else set()
        is_open = is_open and skips
    return firsts, empty or is_open, at


def _atom(pattern: str, at: int) -> tuple[set[str], bool, int]:
    if opened := _OPENED.match(pattern, at):
        begun, skips, closed = _branches(pattern, opened.end())
        if opened[1][-1] in "=!":
            return set(), True, closed + 1
        at = closed + 1
    elif pattern[at] == "[":
        closed = pattern.index("]", at)
        begun, skips, at = set(pattern[at + 1 : closed]), False, closed + 1
    else:
        begun, skips, at = {pattern[at]}, False, at + 1
    marked = pattern[at : at + 1]
    return begun, skips or marked in ("?", "*"), at + (marked in ("?", "*", "+") and marked != "")


_PATTERNS = [(rule, re.compile(_pattern(told), re.DOTALL)) for rule, told in RULES]
_BEGUN_BY = {
    symbol: _either([(rule, pattern) for rule, pattern in _PATTERNS if symbol in _firsts(pattern.pattern)])
    for symbol in SYMBOL.values()
}
_ALONE = [symbol for symbol, (either, _) in _BEGUN_BY.items() if either.match(symbol)]
_LEADING = [symbol for symbol, (_, rules) in _BEGUN_BY.items() if rules and symbol not in _ALONE]
_FILLER = "".join(SYMBOL[name] for name in FILLERS)
_TAKEN = "".join(set(SYMBOL.values()) & set("".join(pattern.pattern for _, pattern in _PATTERNS)))
# A rule is tried where it may begin and where, before the next word of no class, stands one that can make it; group 1
# is what it may take besides. Fillers are searched no farther than the longest rule reaches, which is 31 tokens without
# what it repeats: a search to the end of each run of hyphens took 2.4 hours for a megabyte of them.
_CANDIDATE = re.compile(
    f"(?:[{''.join(_ALONE)}]|[{''.join(set(_LEADING) - set(_FILLER))}](?=[^{NONE}])"
    f"|[{''.join(set(_LEADING) & set(_FILLER))}](?=[{_FILLER}]{{0,{LONGEST}}}[^{NONE}{_FILLER}]))(?=([{_TAKEN}]{{0,{LONGEST}}}))"
)
