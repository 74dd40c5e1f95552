"""Scan a batch of texts in a single compiled pass: words by hash, sentences, and lines with counts.

All arrays are flat over the batch. Characters are counted from the start of their text, words and lines from the start
of the batch; `page_word[p]` and `page_line[p]` are the first word and the first line of text p.

Example: a text of the lines "Hi Bob." and "OK" has the words hi, bob and ok, with `word_start` [0, 3, 8] and
`word_end` [2, 6, 10]. `sentence_word` is [2] and `sentence_start` [8]: only sentences after the first of a text are
listed. `lines` has two rows: START 0 and 8, END 7 and 10, FIRST_WORD 0 and 2, SENTENCES 1 and 0, IS_FINAL 1 and 0.
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

# Bits of a word shape.
CAPITAL, ALL_CAPS, NUMERIC, HAS_DIGIT, AFTER_SEPARATOR, SMALL = (1 << bit for bit in range(6))
# Columns of `lines`: position, then counts. The text of a line excludes white space at its ends.
(PAGE, START, END, FIRST_WORD, TEXT_START, TEXT_END, LETTERS, UPPERS, DIGITS, SIGNS, SPACES, COMMAS, SENTENCES, QUOTES,
 SEPARATORS, WIDE_CHARS, FIRST, LAST, IS_FINAL, IS_ITEM, FIRST_WORD_CHARS, COLON, COPYRIGHT,
 ELLIPSIS) = range(24)  # fmt: skip
LINE_COLUMNS = 24
# Rows of the word bounds and of the sentence starts that `_scan` fills.
WORD_START, WORD_END, WORD_SHAPE = range(3)
SENTENCE_WORD, SENTENCE_START = range(2)
# States of a sentence boundary: final punctuation was read; the sentence ended; a sign opened the next sentence.
NO_BOUNDARY, FINAL_READ, SENTENCE_ENDED, SENTENCE_OPENED = range(4)
NO_COLON = 1 << 30  # beyond the end of any line
BLANK, TAB, NEWLINE, FULL_STOP, COLON_SIGN, SLASH, GREATER = (ord(char) for char in " \t\n.:/>")
COPYRIGHT_SIGN, LEFT_GUILLEMET, RIGHT_GUILLEMET, ELLIPSIS_SIGN = (ord(char) for char in "©«»…")
FULL_WIDTH = 0xFF00  # signs above end a sentence without white space: full-width full stop, question mark
SMALL_A, SMALL_Z, SMALL_LETTER = ord("a"), ord("z"), WORD | LOWER | LETTER

_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


class Scan(NamedTuple):
    """Words, sentences and lines of a batch of texts.

    `words` holds the 64-bit hash of each word in lower case, the same on every machine. `word_start` and `word_end` are
    characters, `word_shape` bits. `sentence_word` and `sentence_start` are the first word and character of each
    sentence but the first of a text. `lines` has a row per line, with the columns PAGE to ELLIPSIS.
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
    """Scan a batch of texts; read null as empty."""
    data, offsets = text_buffers(texts)
    byte_count = int(offsets[-1] - offsets[0])
    max_words = byte_count // 2 + len(texts) + 1
    max_lines = int(np.count_nonzero(data[offsets[0] : offsets[-1]] == NEWLINE)) + len(texts)
    words, bounds = np.empty(max_words, np.uint64), np.empty((3, max_words), np.int32)
    sentences, lines = np.empty((2, max_words), np.int32), np.empty((max_lines, LINE_COLUMNS), np.int32)
    page_line, page_word, page_chars = (np.empty(len(texts) + 1, np.int32) for _ in range(3))
    n_words, n_sentences, n_lines = _scan(
        data,
        offsets,
        characters.build_char_traits(),
        characters.map_lowercase(),
        words,
        bounds,
        sentences,
        lines,
        page_line,
        page_word,
        page_chars,
    )
    start, end, shape = (row[:n_words].copy() for row in bounds)
    return Scan(
        words[:n_words].copy(),
        start,
        end,
        shape,
        sentences[SENTENCE_WORD, :n_sentences].copy(),
        sentences[SENTENCE_START, :n_sentences].copy(),
        lines[:n_lines],
        page_line,
        page_word,
        page_chars[:-1],
    )


