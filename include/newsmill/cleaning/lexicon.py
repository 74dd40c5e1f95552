"""The phrases and words of boilerplate as hash tables for compiled code.

Layout: `word_keys` and `word_bits` map the hash of a word to its bits. `phrase_keys` and `phrase_values` map the hash
of a word sequence and a kind to `reason | limit << 8`. Example: "follow us on" as an OPENING has the value
`Reason.SHARE | 16 << 8`, because lines of more than 16 words are not share buttons.
"""

from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning import phrases
from newsmill.cleaning.phrases import WORD_LIMIT, Phrase, list_phrases
from newsmill.cleaning.quality_signals import STOP_WORDS
from newsmill.compiled import compiled, inlined
from newsmill.nlp.hash_table import build_table, has_key, hash_sequence, look_up
from newsmill.nlp.scan import scan

# The bits of a word.
FUNCTION, WEB, SELF, LEGAL, SITE, EXCUSE, DATE, MONTH, OPENS_SAID, STATUS, ERROR_NUMBER, LETTER_C, BY, ENGLISH = (
    1 << bit for bit in range(14)
)
# The kinds of a phrase: the whole line, the opening of a line, anywhere in a line; or the name of an agency.
WHOLE, OPENING, ANYWHERE, AGENCY = range(1, 5)


class Reason(IntEnum):
    """The reason of a dropped block: the members of glossary.BLOCK_REASONS in order, NONE for no reason."""

    NONE = 0
    TITLE = 1
    ERROR_BANNER = 2
    REPEAT = 3
    LEGAL_DISCLAIMER = 4
    COMMENTS = 5
    NAVIGATION = 6
    SHARE = 7
    NEWSLETTER = 8
    RELATED = 9
    BYLINE = 10
    UPDATE_NOTE = 11
    COPYRIGHT = 12
    CAPTION = 13
    ADVERTISEMENT = 14
    DATELINE = 15
    CROSS_PAGE_BOILERPLATE = 16
    NOT_CONTENT = 17


_KINDS = {"whole_line": WHOLE, "opening": OPENING, "anywhere": ANYWHERE, "agency": AGENCY}
_WORDS = {
    FUNCTION: phrases.FUNCTION_WORDS,
    WEB: phrases.WEB_WORDS,
    SELF: phrases.SELF_WORDS,
    LEGAL: phrases.LEGAL_WORDS,
    SITE: phrases.SITE_WORDS,
    EXCUSE: phrases.EXCUSES,
    DATE: phrases.DATE_WORDS,
    STATUS: phrases.STATUS_WORDS,
    MONTH: phrases.MONTHS,
    ERROR_NUMBER: phrases.ERROR_NUMBERS,
    LETTER_C: ("c",),
    BY: phrases.BY_WORDS,
    ENGLISH: STOP_WORDS,
}


class Lexicon(NamedTuple):
    """Two open hash tables, see the module; `longest`: the number of words of the longest phrase."""

    word_keys: np.ndarray
    word_bits: np.ndarray
    phrase_keys: np.ndarray
    phrase_values: np.ndarray
    longest: int


@cache
def load_lexicon() -> Lexicon:
    """Build the tables of all phrases and words, once in a process."""
    words: dict[int, int] = {}
    for bit, names in _WORDS.items():
        for word in scan(pa.array([" ".join(sorted(names))])).words.tolist():
            words[word] = words.get(word, 0) | bit
    entries = [*list_phrases(), *(Phrase(name, "agency", "none", WORD_LIMIT) for name in sorted(phrases.AGENCIES))]
    scanned = scan(pa.array([entry.text for entry in entries]))
    values: dict[int, int] = {}
    longest = 1
    for entry, start, end in zip(entries, scanned.page_word, scanned.page_word[1:], strict=False):
        longest = max(longest, end - start)
        key = int(hash_sequence(scanned.words, start, end, _KINDS[entry.kind]))
        values.setdefault(key, Reason[entry.reason.upper()] | entry.limit << 8)
        if entry.kind == "anywhere":
            head = int(scanned.words[start])
            words[head] = words.get(head, 0) | OPENS_SAID
    return Lexicon(*build_table(words), *build_table(values), int(longest))


# Inlined into their callers, like every function that takes a tuple of arrays once a word or a block: to pass so many
# arrays costs more than most of the work on them.
@inlined
def get_word_bits(lexicon, word):
    """Return the bits of a word."""
    return look_up(lexicon.word_keys, lexicon.word_bits, word)


@inlined
def find_phrase(lexicon, state):
    """Return (reason, limit of words) of a phrase by the hash of the words; the reason is 0 for an agency.

    Both are 0 where the words are no phrase.
    """
    value = look_up(lexicon.phrase_keys, lexicon.phrase_values, state)
    return value & 0xFF, (value >> 8) & 0xFF


@compiled
def is_phrase(lexicon, words, start, end, kind):
    """Report whether words[start:end] are a phrase of the kind."""
    return has_key(lexicon.phrase_keys, hash_sequence(words, start, end, kind))
