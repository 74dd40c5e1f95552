"""Sentences and tokens of a batch of texts, with exact offsets, by one compiled pass over their UTF-8 bytes.

A token is a word, a number or a run of one sign. To a word belong its apostrophes (O'Brien), the points of its
initials (J., U.S.) and of abbreviations (Inc.), an ampersand (AT&T), and hyphens, but for one between a capitalised
word and small letters: `Madrid-based` is three tokens, `Jean-Pierre` and `short-lived` are one. The `'s` of a
possessive stands alone. An address of the web or of mail is one token. No token and no sentence goes on over a line.
"""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
from newsmill.languages.word_lists import read_words
from newsmill.nlp import characters
from newsmill.nlp.characters import DIGIT, HASH_PRIME, HASH_SEED, LETTER, LIMIT, LOWER, SPACE, UPPER, WORD, hash_of
from newsmill.nlp.hash_table import build_table, has_key
from newsmill.nlp.scan import SMALL_A, SMALL_Z, buffers_of, decoded, finished

# What a token shows, as bits.
(CAPITAL, ALL_CAPS, HAS_DIGIT, INNER_CAPITAL, SMALL, POINTED, SIGN, ADDRESS, GLUED, LINE_START, SENTENCE_START, OPENER,
 CLOSER, STOP, LONG, POSSESSIVE) = (1 << bit for bit in range(16))  # fmt: skip
ABBREVIATIONS = read_words("en", "abbreviations", "abbreviations")
_COMPANY = read_words("en", "abbreviations", "company_abbreviations")
_INITIALS = read_words("en", "abbreviations", "pointed_abbreviations")
_GOES_ON = read_words("en", "abbreviations", "sentence_openers")

_APOSTROPHE, _CURLED, _HYPHEN, _POINT, _AND, _SLASH = 0x27, 0x2019, 0x2D, 0x2E, 0x26, 0x2F
_SPACE, _LINE, _QUOTE = 0x20, 0x0A, 0x22
LONG_CHARS = 3
# The parts of a shape, as they are counted.
_X, _SMALL_X, _NINE, _OTHER = 1, 2, 3, 4


class Tokens(NamedTuple):
    """Tokens of a batch in flat arrays; those of text n stand from text_token[n] on, characters count from its start.

    `first`, `past`: bytes of the batch's buffer. `word`: the hash of the word in lower case that `scan` gives too.
    `shape`: a hash of the kinds of its characters, runs counted once. `sentence` counts from 0 in each text.
    """

    data: np.ndarray
    first: np.ndarray
    past: np.ndarray
    start: np.ndarray
    end: np.ndarray
    word: np.ndarray
    shape: np.ndarray
    bits: np.ndarray
    sentence: np.ndarray
    text_token: np.ndarray


def tokens(texts: pa.Array) -> Tokens:
    """Return the tokens of a batch of texts; null reads as empty."""
    data, offsets = buffers_of(texts)
    room = int(offsets[-1] - offsets[0]) + 1
    spans = np.empty((4, room), np.int32)
    word, shape, bits, sentence = (np.empty(room, kind) for kind in (np.uint64, np.uint32, np.int32, np.int32))
    text_token = np.empty(len(texts) + 1, np.int64)
    count = _tokens(
        data, offsets, characters.classes(), characters.lowered(), *_listed(), spans, word, shape, bits, text_token
    )
    _sentences(word, bits, *_listed(), sentence, text_token)
    first, past, start, end = (column[:count].copy() for column in spans)
    return Tokens(
        data, first, past, start, end, word[:count].copy(), shape[:count].copy(), bits[:count].copy(),
        sentence[:count].copy(), text_token,
    )  # fmt: skip


def hashed(word: str) -> int:
    """Return the hash of one word, as its token has it."""
    return int(finished(hash_of("".join(char.lower()[0] for char in word))))


