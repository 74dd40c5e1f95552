"""Distinguishes expressions of time from names, titles, shares and parts of a match with the same words.

`find_expressions` knows classes of words, not capitals: `April Hayes` begins like `April`, `USA TODAY` ends like
`today`. The checks here read the words around an expression as written.
"""

from newsmill.dates import date_words
from newsmill.dates.grammar import Expression
from newsmill.dates.token_classes import MATCH, SYMBOL, ClassifiedText
from newsmill.nlp.name_flags import COMMON, PEOPLE, SURNAME, load_name_flags

MIN_MATCH_WORDS = 3
"""Words of matches from which a numbered quarter is a part of a match; fewer occur in reports on results, too."""
_HYPHENS = frozenset("-–—")


def is_match_report(tokens: ClassifiedText) -> bool:
    """Return whether a text reports on a match."""
    return tokens.tenses.count(MATCH) >= MIN_MATCH_WORDS


def is_look_alike(tokens: ClassifiedText, expression: Expression, is_report: bool) -> bool:
    """Return whether the words of an expression are no time, by its rule; `is_report`: the text reports on a match."""
    if expression.rule == "quarter":
        return is_report and _is_part_of_match(tokens, expression)
    check = _CHECKS.get(expression.rule)
    return check is not None and check(tokens, expression)


def _word(tokens: ClassifiedText, i: int) -> str:
    """Return a token as written; an empty string for a line end and outside of the text."""
    return tokens.text[tokens.starts[i] : tokens.ends[i]].strip() if 0 <= i < len(tokens.starts) else ""


def _is_capitalized(word: str) -> bool:
    return word[:1].isupper() and word[-1:].isalpha()


def _may_be_surname(word: str) -> bool:
    """Return whether a capitalized word is a known surname or unknown; no acronym, body or people."""
    known = load_name_flags()
    flags = known.words.get(word, 0)
    if not _is_capitalized(word) or word.isupper() or word in known.organizations or flags & PEOPLE:
        return False
    return flags & SURNAME != 0 or flags & COMMON == 0


def _is_name_of_day(tokens: ClassifiedText, expression: Expression) -> bool:
    """Return whether a weekday is a part of a name: Black Friday, the Sunday Times, Mr Sunday Dare."""
    before, behind = _word(tokens, expression.start - 1), _word(tokens, expression.end)
    if before.lower() in date_words.WORDS_BEFORE_NAMED_DAYS and expression.end - expression.start == 1:
        return _is_capitalized(before)
    opens_name = _is_capitalized(behind) and tokens.starts[expression.end] - tokens.ends[expression.end - 1] == 1
    is_open = before in ("the", "The") or not before[:1].isalpha() or before.lower() in date_words.PERSON_TITLES
    return opens_name and is_open and expression.end - expression.start == 1


def _is_name_of_medium(tokens: ClassifiedText, expression: Expression) -> bool:
    """Return whether `today` or `tonight` ends a name in a sentence: said USA TODAY. In a headline it is a day."""
    word, before = _word(tokens, expression.start), _word(tokens, expression.start - 1)
    if expression.end - expression.start > 1 or not _is_capitalized(word) or not _is_capitalized(before):
        return False
    return not _is_capitalized(_word(tokens, expression.start - 2))


def _is_name_with_month(tokens: ClassifiedText, expression: Expression) -> bool:
    """Return whether a month is a part of a name: April Hayes, The March on Xanth."""
    before, behind = _word(tokens, expression.start - 1), _word(tokens, expression.end)
    if expression.end - expression.start > 1:
        return False
    month = _word(tokens, expression.start)
    if behind.lower() in date_words.WORDS_BEHIND_MARCHES and month in ("March", "MARCH"):
        return before.lower() == "the"
    is_behind_preposition = before.lower() in date_words.WORDS_BEFORE_MONTHS - date_words.WORDS_BEFORE_PEOPLE
    if is_behind_preposition or month not in date_words.MONTHS_THAT_ARE_PEOPLE:
        return False
    is_adjacent = behind and tokens.starts[expression.end] - tokens.ends[expression.end - 1] == 1
    return behind in date_words.WORDS_BEHIND_PEOPLE or (bool(is_adjacent) and _may_be_surname(behind))


def _is_fall(tokens: ClassifiedText, expression: Expression) -> bool:
    """Return whether a season is an event: the fall of the house, the fall in prices."""
    last, behind = _word(tokens, expression.end - 1).lower(), _word(tokens, expression.end).lower()
    return last in date_words.SEASONS_THAT_ARE_EVENTS and behind in date_words.WORDS_BEHIND_EVENTS


def _is_share(tokens: ClassifiedText, expression: Expression) -> bool:
    """Return whether a quarter is a share or a length: a quarter of the voters, the quarter-mile."""
    words = [_word(tokens, i).lower() for i in range(expression.start, expression.end)]
    if words[-1] != "quarter":
        return False
    behind, before = _word(tokens, expression.end), _word(tokens, expression.start - 1).lower()
    if behind in _HYPHENS or behind.lower() == "of":
        return True
    return expression.rule == "a_unit" and (len(words) > 2 or before in date_words.WORDS_BEFORE_SHARES)


def _is_part_of_match(tokens: ClassifiedText, expression: Expression) -> bool:
    """Return whether a numbered quarter of a report on a match is a part of the match: a quarter without a year."""
    return _word(tokens, expression.end - 1).lower() == "quarter" and "year" not in expression.parts


def _is_age(tokens: ClassifiedText, expression: Expression) -> bool:
    """Return whether a decade is an age: in her 40s."""
    words = {_word(tokens, i).lower() for i in (expression.start - 2, expression.start - 1, expression.start)}
    return not words.isdisjoint(date_words.POSSESSIVES)


def _is_code(tokens: ClassifiedText, expression: Expression) -> bool:
    """Return whether a time of day is the end of a code: the BE-3PM engine."""
    start = tokens.starts[expression.start]
    is_joined = tokens.text[max(start - 1, 0) : start] == "-" and tokens.text[max(start - 2, 0) : start - 1].isupper()
    # in 9 AM-5 PM a capital is before the hyphen, too
    return is_joined and tokens.classes[expression.start - 2] != SYMBOL["PM"]


_CHECKS = {
    "weekday": _is_name_of_day,
    "near": _is_name_of_medium,
    "month": _is_name_with_month,
    "season": _is_fall,
    "a_unit": _is_share,
    "the_unit": _is_share,
    "decade": _is_age,
    "clock_time": _is_code,
}
