"""The words and phrases that give furniture away, as hash tables for compiled code."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
from newsmill.glossary import BLOCK_REASONS
from newsmill.text import phrases
from newsmill.text.scan import scan
from newsmill.text.signals import STOP_WORDS

# What a word is, as bits.
FUNCTION, WEB, SELF, LEGAL, SITE, EXCUSE, DATE, MONTH, OPENS_SAID, STATUS, ERROR_NUMBER, LETTER_C, BY, ENGLISH = (
    1 << bit for bit in range(14)
)
# How a phrase counts: as the whole line, as its opening, said anywhere in it; or it names an agency.
WHOLE, OPENING, SAID, NAMED = range(1, 5)
CODES = {reason: number for number, reason in enumerate(BLOCK_REASONS, 1)}  # 0 is no reason
WORD_LIMIT = 255

_SEQUENCE_SEED = np.uint64(0x9E3779B97F4A7C15)
_SEQUENCE_PRIME = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)


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
        key = int(sequence(found.words, first, past, kind))
        if kind == WHOLE or key not in keys:  # of a line listed twice the later reason is the finer one
            keys[key] = CODES.get(reason, 0) | limit << 8
        if kind == SAID:
            head = int(found.words[first])
            words[head] = words.get(head, 0) | OPENS_SAID
    return Lexicon(*table_of(words), *table_of(keys), int(longest))


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


def table_of(entries: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return an open hash table, keys and values, of what stands under 64-bit hashes."""
    size = 1 << (4 * len(entries) - 1).bit_length()
    keys, values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    _fill(keys, values, np.array(list(entries), np.uint64), np.array(list(entries.values()), np.int32))
    return keys, values


@compiled
def _fill(keys, values, new_keys, new_values):
    mask = np.uint64(len(keys) - 1)
    for number in range(len(new_keys)):
        at = new_keys[number] & mask
        while keys[at] != np.uint64(0):
            at = (at + np.uint64(1)) & mask
        keys[at], values[at] = new_keys[number], new_values[number]


# Inlined into their callers, as is all that takes a tuple of arrays once a word or a block: handing on so many arrays
# costs more than most of what is done with them.
@inlined
def bits_of(lexicon, word):
    """Return what a word is, as bits."""
    return find(lexicon.word_keys, lexicon.word_bits, word)


@inlined
def phrase_of(lexicon, state):
    """Return (reason, limit of words) of a phrase by the hash of its words.

    Both are 0 where it is none; reason 0 with a limit names an agency.
    """
    value = find(lexicon.phrase_keys, lexicon.phrase_values, state)
    return value & 0xFF, (value >> 8) & 0xFF


@inlined
def find(keys, values, key):
    """Return what a table holds under a key, 0 where it has none."""
    mask = np.uint64(len(keys) - 1)
    at = key & mask
    while keys[at] != np.uint64(0):
        if keys[at] == key:
            return np.int64(values[at])
        at = (at + np.uint64(1)) & mask
    return np.int64(0)


@inlined
def begun(kind):
    """Return the state of a sequence hash before its first word."""
    return _SEQUENCE_SEED ^ np.uint64(kind)


@inlined
def extended(state, word):
    """Return the state of a sequence hash after one more word."""
    state = (state ^ word) * _SEQUENCE_PRIME
    return state ^ (state >> _SHIFT)


@compiled
def sequence(words, first, past, kind):
    """Return the hash of a sequence of words."""
    state = begun(kind)
    for number in range(first, past):
        state = extended(state, words[number])
    return state


@compiled
def is_phrase(lexicon, words, first, past, kind):
    """Tell whether a sequence of words is listed as this kind of phrase."""
    return has(lexicon.phrase_keys, sequence(words, first, past, kind))


@compiled
def has(keys, key):
    """Tell whether an open hash table holds a key."""
    mask = np.uint64(len(keys) - 1)
    at = key & mask
    while keys[at] != np.uint64(0):
        if keys[at] == key:
            return True
        at = (at + np.uint64(1)) & mask
    return False
