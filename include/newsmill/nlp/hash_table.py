"""Open hash tables from 64-bit hashes to numbers, and hashes of word sequences, for compiled code.

A table is two arrays, keys and values. Their size is a power of two, at least twice the number of entries. Key 0 marks
a free slot. The search for a key starts at the slot of its lowest bits and goes on to the next slot while it is taken:
in a table of 8 slots key 0x1A starts at slot 2.
"""

import numpy as np

from newsmill.compiled import compiled, inlined

_SEQUENCE_SEED = np.uint64(0x9E3779B97F4A7C15)
_SEQUENCE_PRIME = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)


def build_table(entries: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys and values of an open hash table that holds these entries."""
    size = 1 << (4 * len(entries) - 1).bit_length()
    keys, values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    _insert_all(keys, values, np.array(list(entries), np.uint64), np.array(list(entries.values()), np.int32))
    return keys, values


@compiled
def _insert_all(keys, values, new_keys, new_values):
    """Insert entries into an empty table."""
    mask = np.uint64(len(keys) - 1)
    for i in range(len(new_keys)):
        slot = new_keys[i] & mask
        while keys[slot] != np.uint64(0):
            slot = (slot + np.uint64(1)) & mask
        keys[slot], values[slot] = new_keys[i], new_values[i]


@inlined
def look_up(keys, values, key):
    """Return the value of a key, 0 if the table lacks it."""
    mask = np.uint64(len(keys) - 1)
    slot = key & mask
    while keys[slot] != np.uint64(0):
        if keys[slot] == key:
            return np.int64(values[slot])
        slot = (slot + np.uint64(1)) & mask
    return np.int64(0)


@compiled
def has_key(keys, key):
    """Report whether a table holds a key."""
    mask = np.uint64(len(keys) - 1)
    slot = key & mask
    while keys[slot] != np.uint64(0):
        if keys[slot] == key:
            return True
        slot = (slot + np.uint64(1)) & mask
    return False


@inlined
def start_sequence(kind):
    """Return the hash state of an empty sequence; sequences of another kind hash differently."""
    return _SEQUENCE_SEED ^ np.uint64(kind)


@inlined
def extend_sequence(state, word):
    """Return the hash state after one more word."""
    state = (state ^ word) * _SEQUENCE_PRIME
    return state ^ (state >> _SHIFT)


@compiled
def hash_sequence(words, start, end, kind):
    """Return the hash of the words from `start` up to `end`."""
    state = start_sequence(kind)
    for i in range(start, end):
        state = extend_sequence(state, words[i])
    return state
