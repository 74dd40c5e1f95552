"""Split a batch of texts into sentences and tokens with exact offsets, in compiled passes over UTF-8 bytes.

A token is a word, a number or a run of one sign. A word includes its apostrophes (O'Brien), the points of initials
(J., U.S.) and abbreviations (Inc.), an ampersand (AT&T) and its hyphens. A hyphen between a capitalised word and small
letters splits: `Madrid-based` is three tokens, `Jean-Pierre` and `short-lived` are one. The `'s` of a possessive is a
token. A web or mail address is one token. No token and no sentence continues over a line break.

Layout: all arrays are flat over the batch; the tokens of text n are `text_token[n]` up to `text_token[n + 1]`.
Example: "Mr. Ek left. Why?" has the tokens "Mr.", "Ek", "left", ".", "Why" and "?", with `start` [0, 4, 7, 11, 13, 16],
`end` [3, 6, 11, 12, 16, 17] and `sentence` [0, 0, 0, 0, 1, 1].

The kernel moves a CURSOR record over a text and collects each token in an OPEN_TOKEN record. After "Mr" the cursor has
the `point` of the full stop; the token has 2 `chars`, 1 of `uppers` and 1 of `lowers`, and the bit CAPITAL.
"""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, compiled_in_place, inlined
from newsmill.languages.word_lists import read_words
from newsmill.nlp.characters import DIGIT, HASH_PRIME, HASH_SEED, LETTER, LOWER, SPACE, UPPER, WORD, hash_word
from newsmill.nlp.hash_table import build_table, has_key
from newsmill.nlp.scan import BLANK, SMALL_A, SMALL_LETTER, SMALL_Z, decode_char, finish_hash, get_trait, open_texts

# Flags of a token, as bits.
(CAPITAL, ALL_CAPS, HAS_DIGIT, INNER_CAPITAL, SMALL, DOTTED, SIGN, ADDRESS, GLUED, LINE_START, SENTENCE_START, OPENER,
 CLOSER, STOP, LONG, POSSESSIVE) = (1 << bit for bit in range(16))  # fmt: skip
ABBREVIATIONS = read_words("en", "abbreviations", "abbreviations")
_COMPANY = read_words("en", "abbreviations", "company_abbreviations")
_INITIALS = read_words("en", "abbreviations", "pointed_abbreviations")
_SENTENCE_OPENERS = read_words("en", "abbreviations", "sentence_openers")

_APOSTROPHE, _HYPHEN, _POINT, _AND, _SLASH, _COMMA, _COLON, _AT, _TAG = (ord(char) for char in "'-.&/,:@#")
_CURLED, _LINE, _QUOTE = ord("’"), ord("\n"), ord('"')
_QUERY, _EQUALS, _PERCENT = ord("?"), ord("="), ord("%")
_SMALL_S, _SMALL_D, _SMALL_M, _SMALL_L, _SMALL_V, _SMALL_R, _SMALL_E = (ord(char) for char in "sdmlvre")
_COMBINING = (0x300, 0x370)  # accents without a letter, from the first up to the second code point
_TO_LOWER = 0x20  # bit of a small letter of ASCII
_END = -1  # code point behind the end of a text
LONG_CHARS = 3  # a word with more letters is long
MAX_ABBREVIATION_CHARS = 6  # letters of a word that the list of abbreviations is searched for

# A shape is a hash of parts, runs counted once.
_X, _SMALL_X, _NINE, _OTHER, _FULL_STOP, _SIGNS = 1, 2, 3, 4, 9, 11
_SHAPE_SEED, _SHAPE_PRIME = np.uint32(2166136261), np.uint32(16777619)  # FNV-1a of 32 bits

# Byte, byte after the character, end of the text in bytes, character, code point and traits; the first token of the
# text, the number of tokens so far, and the bits of the next.
_CURSOR_FIELDS = "pos after end char point trait first_token n_tokens next_bits".split()
CURSOR = np.dtype((np.record, [(name, np.int64) for name in _CURSOR_FIELDS]))
# Hashes, bits, counts of characters; `part_chars` counts from the last point on.
_TOKEN_COUNTS = "bits last_part last_trait chars part_chars letters uppers lowers digits points".split()
OPEN_TOKEN = np.dtype(
    (
        np.record,
        [
            ("hash", np.uint64),
            ("shape_hash", np.uint32),
            *((name, np.int64) for name in _TOKEN_COUNTS),
            ("is_address", np.bool_),
        ],
    )
)


def _build_sign_flags() -> np.ndarray:
    """Return the flags of each sign by code point."""
    table = np.zeros(ord("…") + 1, np.int64)
    for flag, signs in ((STOP, ".!?…"), (CLOSER, "\")]'”’»"), (OPENER, '"([`“‘«')):
        table[[ord(sign) for sign in signs]] |= flag
    return table


