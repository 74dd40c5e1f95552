"""Postings: which texts hold a term and how often, gathered from many batches by counting, with no sort.

A word is numbered where it is met first. What term it stands for is told once for each word, when all texts are read.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled
from newsmill.nlp.scan import buffers_of
from newsmill.search.term_counts import Bags

_FEW_SLOTS = 1 << 16


class Postings(NamedTuple):
    """A row a term and text, by terms: their numbers, from 0, and how often the text holds the term."""

    terms: np.ndarray
    texts: np.ndarray
    times: np.ndarray


class Words:
    """The words of texts that are read batch after batch, numbered from 0."""

    def __init__(self) -> None:
        self._slots = np.zeros(_FEW_SLOTS, np.int32)
        self._known = np.empty(0, np.uint64)
        self._spelled: list[pa.Array] = []
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(self, texts: pa.Array, found: Bags) -> None:
        """Take in a batch of texts and the bags found in it."""
        count = len(self._known)
        self._room_for(count + len(found.words))
        numbers, fresh = np.empty(len(found.words), np.int32), np.empty(len(found.words), np.int64)
        few = _number(found.words, self._known, self._slots, numbers, fresh)
        self._known = np.concatenate([self._known, found.words[fresh[:few]]])
        self._spelled.append(_spelled(texts, found.start[fresh[:few]], found.end[fresh[:few]]))
        self._rows.append((np.diff(found.text_word), numbers, found.times.copy()))  # not the room it was found in

    def spelled(self) -> pa.ChunkedArray:
        """Return each word as it stands where it was met first, by its number."""
        return pa.chunked_array(self._spelled, pa.large_string())

    def postings(self, order: np.ndarray, kinds: np.ndarray, term_of: np.ndarray) -> Postings:
        """Return the postings of all texts.

        `order` lists the texts as those of a term are to stand, `kinds` tells the kind of each text. `term_of` has a
        row a kind and a column a word: the number of the term that it stands for, or -1 for none.
        """
        columns = zip(*self._rows, strict=True)
        counts, numbers, times = (np.concatenate(column) for column in columns)
        text_word = np.concatenate([[0], np.cumsum(counts)])
        begins = np.zeros(int(term_of.max(initial=-1)) + 2, np.int64)
        _count(text_word, numbers, kinds, term_of, begins)
        begins = np.cumsum(begins)
        made = np.empty((3, int(begins[-1])), np.int32)
        few = _place(text_word, numbers, times, order, kinds, term_of, begins, made)
        return Postings(*made[:, :few])

    def _room_for(self, most: int) -> None:
        """Widen the table until no more than half of it can be in use."""
        if 2 * most > len(self._slots):
            self._slots = np.zeros(1 << (2 * most - 1).bit_length(), np.int32)
            _settle(self._known, self._slots)


def _spelled(texts: pa.Array, start: np.ndarray, end: np.ndarray) -> pa.Array:
    data, _ = buffers_of(texts)
    offsets = np.concatenate([[0], np.cumsum(end - start)])
    letters = np.empty(offsets[-1], np.uint8)
    _copy(data, start, offsets, letters)
    return pa.LargeStringArray.from_buffers(len(start), pa.py_buffer(offsets), pa.py_buffer(letters))


@compiled
def _copy(data, start, offsets, letters):
    for word in range(len(start)):
        size = offsets[word + 1] - offsets[word]
        letters[offsets[word] : offsets[word + 1]] = data[start[word] : start[word] + size]


@compiled
def _settle(known, slots):
    """Bring the words known into an open table that is empty: the number of each, from 1."""
    mask = np.int64(len(slots) - 1)
    for word in range(len(known)):
        slot = np.int64(known[word] & np.uint64(mask))
        while slots[slot]:
            slot = (slot + 1) & mask
        slots[slot] = word + 1


@compiled
def _number(words, known, slots, numbers, fresh):
    """Number the words; return how many are new and note in `fresh` where those stand."""
    mask, few = np.int64(len(slots) - 1), 0
    for row in range(len(words)):
        slot = np.int64(words[row] & np.uint64(mask))
        while slots[slot]:
            number = slots[slot] - 1
            same = known[number] if number < len(known) else words[fresh[number - len(known)]]
            if same == words[row]:
                break
            slot = (slot + 1) & mask
        if not slots[slot]:
            fresh[few] = row
            few += 1
            slots[slot] = len(known) + few
        numbers[row] = slots[slot] - 1
    return few


@compiled
def _count(text_word, numbers, kinds, term_of, begins):
    """Count for each term the words that stand for it, one place behind its own."""
    for text in range(len(kinds)):
        for row in range(text_word[text], text_word[text + 1]):
            begins[term_of[kinds[text], numbers[row]] + 1] += 1
    begins[0] = 0


@compiled
def _place(text_word, numbers, times, order, kinds, term_of, begins, made):
    """Put each word among those of its term, those of one text into one row; return how many rows there are."""
    ends = begins[:-1].copy()
    for text in order:
        for row in range(text_word[text], text_word[text + 1]):
            term = term_of[kinds[text], numbers[row]]
            if term < 0:
                continue
            at = ends[term]
            if at > begins[term] and made[1, at - 1] == text:
                made[2, at - 1] += times[row]
            else:
                made[0, at], made[1, at], made[2, at] = term, text, times[row]
                ends[term] = at + 1
    few = 0
    for term in range(len(ends)):
        for at in range(begins[term], ends[term]):
            made[0, few], made[1, few], made[2, few] = made[0, at], made[1, at], made[2, at]
            few += 1
    return few
