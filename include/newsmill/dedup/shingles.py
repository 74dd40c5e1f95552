"""Shingles of five words: MinHash signatures that find near-duplicates, and exact overlaps of two texts.

A shingle is a 64-bit hash of five words in lower case, the same on every machine and in every version. A signature is
MinHash (Broder 1997): the minimum of each of 128 permutations of the shingles, in 32 bands of four. Two texts that
agree in all four minima of a band may be near-duplicates. Half changed texts agree in hardly any band, and an excerpt
of a long text in none. For both cases the signature also lists sampled shingles, every sixteenth by hash: a passage
gives the same sampled shingles in every text.

Layout: `bands` has a row per text; the sampled shingles of text n are `samples[sample_start[n]]` up to
`samples[sample_start[n + 1]]`. The kernels keep the words of the current text in `words` (hashes) and `spans` (first
byte, byte after the last), and distinct shingles in an open hash table with 0 in free slots.

Example: "the ferry was late again on Monday" has seven words and three shingles: the ferry was late again, ferry was
late again on, was late again on monday. A text of four words has no shingle, and bands of zeros.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
from newsmill.nlp import characters
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT, WIDE, WORD
from newsmill.nlp.scan import SMALL_A, SMALL_Z, decode_char, finish_hash, text_buffers

SHINGLE_WORDS = 5
PERMUTATIONS, BANDS = 128, 32
ROWS = PERMUTATIONS // BANDS
SAMPLE_ONE_IN = 16
FIRST_BYTE, END_BYTE = range(2)  # columns of word spans
_HASH_FACTOR, _BAND_FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_HIGH_SHIFT, _KEY_SHIFT, _SAMPLE_MASK = np.uint64(32), np.uint64(16), np.uint64(SAMPLE_ONE_IN - 1)
_NO_SHINGLE = np.uint64(0)


class Signatures(NamedTuple):
    """Signatures of texts: a row of `bands` a text, sampled shingles from `sample_start` on; keys have 48 bits."""

    shingle_counts: np.ndarray
    bands: np.ndarray
    samples: np.ndarray
    sample_start: np.ndarray


class Overlap(NamedTuple):
    """Overlap of text pairs: distinct shingles shared and of each text, characters of the first in shared shingles."""

    shared: np.ndarray
    of_first: np.ndarray
    of_second: np.ndarray
    shared_chars: np.ndarray


def compute_signatures(texts: pa.Array) -> Signatures:
    """Return the signatures of a batch of texts; a text of fewer than five words has no shingle, and bands of zeros."""
    data, offsets = text_buffers(texts)
    counts, bands = np.zeros(len(texts), np.int32), np.zeros((len(texts), BANDS), np.uint64)
    starts = np.zeros(len(texts) + 1, np.int64)
    factors, terms = _build_permutations()
    samples = _compute_signatures(
        data, offsets, characters.build_char_traits(), characters.map_lowercase(), factors, terms, counts, bands, starts
    )
    return Signatures(counts, bands, samples, starts)


def list_shingles(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct shingles of a batch of texts, text after text, and the number of each text."""
    data, offsets = text_buffers(texts)
    # a word is followed by a sign or has two bytes
    max_shingles = (int(offsets[-1]) - int(offsets[0])) // 2 + len(texts)
    listed, counts = np.empty(max_shingles, np.uint64), np.zeros(len(texts), np.int32)
    count = _list_shingles(data, offsets, characters.build_char_traits(), characters.map_lowercase(), listed, counts)
    return listed[:count].copy(), counts