_SIGN_FLAGS = _build_sign_flags()


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


class WordTables(NamedTuple):
    """Keys of open hash tables: abbreviations, those that may end a sentence, and words that open a sentence."""

    abbreviations: np.ndarray
    closing: np.ndarray
    openers: np.ndarray


def tokenize(texts: pa.Array) -> Tokens:
    """Return the tokens of a batch of texts; read null as empty."""
    batch, tables = open_texts(texts), _build_word_tables()
    max_tokens = int(batch.offsets[-1] - batch.offsets[0]) + 1
    kinds = (np.int32, np.int32, np.int32, np.int32, np.uint64, np.uint32, np.int32, np.int32)
    arrays = [np.empty(max_tokens, kind) for kind in kinds]
    filled = Tokens(*[batch.data, *arrays, np.empty(len(texts) + 1, np.int64)])
    cursor = np.zeros(1, CURSOR)[0]
    _tokenize_texts(batch, tables, filled, cursor, np.zeros(1, OPEN_TOKEN)[0])
    _number_sentences(filled, tables)
    arrays = [values[: cursor.n_tokens].copy() for values in arrays]
    return Tokens(*[batch.data, *arrays, filled.text_token])


def hash_token(word: str) -> int:
    """Return the hash of a word's token."""
    return int(finish_hash(hash_word("".join(char.lower()[0] for char in word))))


@cache
def _build_word_tables() -> WordTables:
    """Return the tables of words from the lists of the language."""
    may_end = [*(f"{word}." for word in _COMPANY), *_INITIALS]
    lists = (ABBREVIATIONS, may_end, _SENTENCE_OPENERS)
    return WordTables(*(build_table(dict.fromkeys(map(hash_token, words), 1))[0] for words in lists))


@compiled_in_place
def _tokenize_texts(texts, tables, filled, cursor, token):
    """Fill the arrays of tokens but `sentence`, and the count of tokens of the cursor."""
    for text in range(len(texts.offsets) - 1):
        filled.text_token[text] = cursor.first_token = cursor.n_tokens
        cursor.pos, cursor.end, cursor.char = texts.offsets[text], texts.offsets[text + 1], 0
        cursor.next_bits = LINE_START
        _decode_point(texts, cursor)
        while cursor.pos < cursor.end:
            if cursor.trait & SPACE:
                cursor.next_bits = LINE_START if cursor.point == _LINE else cursor.next_bits & LINE_START
                _advance(texts, cursor)
                continue
            _open_token(filled, cursor, token)
            if cursor.trait & WORD:
                _read_word(texts, tables, cursor, token)
            else:
                _read_sign(texts, filled.bits, cursor, token)
            _close_token(filled, cursor, token)
    filled.text_token[len(texts.offsets) - 1] = cursor.n_tokens


@inlined
def _decode_point(texts, cursor):
    """Decode the code point at the cursor; the end of a text reads as white space."""
    if cursor.pos < cursor.end:
        cursor.point, cursor.after = decode_char(texts.data, cursor.pos)
        cursor.trait = get_trait(texts.traits, cursor.point)
    else:
        cursor.point, cursor.trait = _END, SPACE


@inlined
def _advance(texts, cursor):
    """Move the cursor over a character."""
    cursor.pos, cursor.char = cursor.after, cursor.char + 1
    _decode_point(texts, cursor)


@inlined
def _peek(texts, pos, end):
    """Return the code point at a byte position; 0 at the end."""
    return decode_char(texts.data, pos)[0] if pos < end else 0


@inlined
def _extend_hash(token, point):
    """Extend the hash of a token by a code point."""
    token.hash = (token.hash ^ np.uint64(point)) * HASH_PRIME


@inlined
def _extend_shape(token, part):
    """Extend the shape of a token by a part."""
    token.shape_hash = (token.shape_hash ^ np.uint32(part)) * _SHAPE_PRIME


@inlined
def _open_token(filled, cursor, token):
    """Start a token at the cursor."""
    filled.first[cursor.n_tokens], filled.start[cursor.n_tokens] = cursor.pos, cursor.char
    token.bits, cursor.next_bits = cursor.next_bits, GLUED
    token.hash, token.shape_hash, token.last_part = HASH_SEED, _SHAPE_SEED, 0


@inlined
def _close_token(filled, cursor, token):
    """Store a token that ends at the cursor."""
    i = cursor.n_tokens
    filled.past[i], filled.end[i] = cursor.pos, cursor.char
    filled.word[i], filled.shape[i], filled.bits[i] = finish_hash(token.hash), token.shape_hash, token.bits
    cursor.n_tokens = i + 1