@cache
def _listed() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tables of abbreviations without points, of those that may end a sentence, and of what begins one."""
    pointed = [*(f"{word}." for word in _COMPANY), *_INITIALS]
    return tuple(build_table(dict.fromkeys(map(hashed, words), 1))[0] for words in (ABBREVIATIONS, pointed, _GOES_ON))


@inlined
def _trait(classes, point):
    return np.int64(classes[point]) if point < LIMIT else 0


@inlined
def _peek(data, at, stop):
    """Return the code point at a byte, 0 past the end."""
    return decoded(data, at)[0] if at < stop else 0


@compiled
def _is_contraction(data, at, stop, classes):
    """Tell the bytes of what ends a word behind an apostrophe: s, d, m, ll, ve, re; 0 where it is none of them."""
    if at >= stop:
        return 0
    one = data[at] | 0x20
    two = data[at + 1] | 0x20 if at + 1 < stop else 0
    size = 0
    if one == 0x73 or one == 0x64 or one == 0x6D:
        size = 1
    if (one == 0x6C and two == 0x6C) or (one == 0x76 and two == 0x65) or (one == 0x72 and two == 0x65):
        size = 2
    if size == 0:
        return 0
    return 0 if _trait(classes, _peek(data, at + size, stop)) & WORD else size


@inlined
def _kind(trait):
    if trait & UPPER:
        return _X
    if trait & LETTER:
        return _SMALL_X
    return _NINE if trait & DIGIT else _OTHER


@compiled
def _tokens(data, offsets, classes, lowered, abbreviations, closing, going_on, spans, words, shapes, bits, text_token):
    first, past, starts, ends = spans[0], spans[1], spans[2], spans[3]
    n = 0
    for text in range(len(offsets) - 1):
        text_token[text] = n
        at, stop, char = offsets[text], offsets[text + 1], 0
        is_glued, is_line = False, True
        while at < stop:
            point, after = decoded(data, at)
            trait = _trait(classes, point)
            if trait & SPACE:
                is_line = is_line or point == _LINE
                is_glued = False
                at, char = after, char + 1
                continue
            flags = (GLUED if is_glued else 0) | (LINE_START if is_line else 0)
            is_glued, is_line = True, False
            first[n], starts[n] = at, char
            word, shape, last_kind = HASH_SEED, np.uint32(2166136261), 0
            if trait & WORD:
                count = letters = uppers = lowers = digits = points = since = 0
                is_address = False
                while True:
                    word = (word ^ np.uint64(lowered[point])) * HASH_PRIME
                    kind = _kind(trait)
                    if kind != last_kind:
                        shape = (shape ^ np.uint32(kind)) * np.uint32(16777619)
                        last_kind = kind
                    if trait & UPPER:
                        uppers += 1
                        if count == 0:
                            flags |= CAPITAL
                        else:
                            flags |= INNER_CAPITAL
                    elif trait & LOWER:
                        lowers += 1
                    if trait & LETTER:
                        letters += 1
                    elif trait & DIGIT:
                        digits += 1
                    count, since = count + 1, since + 1
                    before_trait = trait
                    at, char = after, char + 1
                    if last_kind == _SMALL_X:  # most of a text: small letters that go on with a word
                        begun = at
                        while at < stop and SMALL_A <= data[at] <= SMALL_Z:
                            word = (word ^ np.uint64(data[at])) * HASH_PRIME
                            at += 1
                        many = at - begun
                        char, count, since = char + many, count + many, since + many
                        letters, lowers = letters + many, lowers + many
                    if at >= stop:
                        break
                    point, after = decoded(data, at)
                    trait = _trait(classes, point)
                    if trait & WORD or (trait == 0 and 0x300 <= point < 0x370):
                        continue
                    if trait & SPACE or (point == 0x2C and not before_trait & DIGIT):
                        break
                    # A sign inside a word, or its end.
                    following = _peek(data, after, stop)
                    next_trait = _trait(classes, following)
                    goes_on = False
                    if point in (_APOSTROPHE, _CURLED):
                        goes_on = next_trait & LETTER != 0 and _is_contraction(data, after, stop, classes) == 0
                    elif point == _HYPHEN:
                        goes_on = next_trait & WORD != 0 and not (flags & CAPITAL and next_trait & LOWER)
                    elif point == _POINT:
                        if before_trait & DIGIT:
                            goes_on = next_trait & DIGIT != 0
                        elif since == 1 and next_trait & LETTER and (points > 0 or count == 1):
                            goes_on = True
                            points += 1
                        elif next_trait & LOWER:
                            goes_on = is_address = True
                        else:
                            is_short = since == 1 and (points > 0 or (count == 1 and uppers == 1))
                            if is_short or (count < 7 and has_key(abbreviations, finished(word))):
                                word = (word ^ np.uint64(_POINT)) * HASH_PRIME
                                shape = (shape ^ np.uint32(9)) * np.uint32(16777619)
                                flags |= POINTED
                                at, char, count = after, char + 1, count + 1
                            break
                        since = -1  # the point itself is counted next
                    elif point == _AND:
                        goes_on = next_trait & UPPER != 0
                    elif point == 0x40:
                        goes_on = is_address = next_trait & WORD != 0
                    elif point == 0x3A or point == _SLASH or point == 0x2C:
                        goes_on = before_trait & DIGIT != 0 and next_trait & DIGIT != 0
                        if following == _SLASH or (is_address and point == _SLASH):
                            goes_on = is_address = True
                    elif is_address:
                        goes_on = point in (0x3F, 0x3D, 0x25, 0x23) and next_trait & WORD != 0
                    if not goes_on:
                        break
                if is_address:
                    flags |= ADDRESS
                if uppers > 0 and lowers == 0 and letters > 1:
                    flags |= ALL_CAPS
                if digits:
                    flags |= HAS_DIGIT
                if uppers == 0 and letters:
                    flags |= SMALL
                if letters > LONG_CHARS:
                    flags |= LONG
            else:
                flags |= SIGN
                is_mark = point in (_APOSTROPHE, _CURLED)
                size = _is_contraction(data, after, stop, classes) if is_mark and n > text_token[text] else 0
                following = _peek(data, after, stop)
                if (point == 0x40 or point == 0x23) and _trait(classes, following) & WORD:
                    flags = flags & ~SIGN | ADDRESS  # a handle, a tag
                    while at < stop:
                        point, after = decoded(data, at)
                        trait = _trait(classes, point)
                        if not (trait & WORD or point == 0x40 or point == 0x23):
                            break
                        word = (word ^ np.uint64(lowered[point])) * HASH_PRIME
                        at, char = after, char + 1
                elif size and bits[n - 1] & (SIGN | POSSESSIVE) == 0:
                    flags = flags & ~SIGN | SMALL
                    word = (word ^ np.uint64(_APOSTROPHE)) * HASH_PRIME
                    for _ in range(size):
                        word = (word ^ np.uint64(data[after] | 0x20)) * HASH_PRIME
                        after += 1
                    if size == 1 and (data[after - 1] | 0x20) == 0x73:
                        flags |= POSSESSIVE
                    at, char = after, char + 1 + size
                else:
                    sign = point
                    while True:
                        word = (word ^ np.uint64(point)) * HASH_PRIME
                        at, char = after, char + 1
                        if at >= stop:
                            break
                        point, after = decoded(data, at)
                        if point != sign:
                            break
                    shape = (shape ^ np.uint32(11)) * np.uint32(16777619)
                    if sign == _POINT or sign == 0x21 or sign == 0x3F or sign == 0x2026:
                        flags |= STOP
                    if sign in (_QUOTE, 0x29, 0x5D, _APOSTROPHE, 0x201D, _CURLED, 0xBB):
                        flags |= CLOSER
                    if sign in (_QUOTE, 0x28, 0x5B, 0x60, 0x201C, 0x2018, 0xAB):
                        flags |= OPENER
            past[n], ends[n], words[n], shapes[n], bits[n] = at, char, finished(word), shape, flags
            n += 1
    text_token[len(offsets) - 1] = n
    return n


@compiled
def _sentences(words, bits, abbreviations, closing, going_on, sentence, text_token):
    """Number the sentences and mark the first token of each."""
    quote = finished((HASH_SEED ^ np.uint64(_QUOTE)) * HASH_PRIME)
    for text in range(len(text_token) - 1):
        number, is_quoted, is_ended = -1, False, False
        low, high = text_token[text], text_token[text + 1]
        for i in range(low, high):
            flags = bits[i]
            is_new = flags & LINE_START != 0
            if is_new:
                is_quoted = False
            elif is_ended:
                is_closing = flags & CLOSER and (flags & GLUED or not flags & OPENER)
                if flags & STOP or is_closing or (words[i] == quote and is_quoted):
                    pass
                elif flags & GLUED and not bits[i - 1] & (OPENER | CLOSER):
                    is_ended = False
                else:
                    begins = i
                    while begins < high and bits[begins] & OPENER and not bits[begins] & LINE_START:
                        begins += 1
                    is_new = begins == high or not bits[begins] & SMALL or bits[begins] & INNER_CAPITAL != 0
                    is_ended = False
            elif flags & CAPITAL and not flags & GLUED and i > low and bits[i - 1] & POINTED:
                is_new = has_key(closing, words[i - 1]) and has_key(going_on, words[i])
            if is_new:
                number += 1
                bits[i] |= SENTENCE_START
                is_ended = False
            if flags & STOP:
                is_ended = True
            if words[i] == quote:
                is_quoted = not is_quoted
            sentence[i] = number


def sentence_starts(told: Tokens) -> list[list[int]]:
    """Return for each text the characters at which its sentences begin."""
    begins = np.flatnonzero(told.bits & SENTENCE_START)
    starts, bounds = told.start[begins].tolist(), np.searchsorted(begins, told.text_token).tolist()
    return [starts[first:past] for first, past in pairwise(bounds)]
