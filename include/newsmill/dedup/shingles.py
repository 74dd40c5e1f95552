"""Shingles, runs of five words: the signature by which copies of a text are found, and what two texts share exactly.

A shingle is a 64-bit hash of its words in lower case, the same on every machine and in every version. A signature is
MinHash (Broder 1997): of each of 128 permutations of the shingles the least, in bands of four; two texts that agree in
all four of a band may be copies. Half changed texts agree in hardly any band, and a piece of a long text in none: for
these every sixteenth shingle, chosen by its hash, is listed too; a text lists the same of a passage wherever that
stands.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
from newsmill.nlp import characters
from newsmill.nlp.characters import HASH_PRIME, HASH_SEED, LIMIT, WIDE, WORD
from newsmill.nlp.scan import SMALL_A, SMALL_Z, buffers_of, decoded, finished

SHINGLE_WORDS = 5
PERMUTATIONS, BANDS = 128, 32
ROWS = PERMUTATIONS // BANDS
SAMPLE_ONE_IN = 16
_TURN, _BAND_TURN = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_HALF, _KEPT, _SAMPLED = np.uint64(32), np.uint64(16), np.uint64(SAMPLE_ONE_IN - 1)
_NO_SHINGLE = np.uint64(0)


class Signatures(NamedTuple):
    """What copies of texts are found by: a row of `bands` each, and `samples` from `sample_start` on; 48-bit hashes."""

    shingle_counts: np.ndarray
    bands: np.ndarray
    samples: np.ndarray
    sample_start: np.ndarray


class Overlap(NamedTuple):
    """What pairs of texts share: numbers of different shingles, and characters of the first that the second has too."""

    shared: np.ndarray
    of_first: np.ndarray
    of_second: np.ndarray
    shared_chars: np.ndarray


def signatures(texts: pa.Array) -> Signatures:
    """Return the signatures of a batch of texts; one of fewer than five words has no shingle, and bands of zeros."""
    data, offsets = buffers_of(texts)
    counts, bands = np.zeros(len(texts), np.int32), np.zeros((len(texts), BANDS), np.uint64)
    starts = np.zeros(len(texts) + 1, np.int64)
    factors, terms = _permutations()
    samples = _sign(data, offsets, characters.classes(), characters.lowered(), factors, terms, counts, bands, starts)
    return Signatures(counts, bands, samples, starts)


def shingles(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the different shingles of a batch of texts, text after text, and how many each has."""
    data, offsets = buffers_of(texts)
    most = (int(offsets[-1]) - int(offsets[0])) // 2 + len(texts)  # each word is followed by a sign or has two bytes
    found, counts = np.empty(most, np.uint64), np.zeros(len(texts), np.int32)
    count = _list(data, offsets, characters.classes(), characters.lowered(), found, counts)
    return found[:count].copy(), counts


