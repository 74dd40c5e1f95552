"""Grammar of temporal expressions: regular expressions over token classes, matched from left to right.

A rule is a name and a pattern over the token classes of a text. In a pattern, a word in capitals is a class of the
lexicon, `name:` captures the next item for normalization, and `{name}` inserts a fragment from below. The rest has the
meaning of regular expressions. At a token the first matching rule of the list wins.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from newsmill.dates.token_classes import NONE, SYMBOL, ClassifiedText

_DIGITS = "0123456789"

FRAGMENTS = {
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

# (rule, pattern); of several matches at a token, the first rule in the list wins.
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


# Classes too vague to form an expression on their own.
FILLERS = (
    "A ABOUT AFTER AMOUNT AND AT BREAK COLON COMMA COUPLE DOM EARLIER EARLY END EVERY FEW FOR FROM FULL HALF HUNDRED HYPHEN "
    "IN ITS LATER LEAST LONG MONEY MORE NO NTH NUM OF ON ONE ORDINAL PER POSSESSIVE SAME SO STOP TEEN THAN THAT THE THESE "
    "THIS TO UP"
).split()


class Expression(NamedTuple):
    """A match of a rule: the tokens [start, end), and the captured parts by name, counted from `start`."""

    rule: str
    start: int
    end: int
    parts: dict[str, tuple[int, int]]


def find_expressions(tokens: ClassifiedText) -> Iterator[Expression]:
    """Yield the expressions of a text from left to right, without overlaps."""
    end = 0
    for candidate in _CANDIDATE.finditer(tokens.classes):
        start = candidate.start()
        if start < end:
            continue
        span = tokens.classes[start : candidate.end(1)]
        rule_match = _match_rule_cached(span) if len(span) < MAX_RULE_TOKENS else _match_rule(tokens.classes, start)
        if rule_match:
            rule, size, parts = rule_match
            end = start + size
            yield Expression(rule, start, end, parts)


def _match_rule(classes: str, offset: int = 0) -> tuple[str, int, dict[str, tuple[int, int]]] | None:
    """Return (rule, number of tokens, captured parts) for the first matching rule at a token; part offsets start there."""
    pattern, rules = _RULES_BY_CLASS[classes[offset]]
    match = pattern.match(classes, offset)
    if match is None or match.lastindex is None:  # every rule is a group, so a match has an index
        return None
    rule, names = rules[match.lastindex]
    spans = {name: match.span(group) for group, name in names if match.start(group) >= 0}
    return rule, match.end() - offset, {name: (start - offset, end - offset) for name, (start, end) in spans.items()}


MAX_RULE_TOKENS = 32
"""Token spans shorter than this contain the whole match of any rule, and recur often, so their matches are cached."""
_match_rule_cached = lru_cache(maxsize=1 << 14)(_match_rule)


def _compile_rule(pattern: str) -> str:
    """Translate a rule's pattern into a regular expression over token classes."""
    while "{" in pattern:
        pattern = re.sub(r"\{(\w+)\}", lambda name: FRAGMENTS[name[1]], pattern)
    pattern = re.sub(r"[A-Z][A-Z_]*", lambda name: SYMBOL[name[0]], pattern).replace(" ", "")
    pattern = re.sub(r"(?<!^)(?<![a-z]:)\((?!\?)|^\((?!\?)", "(?:", pattern)
    names: Counter[str] = Counter()

    def named_group(group: re.Match[str]) -> str:
        names[group[1]] += 1
        return f"(?P<{group[1]}{names[group[1]]}>" + ("" if group[2] == "(" else f"{group[2]})")

    return re.sub(r"([a-z]+):(\(|.)", named_group, pattern)


NamedGroups = tuple[tuple[int, str], ...]
"""The index and the name of each group of a rule."""


def _join_patterns(
    patterns: list[tuple[str, re.Pattern[str]]],
) -> tuple[re.Pattern[str], dict[int, tuple[str, NamedGroups]]]:
    """Join patterns into one alternation; return it with (rule, named groups) by the index of the last closed group."""
    rules: dict[int, tuple[str, NamedGroups]] = {}
    groups = 1
    for rule, pattern in patterns:
        names = ((groups + group, name.rstrip(_DIGITS)) for name, group in pattern.groupindex.items())
        rules[groups] = (rule, tuple(names))
        groups += 1 + pattern.groups
    alternation = "|".join(f"({_GROUP_NAME.sub('(', pattern.pattern)})" for _, pattern in patterns)
    return re.compile(alternation or "(?!)", re.DOTALL), rules


