"""Build postings, which texts hold a term and how often, from many batches by counting instead of sorting.

Words are numbered from 0 in order of first appearance. The term of each word is given once, after all texts are read.

Layout: `text_word[n]` is the first row of text n in `numbers` and `times`, with a row per text and distinct word.
`term_start[t]` is the first row of term t in the postings. Example: the texts "a b" and "b c" hold the words a (0), b
(1) and c (2). If b and c have the same term, `term_of` is [[0, 1, 1]] and the postings are (term 0, text 0, 1 time),
(term 1, text 0, 1 time), (term 1, text 1, 2 times).
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled
from newsmill.nlp.scan import text_buffers
from newsmill.search.term_counts import TermCounts

_INITIAL_SLOTS = 1 << 16
TERM, TEXT, TIMES = range(3)  # rows of the postings that the kernel fills


class Postings(NamedTuple):
    """Postings sorted by term, a row per term and text: `terms` from 0, and how often the text holds the term."""

    terms: np.ndarray
    texts: np.ndarray
    times: np.ndarray


class PostingBuilder:
    """Words of texts that arrive in batches, numbered from 0; builds the postings."""

    def __init__(self) -> None:
        self._slots = np.zeros(_INITIAL_SLOTS, np.int32)
        self._known = np.empty(0, np.uint64)
        self._spelled: list[pa.Array] = []
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(self, texts: pa.Array, counts: TermCounts) -> None:
        """Add a batch of texts with term counts."""
        known_count = len(self._known)
        self._room_for(known_count + len(counts.words))
        numbers, new_rows = np.empty(len(counts.words), np.int32), np.empty(len(counts.words), np.int64)
        new_count = _number_words(counts.words, self._known, self._slots, numbers, new_rows)
        self._known = np.concatenate([self._known, counts.words[new_rows[:new_count]]])
        self._spelled.append(_copy_words(texts, counts.start[new_rows[:new_count]], counts.end[new_rows[:new_count]]))
        self._rows.append(
            (np.diff(counts.text_word), numbers, counts.times.copy())
        )  # a copy, which does not keep the larger buffer alive

    def spelled(self) -> pa.ChunkedArray:
        """Return the spelling of each word by number, as at the first appearance."""
        return pa.chunked_array(self._spelled, pa.large_string())

    def postings(self, order: np.ndarray, kinds: np.ndarray, term_of: np.ndarray) -> Postings:
        """Return the postings of all texts.

        `order` lists the texts in the order wanted within a term; `kinds` has the kind of each text. `term_of` has a
        row per kind and a column per word: the number of the word's term, -1 for none.
        """
        columns = zip(*self._rows, strict=True)
        counts, numbers, times = (np.concatenate(column) for column in columns)
        text_word = np.concatenate([[0], np.cumsum(counts)])
        term_start = np.zeros(int(term_of.max(initial=-1)) + 2, np.int64)
        _count_postings(text_word, numbers, kinds, term_of, term_start)
        term_start = np.cumsum(term_start)
        rows = np.empty((3, int(term_start[-1])), np.int32)
        row_count = _place_postings(text_word, numbers, times, order, kinds, term_of, term_start, rows)
        return Postings(*rows[:, :row_count])

    def _room_for(self, word_count: int) -> None:
        """Grow the table until at most half of the slots are in use."""
        if 2 * word_count > len(self._slots):
            self._slots = np.zeros(1 << (2 * word_count - 1).bit_length(), np.int32)
            _insert_known(self._known, self._slots)


def _copy_words(texts: pa.Array, start: np.ndarray, end: np.ndarray) -> pa.Array:
    """Return the words at these byte spans as an array of strings."""
    data, _ = text_buffers(texts)
    offsets = np.concatenate([[0], np.cumsum(end - start)])
    copied = np.empty(offsets[-1], np.uint8)
    _copy_bytes(data, start, offsets, copied)
    return pa.LargeStringArray.from_buffers(len(start), pa.py_buffer(offsets), pa.py_buffer(copied))


@compiled
def _copy_bytes(data, start, offsets, copied):
    """Copy the bytes of the words in order."""
    for word in range(len(start)):
        size = offsets[word + 1] - offsets[word]
        copied[offsets[word] : offsets[word + 1]] = data[start[word] : start[word] + size]


@compiled
def _insert_known(known, slots):
    """Insert the known words into an empty open hash table: the number of each word, from 1."""
    mask = np.int64(len(slots) - 1)
    for word in range(len(known)):
        slot = np.int64(known[word] & np.uint64(mask))
        while slots[slot]:
            slot = (slot + 1) & mask
        slots[slot] = word + 1


@compiled
def _number_words(words, known, slots, numbers, new_rows):
    """Number the words; list the rows of new words in `new_rows` and return how many are new."""
    mask, new_count = np.int64(len(slots) - 1), 0
    for row in range(len(words)):
        slot = np.int64(words[row] & np.uint64(mask))
        while slots[slot]:
            i = slots[slot] - 1
            known_hash = known[i] if i < len(known) else words[new_rows[i - len(known)]]
            if known_hash == words[row]:
                break
            slot = (slot + 1) & mask
        if not slots[slot]:
            new_rows[new_count] = row
            new_count += 1
            slots[slot] = len(known) + new_count
        numbers[row] = slots[slot] - 1
    return new_count


@compiled
def _count_postings(text_word, numbers, kinds, term_of, term_start):
    """Count the words of each term, one place behind the term's own."""
    for text in range(len(kinds)):
        for row in range(text_word[text], text_word[text + 1]):
            term_start[term_of[kinds[text], numbers[row]] + 1] += 1
    term_start[0] = 0


@compiled
def _place_postings(text_word, numbers, times, order, kinds, term_of, term_start, postings):
    """Write each word to the rows of its term, joining words of one text and term; return the number of rows."""
    term_end = term_start[:-1].copy()
    for text in order:
        for row in range(text_word[text], text_word[text + 1]):
            term = term_of[kinds[text], numbers[row]]
            if term < 0:
                continue
            i = term_end[term]
            if i > term_start[term] and postings[TEXT, i - 1] == text:
                postings[TIMES, i - 1] += times[row]
            else:
                postings[TERM, i], postings[TEXT, i], postings[TIMES, i] = term, text, times[row]
                term_end[term] = i + 1
    row_count = 0
    for term in range(len(term_end)):
        for i in range(term_start[term], term_end[term]):
            postings[TERM, row_count], postings[TEXT, row_count] = postings[TERM, i], postings[TEXT, i]
            postings[TIMES, row_count] = postings[TIMES, i]
            row_count += 1
    return row_count
