"""Count the distinct words of texts, with the position of the first appearance, in a single compiled pass over a batch.

A word is a run of letters, marks and numbers; words with equal hashes in lower case are equal.

Layout: the words of text n are the rows `text_word[n]` up to `text_word[n + 1]`. Example: "To sail, TO row" has the
rows to (`times` 2, `start` 0, `end` 2), sail (1, 3, 7) and row (1, 12, 15), and `text_word` is [0, 3].
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled_in_place, inlined
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT
from newsmill.nlp.scan import decode_char, finish_hash, open_texts

_ASSIGNED = (range(0x34000), range(0xE0000, 0xE0200))
"""Code points that may be letters, marks or numbers: the planes 4 to 13 are empty, 15 and 16 are private."""
_CODE_POINTS = 0x110000
_MIN_MASK = 15  # mask of the slots that the shortest text uses


class TermCounts(NamedTuple):
    """The distinct words of each text, in order of appearance; `text_word` has the first row of each text.

    `start` and `end` are the bytes of the first appearance, counted in the batch's buffer.
    """

    text_word: np.ndarray
    words: np.ndarray
    times: np.ndarray
    start: np.ndarray
    end: np.ndarray


def count_terms(texts: pa.Array) -> TermCounts:
    """Return the distinct words of a batch of texts and their counts; read null as empty."""
    batch = open_texts(texts)
    sizes = np.diff(batch.offsets)
    max_words = int(sizes.sum()) // 2 + len(texts)  # every word of a text but the last is followed by another character
    slots = np.zeros(1 << int(sizes.max(initial=_MIN_MASK)).bit_length(), np.int32)
    counts = TermCounts(
        np.zeros(len(texts) + 1, np.int64),
        *(np.empty(max_words, kind) for kind in (np.uint64, np.int32, np.int64, np.int64)),
    )
    _fill_counts(batch, _build_word_chars(), slots, counts)
    return TermCounts(counts.text_word, *(values[: counts.text_word[-1]] for values in counts[1:]))


@cache
def _build_word_chars() -> np.ndarray:
    """Return the mask of code points within words."""
    mask = np.zeros(_CODE_POINTS, bool)
    for points in _ASSIGNED:
        categories = map(unicodedata.category, map(chr, points))
        mask[points.start : points.stop] = np.fromiter((category[0] in "LMN" for category in categories), bool)
    return mask


@compiled_in_place
def _fill_counts(texts, is_part, slots, counts):
    """Fill the counts of words.

    `slots` is an open hash table for all texts in turn: the row of each word, from 1. Rows before the text's first
    belong to earlier texts and count as free. A short text uses only the first slots, small enough for the cache.
    """
    count = 0
    for text in range(len(texts.offsets) - 1):
        text_row, pos, end = count, texts.offsets[text], texts.offsets[text + 1]
        mask = np.int64(_MIN_MASK)
        while mask < end - pos:
            mask = mask * 2 + 1
        word_start, in_word, word = pos, False, HASH_SEED
        while pos <= end:  # the end of the text ends a word too
            is_letter, point, after = False, np.int64(0), pos + 1
            if pos < end:
                point = np.int64(texts.data[pos])
                if point >= 0x80:
                    point, after = decode_char(texts.data, pos)
                is_letter = is_part[point]
            if is_letter:
                if not in_word:
                    in_word, word, word_start = True, HASH_SEED, pos
                if point < LIMIT:
                    point = np.int64(texts.lowered[point])
                word = (word ^ np.uint64(point)) * HASH_PRIME
            elif in_word:
                in_word, key = False, finish_hash(word)
                slot = _find_slot(slots, mask, text_row, counts.words, key)
                if slots[slot] > text_row:
                    counts.times[slots[slot] - 1] += 1
                else:
                    counts.words[count], counts.times[count] = key, 1
                    counts.start[count], counts.end[count] = word_start, pos
                    count += 1
                    slots[slot] = count
            pos = after
        counts.text_word[text + 1] = count


@inlined
def _find_slot(slots, mask, text_row, words, key):
    """Return the slot of a word of the current text, or the free slot for the word."""
    slot = np.int64(key & np.uint64(mask))
    while slots[slot] > text_row and words[slots[slot] - 1] != key:
        slot = (slot + 1) & mask
    return slot
