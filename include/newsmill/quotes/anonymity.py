"""Finds the explanation of a speaker's anonymity, such as "on condition of anonymity because …"."""

import re
from collections.abc import Iterator

from newsmill.languages.word_lists import read_words

Span = tuple[int, int]

_BLANK = r"[^\S\n]"
"""White space within a line: no phrase runs across the end of a line."""


def _read_alternatives(name: str, blank: str = _BLANK) -> str:
    """Return a group that matches any phrase of a list, with `blank` between the words of a phrase."""
    phrases = (blank.join(map(re.escape, phrase.split())) for phrase in read_words("en", "anonymity", name))
    return f"(?:{'|'.join(phrases)})"


# The words are data: languages/en/anonymity.toml. The grammar around them stays here, with its function words.
_REASON_CLAUSE = rf"(?:{_BLANK}+{_read_alternatives('reason_openers', ' ')}\b[^.;:\n\"“”()\[\]—–]*?)?"
_AUTHORIZED = rf"authori[sz]ed{_BLANK}to{_BLANK}{_read_alternatives('speaking_verbs', ' ')}[^.,;:\n\"“”()]*"
_PHRASES = (
    rf"{_read_alternatives('condition_prepositions')}_(?:the_)?(?:strict_)?condition_(?:of_anonymity|"
    rf"(?:that_)?(?:\w+_){{1,3}}not_be_{_read_alternatives('exposing_participles')})",
    rf"{_read_alternatives('asking_verbs')}_anonymity",
    "anonymously",
    rf"{_read_alternatives('wishing_verbs')}_(?:not_to_be|to_not_be|to_remain|to_stay|that_(?:\w+_){{1,3}}not_be)"
    rf"_{_read_alternatives('hidden_states')}(?:_by_name)?",
    rf"{_read_alternatives('refusing_verbs')}_to_be_{_read_alternatives('naming_participles')}",
    rf"(?:was|were|is|are)(?:_not|n['’]t)_{_AUTHORIZED}",
    rf"not_{_AUTHORIZED}",
    rf"could_not_be_{_read_alternatives('identifying_participles')}",
)
"""The phrases; an underscore is a blank."""
ANONYMITY_PATTERN = re.compile(
    rf"\b(?:{'|'.join(_PHRASES).replace('_', _BLANK)}){_REASON_CLAUSE}"
    rf"(?=[.,;:\n\"“”()\[\]—–]|$|{_BLANK}+{_read_alternatives('following_words')}\b)",
    re.IGNORECASE,
)

# ANONYMITY_PATTERN is slow and matches only near one of these words, so the search visits these places alone.
ANCHOR_WORD = re.compile(_read_alternatives("anchors", " "))
CHARS_BEFORE_ANCHOR, CHARS_AFTER_ANCHOR = 60, 300
"""Bounds of the search around an anchor word: in characters before and behind the word.

Half of the second would cut reasons off; twice costs time only. Set by hand; no measurement is on record.
"""


def find_anonymity_reasons(text: str) -> Iterator[Span]:
    """Yield the spans of a text with the explanation of a speaker's anonymity."""
    search_start = 0
    for anchor in ANCHOR_WORD.finditer(text):
        match = ANONYMITY_PATTERN.search(
            text, max(anchor.start() - CHARS_BEFORE_ANCHOR, search_start), anchor.end() + CHARS_AFTER_ANCHOR
        )
        if match:
            yield match.span()
            search_start = match.end()