def text_buffers(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return the UTF-8 bytes of an array of texts and the offset of each text, without copying the bytes."""
    if texts.type != pa.large_string():
        texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    text_offsets = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8), text_offsets


@inlined
def decode_char(data, pos):
    """Return the code point at a byte position and the position after it."""
    byte = np.int64(data[pos])
    if byte < 0x80:
        return byte, pos + 1
    second = np.int64(data[pos + 1] & 0x3F)
    if byte < 0xE0:
        return (byte & 0x1F) << 6 | second, pos + 2
    third = np.int64(data[pos + 2] & 0x3F)
    if byte < 0xF0:
        return (byte & 0x0F) << 12 | second << 6 | third, pos + 3
    return (byte & 0x07) << 18 | second << 12 | third << 6 | np.int64(data[pos + 3] & 0x3F), pos + 4


@compiled
def finish_hash(word):
    """Return the final hash of a word."""
    word = word ^ (word >> _SHIFT)
    word = word * _MIX
    return word ^ (word >> _SHIFT)


@compiled
def _scan(data, offsets, classes, lowered, words, bounds, sentences, lines, page_line, page_word, page_chars):
    """Fill all arrays and return the counts of words, sentences and lines."""
    n_words = n_sentences = n_lines = 0
    for page in range(len(offsets) - 1):
        page_line[page], page_word[page] = n_lines, n_words
        pos, end, char = offsets[page], offsets[page + 1], 0
        in_word, boundary, boundary_char, after_separator = False, NO_BOUNDARY, 0, False
        in_guillemets = False
        shape_any, shape_all, word, dots = 0, 0, HASH_SEED, 0
        row = lines[n_lines]
        if pos < end:
            _open_line(row, page, 0, n_words)
        open_line = pos < end
        in_head = True
        while pos < end:
            if SMALL_A <= data[pos] <= SMALL_Z and (
                in_word or (open_line and boundary < SENTENCE_ENDED and row[TEXT_START] >= 0)
            ):
                # Most of a text: small letters that continue a word, or open a word within a line and a sentence.
                if not in_word:
                    in_word, word, shape_any, shape_all = True, HASH_SEED, 0, 0xFFFF
                    bounds[WORD_START, n_words], bounds[WORD_SHAPE, n_words] = (
                        char,
                        AFTER_SEPARATOR if after_separator else 0,
                    )
                    after_separator, boundary, dots = False, NO_BOUNDARY, 0
                    row[ELLIPSIS] = row[IS_FINAL] = 0
                run_start = char
                while pos < end and SMALL_A <= data[pos] <= SMALL_Z:
                    word = (word ^ np.uint64(data[pos])) * HASH_PRIME
                    pos, char = pos + 1, char + 1
                row[LETTERS] += char - run_start
                row[TEXT_END], row[LAST] = char, data[pos - 1]
                if in_head:
                    row[FIRST_WORD_CHARS] += char - run_start
                shape_any |= SMALL_LETTER
                shape_all &= SMALL_LETTER
                if pos < end and data[pos] == BLANK:  # most words end here
                    n_words = _close_word(words, bounds, n_words, word, char, shape_any, shape_all)
                    in_word = in_head = False
                    pos, char = pos + 1, char + 1
                continue
            point, pos = decode_char(data, pos)
            trait = np.int64(classes[point]) if point < LIMIT else 0
            if not open_line:
                row = lines[n_lines]
                _open_line(row, page, char, n_words)
                open_line, in_head, after_separator = True, True, False
                in_guillemets = False
            if trait & WORD:
                if not in_word:
                    in_word, word, shape_any, shape_all = True, HASH_SEED, 0, 0xFFFF
                    bounds[WORD_START, n_words] = char
                    bounds[WORD_SHAPE, n_words] = (CAPITAL if trait & UPPER else 0) | (
                        AFTER_SEPARATOR if after_separator else 0
                    )
                    after_separator = False
                    if boundary in (SENTENCE_OPENED, SENTENCE_ENDED):
                        sentences[SENTENCE_WORD, n_sentences] = n_words
                        sentences[SENTENCE_START, n_sentences] = boundary_char if boundary == SENTENCE_OPENED else char
                        n_sentences += 1
                    boundary = NO_BOUNDARY
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
                    row[WIDE_CHARS] += 1
            elif in_word:
                n_words = _close_word(words, bounds, n_words, word, char, shape_any, shape_all)
                in_word = False
            if trait & SPACE:
                if boundary == FINAL_READ:
                    boundary = SENTENCE_ENDED
                    row[SENTENCES] += 1
                if point == NEWLINE:
                    _close_line(row, char)
                    n_lines += 1
                    open_line = False
                elif row[TEXT_START] >= 0:
                    in_head = False
            else:
                if row[TEXT_START] < 0:
                    row[TEXT_START], row[FIRST] = char, point
                if in_head:
                    row[FIRST_WORD_CHARS] += 1
                row[TEXT_END], row[LAST] = char + 1, point
                dots = dots + 1 if point == FULL_STOP else 0
                row[ELLIPSIS] = 1 if dots >= 3 or point == ELLIPSIS_SIGN else 0
                if trait & FINAL:
                    row[IS_FINAL] = 1
                    boundary = FINAL_READ
                    if trait & WIDE or point > FULL_WIDTH:
                        row[SENTENCES] += 1
                        boundary = SENTENCE_ENDED
                elif not trait & CLOSER:
                    row[IS_FINAL] = 0
                    if boundary == FINAL_READ:
                        boundary = NO_BOUNDARY
                if boundary == SENTENCE_ENDED and not trait & (WORD | FINAL):
                    boundary, boundary_char = SENTENCE_OPENED, char
                if not trait & WORD:
                    row[SIGNS] += 1
                    in_guillemets = in_guillemets or point == LEFT_GUILLEMET
                    may_separate = point in (GREATER, SLASH, RIGHT_GUILLEMET)
                    if (trait & SEPARATOR and point != RIGHT_GUILLEMET) or (
                        may_separate
                        and not (in_guillemets and point == RIGHT_GUILLEMET)
                        and _is_spaced(data, pos, end, 2 if point == RIGHT_GUILLEMET else 1)
                    ):
                        row[SEPARATORS] += 1
                        after_separator = True
                    if trait & QUOTE:
                        row[QUOTES] += 1
                    if trait & COMMA:
                        row[COMMAS] += 1
                    if point == COLON_SIGN and row[COLON] == NO_COLON:
                        row[COLON] = char - row[TEXT_START]
                    if point == COPYRIGHT_SIGN:
                        row[COPYRIGHT] = 1
            if char == row[START]:
                row[IS_ITEM] = 1 if trait & ITEM_MARK else 0
            char += 1
        if in_word:
            n_words = _close_word(words, bounds, n_words, word, char, shape_any, shape_all)
        if open_line:
            if boundary == FINAL_READ:
                row[SENTENCES] += 1
            _close_line(row, char)
            n_lines += 1
        page_chars[page] = char
    page_line[len(offsets) - 1], page_word[len(offsets) - 1] = n_lines, n_words
    return n_words, n_sentences, n_lines


@compiled
def _open_line(row, page, char, n_words):
    """Start a row of `lines` for the line that begins at a character."""
    row[:] = 0
    row[PAGE], row[START], row[FIRST_WORD], row[TEXT_START], row[COLON] = page, char, n_words, -1, NO_COLON


@compiled
def _close_line(row, char):
    """End the row of a line; a line of white space alone has an empty text at its end."""
    row[END] = char
    if row[TEXT_START] < 0:
        row[TEXT_START] = row[TEXT_END] = char
    else:
        row[SPACES] = row[TEXT_END] - row[TEXT_START] - row[LETTERS] - row[DIGITS] - row[SIGNS]


@compiled
def _close_word(words, bounds, n_words, word, char, shape_any, shape_all):
    """Store the hash, end and shape of a finished word; return the new word count."""
    words[n_words] = finish_hash(word)
    bounds[WORD_END, n_words] = char
    shape = bounds[WORD_SHAPE, n_words]
    if shape_any & UPPER and not shape_any & LOWER:
        shape |= ALL_CAPS
    if shape_all & DIGIT:
        shape |= NUMERIC
    if shape_any & DIGIT:
        shape |= HAS_DIGIT
    if not shape_any & UPPER:
        shape |= SMALL
    bounds[WORD_SHAPE, n_words] = shape
    return n_words + 1


@compiled
def _is_spaced(data, after, end, size):
    """Report whether the sign just read, of `size` bytes, has white space or the text's edge on both sides."""
    before = data[after - 1 - size] if after >= 1 + size else np.uint8(BLANK)
    return before in (BLANK, TAB) and (
        after >= end or data[after] == BLANK or data[after] == TAB or data[after] == NEWLINE
    )