def rules_made_of(classes: str) -> list[str]:
    """Return the rules that can match tokens of these classes only."""
    return [rule for rule, pattern in _PATTERNS if _can_match(pattern.pattern, 0, frozenset(classes))[0]]


def _can_match(pattern: str, i: int, classes: frozenset[str]) -> tuple[bool, int]:
    """Return (whether a branch up to the closing bracket matches the classes only, position of the bracket)."""
    matches_branch, fits = False, True
    while i < len(pattern) and pattern[i] != ")":
        if pattern[i] == "|":
            matches_branch, fits, i = matches_branch or fits, True, i + 1
            continue
        if opening := _GROUP_START.match(pattern, i):
            item_matches, i = _can_match(pattern, opening.end(), classes)
            item_matches, i = item_matches or opening[1][-1] in "=!", i + 1
        elif pattern[i] == "[":
            bracket = pattern.index("]", i)
            item_matches, i = not classes.isdisjoint(pattern[i + 1 : bracket]), bracket + 1
        else:
            item_matches, i = pattern[i] in classes, i + 1
        fits = fits and (item_matches or pattern[i : i + 1] in ("?", "*"))
        i += pattern[i : i + 1] in ("?", "*", "+") and i < len(pattern)
    return matches_branch or fits, i


_GROUP_NAME = re.compile(r"\(\?P<\w+>")
_GROUP_START = re.compile(r"\((\?:|\?P<\w+>|\?<?[=!])")


def _first_classes(pattern: str) -> set[str]:
    """Return the classes of the first token of any match, to try a rule only there."""
    return _scan_branches(pattern, 0)[0]


def _scan_branches(pattern: str, i: int) -> tuple[set[str], bool, int]:
    """Return (first classes of the branches up to the closing bracket, whether one may be empty, end position)."""
    firsts, can_be_empty, is_open = set(), False, True
    while i < len(pattern) and pattern[i] != ")":
        if pattern[i] == "|":
            can_be_empty, is_open, i = can_be_empty or is_open, True, i + 1
            continue
        item_firsts, is_optional, i = _scan_atom(pattern, i)
        firsts |= item_firsts if is_open else set()
        is_open = is_open and is_optional
    return firsts, can_be_empty or is_open, i


def _scan_atom(pattern: str, i: int) -> tuple[set[str], bool, int]:
    if opening := _GROUP_START.match(pattern, i):
        item_firsts, is_optional, bracket = _scan_branches(pattern, opening.end())
        if opening[1][-1] in "=!":
            return set(), True, bracket + 1
        i = bracket + 1
    elif pattern[i] == "[":
        bracket = pattern.index("]", i)
        item_firsts, is_optional, i = set(pattern[i + 1 : bracket]), False, bracket + 1
    else:
        item_firsts, is_optional, i = {pattern[i]}, False, i + 1
    quantifier = pattern[i : i + 1]
    return (
        item_firsts,
        is_optional or quantifier in ("?", "*"),
        i + (quantifier in ("?", "*", "+") and quantifier != ""),
    )


_PATTERNS = [(rule, re.compile(_compile_rule(pattern), re.DOTALL)) for rule, pattern in RULES]
_RULES_BY_CLASS = {
    symbol: _join_patterns(
        [(rule, pattern) for rule, pattern in _PATTERNS if symbol in _first_classes(pattern.pattern)]
    )
    for symbol in SYMBOL.values()
}
_COMPLETE = [symbol for symbol, (pattern, _) in _RULES_BY_CLASS.items() if pattern.match(symbol)]
_LEADING = [symbol for symbol, (_, rules) in _RULES_BY_CLASS.items() if rules and symbol not in _COMPLETE]
_FILLER = "".join(SYMBOL[name] for name in FILLERS)
_USED_CLASSES = "".join(set(SYMBOL.values()) & set("".join(pattern.pattern for _, pattern in _PATTERNS)))
# A candidate: a token that can start a rule, followed, before the next token without class, by a token that can complete
# a rule; group 1 is the span of usable tokens. Fillers are searched up to the longest rule, 31 tokens without repetitions:
# a search to the end of each run of hyphens took 2.4 hours for a megabyte of hyphens.
_CANDIDATE = re.compile(
    f"(?:[{''.join(_COMPLETE)}]|[{''.join(set(_LEADING) - set(_FILLER))}](?=[^{NONE}])"
    f"|[{''.join(set(_LEADING) & set(_FILLER))}](?=[{_FILLER}]{{0,{MAX_RULE_TOKENS}}}[^{NONE}{_FILLER}]))(?=([{_USED_CLASSES}]{{0,{MAX_RULE_TOKENS}}}))"
)
