"""Build postings, which texts hold a term and how often, from many batches by counting instead of sorting.

Words are numbered from 0 in order of first appearance. The term of each word is given once, after all texts are read.

Layout: `text_word[n]` is the first row of text n in `numbers` and `times`, with a row per text and distinct word.
`term_start[t]` is the first row of term t in the postings. Example: the texts "a b" and "b c" hold the words a (0), b
(1) and c (2), with `text_word` [0, 2, 4] and `numbers` [0, 1, 1, 2]. If b and c have the same term, `term_of` is
[[0, 1, 1]] and the postings have `terms` [0, 1, 1], `texts` [0, 0, 1] and `times` [1, 1, 2].
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, compiled_in_place
from newsmill.nlp.scan import text_buffers
from newsmill.search.term_counts import TermCounts

_INITIAL_SLOTS = 1 << 16


class Postings(NamedTuple):
    """Postings sorted by term, a row per term and text: `terms` from 0, and how often the text holds the term."""

    terms: np.ndarray
    texts: np.ndarray
    times: np.ndarray


class NumberedWords(NamedTuple):
    """The distinct words of each text by number, and how often the text holds each."""

    text_word: np.ndarray
    numbers: np.ndarray
    times: np.ndarray


class TermMap(NamedTuple):
    """The kind of each text, and by kind and word the number of the term, -1 for none."""

    kinds: np.ndarray
    term_of: np.ndarray


class TermRows(NamedTuple):
    """First row of each term in the postings, and the end of the rows written so far."""

    start: np.ndarray
    end: np.ndarray


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
        words, terms = NumberedWords(np.append(0, np.cumsum(counts)), numbers, times), TermMap(kinds, term_of)
        term_start = np.zeros(int(term_of.max(initial=-1)) + 2, np.int64)
        _count_postings(words, terms, term_start)
        term_start = np.cumsum(term_start)
        rows = TermRows(term_start[:-1], term_start[:-1].copy())
        postings = Postings(*(np.empty(int(term_start[-1]), np.int32) for _ in Postings._fields))
        _place_postings(words, terms, order, rows, postings)
        row_count = _close_gaps(rows, postings)
        return Postings(*(column[:row_count] for column in postings))

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


@compiled_in_place
def _count_postings(words, terms, term_start):
    """Count the words of each term, one place behind the term's own."""
    for text in range(len(terms.kinds)):
        for row in range(words.text_word[text], words.text_word[text + 1]):
            term_start[terms.term_of[terms.kinds[text], words.numbers[row]] + 1] += 1
    term_start[0] = 0


@compiled_in_place
def _place_postings(words, terms, order, rows, postings):
    """Write each word to the rows of its term, joining words of one text and term."""
    for text in order:
        for row in range(words.text_word[text], words.text_word[text + 1]):
            term = terms.term_of[terms.kinds[text], words.numbers[row]]
            if term < 0:
                continue
            i = rows.end[term]
            if i > rows.start[term] and postings.texts[i - 1] == text:
                postings.times[i - 1] += words.times[row]
            else:
                postings.terms[i], postings.texts[i], postings.times[i] = term, text, words.times[row]
                rows.end[term] = i + 1


@compiled_in_place
def _close_gaps(rows, postings):
    """Move the rows of each term up to those of the term before; return the number of rows."""
    count = 0
    for term in range(len(rows.start)):
        for i in range(rows.start[term], rows.end[term]):
            postings.terms[count], postings.texts[count] = postings.terms[i], postings.texts[i]
            postings.times[count] = postings.times[i]
            count += 1
    return count
