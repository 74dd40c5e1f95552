"""What every character is and how it reads in lower case, as tables that compiled code looks up by code point."""

from functools import cache

import numpy as np

LIMIT = 0x32400  # past the last script; what lies beyond is no part of a word
WORD, UPPER, LOWER, DIGIT, SPACE, LETTER, WIDE = (1 << bit for bit in range(7))
FINAL, CLOSER, SEPARATOR, QUOTE, ITEM_MARK, COMMA = (1 << bit for bit in range(7, 13))
_TRAITS = {
    WORD: str.isalnum,
    UPPER: str.isupper,
    LOWER: str.islower,
    DIGIT: str.isdigit,
    SPACE: str.isspace,
    LETTER: str.isalpha,
}
_SIGNS = {
    WORD: "_",
    FINAL: ".!?…。！？؟।",
    CLOSER: "\"”’'»)]*“",
    SEPARATOR: "|»›•·",
    QUOTE: '"“”„«»‘’',
    ITEM_MARK: " \t•*·-–▪►»›",
    COMMA: ",;،、",
}
_WIDE_SCRIPTS = (
    (0xE00, 0xEFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x9FFF),
    (0xF900, 0xFAFF),
)  # no spaces between words
# FNV-1a over code points, by which compiled code tells words apart: state = (HASH_SEED ^ point) * HASH_PRIME, and so on
HASH_SEED, HASH_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


def hash_of(word: str) -> np.uint64:
    """Return the hash of a word as compiled code finds it, before `finished`."""
    state = HASH_SEED
    with np.errstate(over="ignore"):
        for char in word:
            state = (state ^ np.uint64(ord(char))) * HASH_PRIME
    return state


@cache
def classes() -> np.ndarray:
    """Return the traits of every code point below LIMIT as uint16."""
    characters = [chr(point) for point in range(LIMIT)]
    table = np.zeros(LIMIT, np.uint16)
    for bit, has in _TRAITS.items():
        table[np.fromiter(map(has, characters), bool, LIMIT)] |= bit
    for bit, signs in _SIGNS.items():
        table[[ord(sign) for sign in signs]] |= bit
    for first, last in _WIDE_SCRIPTS:
        table[first : last + 1] |= WIDE
    return table


@cache
def lowered() -> np.ndarray:
    """Return the code point in lower case of every one below LIMIT; of those that become several, the first."""
    return np.fromiter((ord(chr(point).lower()[0]) for point in range(LIMIT)), np.uint32, LIMIT)
