"""Split a batch of texts into sentences and tokens with exact offsets, in compiled passes over UTF-8 bytes.

A token is a word, a number or a run of one sign. A word includes its apostrophes (O'Brien), the points of initials
(J., U.S.) and abbreviations (Inc.), an ampersand (AT&T) and its hyphens. A hyphen between a capitalised word and small
letters splits: `Madrid-based` is three tokens, `Jean-Pierre` and `short-lived` are one. The `'s` of a possessive is a
token. A web or mail address is one token. No token and no sentence continues over a line break.

Layout: all arrays are flat over the batch; the tokens of text n are `text_token[n]` up to `text_token[n + 1]`.
Example: "Mr. Ek left. Why?" has the tokens "Mr.", "Ek", "left", ".", "Why" and "?", with `start` [0, 4, 7, 11, 13, 16],
`end` [3, 6, 11, 12, 16, 17] and `sentence` [0, 0, 0, 0, 1, 1].
"""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
from newsmill.languages.word_lists import read_words
from newsmill.nlp import characters
from newsmill.nlp.characters import DIGIT, HASH_PRIME, HASH_SEED, LETTER, LIMIT, LOWER, SPACE, UPPER, WORD, hash_word
from newsmill.nlp.hash_table import build_table, has_key
from newsmill.nlp.scan import SMALL_A, SMALL_Z, decode_char, finish_hash, text_buffers

# Flags of a token, as bits.
(CAPITAL, ALL_CAPS, HAS_DIGIT, INNER_CAPITAL, SMALL, DOTTED, SIGN, ADDRESS, GLUED, LINE_START, SENTENCE_START, OPENER,
 CLOSER, STOP, LONG, POSSESSIVE) = (1 << bit for bit in range(16))  # fmt: skip
ABBREVIATIONS = read_words("en", "abbreviations", "abbreviations")
_COMPANY = read_words("en", "abbreviations", "company_abbreviations")
_INITIALS = read_words("en", "abbreviations", "pointed_abbreviations")
_SENTENCE_OPENERS = read_words("en", "abbreviations", "sentence_openers")

_APOSTROPHE, _CURLED, _HYPHEN, _POINT, _AND, _SLASH = 0x27, 0x2019, 0x2D, 0x2E, 0x26, 0x2F
_LINE, _QUOTE = 0x0A, 0x22
LONG_CHARS = 3  # a word with more letters is long
# Parts of a shape.
_X, _SMALL_X, _NINE, _OTHER = 1, 2, 3, 4


class Tokens(NamedTuple):
    """Tokens of a batch in flat arrays.

    `first` and `past` are bytes of the batch's buffer, `start` and `end` characters of the text. `word` is the same
    hash as in `scan`. `shape` is a hash of the character kinds, runs counted once. `sentence` counts from 0 in each
    text.
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


def tokenize(texts: pa.Array) -> Tokens:
    """Return the tokens of a batch of texts; read null as empty."""
    data, offsets = text_buffers(texts)
    max_tokens = int(offsets[-1] - offsets[0]) + 1
    spans = np.empty((4, max_tokens), np.int32)
    word, shape, bits, sentence = (np.empty(max_tokens, kind) for kind in (np.uint64, np.uint32, np.int32, np.int32))
    text_token = np.empty(len(texts) + 1, np.int64)
    count = _tokenize_texts(
        data,
        offsets,
        characters.build_char_traits(),
        characters.map_lowercase(),
        *_build_word_tables(),
        spans,
        word,
        shape,
        bits,
        text_token,
    )
    _number_sentences(word, bits, *_build_word_tables(), sentence, text_token)
    first, past, start, end = (row[:count].copy() for row in spans)
    return Tokens(
        data, first, past, start, end, word[:count].copy(), shape[:count].copy(), bits[:count].copy(),
        sentence[:count].copy(), text_token,
    )  # fmt: skip


def hash_token(word: str) -> int:
    """Return the hash of a word's token."""
    return int(finish_hash(hash_word("".join(char.lower()[0] for char in word))))