@inlined
def _read_word(texts, tables, cursor, token):
    """Read a word with its inner signs."""
    token.chars = token.part_chars = token.letters = token.uppers = token.lowers = token.digits = token.points = 0
    token.is_address = False
    while True:
        _read_letters(texts, cursor, token)
        if cursor.trait & SPACE or not _joins_at_sign(texts, tables, cursor, token):
            break
        _read_inner_sign(texts, cursor, token)
    if token.is_address:
        token.bits |= ADDRESS
    if token.uppers > 0 and token.lowers == 0 and token.letters > 1:
        token.bits |= ALL_CAPS
    if token.digits:
        token.bits |= HAS_DIGIT
    if token.uppers == 0 and token.letters:
        token.bits |= SMALL
    if token.letters > LONG_CHARS:
        token.bits |= LONG


@inlined
def _read_letters(texts, cursor, token):
    """Read the letters, digits and accents up to a sign, white space or the end."""
    data, pos, end, char, start = texts.data, cursor.pos, cursor.end, cursor.char, cursor.char
    word, shape, last_part = token.hash, token.shape_hash, token.last_part
    while True:
        run_start = pos
        while pos < end and SMALL_A <= data[pos] <= SMALL_Z:  # most of a text
            word = (word ^ np.uint64(data[pos])) * HASH_PRIME
            pos += 1
        if pos > run_start:
            if last_part != _SMALL_X:
                shape, last_part = (shape ^ np.uint32(_SMALL_X)) * _SHAPE_PRIME, _SMALL_X
            char += pos - run_start
            token.letters, token.lowers = token.letters + pos - run_start, token.lowers + pos - run_start
            token.last_trait = SMALL_LETTER
        if pos >= end:
            point, after, trait = np.int64(_END), pos, np.int64(SPACE)
            break
        if data[pos] == BLANK:  # most words end here
            point, after, trait = np.int64(BLANK), pos + 1, np.int64(SPACE)
            break
        point, after = decode_char(data, pos)
        trait = get_trait(texts.traits, point)
        if not (trait & WORD or (trait == 0 and _COMBINING[0] <= point < _COMBINING[1])):
            break
        word = (word ^ np.uint64(texts.lowered[point])) * HASH_PRIME
        part = _get_shape_part(trait)
        if part != last_part:
            shape, last_part = (shape ^ np.uint32(part)) * _SHAPE_PRIME, part
        _count_letter(token, trait, token.chars + char - start)
        pos, char = after, char + 1
    token.hash, token.shape_hash, token.last_part = word, shape, last_part
    token.chars, token.part_chars = token.chars + char - start, token.part_chars + char - start
    cursor.pos, cursor.char, cursor.point, cursor.after, cursor.trait = pos, char, point, after, trait


@inlined
def _count_letter(token, trait, chars):
    """Count a letter or digit with these traits, after so many characters of the word."""
    if trait & UPPER:
        token.uppers += 1
        token.bits |= INNER_CAPITAL if chars else CAPITAL
    elif trait & LOWER:
        token.lowers += 1
    if trait & LETTER:
        token.letters += 1
    elif trait & DIGIT:
        token.digits += 1
    token.last_trait = trait


@inlined
def _read_inner_sign(texts, cursor, token):
    """Read a sign that joins a word to the next characters."""
    _extend_hash(token, texts.lowered[cursor.point])
    if token.last_part != _OTHER:
        _extend_shape(token, _OTHER)
    token.last_part, token.last_trait = _OTHER, cursor.trait
    token.chars, token.part_chars = token.chars + 1, token.part_chars + 1
    _advance(texts, cursor)


@inlined
def _get_shape_part(trait):
    """Return the part of a shape for a character's traits."""
    if trait & UPPER:
        return _X
    if trait & LETTER:
        return _SMALL_X
    return _NINE if trait & DIGIT else _OTHER


@inlined
def _joins_at_sign(texts, tables, cursor, token):
    """Report whether the sign at the cursor joins a word to the next characters."""
    point, is_after_digit = cursor.point, token.last_trait & DIGIT != 0
    if point == _COMMA and not is_after_digit:
        return False
    following = _peek(texts, cursor.after, cursor.end)
    trait = get_trait(texts.traits, following)
    if point in (_APOSTROPHE, _CURLED):
        return trait & LETTER != 0 and _measure_contraction(texts, cursor.after, cursor.end) == 0
    if point == _HYPHEN:
        return trait & WORD != 0 and not (token.bits & CAPITAL and trait & LOWER)
    if point == _POINT:
        return _joins_at_point(texts, tables, cursor, token, trait)
    if point == _AND:
        return trait & UPPER != 0
    if point == _AT:
        token.is_address = trait & WORD != 0
        return token.is_address
    if point in (_COLON, _SLASH, _COMMA):
        if following == _SLASH or (token.is_address and point == _SLASH):
            token.is_address = True
            return True
        return is_after_digit and trait & DIGIT != 0
    return token.is_address and point in (_QUERY, _EQUALS, _PERCENT, _TAG) and trait & WORD != 0