def count_shared_shingles(listed: np.ndarray, starts: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return how many shingles the texts of each pair share; consecutive pairs with the same first text are faster.

    `listed` are the distinct shingles of all texts, those of text n from `starts[n]` on; `pairs` are text indexes.
    """
    counts = np.zeros(len(pairs), np.int32)
    _count_shared_shingles(listed, starts, pairs, counts)
    return counts


def compute_overlaps(firsts: pa.Array, seconds: pa.Array) -> Overlap:
    """Return the overlap of each text with the text in the same row; consecutive equal first texts are faster."""
    overlap = Overlap(*(np.zeros(len(firsts), np.int32) for _ in Overlap._fields))
    _compute_overlaps(
        *text_buffers(firsts),
        *text_buffers(seconds),
        characters.build_char_traits(),
        characters.map_lowercase(),
        *overlap,
    )
    return overlap


def _build_permutations() -> tuple[np.ndarray, np.ndarray]:
    """Return odd factors, and terms: x * factor + term modulo 2^32 permutes the 32-bit numbers."""
    state = np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64) * _HASH_FACTOR
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # SplitMix64 (Steele 2014)
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
    random_bits = ((state ^ (state >> np.uint64(31))) >> _HIGH_SHIFT).astype(np.uint32)
    return random_bits[:PERMUTATIONS] | np.uint32(1), random_bits[PERMUTATIONS:]


@compiled
def _compute_signatures(data, offsets, classes, lowered, factors, terms, counts, bands, sample_start):
    """Fill counts, bands and sample starts of each text; return the sampled shingles."""
    words, spans, minima = np.empty(64, np.uint64), np.empty((64, 2), np.int64), np.empty(PERMUTATIONS, np.uint32)
    table, samples, n_samples = np.zeros(1 << 12, np.uint64), np.empty(1 << 14, np.uint64), 0
    for text in range(len(offsets) - 1):
        sample_start[text] = n_samples
        words, spans, n_words = _hash_words(data, offsets[text], offsets[text + 1], classes, lowered, words, spans)
        if n_words < SHINGLE_WORDS:
            continue
        table = _clear_table(table, n_words)
        if n_samples + n_words > len(samples):
            samples = np.concatenate((samples, np.empty(len(samples) + n_words, np.uint64)))
        mask, count = np.uint64(len(table) - 1), 0
        minima[:] = np.uint32(0xFFFFFFFF)
        for i in range(n_words - SHINGLE_WORDS + 1):
            shingle = _hash_shingle(words, i)
            if not _insert_key(table, mask, shingle):
                continue
            count += 1
            _update_minima(minima, factors, terms, np.uint32(shingle >> _HIGH_SHIFT))
            if shingle & _SAMPLE_MASK == np.uint64(0):
                samples[n_samples] = shingle >> _KEY_SHIFT
                n_samples += 1
        counts[text] = count
        _hash_bands(minima, bands[text])
    sample_start[len(offsets) - 1] = n_samples
    return samples[:n_samples].copy()


@compiled
def _list_shingles(data, offsets, classes, lowered, listed, counts):
    """List the distinct shingles of each text; return the number of all."""
    words, spans, count = np.empty(64, np.uint64), np.empty((64, 2), np.int64), 0
    table = np.zeros(64, np.uint64)
    for text in range(len(offsets) - 1):
        words, spans, n_words = _hash_words(data, offsets[text], offsets[text + 1], classes, lowered, words, spans)
        table, text_start = _clear_table(table, n_words), count
        mask = np.uint64(len(table) - 1)
        for i in range(n_words - SHINGLE_WORDS + 1):
            listed[count] = _hash_shingle(words, i)
            count += _insert_key(table, mask, listed[count])
        counts[text] = count - text_start
    return count


@compiled
def _count_shared_shingles(listed, starts, pairs, counts):
    """Count for each pair the shingles of the second text that the first has too."""
    table = np.zeros(64, np.uint64)
    for pair in range(len(pairs)):
        first, second = pairs[pair]
        if pair == 0 or first != pairs[pair - 1, 0]:
            table = _clear_table(table, starts[first + 1] - starts[first])
            for i in range(starts[first], starts[first + 1]):
                _insert_key(table, np.uint64(len(table) - 1), listed[i])
        for i in range(starts[second], starts[second + 1]):
            counts[pair] += _has_key(table, np.uint64(len(table) - 1), listed[i])


@compiled
def _update_minima(minima, factors, terms, value):
    """Lower the minimum of each permutation to the permuted value, where that is smaller."""
    for i in range(PERMUTATIONS):
        permuted = np.uint32(value * factors[i] + terms[i])
        minima[i] = min(minima[i], permuted)


@compiled
def _hash_bands(minima, band):
    """Hash the four minima of each band together with the number of the band."""
    for i in range(BANDS):
        state = np.uint64(i + 1) * _BAND_FACTOR
        for row in range(ROWS):
            state = finish_hash((state ^ np.uint64(minima[i * ROWS + row])) * _HASH_FACTOR)
        band[i] = state >> _KEY_SHIFT


@compiled
def _hash_words(data, pos, end, classes, lowered, words, spans):
    """Return the hashes and byte spans of a text's words, in arrays that grow, and the number of words.

    In a script without spaces every character is a word.
    """
    if len(words) < end - pos:
        words, spans = np.empty(2 * (end - pos), np.uint64), np.empty((2 * (end - pos), 2), np.int64)
    count, in_word, word = 0, False, HASH_SEED
    while pos < end:
        char_start = pos
        if SMALL_A <= data[pos] <= SMALL_Z:
            if not in_word:
                in_word, word, spans[count, FIRST_BYTE] = True, HASH_SEED, pos
            while pos < end and SMALL_A <= data[pos] <= SMALL_Z:
                word = (word ^ np.uint64(data[pos])) * HASH_PRIME
                pos += 1
            continue
        point, pos = decode_char(data, pos)
        trait = np.int64(classes[point]) if point < LIMIT else 0
        if in_word and (not trait & WORD or trait & WIDE):
            words[count], spans[count, END_BYTE] = finish_hash(word), char_start
            count, in_word = count + 1, False
        if trait & WORD:
            if not in_word:
                in_word, word, spans[count, FIRST_BYTE] = True, HASH_SEED, char_start
            word = (word ^ np.uint64(lowered[point])) * HASH_PRIME
            if trait & WIDE:
                words[count], spans[count, END_BYTE] = finish_hash(word), pos
                count, in_word = count + 1, False
    if in_word:
        words[count], spans[count, END_BYTE] = finish_hash(word), end
        count += 1
    return words, spans, count


@inlined
def _hash_shingle(words, i):
    """Return the hash of the five words from `i` on; never 0, which marks a free slot."""
    state = words[i]
    for j in range(1, SHINGLE_WORDS):
        state = state * _HASH_FACTOR + words[i + j]
    return max(finish_hash(state), np.uint64(1))


@compiled
def _clear_table(table, count):
    """Return an empty hash table with room for `count` keys."""
    size = 64
    while size < 2 * count:
        size *= 2
    if size > len(table):
        return np.zeros(size, np.uint64)
    table = table[:size] if size * 8 >= len(table) else table
    table[:] = _NO_SHINGLE
    return table


@inlined
def _insert_key(table, mask, key):
    """Insert a key; report whether the key is new."""
    slot = key & mask
    while table[slot] != _NO_SHINGLE and table[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    is_new = table[slot] == _NO_SHINGLE
    table[slot] = key
    return is_new


@inlined
def _has_key(table, mask, key):
    """Report whether a table holds a key."""
    slot = key & mask
    while table[slot] != _NO_SHINGLE and table[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return table[slot] == key


@compiled
def _compute_overlaps(
    data, offsets, other_data, other_offsets, classes, lowered, shared, of_first, of_second, shared_chars
):
    """Fill the overlap of each pair; the shingles of the first text stay while the next pair has the same text."""
    words, spans = np.empty(64, np.uint64), np.empty((64, 2), np.int64)
    other_words, other_spans = np.empty(64, np.uint64), np.empty((64, 2), np.int64)
    table, other_table, count = np.zeros(64, np.uint64), np.zeros(64, np.uint64), 0
    shingles, is_new, own_count = np.empty(64, np.uint64), np.empty(64, np.bool_), 0
    for pair in range(len(offsets) - 1):
        if pair == 0 or not _is_same_text(data, offsets, pair - 1, pair):
            words, spans, count = _hash_words(data, offsets[pair], offsets[pair + 1], classes, lowered, words, spans)
            table, own_count = _clear_table(table, count), 0
            if len(shingles) < count:
                shingles, is_new = np.empty(len(words), np.uint64), np.empty(len(words), np.bool_)
            for i in range(count - SHINGLE_WORDS + 1):
                shingles[i] = _hash_shingle(words, i)
                is_new[i] = _insert_key(table, np.uint64(len(table) - 1), shingles[i])
                own_count += is_new[i]
        of_first[pair] = own_count
        start, end = other_offsets[pair], other_offsets[pair + 1]
        other_words, other_spans, other_count = _hash_words(
            other_data, start, end, classes, lowered, other_words, other_spans
        )
        other_table = _clear_table(other_table, other_count)
        mask = np.uint64(len(other_table) - 1)
        for i in range(other_count - SHINGLE_WORDS + 1):
            of_second[pair] += _insert_key(other_table, mask, _hash_shingle(other_words, i))
        covered_end = -1
        for i in range(count - SHINGLE_WORDS + 1):
            if _has_key(other_table, mask, shingles[i]):
                shared[pair] += is_new[i]
                span_end = spans[i + SHINGLE_WORDS - 1, END_BYTE]
                shared_chars[pair] += _count_chars(data, max(covered_end, spans[i, FIRST_BYTE]), span_end)
                covered_end = span_end


@compiled
def _is_same_text(data, offsets, one, other):
    """Report whether two texts of the buffer are equal byte for byte."""
    length = offsets[one + 1] - offsets[one]
    if offsets[other + 1] - offsets[other] != length:
        return False
    for i in range(length):  # noqa: SIM110 - compiled: numba has no generators here
        if data[offsets[one] + i] != data[offsets[other] + i]:
            return False
    return True


@compiled
def _count_chars(data, start, end):
    """Count the characters in bytes of UTF-8."""
    count = 0
    for i in range(start, end):
        count += (data[i] & 0xC0) != 0x80
    return count