def shared_counts(listed: np.ndarray, starts: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return how many shingles the texts of each pair share; pairs that follow one another with one first are quicker.

    `listed` are the different shingles of all texts, those of each from `starts` on; `pairs` are numbers of texts.
    """
    counts = np.zeros(len(pairs), np.int32)
    _count_shared(listed, starts, pairs, counts)
    return counts


def overlaps(firsts: pa.Array, seconds: pa.Array) -> Overlap:
    """Return what each text shares with the one beside it; pairs that follow one another with one first are quicker."""
    found = Overlap(*(np.zeros(len(firsts), np.int32) for _ in Overlap._fields))
    _overlap(*buffers_of(firsts), *buffers_of(seconds), characters.classes(), characters.lowered(), *found)
    return found


def _permutations() -> tuple[np.ndarray, np.ndarray]:
    """Return factors, which are odd, and terms: x * factor + term modulo 2^32 puts all numbers in another order."""
    state = np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64) * _TURN
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # SplitMix64 (Steele 2014)
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
    drawn = ((state ^ (state >> np.uint64(31))) >> _HALF).astype(np.uint32)
    return drawn[:PERMUTATIONS] | np.uint32(1), drawn[PERMUTATIONS:]


@compiled
def _sign(data, offsets, classes, lowered, factors, terms, counts, bands, starts):
    words, places, least = np.empty(64, np.uint64), np.empty((64, 2), np.int64), np.empty(PERMUTATIONS, np.uint32)
    table, samples, n_samples = np.zeros(1 << 12, np.uint64), np.empty(1 << 14, np.uint64), 0
    for text in range(len(offsets) - 1):
        starts[text] = n_samples
        words, places, n_words = _words(data, offsets[text], offsets[text + 1], classes, lowered, words, places)
        if n_words < SHINGLE_WORDS:
            continue
        table = _cleared(table, n_words)
        if n_samples + n_words > len(samples):
            samples = np.concatenate((samples, np.empty(len(samples) + n_words, np.uint64)))
        mask, count = np.uint64(len(table) - 1), 0
        least[:] = np.uint32(0xFFFFFFFF)
        for at in range(n_words - SHINGLE_WORDS + 1):
            shingle = _shingle(words, at)
            if not _put(table, mask, shingle):
                continue
            count += 1
            _take_least(least, factors, terms, np.uint32(shingle >> _HALF))
            if shingle & _SAMPLED == np.uint64(0):
                samples[n_samples] = shingle >> _KEPT
                n_samples += 1
        counts[text] = count
        _band(least, bands[text])
    starts[len(offsets) - 1] = n_samples
    return samples[:n_samples].copy()


@compiled
def _list(data, offsets, classes, lowered, found, counts):
    """List the different shingles of each text and return how many there are."""
    words, places, count = np.empty(64, np.uint64), np.empty((64, 2), np.int64), 0
    table = np.zeros(64, np.uint64)
    for text in range(len(offsets) - 1):
        words, places, n_words = _words(data, offsets[text], offsets[text + 1], classes, lowered, words, places)
        table, first = _cleared(table, n_words), count
        mask = np.uint64(len(table) - 1)
        for at in range(n_words - SHINGLE_WORDS + 1):
            found[count] = _shingle(words, at)
            count += _put(table, mask, found[count])
        counts[text] = count - first
    return count


@compiled
def _count_shared(listed, starts, pairs, counts):
    table = np.zeros(64, np.uint64)
    for pair in range(len(pairs)):
        one, other = pairs[pair]
        if pair == 0 or one != pairs[pair - 1, 0]:
            table = _cleared(table, starts[one + 1] - starts[one])
            for at in range(starts[one], starts[one + 1]):
                _put(table, np.uint64(len(table) - 1), listed[at])
        for at in range(starts[other], starts[other + 1]):
            counts[pair] += _has(table, np.uint64(len(table) - 1), listed[at])


@compiled
def _take_least(least, factors, terms, value):
    for at in range(PERMUTATIONS):
        found = np.uint32(value * factors[at] + terms[at])
        least[at] = min(least[at], found)


@compiled
def _band(least, band):
    """Hash each band's four numbers together with its place."""
    for number in range(BANDS):
        state = np.uint64(number + 1) * _BAND_TURN
        for row in range(ROWS):
            state = finished((state ^ np.uint64(least[number * ROWS + row])) * _TURN)
        band[number] = state >> _KEPT


@compiled
def _words(data, at, stop, classes, lowered, words, places):
    """Return the hashes of a text's words, the first and past byte of each, in room that grows, and their number.

    Of a script without spaces every character is a word.
    """
    if len(words) < stop - at:
        words, places = np.empty(2 * (stop - at), np.uint64), np.empty((2 * (stop - at), 2), np.int64)
    count, in_word, word = 0, False, HASH_SEED
    while at < stop:
        before = at
        if SMALL_A <= data[at] <= SMALL_Z:
            if not in_word:
                in_word, word, places[count, 0] = True, HASH_SEED, at
            while at < stop and SMALL_A <= data[at] <= SMALL_Z:
                word = (word ^ np.uint64(data[at])) * HASH_PRIME
                at += 1
            continue
        point, at = decoded(data, at)
        trait = np.int64(classes[point]) if point < LIMIT else 0
        if in_word and (not trait & WORD or trait & WIDE):
            words[count], places[count, 1] = finished(word), before
            count, in_word = count + 1, False
        if trait & WORD:
            if not in_word:
                in_word, word, places[count, 0] = True, HASH_SEED, before
            word = (word ^ np.uint64(lowered[point])) * HASH_PRIME
            if trait & WIDE:
                words[count], places[count, 1] = finished(word), at
                count, in_word = count + 1, False
    if in_word:
        words[count], places[count, 1] = finished(word), stop
        count += 1
    return words, places, count


@inlined
def _shingle(words, at):
    """Return the hash of five words; never 0, which marks free room in tables."""
    state = words[at]
    for number in range(1, SHINGLE_WORDS):
        state = state * _TURN + words[at + number]
    return max(finished(state), np.uint64(1))


@compiled
def _cleared(table, many):
    """Return an empty hash table with room for so many entries."""
    size = 64
    while size < 2 * many:
        size *= 2
    if size > len(table):
        return np.zeros(size, np.uint64)
    table = table[:size] if size * 8 >= len(table) else table
    table[:] = _NO_SHINGLE
    return table


@inlined
def _put(table, mask, key):
    """Enter a key and tell whether it is new."""
    slot = key & mask
    while table[slot] != _NO_SHINGLE and table[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    is_new = table[slot] == _NO_SHINGLE
    table[slot] = key
    return is_new


@inlined
def _has(table, mask, key):
    slot = key & mask
    while table[slot] != _NO_SHINGLE and table[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return table[slot] == key


@compiled
def _overlap(data, offsets, other_data, other_offsets, classes, lowered, shared, of_first, of_second, shared_chars):
    words, places = np.empty(64, np.uint64), np.empty((64, 2), np.int64)
    other_words, other_places = np.empty(64, np.uint64), np.empty((64, 2), np.int64)
    own, other, count = np.zeros(64, np.uint64), np.zeros(64, np.uint64), 0
    shingles, is_new, many_own = np.empty(64, np.uint64), np.empty(64, np.bool_), 0
    for pair in range(len(offsets) - 1):
        if pair == 0 or not _is_same(data, offsets, pair - 1, pair):
            words, places, count = _words(data, offsets[pair], offsets[pair + 1], classes, lowered, words, places)
            own, many_own = _cleared(own, count), 0
            if len(shingles) < count:
                shingles, is_new = np.empty(len(words), np.uint64), np.empty(len(words), np.bool_)
            for at in range(count - SHINGLE_WORDS + 1):
                shingles[at] = _shingle(words, at)
                is_new[at] = _put(own, np.uint64(len(own) - 1), shingles[at])
                many_own += is_new[at]
        of_first[pair] = many_own
        start, stop = other_offsets[pair], other_offsets[pair + 1]
        other_words, other_places, many = _words(other_data, start, stop, classes, lowered, other_words, other_places)
        other = _cleared(other, many)
        mask = np.uint64(len(other) - 1)
        for at in range(many - SHINGLE_WORDS + 1):
            of_second[pair] += _put(other, mask, _shingle(other_words, at))
        covered = -1
        for at in range(count - SHINGLE_WORDS + 1):
            if _has(other, mask, shingles[at]):
                shared[pair] += is_new[at]
                past = places[at + SHINGLE_WORDS - 1, 1]
                shared_chars[pair] += _chars(data, max(covered, places[at, 0]), past)
                covered = past


@compiled
def _is_same(data, offsets, one, other):
    """Tell whether two texts that stand one after the other are equal byte for byte."""
    length = offsets[one + 1] - offsets[one]
    if offsets[other + 1] - offsets[other] != length:
        return False
    for at in range(length):  # noqa: SIM110 - compiled: numba has no generators here
        if data[offsets[one] + at] != data[offsets[other] + at]:
            return False
    return True


@compiled
def _chars(data, start, stop):
    """Count the characters in bytes of UTF-8."""
    count = 0
    for at in range(start, stop):
        count += (data[at] & 0xC0) != 0x80
    return count