@inlined
def _joins_at_point(texts, tables, cursor, token, following):
    """Report whether a point joins a word to a character of these traits; else add the point of an abbreviation."""
    part_chars, token.part_chars = token.part_chars, -1  # the point is counted with the next letters
    if token.last_trait & DIGIT:
        return following & DIGIT != 0
    if part_chars == 1 and following & LETTER and (token.points > 0 or token.chars == 1):
        token.points += 1
        return True
    if following & LOWER:
        token.is_address = True
        return True
    is_initial = part_chars == 1 and (token.points > 0 or (token.chars == 1 and token.uppers == 1))
    is_short = token.chars <= MAX_ABBREVIATION_CHARS
    if is_initial or (is_short and has_key(tables.abbreviations, finish_hash(token.hash))):
        _extend_hash(token, _POINT)
        _extend_shape(token, _FULL_STOP)
        token.bits |= DOTTED
        _advance(texts, cursor)
    return False


@compiled
def _measure_contraction(texts, pos, end):
    """Return the bytes of a contraction after an apostrophe (s, d, m, ll, ve, re); 0 for any other letters."""
    if pos >= end:
        return 0
    first = texts.data[pos] | _TO_LOWER
    second = texts.data[pos + 1] | _TO_LOWER if pos + 1 < end else 0
    size = 1 if first in (_SMALL_S, _SMALL_D, _SMALL_M) else 0
    if (first == _SMALL_L and second == _SMALL_L) or (first in (_SMALL_V, _SMALL_R) and second == _SMALL_E):
        size = 2
    if size == 0:
        return 0
    return 0 if get_trait(texts.traits, _peek(texts, pos + size, end)) & WORD else size


@inlined
def _read_sign(texts, bits, cursor, token):
    """Read a handle, a tag, a contraction or a run of one sign."""
    i = cursor.n_tokens
    size = 0
    if cursor.point in (_APOSTROPHE, _CURLED) and i > cursor.first_token and not bits[i - 1] & (SIGN | POSSESSIVE):
        size = _measure_contraction(texts, cursor.after, cursor.end)
    is_tag = cursor.point in (_AT, _TAG)
    if is_tag and get_trait(texts.traits, _peek(texts, cursor.after, cursor.end)) & WORD:
        _read_tag(texts, cursor, token)
    elif size:
        _read_contraction(texts, cursor, token, size)
    else:
        _read_sign_run(texts, cursor, token)


@inlined
def _read_tag(texts, cursor, token):
    """Read a handle or a tag."""
    token.bits |= ADDRESS
    while cursor.trait & WORD or cursor.point in (_AT, _TAG):
        _extend_hash(token, texts.lowered[cursor.point])
        _advance(texts, cursor)


@inlined
def _read_contraction(texts, cursor, token, size):
    """Read an apostrophe and the letters of a contraction, in bytes."""
    token.bits |= SMALL
    _extend_hash(token, _APOSTROPHE)
    for i in range(cursor.after, cursor.after + size):
        _extend_hash(token, texts.data[i] | _TO_LOWER)
    if size == 1 and texts.data[cursor.after] | _TO_LOWER == _SMALL_S:
        token.bits |= POSSESSIVE
    cursor.after, cursor.char = cursor.after + size, cursor.char + size
    _advance(texts, cursor)


@inlined
def _read_sign_run(texts, cursor, token):
    """Read a run of one sign."""
    sign = cursor.point
    token.bits |= SIGN | (_SIGN_FLAGS[sign] if sign < len(_SIGN_FLAGS) else 0)
    _extend_shape(token, _SIGNS)
    while cursor.point == sign:
        _extend_hash(token, sign)
        _advance(texts, cursor)


@compiled_in_place
def _number_sentences(tokens, tables):
    """Number the sentences of each text and flag the first token of each."""
    words, bits, text_token = tokens.word, tokens.bits, tokens.text_token
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
                is_new = has_key(tables.closing, words[i - 1]) and has_key(tables.openers, words[i])
            if is_new:
                index += 1
                bits[i] |= SENTENCE_START
                is_ended = False
            if flags & STOP:
                is_ended = True
            if words[i] == quote:
                is_quoted = not is_quoted
            tokens.sentence[i] = index


def find_sentence_starts(tokenized: Tokens) -> list[list[int]]:
    """Return the first characters of the sentences of each text."""
    first_tokens = np.flatnonzero(tokenized.bits & SENTENCE_START)
    chars, bounds = tokenized.start[first_tokens].tolist(), np.searchsorted(first_tokens, tokenized.text_token).tolist()
    return [chars[start:end] for start, end in pairwise(bounds)]
