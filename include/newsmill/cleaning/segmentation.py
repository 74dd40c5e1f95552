"""How a page is cut into blocks: lines, with the lines of a hard-wrapped paragraph joined; they tile the page."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning.lexicon import BY, ENGLISH, FUNCTION, LEGAL, MONTH, SELF, SITE, WEB, WHOLE, Lexicon, bits_of
from newsmill.compiled import compiled, inlined
from newsmill.nlp import scan as s
from newsmill.nlp.characters import FINAL, LOWER
from newsmill.nlp.hash_table import extend_sequence, start_sequence
from newsmill.nlp.scan import CAPITAL, HAS_DIGIT, NUMERIC, Scan

# Columns of blocks: where a block stands, then what it shows.
(PAGE, START, END, LINE_START, LINE_END, FIRST_LINE, END_LINE, TEXT_START, TEXT_END, FIRST_WORD, END_WORD, WORD_COUNT,
 CHARS, LETTERS, UPPERS, DIGITS, SIGNS, COMMAS, SENTENCES, QUOTES, SEPARATORS, FIRST_CHAR, LAST_CHAR, IS_FINAL, IS_ITEM, COLON,
 COPYRIGHT, ELLIPSES, GAP_AFTER, FUNCTION_WORDS, WEB_WORDS, SELF_WORDS, LEGAL_WORDS, SITE_WORDS, CAPITALIZED_WORDS, ALL_CAPS_WORDS, NUMERIC_WORDS, LONG_WORDS,
 IS_DATED, REASON, IS_DECIDED, ENGLISH_WORDS) = range(42)  # fmt: skip
COLUMNS = 42

WRAP_WIDTHS = (45, 120)
WRAPPED_SHARE = 0.66
MIN_CONTINUED_CHARS = 16
BYLINE_MAX_WORDS = 6
CHARS_PER_WIDE_WORD = 2
LONG_WORD_CHARS = 4
FIRST_YEAR, LAST_YEAR = 1990, 2100


class Blocks(NamedTuple):
    """The blocks of a batch of pages in order: a row of `table` each, and the hash of its words in lower case.

    `page_block` tells the first block of each page, and how many there are in all. Line numbers count from 1 within the
    page; FIRST_LINE and PAST_LINE, as the words, count through the batch.
    """

    table: np.ndarray
    hashes: np.ndarray
    page_block: np.ndarray


def split_blocks(scanned: Scan, classes: np.ndarray, lexicon: Lexicon) -> Blocks:
    """Return the blocks of the pages; blank lines belong to the block before them."""
    pages = len(scanned.page_chars)
    table = np.zeros((len(scanned.lines), COLUMNS), np.int32)
    page_block = np.zeros(pages + 1, np.int32)
    count = _find_blocks(scanned, classes, lexicon, table, page_block)
    table = table[:count]
    hashes = np.empty(count, np.uint64)
    _sum_lines(table, hashes, scanned.lines, scanned.page_chars, len(scanned.words))
    _count_word_kinds(table, hashes, scanned, lexicon)
    return Blocks(table, hashes, page_block)


def format_hashes(hashes: np.ndarray) -> pa.Array:
    """Return hashes as text of 16 hexadecimal digits each."""
    digits = hashes.astype(">u8").tobytes().hex().encode("ascii")
    offsets = np.arange(0, len(digits) + 1, 16, dtype=np.int32)
    return pa.StringArray.from_buffers(len(hashes), pa.py_buffer(offsets), pa.py_buffer(digits))


@compiled
def _find_blocks(scanned, classes, lexicon, table, page_block):
    """Find where blocks begin and end; return how many there are."""
    lines, page_line, page_chars = scanned.lines, scanned.page_line, scanned.page_chars
    count = 0
    for page in range(len(page_chars)):
        page_block[page] = count
        at, past = page_line[page], page_line[page + 1]
        first = at
        while at < past:
            run_end = at
            while run_end < past and lines[run_end, s.TEXT_START] < lines[run_end, s.TEXT_END]:
                run_end += 1
            blank_end = run_end
            while blank_end < past and lines[blank_end, s.TEXT_START] == lines[blank_end, s.TEXT_END]:
                blank_end += 1
            if run_end == at:
                _write_block(table[count], page, first, at, blank_end, at)
                count += 1
            else:
                width = _find_wrap_width(lines, at, run_end)
                begin = at
                for line in range(at + 1, run_end):
                    if not _continues_paragraph(lines, line, width, classes) or _is_byline(scanned, line, lexicon):
                        _write_block(table[count], page, first, begin, line, line)
                        count += 1
                        begin = line
                _write_block(table[count], page, first, begin, blank_end, run_end)
                count += 1
            at = blank_end
    page_block[len(page_chars)] = count
    return count


@compiled
def _write_block(block, page, first, begin, past, filled):
    block[PAGE], block[FIRST_LINE], block[END_LINE] = page, begin, past
    block[LINE_START], block[LINE_END] = begin - first + 1, past - first
    block[GAP_AFTER] = past - filled


@compiled
def _line_chars(lines, line):
    return lines[line, s.TEXT_END] - lines[line, s.TEXT_START]


@compiled
def _is_line_full(lines, line, width):
    """Tell whether the first word of a line did not fit onto the line before."""
    return _line_chars(lines, line - 1) + 1 + lines[line, s.FIRST_WORD_CHARS] > width


@compiled
def _find_wrap_width(lines, at, past):
    """Return the width at which a run of lines was wrapped, or 0."""
    if past - at < 3:
        return 0
    width, full = 0, 0
    for line in range(at, past):
        width = max(width, _line_chars(lines, line))
    if not WRAP_WIDTHS[0] <= width <= WRAP_WIDTHS[1]:
        return 0
    for line in range(at + 1, past):
        full += _is_line_full(lines, line, width)
    return width if full >= WRAPPED_SHARE * (past - at - 1) else 0


@compiled
def _continues_paragraph(lines, line, width, classes):
    """Tell whether a line goes on with the paragraph of the one before: in small letters, or for want of room."""
    before = line - 1
    first = lines[line, s.FIRST]
    if first < len(classes) and classes[first] & LOWER:
        last = lines[before, s.LAST]
        is_open = last >= len(classes) or not classes[last] & FINAL
        if _line_chars(lines, before) >= MIN_CONTINUED_CHARS and is_open and lines[before, s.SPACES] > 1:
            return True
    return width > 0 and _is_line_full(lines, line, width)


@inlined
def _is_byline(scanned, line, lexicon):
    """Tell whether a short line names an author: "von Anna Berg" goes on with no headline."""
    first = scanned.lines[line, s.FIRST_WORD]
    past = scanned.lines[line + 1, s.FIRST_WORD] if line + 1 < len(scanned.lines) else len(scanned.words)
    if not 2 <= past - first <= BYLINE_MAX_WORDS or not bits_of(lexicon, scanned.words[first]) & BY:
        return False
    return scanned.word_shape[first + 1] & CAPITAL != 0 and not scanned.lines[line, s.IS_FINAL]


@compiled
def _sum_lines(table, hashes, lines, page_chars, n_words):
    """Sum up what the lines of each block show."""
    for number in range(len(table)):
        block = table[number]
        first, past = block[FIRST_LINE], block[END_LINE]
        filled = past - block[GAP_AFTER]
        block[START] = lines[first, s.START]
        is_last = past == len(lines) or lines[past, s.PAGE] != block[PAGE]
        block[END] = page_chars[block[PAGE]] if is_last else lines[past, s.START]
        block[FIRST_WORD] = lines[first, s.FIRST_WORD]
        block[END_WORD] = n_words if past == len(lines) else lines[past, s.FIRST_WORD]
        block[COLON] = lines[first, s.COLON]
        block[FIRST_CHAR], block[IS_ITEM] = lines[first, s.FIRST], lines[first, s.IS_ITEM]
        block[TEXT_START] = lines[first, s.TEXT_START]
        if filled > first:
            block[TEXT_END], block[LAST_CHAR] = lines[filled - 1, s.TEXT_END], lines[filled - 1, s.LAST]
            block[IS_FINAL] = lines[filled - 1, s.IS_FINAL]
        else:
            block[TEXT_END] = block[TEXT_START]
        block[CHARS] = block[TEXT_END] - block[TEXT_START]
        wides = 0
        for line in range(first, filled):
            block[LETTERS] += lines[line, s.LETTERS]
            block[UPPERS] += lines[line, s.UPPERS]
            block[DIGITS] += lines[line, s.DIGITS]
            block[SIGNS] += lines[line, s.SIGNS]
            block[COMMAS] += lines[line, s.COMMAS]
            block[SENTENCES] += lines[line, s.SENTENCES]
            block[QUOTES] += lines[line, s.QUOTES]
            block[SEPARATORS] += lines[line, s.SEPARATORS]
            block[COPYRIGHT] += lines[line, s.COPYRIGHT]
            block[ELLIPSES] += lines[line, s.ELLIPSIS]
            wides += lines[line, s.WIDE_CHARS]
        block[WORD_COUNT] = max(block[END_WORD] - block[FIRST_WORD], wides // CHARS_PER_WIDE_WORD)


@compiled
def _count_word_kinds(table, hashes, scanned, lexicon):
    """Count the kinds of words in each block, and hash them."""
    for number in range(len(table)):
        block = table[number]
        state = start_sequence(WHOLE)
        legal = np.uint64(0)
        years = months = figures = 0
        for at in range(block[FIRST_WORD], block[END_WORD]):
            word, shape = scanned.words[at], scanned.word_shape[at]
            state = extend_sequence(state, word)
            kind = bits_of(lexicon, word)
            block[FUNCTION_WORDS] += (kind & FUNCTION) != 0
            block[ENGLISH_WORDS] += (kind & ENGLISH) != 0
            block[WEB_WORDS] += (kind & WEB) != 0
            block[SELF_WORDS] += (kind & SELF) != 0
            block[SITE_WORDS] += (kind & SITE) != 0
            if kind & LEGAL and word != legal:
                block[LEGAL_WORDS] += 1
                legal = word
            length = scanned.word_end[at] - scanned.word_start[at]
            block[CAPITALIZED_WORDS] += (shape & CAPITAL) != 0
            block[ALL_CAPS_WORDS] += (shape & s.ALL_CAPS) != 0 and length > 1
            block[LONG_WORDS] += length >= LONG_WORD_CHARS
            months += (kind & MONTH) != 0
            if shape & HAS_DIGIT:
                figures += 1
                block[NUMERIC_WORDS] += (shape & NUMERIC) != 0
                years += length == 4 and (shape & NUMERIC) != 0
        block[IS_DATED] = years > 0 and (months > 0 or figures >= 3)
        hashes[number] = state
