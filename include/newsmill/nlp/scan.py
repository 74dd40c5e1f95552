"""Scan a batch of texts in a single compiled pass: words by hash, sentences, and lines with counts.

All arrays are flat over the batch. Characters are counted from the start of their text, words and lines from the start
of the batch; `page_word[p]` and `page_line[p]` are the first word and the first line of text p.

Example: a text of the lines "Hi Bob." and "OK" has the words hi, bob and ok, with `word_start` [0, 3, 8] and
`word_end` [2, 6, 10]. `sentence_word` is [2] and `sentence_start` [8]: only sentences after the first of a text are
listed. `lines` has two LINE records: `start` 0 and 8, `end` 7 and 10, `first_word` 0 and 2, `sentences` 1 and 0,
`is_final` 1 and 0.

The kernel reads a page line by line, and a line as words, white space and signs. A CURSOR record has the position and
the state between two characters: after "Bob." it is at `char` 7 with `n_words` 2 and `boundary` FINAL_READ.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.compiled import compiled, compiled_in_place, inlined
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
# Fields of a line: position, then counts. The text of a line excludes white space at its ends.
_LINE_FIELDS = (
    "page start end first_word text_start text_end letters uppers digits signs spaces commas sentences quotes "
    "separators wide_chars first last is_final is_item first_word_chars colon copyright ellipsis"
).split()
LINE = np.dtype((np.record, [(name, np.int32) for name in _LINE_FIELDS]))
# Byte and character of the next character, end of the text in bytes, counts so far, and the state within a line.
_CURSOR_COUNTS = "begin pos end char n_words n_sentences n_lines boundary boundary_char dots".split()
_CURSOR_FLAGS = "in_head in_guillemets after_separator".split()
CURSOR = np.dtype(
    (np.record, [*((name, np.int64) for name in _CURSOR_COUNTS), *((name, np.bool_) for name in _CURSOR_FLAGS)])
)
NO_COLON = 1 << 30  # beyond the end of any line
BLANK, TAB, NEWLINE, FULL_STOP, COLON_SIGN, SLASH, GREATER = (ord(char) for char in " \t\n.:/>")
COPYRIGHT_SIGN, LEFT_GUILLEMET, RIGHT_GUILLEMET, ELLIPSIS_SIGN = (ord(char) for char in "©«»…")
FULL_WIDTH = 0xFF00  # signs above end a sentence without white space: full-width full stop, question mark
SMALL_A, SMALL_Z, SMALL_LETTER = ord("a"), ord("z"), WORD | LOWER | LETTER
ALL_TRAITS = 0xFFFF

_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


class Boundary(IntEnum):
    """State between two sentences: final punctuation was read; the sentence ended; a sign opened the next sentence."""

    NONE = 0
    FINAL_READ = 1
    ENDED = 2
    OPENED = 3


class TextBatch(NamedTuple):
    """A batch of texts for compiled code: UTF-8 bytes, offset of each text, traits and lower case of code points."""

    data: np.ndarray
    offsets: np.ndarray
    traits: np.ndarray
    lowered: np.ndarray


class Scan(NamedTuple):
    """Words, sentences and lines of a batch of texts.

    `words` holds the 64-bit hash of each word in lower case, the same on every machine. `word_start` and `word_end` are
    characters, `word_shape` bits. `sentence_word` and `sentence_start` are the first word and character of each
    sentence but the first of a text. `lines` has a LINE record per line.
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
    batch = open_texts(texts)
    used = batch.data[batch.offsets[0] : batch.offsets[-1]]
    max_words, max_lines = len(used) // 2 + len(texts) + 1, int(np.count_nonzero(used == NEWLINE)) + len(texts)
    starts, ends, shapes, sentence_words, sentence_starts = np.empty((5, max_words), np.int32)
    page_line, page_word, page_chars = np.empty((3, len(texts) + 1), np.int32)
    filled = Scan(
        np.empty(max_words, np.uint64), starts, ends, shapes, sentence_words, sentence_starts,
        np.zeros(max_lines, LINE), page_line, page_word, page_chars,
    )  # fmt: skip
    cursor = np.zeros(1, CURSOR)[0]
    _scan(batch, filled, cursor)
    n_words, n_sentences = cursor.n_words, cursor.n_sentences
    return Scan(
        filled.words[:n_words].copy(),
        starts[:n_words].copy(),
        ends[:n_words].copy(),
        shapes[:n_words].copy(),
        sentence_words[:n_sentences].copy(),
        sentence_starts[:n_sentences].copy(),
        filled.lines[: cursor.n_lines],
        page_line,
        page_word,
        page_chars[:-1],
    )


