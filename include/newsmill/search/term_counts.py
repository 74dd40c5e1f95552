"""Bags of words: which words a text holds, how often, and where each stands first, in one compiled pass over a batch.

A word is letters, marks and numbers in a row, and is told by the hash of its lower case.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled
from newsmill.nlp import characters
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT
from newsmill.nlp.scan import buffers_of, decoded, finished

_POINTS = 0x110000
_FEW = 15  # slots that the shortest text may use, all bits set


class Bags(NamedTuple):
    """The words of each text, once each and in their order; `text_word` tells where each text's begin, and the end.

    `start` and `end` are the bytes where a word stands first, counted in the batch's buffer.
    """

    text_word: np.ndarray
    words: np.ndarray
    times: np.ndarray
    start: np.ndarray
    end: np.ndarray


def bags(texts: pa.Array) -> Bags:
    """Return the bags of words of a batch of texts; null reads as empty."""
    data, offsets = buffers_of(texts)
    sizes = np.diff(offsets)
    most = int(sizes.sum()) // 2 + len(texts)  # each word but a text's last is followed by something else
    slots = np.zeros(1 << int(sizes.max(initial=_FEW)).bit_length(), np.int32)
    text_word, words, times = np.zeros(len(texts) + 1, np.int64), np.empty(most, np.uint64), np.empty(most, np.int32)
    places = np.empty((2, most), np.int64)
    count = _fill(data, offsets, _word_characters(), characters.lowered(), slots, text_word, words, times, places)
    return Bags(text_word, words[:count], times[:count], *places[:, :count])


@cache
def _word_characters() -> np.ndarray:
    """Tell of every code point whether it is part of a word."""
    kinds = map(unicodedata.category, map(chr, range(_POINTS)))
    return np.fromiter((kind[0] in "LMN" for kind in kinds), bool, _POINTS)


@compiled
def _fill(data, offsets, is_part, lowered, slots, text_word, words, times, places):
    """Fill the bags and return how many words there are.

    `slots` is an open table that all texts use in turn: it holds the number of each word's row, from 1; smaller ones
    are an earlier text's and count as free. Of a short text only the first slots are used, which stay in the cache.
    """
    count = 0
    for text in range(len(offsets) - 1):
        first, at, stop = count, offsets[text], offsets[text + 1]
        mask = np.int64(_FEW)
        while mask < stop - at:
            mask = mask * 2 + 1
        begun, in_word, word = at, False, HASH_SEED
        while at <= stop:  # what follows the last character ends a word too
            is_letter, point, after = False, np.int64(0), at + 1
            if at < stop:
                point = np.int64(data[at])
                if point >= 0x80:
                    point, after = decoded(data, at)
                is_letter = is_part[point]
            if is_letter:
                if not in_word:
                    in_word, word, begun = True, HASH_SEED, at
                if point < LIMIT:
                    point = np.int64(lowered[point])
                word = (word ^ np.uint64(point)) * HASH_PRIME
            elif in_word:
                in_word, key = False, finished(word)
                slot = np.int64(key & np.uint64(mask))
                while slots[slot] > first and words[slots[slot] - 1] != key:
                    slot = (slot + 1) & mask
                known = slots[slot]
                if known > first:
                    times[known - 1] += 1
                else:
                    words[count], times[count], places[0, count], places[1, count] = key, 1, begun, at
                    count += 1
                    slots[slot] = count
            at = after
        text_word[text + 1] = count
    return count
