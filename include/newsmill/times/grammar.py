"""The grammar of temporal expressions: rules over classes of tokens, tried from the left, the first that fits winning.

A text becomes a tape, one character a token that tells its class, and a rule is a pattern over that tape. In a pattern
a word in capitals is a class of the lexicon, `name:` keeps what follows for the reading, `{name}` is a piece below, and
the rest are the marks of regular expressions.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from newsmill.times import lexicon

# A token with the blanks behind it: pieces cover the text, so that their lengths give their offsets.
_PIECE = re.compile(
    r"(?:[A-Za-z\u00c0-\u024f]+(?:\.m\b\.?)?|\d{4}-\d\d-\d\d(?!\d)|\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)(?!\d)"
    r"|\d+(?:[.,:]\d+)*(?:(?:st|nd|rd|th|s)(?![^\W_]))?|[’'](?:\d0s|\d\d(?!\w)|s\b)|.)[ \t\xa0]*",
    re.DOTALL,
)
_NUMERIC = {
    "ISO": r"\d{4}-\d\d-\d\d", "SLASHED": r"\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)", "CLOCKED": r"[0-2]?\d:[0-5]\d(?::\d\d)?",
    "DECADES": r"(?:1[789]|20)\d0s", "SHORT_DECADES": r"[’']?\d0s", "SHORT_YEAR": r"[’']\d\d",
    "AMOUNT": r"\d+(?:,\d{3})+|\d+\.\d+|\d{3,}", "RANKED": r"\d+(?:st|nd|rd|th)",
}
_CLASSES = ("NONE", "DOM", "NUM", "YEAR", "NTH", *_NUMERIC, *lexicon.PROPER, *lexicon.PLAIN, *lexicon.SIGNS)
SYMBOL = {name: chr(0x4E00 + number) for number, name in enumerate(_CLASSES)}
SEAM = ""
_DIGITS = "0123456789"
MAX_KEPT_CHARS = 24
NONE = SYMBOL["NONE"]

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
    ("clock_time", "{about}? {hour} ZONE? COMMA? (THIS day:PART|ON? near:(NEAR|TONIGHT)|ON? {date}|ON? side:{side}? weekday:{day})?"),
    ("clock_time", "(near:NEAR|{date}|weekday:{day}) (COMMA|AT)* {hour} ZONE?"),
    ("date", "{early}? side:{side}? {date}"),
    ("date", "{early}? (weekday:{day} COMMA? THE?)? dom:{dom} OF? month:{month} (COMMA? year:{year})?"),
    ("month", "{early}? month:{month} (COMMA|OF)? year:({year}|{spelled})"),
    ("month", "{early}? month:{month} OF side:{side} UNIT"),
    ("holiday", "{early}? side:{side}? (name:(GOOD|PALM|ASH) DAY|name:NEW UNIT POSSESSIVE? (UNIT|eve:EVE)"
                "|name:NAMED POSSESSIVE? UNIT|name:FEAST (UNIT|DAY|eve:EVE)?) (COMMA? year:YEAR)?"),
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
    ("quarter", "{early}? {the}? FISCAL? HYPHEN? nth:{nth} HYPHEN? quarter:UNIT (OF|IN) THE? FISCAL? (year:YEAR|side:{side} FISCAL? UNIT)"),
    ("quarter", "{early}? {the}? (year:YEAR POSSESSIVE?|side:{side} unit:UNIT POSSESSIVE) FISCAL? (nth:{nth} HYPHEN?)? (quarter:UNIT(?! AGO)|quarter:PERIOD)"),
    ("quarter_ago", "({the}|A)? (UNIT HYPHEN {ago}|CORRESPONDING) (nth:{nth} HYPHEN?)? (unit:UNIT|PERIOD) (A? UNIT {ago}|LAST UNIT)?"),
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
    ("duration", "{the}? ({side}|{nth}) {about}? (number:{number}|vague:{vague}) (MORE|TRADING|FULL)? unit:(UNITS|UNIT) (AND SO)?"),
    ("every", "EVERY (number:{number}|nth:{nth}|FEW)? unit:(UNIT|UNITS|PART|WEEKEND)"),
    ("every", "EVERY (weekday:{day}|month:{month})"),
    ("every", "PER unit:UNIT"),
    ("every", "frequency:FREQUENCY"),
    ("some_time", "FEW TIME|A WHILE"),
    ("every", "number:{number} HYPHEN? hours:UNITS A unit:UNIT"),
    ("duration", "{about}? {the}? (number:{number}|vague:{vague}) HYPHEN? (MORE|TRADING|FULL|LONG)? unit:(UNITS|UNIT) (HYPHEN LONG)?"),
    ("duration", "{about}? number:{number} HYPHEN? (TO|AND|HYPHEN) HYPHEN? {number} HYPHEN? (MORE|TRADING)? unit:(UNITS|UNIT)"),
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


class Expression(NamedTuple):
    """What a rule found: the tokens from `first` to `past`, and those it kept by name."""

    rule: str
    first: int
    past: int
    parts: dict[str, tuple[int, int]]


class Tape(NamedTuple):
    """A text as tokens: its pieces, where each starts, and the class of each."""

    pieces: list[str]
    starts: list[int]
    classes: str

    def word(self, token: int) -> str:
        """Return a token in lower case, without the blanks behind it."""
        return self.pieces[token].rstrip().lower()

    def end(self, token: int) -> int:
        """Return where the token ends in the text."""
        return self.starts[token] + len(self.pieces[token].rstrip())


def read(text: str, seams: Sequence[int] = ()) -> Tape:
    """Cut a text into tokens; a seam, where the page goes on elsewhere, lets no expression go across."""
    edges = [0, *seams, len(text)]
    pieces = _PIECE.findall(text, 0, edges[1])
    for first, past in pairwise(edges[1:]):
        pieces += [SEAM, *_PIECE.findall(text, first, past)]
    starts = list(accumulate(map(len, pieces), initial=0))
    return Tape(pieces, starts, "".join(map(_KNOWN.__getitem__, pieces)))


def find(tape: Tape) -> Iterator[Expression]:
    """Yield the expressions of a text from left to right; none overlaps another."""
    past = 0
    for candidate in _CANDIDATE.finditer(tape.classes):
        first = candidate.start()
        if first < past:
            continue
        pattern, rules = _BEGUN_BY[candidate[0]]
        if found := pattern.match(tape.classes, first):
            rule, names = rules[found.lastindex]
            past = found.end()
            spans = {name: found.span(group) for group, name in names if found.start(group) >= 0}
            yield Expression(rule, first, past, spans)


class _Classes(dict):
    """The class of each token; those met are kept as long as there is room, for most come again."""

    ROOM = 1 << 18

    def __missing__(self, piece: str) -> str:
        found = NONE if piece > ":" else _numeric(piece)
        if len(self) < self.ROOM and len(piece) < MAX_KEPT_CHARS:
            self[piece] = found
        return found


def _known() -> _Classes:
    """Return the class of each token that is known, in each way to write it, with and without a blank behind it."""
    forms = {sign: name for name, signs in lexicon.SIGNS.items() for sign in signs}
    forms |= {str(year): "YEAR" for year in range(lexicon.FIRST_YEAR, lexicon.LAST_YEAR + 1)}
    forms |= {str(number): "DOM" if number < 32 else "NUM" for number in range(1, 1000)}
    forms |= {f"0{number}": "DOM" for number in range(1, 10)}
    forms |= {word: "NTH" for word in lexicon.ORDINAL if word[0].isdigit()}
    for name, words in lexicon.PROPER.items():
        forms |= {form: name for word in words for form in (word, word.upper())}
    for name, words in lexicon.PLAIN.items():
        forms |= {form: name for word in words for form in (word, word.capitalize(), word.upper())}
    known = {form + blank: SYMBOL[name] for form, name in forms.items() for blank in ("", " ")}
    return _Classes(known | {SEAM: SYMBOL["BREAK"]})


def _numeric(piece: str) -> str:
    """Return the class of a token that begins with a numeral or a sign."""
    word = piece.rstrip()
    if word != piece and (found := _KNOWN.get(word)):
        return found
    if not word[:1].isdigit() and word[:1] not in ("'", "’"):
        return NONE
    return next((SYMBOL[name] for name, pattern in _NUMBERS if pattern.fullmatch(word)), NONE)


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


_NUMBERS = [(name, re.compile(pattern)) for name, pattern in _NUMERIC.items()]
_KNOWN = _known()
_PATTERNS = [(rule, re.compile(_pattern(told), re.DOTALL)) for rule, told in RULES]
_BEGUN_BY = {
    symbol: _either([(rule, pattern) for rule, pattern in _PATTERNS if symbol in _firsts(pattern.pattern)])
    for symbol in SYMBOL.values()
}
_ALONE = [symbol for symbol, (either, _) in _BEGUN_BY.items() if either.match(symbol)]
_LEADING = [symbol for symbol, (_, rules) in _BEGUN_BY.items() if rules and symbol not in _ALONE]
_CANDIDATE = re.compile(f"[{''.join(_ALONE)}]|[{''.join(_LEADING)}](?=[^{NONE}])")