def open_texts(texts: pa.Array) -> TextBatch:
    """Return the bytes of an array of texts, without copying, and the tables of characters."""
    return TextBatch(*text_buffers(texts), characters.build_char_traits(), characters.map_lowercase())


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


@inlined
def get_trait(traits, point):
    """Return the traits of a code point; 0 from LIMIT on."""
    return np.int64(traits[point]) if point < LIMIT else 0


@compiled
def finish_hash(word):
    """Return the final hash of a word."""
    word = word ^ (word >> _SHIFT)
    word = word * _MIX
    return word ^ (word >> _SHIFT)


@compiled_in_place
def _scan(texts, filled, cursor):
    """Fill all arrays of a scan, and the counts of words, sentences and lines of the cursor."""
    for page in range(len(texts.offsets) - 1):
        filled.page_line[page], filled.page_word[page] = cursor.n_lines, cursor.n_words
        cursor.begin = cursor.pos = texts.offsets[page]
        cursor.end, cursor.char = texts.offsets[page + 1], 0
        cursor.boundary, cursor.dots = Boundary.NONE, 0
        while cursor.pos < cursor.end:
            line = filled.lines[cursor.n_lines]
            _open_line(line, page, cursor)
            is_last = _read_line(texts, filled, line, cursor)
            if is_last and cursor.boundary == Boundary.FINAL_READ:
                line.sentences += 1
            _close_line(line, cursor.char if is_last else cursor.char - 1)  # a newline is no part of the line
            cursor.n_lines += 1
        filled.page_chars[page] = cursor.char
    page = len(texts.offsets) - 1
    filled.page_line[page], filled.page_word[page] = cursor.n_lines, cursor.n_words


@inlined
def _open_line(line, page, cursor):
    """Start the record of the line that begins at the cursor; the counts are 0."""
    line.page, line.start, line.first_word = page, cursor.char, cursor.n_words
    line.text_start, line.colon = -1, NO_COLON
    cursor.in_head, cursor.in_guillemets, cursor.after_separator = True, False, False


@inlined
def _close_line(line, end):
    """End the record of a line; a line of white space alone has an empty text at its end."""
    line.end = end
    if line.text_start < 0:
        line.text_start = line.text_end = end
    else:
        line.spaces = line.text_end - line.text_start - line.letters - line.digits - line.signs


@inlined
def _read_line(texts, filled, line, cursor):
    """Read up to the next line; report whether the text ends first."""
    while cursor.pos < cursor.end:
        point, after = decode_char(texts.data, cursor.pos)
        trait = get_trait(texts.traits, point)
        if trait & WORD:
            _open_word(filled, cursor, trait)
            _read_word(texts, filled, line, cursor, point)
            if _skip_blanks(texts.data, cursor):
                cursor.in_head = False
            continue
        cursor.pos = after
        if cursor.char == line.start:
            line.is_item = trait & ITEM_MARK != 0
        if trait & SPACE:
            _end_sentence(line, cursor)
            cursor.char += 1
            if point == NEWLINE:
                return False
            _skip_blanks(texts.data, cursor)
        else:
            _read_sign(line, cursor, point, trait)
            _count_sign(texts.data, line, cursor, point, trait)
            cursor.char += 1
    return True


@inlined
def _open_word(filled, cursor, trait):
    """Start a word at the cursor, and a sentence if the word or a sign before the word opens a sentence."""
    filled.word_start[cursor.n_words] = cursor.char
    filled.word_shape[cursor.n_words] = (CAPITAL if trait & UPPER else 0) | (
        AFTER_SEPARATOR if cursor.after_separator else 0
    )
    if cursor.boundary >= Boundary.ENDED:
        filled.sentence_word[cursor.n_sentences] = cursor.n_words
        is_opened = cursor.boundary == Boundary.OPENED
        filled.sentence_start[cursor.n_sentences] = cursor.boundary_char if is_opened else cursor.char
        cursor.n_sentences += 1
    cursor.after_separator, cursor.boundary, cursor.dots = False, Boundary.NONE, 0


