"""Count the distinct words of texts, with the position of the first appearance, in a single compiled pass over a batch.

A word is a run of letters, marks and numbers; words with equal hashes in lower case are equal.

Layout: the words of text n are the rows `text_word[n]` up to `text_word[n + 1]`. Example: "To sail, TO row" has the
rows to (2 times, bytes 0 to 2), sail (once, bytes 3 to 7) and row (once, bytes 12 to 15).
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled
from newsmill.nlp import characters
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT
from newsmill.nlp.scan import decode_char, finish_hash, text_buffers

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
    data, offsets = text_buffers(texts)
    sizes = np.diff(offsets)
    max_words = int(sizes.sum()) // 2 + len(texts)  # every word of a text but the last is followed by another character
    slots = np.zeros(1 << int(sizes.max(initial=_MIN_MASK)).bit_length(), np.int32)
    text_word, words, times = (
        np.zeros(len(texts) + 1, np.int64),
        np.empty(max_words, np.uint64),
        np.empty(max_words, np.int32),
    )
    spans = np.empty((2, max_words), np.int64)
    count = _fill(data, offsets, _build_word_chars(), characters.map_lowercase(), slots, text_word, words, times, spans)
    return TermCounts(text_word, words[:count], times[:count], *spans[:, :count])


@cache
def _build_word_chars() -> np.ndarray:
    """Return the mask of code points within words."""
    categories = map(unicodedata.category, map(chr, range(_CODE_POINTS)))
    return np.fromiter((category[0] in "LMN" for category in categories), bool, _CODE_POINTS)


@compiled
def _fill(data, offsets, is_part, lowered, slots, text_word, words, times, spans):
    """Fill the arrays of words and return the number of rows.

    `slots` is an open hash table for all texts in turn: the row of each word, from 1. Rows before the text's first
    belong to earlier texts and count as free. A short text uses only the first slots, small enough for the cache.
    """
    count = 0
    for text in range(len(offsets) - 1):
        text_row, pos, end = count, offsets[text], offsets[text + 1]
        mask = np.int64(_MIN_MASK)
        while mask < end - pos:
            mask = mask * 2 + 1
        word_start, in_word, word = pos, False, HASH_SEED
        while pos <= end:  # the end of the text ends a word too
            is_letter, point, after = False, np.int64(0), pos + 1
            if pos < end:
                point = np.int64(data[pos])
                if point >= 0x80:
                    point, after = decode_char(data, pos)
                is_letter = is_part[point]
            if is_letter:
                if not in_word:
                    in_word, word, word_start = True, HASH_SEED, pos
                if point < LIMIT:
                    point = np.int64(lowered[point])
                word = (word ^ np.uint64(point)) * HASH_PRIME
            elif in_word:
                in_word, key = False, finish_hash(word)
                slot = np.int64(key & np.uint64(mask))
                while slots[slot] > text_row and words[slots[slot] - 1] != key:
                    slot = (slot + 1) & mask
                row = slots[slot]
                if row > text_row:
                    times[row - 1] += 1
                else:
                    words[count], times[count], spans[0, count], spans[1, count] = key, 1, word_start, pos
                    count += 1
                    slots[slot] = count
            pos = after
        text_word[text + 1] = count
    return count
