"""Shingles of five words: MinHash signatures that find near-duplicates, and exact overlaps of two texts.

A shingle is a 64-bit hash of five words in lower case, the same on every machine and in every version. A signature is
MinHash (Broder 1997): the minimum of each of 128 permutations of the shingles, in 32 bands of four. Two texts that
agree in all four minima of a band may be near-duplicates. Half changed texts agree in hardly any band, and an excerpt
of a long text in none. For both cases the signature also lists sampled shingles, every sixteenth by hash: a passage
gives the same sampled shingles in every text.

Layout: `bands` has a row per text; the sampled shingles of text n are `samples[sample_start[n]]` up to
`samples[sample_start[n + 1]]`. The kernels keep the words of the current text in `words` (`hashes`, `starts` and `ends`
in bytes), and distinct shingles in an open hash table with 0 in free slots.

Example: "the ferry was late again on Monday" has seven words, `starts` [0, 4, 10, 14, 19, 25, 28], and three shingles:
the ferry was late again, ferry was late again on, was late again on monday. A text of four words has no shingle, and
bands of zeros.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, compiled_in_place, inlined
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, WIDE, WORD
from newsmill.nlp.scan import SMALL_A, SMALL_Z, decode_char, finish_hash, get_trait, open_texts

SHINGLE_WORDS = 5
PERMUTATIONS, BANDS = 128, 32
ROWS = PERMUTATIONS // BANDS
SAMPLE_ONE_IN = 16
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


class Permutations(NamedTuple):
    """Odd factors and terms: x * factor + term modulo 2^32 permutes the 32-bit numbers."""

    factors: np.ndarray
    terms: np.ndarray


class TextWords(NamedTuple):
    """Words of a text in arrays with room for more: hashes, first bytes and the bytes after the last."""

    hashes: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


class TextShingles(NamedTuple):
    """Shingles of a text in order, in arrays with room for more, and whether the text had no equal shingle before."""

    hashes: np.ndarray
    is_new: np.ndarray


def compute_signatures(texts: pa.Array) -> Signatures:
    """Return the signatures of a batch of texts; a text of fewer than five words has no shingle, and bands of zeros."""
    signatures = Signatures(
        np.zeros(len(texts), np.int32),
        np.zeros((len(texts), BANDS), np.uint64),
        np.empty(0, np.uint64),
        np.zeros(len(texts) + 1, np.int64),
    )
    samples = _compute_signatures(open_texts(texts), _build_permutations(), signatures)
    return signatures._replace(samples=samples)


def list_shingles(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct shingles of a batch of texts, text after text, and the number of each text."""
    batch = open_texts(texts)
    # a word is followed by a sign or has two bytes
    max_shingles = (int(batch.offsets[-1]) - int(batch.offsets[0])) // 2 + len(texts)
    listed, counts = np.empty(max_shingles, np.uint64), np.zeros(len(texts), np.int32)
    count = _list_shingles(batch, listed, counts)
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
    _compute_overlaps(open_texts(firsts), open_texts(seconds), overlap)
    return overlap


def _build_permutations() -> Permutations:
    """Return the permutations of all signatures."""
    state = np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64) * _HASH_FACTOR
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # SplitMix64 (Steele 2014)
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
    random_bits = ((state ^ (state >> np.uint64(31))) >> _HIGH_SHIFT).astype(np.uint32)
    return Permutations(random_bits[:PERMUTATIONS] | np.uint32(1), random_bits[PERMUTATIONS:])


@compiled
def _compute_signatures(texts, permutations, signatures):
    """Fill counts, bands and sample starts of each text; return the sampled shingles."""
    words, minima = _make_words(64), np.empty(PERMUTATIONS, np.uint32)
    table, samples, n_samples = np.zeros(1 << 12, np.uint64), np.empty(1 << 14, np.uint64), 0
    for text in range(len(texts.offsets) - 1):
        signatures.sample_start[text] = n_samples
        words, n_words = _hash_words(texts, text, words)
        if n_words < SHINGLE_WORDS:
            continue
        table = _clear_table(table, n_words)
        if n_samples + n_words > len(samples):
            samples = np.concatenate((samples, np.empty(len(samples) + n_words, np.uint64)))
        mask, count = np.uint64(len(table) - 1), 0
        minima[:] = np.uint32(0xFFFFFFFF)
        for i in range(n_words - SHINGLE_WORDS + 1):
            shingle = _hash_shingle(words.hashes, i)
            if not _insert_key(table, mask, shingle):
                continue
            count += 1
            _update_minima(minima, permutations, np.uint32(shingle >> _HIGH_SHIFT))
            if shingle & _SAMPLE_MASK == np.uint64(0):
                samples[n_samples] = shingle >> _KEY_SHIFT
                n_samples += 1
        signatures.shingle_counts[text] = count
        _hash_bands(minima, signatures.bands[text])
    signatures.sample_start[len(texts.offsets) - 1] = n_samples
    return samples[:n_samples].copy()


@compiled
def _list_shingles(texts, listed, counts):
    """List the distinct shingles of each text; return the number of all."""
    words, count, table = _make_words(64), 0, np.zeros(64, np.uint64)
    for text in range(len(counts)):
        words, n_words = _hash_words(texts, text, words)
        table, text_start = _clear_table(table, n_words), count
        mask = np.uint64(len(table) - 1)
        for i in range(n_words - SHINGLE_WORDS + 1):
            listed[count] = _hash_shingle(words.hashes, i)
            count += _insert_key(table, mask, listed[count])
        counts[text] = count - text_start
    return count