@inlined
def _read_word(texts, filled, line, cursor, first):
    """Read a word from the first code point to the end; store hash, end and shape, and count the letters."""
    data, pos, end, start = texts.data, cursor.pos, cursor.end, cursor.char
    char, letters, word, shape_any, shape_all = start, 0, HASH_SEED, 0, ALL_TRAITS
    last = first
    while pos < end:
        run_start = pos
        while pos < end and SMALL_A <= data[pos] <= SMALL_Z:  # most of a text
            word = (word ^ np.uint64(data[pos])) * HASH_PRIME
            pos += 1
        if pos > run_start:
            char, letters, last = char + pos - run_start, letters + pos - run_start, np.int64(data[pos - 1])
            shape_any, shape_all = shape_any | SMALL_LETTER, shape_all & SMALL_LETTER
            if pos == end or data[pos] == BLANK:
                break
        point, after = decode_char(data, pos)
        trait = get_trait(texts.traits, point)
        if not trait & WORD:
            break
        word = (word ^ np.uint64(texts.lowered[point])) * HASH_PRIME
        shape_any, shape_all = shape_any | trait, shape_all & trait
        if trait & LETTER:
            letters += 1
            line.uppers += trait & UPPER != 0
        else:
            line.digits += trait & DIGIT != 0
        line.wide_chars += trait & WIDE != 0
        last, pos, char = point, after, char + 1
    filled.words[cursor.n_words] = finish_hash(word)
    filled.word_end[cursor.n_words] = char
    filled.word_shape[cursor.n_words] |= _describe_shape(shape_any, shape_all)
    cursor.n_words, cursor.pos, cursor.char = cursor.n_words + 1, pos, char
    line.letters += letters
    if line.text_start < 0:
        line.text_start, line.first = start, first
    if cursor.in_head:
        line.first_word_chars += char - start
    line.text_end, line.last, line.ellipsis, line.is_final = char, last, 0, 0


@inlined
def _describe_shape(shape_any, shape_all):
    """Return the bits of a word's shape; `shape_any` has the traits of any character, `shape_all` those of all."""
    shape = 0 if shape_any & UPPER else SMALL
    if shape_any & UPPER and not shape_any & LOWER:
        shape |= ALL_CAPS
    if shape_all & DIGIT:
        shape |= NUMERIC
    if shape_any & DIGIT:
        shape |= HAS_DIGIT
    return shape


@inlined
def _end_sentence(line, cursor):
    """End a sentence at white space after final punctuation; white space after text ends the head of a line."""
    if cursor.boundary == Boundary.FINAL_READ:
        cursor.boundary = Boundary.ENDED
        line.sentences += 1
    if line.text_start >= 0:
        cursor.in_head = False


@inlined
def _skip_blanks(data, cursor):
    """Move the cursor to the next character that is no blank; return the number of blanks."""
    pos = cursor.pos
    while pos < cursor.end and data[pos] == BLANK:
        pos += 1
    blanks = pos - cursor.pos
    cursor.pos, cursor.char = pos, cursor.char + blanks
    return blanks


@inlined
def _read_sign(line, cursor, point, trait):
    """Extend the text of a line by a sign; track ellipses and the boundary of sentences."""
    if line.text_start < 0:
        line.text_start, line.first = cursor.char, point
    if cursor.in_head:
        line.first_word_chars += 1
    line.text_end, line.last = cursor.char + 1, point
    cursor.dots = cursor.dots + 1 if point == FULL_STOP else 0
    line.ellipsis = cursor.dots >= 3 or point == ELLIPSIS_SIGN
    if trait & FINAL:
        line.is_final = 1
        cursor.boundary = Boundary.FINAL_READ
        if trait & WIDE or point > FULL_WIDTH:
            line.sentences += 1
            cursor.boundary = Boundary.ENDED
    elif not trait & CLOSER:
        line.is_final = 0
        if cursor.boundary == Boundary.FINAL_READ:
            cursor.boundary = Boundary.NONE
    if cursor.boundary == Boundary.ENDED and not trait & FINAL:
        cursor.boundary, cursor.boundary_char = Boundary.OPENED, cursor.char


@inlined
def _count_sign(data, line, cursor, point, trait):
    """Count a sign; note separators, the first colon and the copyright sign of a line."""
    line.signs += 1
    line.quotes += trait & QUOTE != 0
    line.commas += trait & COMMA != 0
    if point == LEFT_GUILLEMET:
        cursor.in_guillemets = True
    is_separator = trait & SEPARATOR != 0
    if point == RIGHT_GUILLEMET:
        is_separator = not cursor.in_guillemets and _is_spaced(data, cursor.begin, cursor.pos, cursor.end, 2)
    elif point in (GREATER, SLASH):
        is_separator = is_separator or _is_spaced(data, cursor.begin, cursor.pos, cursor.end, 1)
    if is_separator:
        line.separators += 1
        cursor.after_separator = True
    if point == COLON_SIGN and line.colon == NO_COLON:
        line.colon = cursor.char - line.text_start
    if point == COPYRIGHT_SIGN:
        line.copyright = 1


@compiled
def _is_spaced(data, begin, after, end, size):
    """Report whether the sign just read, of `size` bytes, has white space before, and white space or an end behind.

    The first sign of a text has none before, as the first sign of any line.
    """
    before = data[after - 1 - size] if after - 1 - size >= begin else np.uint8(NEWLINE)
    return before in (BLANK, TAB) and (
        after >= end or data[after] == BLANK or data[after] == TAB or data[after] == NEWLINE
    )
