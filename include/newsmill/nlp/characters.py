"""Tables of character traits and of lower case, indexed by code point in compiled code.

`build_char_traits()[point]` holds the traits of a code point as bits: "A" (65) is WORD | UPPER | LETTER, "." (46) is
FINAL. `map_lowercase()[65]` is 97. Both tables end at LIMIT; compiled code treats higher code points as no part of a
word.
"""

from functools import cache

import numpy as np

LIMIT = 0x32400  # above the last script; higher code points are no part of a word
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
# Compiled code identifies words by FNV-1a over code points: state = (HASH_SEED ^ point) * HASH_PRIME, and so on.
HASH_SEED, HASH_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


def hash_word(word: str) -> np.uint64:
    """Return the FNV-1a hash of a word, before `finish_hash` mixes its bits."""
    hash_state = HASH_SEED
    with np.errstate(over="ignore"):
        for char in word:
            hash_state = (hash_state ^ np.uint64(ord(char))) * HASH_PRIME
    return hash_state


@cache
def build_char_traits() -> np.ndarray:
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
def map_lowercase() -> np.ndarray:
    """Return the lower case of every code point below LIMIT; of several code points, the first."""
    return np.fromiter((ord(chr(point).lower()[0]) for point in range(LIMIT)), np.uint32, LIMIT)
