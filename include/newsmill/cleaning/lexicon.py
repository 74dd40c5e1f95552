"""The words and phrases that give furniture away, as hash tables for compiled code."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning import phrases
from newsmill.cleaning.quality_signals import STOP_WORDS
from newsmill.compiled import compiled, inlined
from newsmill.glossary import BLOCK_REASONS
from newsmill.nlp.hash_table import build_table, has_key, hash_sequence, look_up
from newsmill.nlp.scan import scan

# What a word is, as bits.
FUNCTION, WEB, SELF, LEGAL, SITE, EXCUSE, DATE, MONTH, OPENS_SAID, STATUS, ERROR_NUMBER, LETTER_C, BY, ENGLISH = (
    1 << bit for bit in range(14)
)
# How a phrase counts: as the whole line, as its opening, said anywhere in it; or it names an agency.
WHOLE, OPENING, SAID, NAMED = range(1, 5)
CODES = {reason: number for number, reason in enumerate(BLOCK_REASONS, 1)}  # 0 is no reason
WORD_LIMIT = 255


class Lexicon(NamedTuple):
    """Two open hash tables: `word_keys` to bits of a word, `phrase_keys` to reason, limit of words and length."""

    word_keys: np.ndarray
    word_bits: np.ndarray
    phrase_keys: np.ndarray
    phrase_values: np.ndarray
    longest: int


@cache
def lexicon() -> Lexicon:
    """Return the tables of all that phrases.py lists."""
    words: dict[int, int] = {}
    for bit, told in _WORDS.items():
        for word in scan(pa.array([" ".join(told)])).words.tolist():
            words[word] = words.get(word, 0) | bit
    listed = list(_listed())
    found = scan(pa.array([phrase for phrase, *_ in listed]))
    keys: dict[int, int] = {}
    longest = 1
    for (_, kind, reason, limit), first, past in zip(listed, found.page_word, found.page_word[1:], strict=False):
        longest = max(longest, past - first)
        key = int(hash_sequence(found.words, first, past, kind))
        if kind == WHOLE or key not in keys:  # of a line listed twice the later reason is the finer one
            keys[key] = CODES.get(reason, 0) | limit << 8
        if kind == SAID:
            head = int(found.words[first])
            words[head] = words.get(head, 0) | OPENS_SAID
    return Lexicon(*build_table(words), *build_table(keys), int(longest))


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


def _listed() -> Iterable[tuple[str, int, str, int]]:
    """Yield (phrase, kind, reason, the most words a line that it opens may have)."""
    for reason, told in phrases.WHOLE_LINES.items():
        yield from ((phrase, WHOLE, reason, WORD_LIMIT) for phrase in phrases.listed(told))
    for reason, (limit, told) in phrases.OPENINGS.items():
        yield from ((phrase, OPENING, reason, limit) for phrase in phrases.listed(told))
    for reason, told in phrases.SAID_ANYWHERE.items():
        yield from ((phrase, SAID, reason, WORD_LIMIT) for phrase in phrases.listed(told))
    yield from ((name, NAMED, "", WORD_LIMIT) for name in phrases.AGENCIES)


# Inlined into their callers, as is all that takes a tuple of arrays once a word or a block: handing on so many arrays
# costs more than most of what is done with them.
@inlined
def bits_of(lexicon, word):
    """Return what a word is, as bits."""
    return look_up(lexicon.word_keys, lexicon.word_bits, word)


@inlined
def phrase_of(lexicon, state):
    """Return (reason, limit of words) of a phrase by the hash of its words.

    Both are 0 where it is none; reason 0 with a limit names an agency.
    """
    value = look_up(lexicon.phrase_keys, lexicon.phrase_values, state)
    return value & 0xFF, (value >> 8) & 0xFF


@compiled
def is_phrase(lexicon, words, first, past, kind):
    """Tell whether a sequence of words is listed as this kind of phrase."""
    return has_key(lexicon.phrase_keys, hash_sequence(words, first, past, kind))
