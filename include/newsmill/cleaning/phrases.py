"""The phrases of boilerplate of all languages by reason, and the words for labelling a line.

The phrases and words are data of the room `languages`: one folder a language, one phrase a line. All languages count on
every page, because pages mix languages.
"""

from collections.abc import Iterator
from typing import NamedTuple

from newsmill.languages.word_lists import join_groups, join_words

OPENING_LIMITS = {
    "error_banner": 40,
    "comments": 30,
    "share": 16,
    "newsletter": 60,
    "related": 30,
    "byline": 30,
    "caption": 60,
    "update_note": 60,
    "navigation": 20,
    "advertisement": 20,
    "copyright": 80,
}
"""The most words of a line behind an opening of the reason; a longer line counts as prose."""
WORD_LIMIT = 255
"""The most words of a line for all other phrases: the largest number in a byte."""

# Some phrases are listed under two reasons: "latest news" is a section of the site and a list of articles. The first
# reason here that lists a phrase counts. Whole lines go from fine reasons to coarse ones.
PRECEDENCE = {
    "whole_line": (
        "copyright",
        "byline",
        "caption",
        "advertisement",
        "related",
        "newsletter",
        "share",
        "navigation",
        "comments",
        "legal_disclaimer",
        "error_banner",
    ),
    "opening": tuple(OPENING_LIMITS),
    "anywhere": (
        "legal_disclaimer",
        "copyright",
        "newsletter",
        "comments",
        "error_banner",
        "share",
        "advertisement",
    ),
}


class Phrase(NamedTuple):
    """A phrase in small letters; `limit`: the most words of a matching line."""

    text: str
    kind: str
    reason: str
    limit: int


def list_phrases() -> Iterator[Phrase]:
    """Yield the phrases of all languages; where a phrase comes again with the same kind, the first counts."""
    for kind, reasons in PRECEDENCE.items():
        for reason in reasons:
            limit = OPENING_LIMITS[reason] if kind == "opening" else WORD_LIMIT
            for text in join_groups("boilerplate", reason).get(kind, ()):
                yield Phrase(text, kind, reason, limit)


def _join_words(name: str) -> frozenset[str]:
    return frozenset(join_words("line_words", name))


# The meaning of each list is a comment in languages/<code>/line_words.toml.
FUNCTION_WORDS = _join_words("function_words")
WEB_WORDS = _join_words("web_words")
EXCUSES = _join_words("excuses")
SELF_WORDS = _join_words("self_words")
LEGAL_WORDS = _join_words("legal_words")
SITE_WORDS = _join_words("site_words")
DATE_WORDS = _join_words("date_words")
STATUS_WORDS = _join_words("status_words")
BY_WORDS = _join_words("by_words")
ERROR_NUMBERS = frozenset("400 401 402 403 404 405 406 408 410 418 429 451 500 501 502 503 504 520 521 522".split())
"""The numbers of HTTP statuses on error pages."""
MONTHS = {name: int(month) for month, names in join_groups("line_words", "months").items() for name in names}
AGENCIES = frozenset(name.casefold() for name in join_words("agencies", "agencies"))