@cache
def _build_word_tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return tables of abbreviations, of abbreviations that may end a sentence, and of sentence openers."""
    may_end = [*(f"{word}." for word in _COMPANY), *_INITIALS]
    abbreviations, closing, openers = (
        build_table(dict.fromkeys(map(hash_token, words), 1))[0]
        for words in (ABBREVIATIONS, may_end, _SENTENCE_OPENERS)
    )
    return abbreviations, closing, openers


@inlined
def _char_trait(classes, point):
    """Return the traits of a code point; 0 from LIMIT on."""
    return np.int64(classes[point]) if point < LIMIT else 0


@inlined
def _peek(data, pos, end):
    """Return the code point at a byte position; 0 at the end."""
    return decode_char(data, pos)[0] if pos < end else 0


@compiled
def _measure_contraction(data, pos, end, classes):
    """Return the bytes of a contraction after an apostrophe (s, d, m, ll, ve, re); 0 for any other letters."""
    if pos >= end:
        return 0
    first_byte = data[pos] | 0x20
    second_byte = data[pos + 1] | 0x20 if pos + 1 < end else 0
    size = 0
    if first_byte == 0x73 or first_byte == 0x64 or first_byte == 0x6D:
        size = 1
    if (
        (first_byte == 0x6C and second_byte == 0x6C)
        or (first_byte == 0x76 and second_byte == 0x65)
        or (first_byte == 0x72 and second_byte == 0x65)
    ):
        size = 2
    if size == 0:
        return 0
    return 0 if _char_trait(classes, _peek(data, pos + size, end)) & WORD else size


@inlined
def _shape_part(trait):
    """Return the part of a shape for a character's traits."""
    if trait & UPPER:
        return _X
    if trait & LETTER:
        return _SMALL_X
    return _NINE if trait & DIGIT else _OTHER


@compiled
def _tokenize_texts(
    data, offsets, classes, lowered, abbreviations, closing, openers, spans, words, shapes, bits, text_token
):
    """Fill the arrays of tokens and return their number."""
    starts_byte, ends_byte, starts_char, ends_char = spans[0], spans[1], spans[2], spans[3]
    n = 0
    for text in range(len(offsets) - 1):
        text_token[text] = n
        pos, text_end, char = offsets[text], offsets[text + 1], 0
        is_glued, is_line = False, True
        while pos < text_end:
            point, after = decode_char(data, pos)
            trait = _char_trait(classes, point)
            if trait & SPACE:
                is_line = is_line or point == _LINE
                is_glued = False
                pos, char = after, char + 1
                continue
            flags = (GLUED if is_glued else 0) | (LINE_START if is_line else 0)
            is_glued, is_line = True, False
            starts_byte[n], starts_char[n] = pos, char
            word, shape, last_kind = HASH_SEED, np.uint32(2166136261), 0
            if trait & WORD:
                count = letters = uppers = lowers = digits = points = since_point = 0
                is_address = False
                while True:
                    word = (word ^ np.uint64(lowered[point])) * HASH_PRIME
                    kind = _shape_part(trait)
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
                    count, since_point = count + 1, since_point + 1
                    before_trait = trait
                    pos, char = after, char + 1
                    if last_kind == _SMALL_X:  # most of a text: small letters that continue a word
                        run_start = pos
                        while pos < text_end and SMALL_A <= data[pos] <= SMALL_Z:
                            word = (word ^ np.uint64(data[pos])) * HASH_PRIME
                            pos += 1
                        run_length = pos - run_start
                        char, count, since_point = char + run_length, count + run_length, since_point + run_length
                        letters, lowers = letters + run_length, lowers + run_length
                    if pos >= text_end:
                        break
                    point, after = decode_char(data, pos)
                    trait = _char_trait(classes, point)
                    if trait & WORD or (trait == 0 and 0x300 <= point < 0x370):
                        continue
                    if trait & SPACE or (point == 0x2C and not before_trait & DIGIT):
                        break
                    # A sign within a word, or after it.
                    following = _peek(data, after, text_end)
                    next_trait = _char_trait(classes, following)
                    continues = False
                    if point in (_APOSTROPHE, _CURLED):
                        continues = (
                            next_trait & LETTER != 0 and _measure_contraction(data, after, text_end, classes) == 0
                        )
                    elif point == _HYPHEN:
                        continues = next_trait & WORD != 0 and not (flags & CAPITAL and next_trait & LOWER)
                    elif point == _POINT:
                        if before_trait & DIGIT:
                            continues = next_trait & DIGIT != 0
                        elif since_point == 1 and next_trait & LETTER and (points > 0 or count == 1):
                            continues = True
                            points += 1
                        elif next_trait & LOWER:
                            continues = is_address = True
                        else:
                            is_short = since_point == 1 and (points > 0 or (count == 1 and uppers == 1))
                            if is_short or (count < 7 and has_key(abbreviations, finish_hash(word))):
                                word = (word ^ np.uint64(_POINT)) * HASH_PRIME
                                shape = (shape ^ np.uint32(9)) * np.uint32(16777619)
                                flags |= DOTTED
                                pos, char, count = after, char + 1, count + 1
                            break
                        since_point = -1  # the point is counted in the next round
                    elif point == _AND:
                        continues = next_trait & UPPER != 0
                    elif point == 0x40:
                        continues = is_address = next_trait & WORD != 0
                    elif point == 0x3A or point == _SLASH or point == 0x2C:
                        continues = before_trait & DIGIT != 0 and next_trait & DIGIT != 0
                        if following == _SLASH or (is_address and point == _SLASH):
                            continues = is_address = True
                    elif is_address:
                        continues = point in (0x3F, 0x3D, 0x25, 0x23) and next_trait & WORD != 0
                    if not continues:
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
                size = _measure_contraction(data, after, text_end, classes) if is_mark and n > text_token[text] else 0
                following = _peek(data, after, text_end)
                if (point == 0x40 or point == 0x23) and _char_trait(classes, following) & WORD:
                    flags = flags & ~SIGN | ADDRESS  # a handle, a tag
                    while pos < text_end:
                        point, after = decode_char(data, pos)
                        trait = _char_trait(classes, point)
                        if not (trait & WORD or point == 0x40 or point == 0x23):
                            break
                        word = (word ^ np.uint64(lowered[point])) * HASH_PRIME
                        pos, char = after, char + 1
                elif size and bits[n - 1] & (SIGN | POSSESSIVE) == 0:
                    flags = flags & ~SIGN | SMALL
                    word = (word ^ np.uint64(_APOSTROPHE)) * HASH_PRIME
                    for _ in range(size):
                        word = (word ^ np.uint64(data[after] | 0x20)) * HASH_PRIME
                        after += 1
                    if size == 1 and (data[after - 1] | 0x20) == 0x73:
                        flags |= POSSESSIVE
                    pos, char = after, char + 1 + size
                else:
                    run_sign = point
                    while True:
                        word = (word ^ np.uint64(point)) * HASH_PRIME
                        pos, char = after, char + 1
                        if pos >= text_end:
                            break
                        point, after = decode_char(data, pos)
                        if point != run_sign:
                            break
                    shape = (shape ^ np.uint32(11)) * np.uint32(16777619)
                    if run_sign == _POINT or run_sign == 0x21 or run_sign == 0x3F or run_sign == 0x2026:
                        flags |= STOP
                    if run_sign in (_QUOTE, 0x29, 0x5D, _APOSTROPHE, 0x201D, _CURLED, 0xBB):
                        flags |= CLOSER
                    if run_sign in (_QUOTE, 0x28, 0x5B, 0x60, 0x201C, 0x2018, 0xAB):
                        flags |= OPENER
            ends_byte[n], ends_char[n], words[n], shapes[n], bits[n] = pos, char, finish_hash(word), shape, flags
            n += 1
    text_token[len(offsets) - 1] = n
    return n


