"""One compiled pass over a batch of texts: words by hash, sentences, and lines with what each one shows.

Everything stands in flat arrays over the whole batch. Characters are counted from the start of their text.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, inlined
from newsmill.nlp import characters
from newsmill.nlp.characters import (
    CLOSER,
    COMMA,
    DIGIT,
    FINAL,
    HASH_PRIME,
    HASH_SEED,
    ITEM_MARK,
    LETTER,
    LIMIT,
    LOWER,
    QUOTE,
    SEPARATOR,
    SPACE,
    UPPER,
    WIDE,
    WORD,
)

# Shape of a word, as bits.
CAPITAL, ALL_CAPS, NUMERIC, HAS_DIGIT, AFTER_SEPARATOR, SMALL = (1 << bit for bit in range(6))
# Columns of lines: where a line stands, then what it shows. Text is the line without white space at its ends.
(PAGE, START, END, FIRST_WORD, TEXT_START, TEXT_END, LETTERS, UPPERS, DIGITS, SIGNS, SPACES, COMMAS, SENTENCES, QUOTES,
 SEPARATORS, WIDES, FIRST, LAST, IS_FINAL, IS_ITEM, HEAD_CHARS, COLON, COPYRIGHT, ELLIPSIS) = range(24)  # fmt: skip
LINE_COLUMNS = 24
NO_COLON = 1 << 30
BLANK, SMALL_A, SMALL_Z, SMALL_LETTER = ord(" "), ord("a"), ord("z"), WORD | LOWER | LETTER

_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


class Scan(NamedTuple):
    """Words, sentences and lines of a batch of texts.

    `words` holds a 64-bit hash of each word in lower case, the same on every machine; `word_start`, `word_end` its
    characters, `word_shape` its bits. `sentence_word`, `sentence_start` tell the first word and character of each
    sentence that follows another. `lines` has a row a line and the columns above.
    """

    words: np.ndarray
    word_start: np.ndarray
    word_end: np.ndarray
    word_shape: np.ndarray
    sentence_word: np.ndarray
    sentence_start: np.ndarray
    lines: np.ndarray
    page_line: np.ndarray
    page_word: np.ndarray
    page_chars: np.ndarray


def scan(texts: pa.Array) -> Scan:
    """Scan a batch of texts; null reads as empty."""
    data, offsets = buffers_of(texts)
    size = int(offsets[-1] - offsets[0])
    many = size // 2 + len(texts) + 1
    breaks = int(np.count_nonzero(data[offsets[0] : offsets[-1]] == 10)) + len(texts)
    words, ends = np.empty(many, np.uint64), np.empty((3, many), np.int32)
    sentences, lines = np.empty((2, many), np.int32), np.empty((breaks, LINE_COLUMNS), np.int32)
    page_line, page_word, page_chars = (np.empty(len(texts) + 1, np.int32) for _ in range(3))
    n_words, n_sentences, n_lines = _scan(
        data,
        offsets,
        characters.classes(),
        characters.lowered(),
        words,
        ends,
        sentences,
        lines,
        page_line,
        page_word,
        page_chars,
    )
    start, end, shape = (column[:n_words].copy() for column in ends)
    return Scan(
        words[:n_words].copy(),
        start,
        end,
        shape,
        sentences[0, :n_sentences].copy(),
        sentences[1, :n_sentences].copy(),
        lines[:n_lines],
        page_line,
        page_word,
        page_chars[:-1],
    )


def buffers_of(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the UTF-8 bytes of an array of texts and the offsets of each in them, without a copy of the bytes."""
    if texts.type != pa.large_string():
        texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), bounds


@inlined
def decoded(data, at):
    """Return the code point that begins at a byte of UTF-8, and the byte after its last."""
    byte = np.int64(data[at])
    if byte < 0x80:
        return byte, at + 1
    second = np.int64(data[at + 1] & 0x3F)
    if byte < 0xE0:
        return (byte & 0x1F) << 6 | second, at + 2
    third = np.int64(data[at + 2] & 0x3F)
    if byte < 0xF0:
        return (byte & 0x0F) << 12 | second << 6 | third, at + 3
    return (byte & 0x07) << 18 | second << 12 | third << 6 | np.int64(data[at + 3] & 0x3F), at + 4


@compiled
def finished(word):
    """Return the hash of a word whose characters have been taken in."""
    word = word ^ (word >> _SHIFT)
    word = word * _MIX
    return word ^ (word >> _SHIFT)