@compiled
def _count_shared_shingles(listed, starts, pairs, counts):
    """Count for each pair the shingles of the second text that the first has too."""
    table, inserted = np.zeros(64, np.uint64), -1  # the text whose shingles the table holds
    for pair in range(len(pairs)):
        first, second = pairs[pair]
        if first != inserted:
            inserted = first
            table = _clear_table(table, starts[first + 1] - starts[first])
            for i in range(starts[first], starts[first + 1]):
                _insert_key(table, np.uint64(len(table) - 1), listed[i])
        for i in range(starts[second], starts[second + 1]):
            counts[pair] += _has_key(table, np.uint64(len(table) - 1), listed[i])


@compiled
def _update_minima(minima, permutations, value):
    """Lower the minimum of each permutation to the permuted value, where that is smaller."""
    factors, terms = permutations
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
def _make_words(room):
    """Return arrays with room for so many words."""
    return TextWords(np.empty(room, np.uint64), np.empty(room, np.int64), np.empty(room, np.int64))


@compiled
def _hash_words(texts, text, words):
    """Return the words of a text, in arrays that grow, and the number of words."""
    size = texts.offsets[text + 1] - texts.offsets[text]
    if len(words.hashes) < size:
        words = _make_words(2 * size)
    return words, _fill_words(texts, text, words)


@compiled_in_place
def _fill_words(texts, text, words):
    """Fill the words of a text; return the number. In a script without spaces every character is a word."""
    data, hashes, starts, ends = texts.data, words.hashes, words.starts, words.ends
    pos, end = texts.offsets[text], texts.offsets[text + 1]
    count, in_word, word = 0, False, HASH_SEED
    while pos < end:
        char_start = pos
        if SMALL_A <= data[pos] <= SMALL_Z:
            if not in_word:
                in_word, word, starts[count] = True, HASH_SEED, pos
            while pos < end and SMALL_A <= data[pos] <= SMALL_Z:
                word = (word ^ np.uint64(data[pos])) * HASH_PRIME
                pos += 1
            continue
        point, pos = decode_char(data, pos)
        trait = get_trait(texts.traits, point)
        if in_word and (not trait & WORD or trait & WIDE):
            hashes[count], ends[count] = finish_hash(word), char_start
            count, in_word = count + 1, False
        if trait & WORD:
            if not in_word:
                in_word, word, starts[count] = True, HASH_SEED, char_start
            word = (word ^ np.uint64(texts.lowered[point])) * HASH_PRIME
            if trait & WIDE:
                hashes[count], ends[count] = finish_hash(word), pos
                count, in_word = count + 1, False
    if in_word:
        hashes[count], ends[count] = finish_hash(word), end
        count += 1
    return count


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
def _compute_overlaps(firsts, seconds, overlap):
    """Fill the overlap of each pair; the shingles of the first text stay while the next pair has the same text."""
    words, count, other_words = _make_words(64), 0, _make_words(64)
    table, other_table = np.zeros(64, np.uint64), np.zeros(64, np.uint64)
    shingles, own_count = TextShingles(np.empty(64, np.uint64), np.empty(64, np.bool_)), 0
    for pair in range(len(firsts.offsets) - 1):
        if pair == 0 or not _is_same_text(firsts, pair - 1, pair):
            words, count = _hash_words(firsts, pair, words)
            table = _clear_table(table, count)
            if len(shingles.hashes) < count:
                room = len(words.hashes)
                shingles = TextShingles(np.empty(room, np.uint64), np.empty(room, np.bool_))
            own_count = _insert_shingles(table, words.hashes, count, shingles)
        other_words, other_count = _hash_words(seconds, pair, other_words)
        other_table = _clear_table(other_table, other_count)
        mask = np.uint64(len(other_table) - 1)
        for i in range(other_count - SHINGLE_WORDS + 1):
            overlap.of_second[pair] += _insert_key(other_table, mask, _hash_shingle(other_words.hashes, i))
        overlap.of_first[pair] = own_count
        covered_end = -1
        for i in range(count - SHINGLE_WORDS + 1):
            if _has_key(other_table, mask, shingles.hashes[i]):
                overlap.shared[pair] += shingles.is_new[i]
                start, end = max(covered_end, words.starts[i]), words.ends[i + SHINGLE_WORDS - 1]
                overlap.shared_chars[pair] += _count_chars(firsts.data, start, end)
                covered_end = end


@compiled
def _insert_shingles(table, words, count, shingles):
    """Fill the shingles of a text and insert them into a table; return the number of distinct shingles."""
    mask, distinct = np.uint64(len(table) - 1), 0
    for i in range(count - SHINGLE_WORDS + 1):
        shingles.hashes[i] = _hash_shingle(words, i)
        shingles.is_new[i] = _insert_key(table, mask, shingles.hashes[i])
        distinct += shingles.is_new[i]
    return distinct


@compiled
def _is_same_text(texts, one, other):
    """Report whether two texts of a batch are equal byte for byte."""
    data, offsets = texts.data, texts.offsets
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