@compiled
def _number_sentences(words, bits, abbreviations, closing, openers, sentence, text_token):
    """Number the sentences of each text and flag the first token of each."""
    quote = finish_hash((HASH_SEED ^ np.uint64(_QUOTE)) * HASH_PRIME)
    for text in range(len(text_token) - 1):
        index, is_quoted, is_ended = -1, False, False
        start, end = text_token[text], text_token[text + 1]
        for i in range(start, end):
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
                    j = i
                    while j < end and bits[j] & OPENER and not bits[j] & LINE_START:
                        j += 1
                    is_new = j == end or not bits[j] & SMALL or bits[j] & INNER_CAPITAL != 0
                    is_ended = False
            elif flags & CAPITAL and not flags & GLUED and i > start and bits[i - 1] & DOTTED:
                is_new = has_key(closing, words[i - 1]) and has_key(openers, words[i])
            if is_new:
                index += 1
                bits[i] |= SENTENCE_START
                is_ended = False
            if flags & STOP:
                is_ended = True
            if words[i] == quote:
                is_quoted = not is_quoted
            sentence[i] = index


def find_sentence_starts(tokenized: Tokens) -> list[list[int]]:
    """Return the first characters of the sentences of each text."""
    first_tokens = np.flatnonzero(tokenized.bits & SENTENCE_START)
    chars, bounds = tokenized.start[first_tokens].tolist(), np.searchsorted(first_tokens, tokenized.text_token).tolist()
    return [chars[start:end] for start, end in pairwise(bounds)]