@compiled
def _scan(data, offsets, classes, lowered, words, ends, sentences, lines, page_line, page_word, page_chars):
    n_words = n_sentences = n_lines = 0
    for page in range(len(offsets) - 1):
        page_line[page], page_word[page] = n_lines, n_words
        at, stop, char = offsets[page], offsets[page + 1], 0
        in_word, boundary, boundary_char, separated = False, 0, 0, False
        quoted = False
        shape_any, shape_all, word, dots = 0, 0, HASH_SEED, 0
        row = lines[n_lines]
        if at < stop:
            _open(row, page, 0, n_words)
        open_line = at < stop
        in_head = True
        while at < stop:
            if SMALL_A <= data[at] <= SMALL_Z and (in_word or (open_line and boundary < 2 and row[TEXT_START] >= 0)):
                # Most of a text: small letters that go on with a word, or begin one within a line and a sentence.
                if not in_word:
                    in_word, word, shape_any, shape_all = True, HASH_SEED, 0, 0xFFFF
                    ends[0, n_words], ends[2, n_words] = char, AFTER_SEPARATOR if separated else 0
                    separated, boundary, dots = False, 0, 0
                    row[ELLIPSIS] = row[IS_FINAL] = 0
                before = char
                while at < stop and SMALL_A <= data[at] <= SMALL_Z:
                    word = (word ^ np.uint64(data[at])) * HASH_PRIME
                    at, char = at + 1, char + 1
                row[LETTERS] += char - before
                row[TEXT_END], row[LAST] = char, data[at - 1]
                if in_head:
                    row[HEAD_CHARS] += char - before
                shape_any |= SMALL_LETTER
                shape_all &= SMALL_LETTER
                if at < stop and data[at] == BLANK:  # so do most words end
                    n_words = _close_word(words, ends, n_words, word, char, shape_any, shape_all)
                    in_word = in_head = False
                    at, char = at + 1, char + 1
                continue
            point, at = decoded(data, at)
            trait = np.int64(classes[point]) if point < LIMIT else 0
            if not open_line:
                row = lines[n_lines]
                _open(row, page, char, n_words)
                open_line, in_head, separated = True, True, False
                quoted = False
            if trait & WORD:
                if not in_word:
                    in_word, word, shape_any, shape_all = True, HASH_SEED, 0, 0xFFFF
                    ends[0, n_words] = char
                    ends[2, n_words] = (CAPITAL if trait & UPPER else 0) | (AFTER_SEPARATOR if separated else 0)
                    separated = False
                    if boundary == 3 or boundary == 2:
                        sentences[0, n_sentences] = n_words
                        sentences[1, n_sentences] = boundary_char if boundary == 3 else char
                        n_sentences += 1
                    boundary = 0
                word = (word ^ np.uint64(lowered[point])) * HASH_PRIME
                shape_any |= trait
                shape_all &= trait
                if trait & LETTER:
                    row[LETTERS] += 1
                    if trait & UPPER:
                        row[UPPERS] += 1
                elif trait & DIGIT:
                    row[DIGITS] += 1
                if trait & WIDE:
                    row[WIDES] += 1
            elif in_word:
                n_words = _close_word(words, ends, n_words, word, char, shape_any, shape_all)
                in_word = False
            if trait & SPACE:
                if boundary == 1:
                    boundary = 2
                    row[SENTENCES] += 1
                if point == 10:
                    _close_line(row, char)
                    n_lines += 1
                    open_line = False
                elif row[TEXT_START] >= 0:
                    in_head = False
            else:
                if row[TEXT_START] < 0:
                    row[TEXT_START], row[FIRST] = char, point
                if in_head:
                    row[HEAD_CHARS] += 1
                row[TEXT_END], row[LAST] = char + 1, point
                dots = dots + 1 if point == 46 else 0
                row[ELLIPSIS] = 1 if dots >= 3 or point == 0x2026 else 0
                if trait & FINAL:
                    row[IS_FINAL] = 1
                    boundary = 1
                    if trait & WIDE or point > 0xFF00:
                        row[SENTENCES] += 1
                        boundary = 2
                elif not trait & CLOSER:
                    row[IS_FINAL] = 0
                    if boundary == 1:
                        boundary = 0
                if boundary == 2 and not trait & (WORD | FINAL):
                    boundary, boundary_char = 3, char
                if not trait & WORD:
                    row[SIGNS] += 1
                    quoted = quoted or point == 0xAB
                    alone = point == 62 or point == 47 or point == 0xBB
                    if (trait & SEPARATOR and point != 0xBB) or (
                        alone
                        and not (quoted and point == 0xBB)
                        and _stands_alone(data, at, stop, 2 if point == 0xBB else 1)
                    ):
                        row[SEPARATORS] += 1
                        separated = True
                    if trait & QUOTE:
                        row[QUOTES] += 1
                    if trait & COMMA:
                        row[COMMAS] += 1
                    if point == 58 and row[COLON] == NO_COLON:
                        row[COLON] = char - row[TEXT_START]
                    if point == 0xA9:
                        row[COPYRIGHT] = 1
            if char == row[START]:
                row[IS_ITEM] = 1 if trait & ITEM_MARK else 0
            char += 1
        if in_word:
            n_words = _close_word(words, ends, n_words, word, char, shape_any, shape_all)
        if open_line:
            if boundary == 1:
                row[SENTENCES] += 1
            _close_line(row, char)
            n_lines += 1
        page_chars[page] = char
    page_line[len(offsets) - 1], page_word[len(offsets) - 1] = n_lines, n_words
    return n_words, n_sentences, n_lines


@compiled
def _open(row, page, char, n_words):
    row[:] = 0
    row[PAGE], row[START], row[FIRST_WORD], row[TEXT_START], row[COLON] = page, char, n_words, -1, NO_COLON


@compiled
def _close_line(row, char):
    row[END] = char
    if row[TEXT_START] < 0:
        row[TEXT_START] = row[TEXT_END] = char
    else:
        row[SPACES] = row[TEXT_END] - row[TEXT_START] - row[LETTERS] - row[DIGITS] - row[SIGNS]


@compiled
def _close_word(words, ends, n_words, word, char, shape_any, shape_all):
    words[n_words] = finished(word)
    ends[1, n_words] = char
    shape = ends[2, n_words]
    if shape_any & UPPER and not shape_any & LOWER:
        shape |= ALL_CAPS
    if shape_all & DIGIT:
        shape |= NUMERIC
    if shape_any & DIGIT:
        shape |= HAS_DIGIT
    if not shape_any & UPPER:
        shape |= SMALL
    ends[2, n_words] = shape
    return n_words + 1


@compiled
def _stands_alone(data, after, stop, size):
    """Tell whether a sign that has just been read stands between white space."""
    before = data[after - 1 - size] if after >= 1 + size else np.uint8(32)
    return (before == 32 or before == 9) and (
        after >= stop or data[after] == 32 or data[after] == 9 or data[after] == 10
    )
