"""Split pages into blocks: lines, with the lines of a hard-wrapped paragraph joined; the blocks tile the page.

Layout: `table` has a record BLOCK per block, `hashes` the hash of each block's words in lower case. The blocks of page
p are `table[page_block[p] : page_block[p + 1]]`. `start`, `end`, `text_start` and `text_end` are characters of the
page; `line_start` and `line_end` are line numbers of the page from 1. `first_line` and `end_line`, `first_word` and
`end_word` are half-open ranges of lines and words of the batch.

Example: the lines "Home", "" and "The ferry is late." are two blocks: `start` 0 and 6, `end` 6 and 24, `line_start` 1
and 3, `line_end` 2 and 3, `gap_after` 1 and 0, `word_count` 1 and 4, `is_final` 0 and 1. A blank line belongs to the
block above.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning.lexicon import (
    BY,
    ENGLISH,
    FUNCTION,
    LEGAL,
    MONTH,
    SELF,
    SITE,
    WEB,
    WHOLE,
    Lexicon,
    get_word_bits,
)
from newsmill.compiled import compiled, inlined
from newsmill.nlp import scan as s
from newsmill.nlp.characters import FINAL, LOWER
from newsmill.nlp.hash_table import extend_sequence, start_sequence
from newsmill.nlp.scan import CAPITAL, HAS_DIGIT, NUMERIC, Scan


def record_type(kind: type, names: str) -> np.dtype:
    """Return a record type with fields of one kind; `names` are separated by spaces."""
    return np.dtype((np.record, [(name, kind) for name in names.split()]))


BLOCK = record_type(
    np.int32,
    """
    page start end line_start line_end first_line end_line text_start text_end first_word end_word word_count
    chars letters uppers digits signs commas sentences quotes separators first_char last_char is_final is_item
    colon copyright ellipses gap_after function_words web_words self_words legal_words site_words
    capitalized_words all_caps_words numeric_words long_words is_dated reason decision english_words
    """,
)
"""A block: position, then counts."""
BLOCK_RANGE = record_type(np.int32, "start end")
"""A half-open range of blocks of the batch."""

MIN_WRAP_WIDTH, MAX_WRAP_WIDTH = 45, 120  # characters of a hard-wrapped line
WRAPPED_SHARE = 0.66  # least share of full lines in a wrapped paragraph
MIN_CONTINUED_CHARS = 16  # of a line that the next may continue in small letters
BYLINE_MAX_WORDS = 6  # of a line that names an author
CHARS_PER_WIDE_WORD = 2  # in a script without spaces
LONG_WORD_CHARS = 4  # least characters of a long word


class Blocks(NamedTuple):
    """The blocks of a batch of pages in order: a record of `table` each, and a hash of the words in lower case."""

    table: np.ndarray
    hashes: np.ndarray
    page_block: np.ndarray


def split_blocks(scanned: Scan, classes: np.ndarray, lexicon: Lexicon) -> Blocks:
    """Return the blocks of the pages; a blank line belongs to the block above."""
    pages = len(scanned.page_chars)
    table = np.zeros(len(scanned.lines), BLOCK)
    page_block = np.zeros(pages + 1, np.int32)
    count = _find_blocks(scanned, classes, lexicon, table, page_block)
    table = table[:count]
    hashes = np.empty(count, np.uint64)
    _sum_lines(table, scanned.lines, scanned.page_chars, len(scanned.words))
    _count_word_kinds(table, hashes, scanned, lexicon)
    return Blocks(table, hashes, page_block)


def format_hashes(hashes: np.ndarray) -> pa.Array:
    """Return hashes as text of 16 hexadecimal digits each."""
    digits = hashes.astype(">u8").tobytes().hex().encode("ascii")
    offsets = np.arange(0, len(digits) + 1, 16, dtype=np.int32)
    return pa.StringArray.from_buffers(len(hashes), pa.py_buffer(offsets), pa.py_buffer(digits))


@compiled
def _find_blocks(scanned, classes, lexicon, table, page_block):
    """Write the line ranges of all blocks; return their number."""
    lines, page_line, page_chars = scanned.lines, scanned.page_line, scanned.page_chars
    count = 0
    for page in range(len(page_chars)):
        page_block[page] = count
        run_start, page_end = page_line[page], page_line[page + 1]
        page_start = run_start
        while run_start < page_end:
            run_end = run_start
            while run_end < page_end and lines[run_end].text_start < lines[run_end].text_end:
                run_end += 1
            blank_end = run_end
            while blank_end < page_end and lines[blank_end].text_start == lines[blank_end].text_end:
                blank_end += 1
            if run_end == run_start:
                _write_block(table[count], page, page_start, run_start, blank_end, run_start)
                count += 1
            else:
                width = _find_wrap_width(lines, run_start, run_end)
                block_start = run_start
                for line in range(run_start + 1, run_end):
                    if not _continues_paragraph(lines, line, width, classes) or _is_byline(scanned, line, lexicon):
                        _write_block(table[count], page, page_start, block_start, line, line)
                        count += 1
                        block_start = line
                _write_block(table[count], page, page_start, block_start, blank_end, run_end)
                count += 1
            run_start = blank_end
    page_block[len(page_chars)] = count
    return count


@compiled
def _write_block(block, page, page_start, start, end, filled_end):
    """Write the page and line range of a block: its lines [start, filled_end), then blank lines up to `end`."""
    block.page, block.first_line, block.end_line = page, start, end
    block.line_start, block.line_end = start - page_start + 1, end - page_start
    block.gap_after = end - filled_end


@compiled
def _line_chars(lines, line):
    """Return the characters of a line's text."""
    return lines[line].text_end - lines[line].text_start


@compiled
def _is_line_full(lines, line, width):
    """Report whether the first word of a line did not fit on the line above."""
    return _line_chars(lines, line - 1) + 1 + lines[line].first_word_chars > width


@compiled
def _find_wrap_width(lines, start, end):
    """Return the width at which a run of lines was wrapped, or 0."""
    if end - start < 3:
        return 0
    width, full_lines = 0, 0
    for line in range(start, end):
        width = max(width, _line_chars(lines, line))
    if not MIN_WRAP_WIDTH <= width <= MAX_WRAP_WIDTH:
        return 0
    for line in range(start + 1, end):
        full_lines += _is_line_full(lines, line, width)
    return width if full_lines >= WRAPPED_SHARE * (end - start - 1) else 0


@compiled
def _continues_paragraph(lines, line, width, classes):
    """Report whether a line continues the paragraph above: in small letters, or because the line above is full."""
    previous = line - 1
    first_char = lines[line].first
    if first_char < len(classes) and classes[first_char] & LOWER:
        last_char = lines[previous].last
        is_open = last_char >= len(classes) or not classes[last_char] & FINAL
        if _line_chars(lines, previous) >= MIN_CONTINUED_CHARS and is_open and lines[previous].spaces > 1:
            return True
    return width > 0 and _is_line_full(lines, line, width)


@inlined
def _is_byline(scanned, line, lexicon):
    """Report whether a short line names an author: "von Anna Berg" continues no headline."""
    start = scanned.lines[line].first_word
    end = scanned.lines[line + 1].first_word if line + 1 < len(scanned.lines) else len(scanned.words)
    if not 2 <= end - start <= BYLINE_MAX_WORDS or not get_word_bits(lexicon, scanned.words[start]) & BY:
        return False
    return scanned.word_shape[start + 1] & CAPITAL != 0 and not scanned.lines[line].is_final


@compiled
def _sum_lines(table, lines, page_chars, n_words):
    """Sum the counts of the lines of each block."""
    for i in range(len(table)):
        block = table[i]
        start, end = block.first_line, block.end_line
        filled_end = end - block.gap_after
        block.start = lines[start].start
        is_last = end == len(lines) or lines[end].page != block.page
        block.end = page_chars[block.page] if is_last else lines[end].start
        block.first_word = lines[start].first_word
        block.end_word = n_words if end == len(lines) else lines[end].first_word
        block.colon = lines[start].colon
        block.first_char, block.is_item = lines[start].first, lines[start].is_item
        block.text_start = lines[start].text_start
        if filled_end > start:
            block.text_end, block.last_char = lines[filled_end - 1].text_end, lines[filled_end - 1].last
            block.is_final = lines[filled_end - 1].is_final
        else:
            block.text_end = block.text_start
        block.chars = block.text_end - block.text_start
        wide_chars = 0
        for line in range(start, filled_end):
            block.letters += lines[line].letters
            block.uppers += lines[line].uppers
            block.digits += lines[line].digits
            block.signs += lines[line].signs
            block.commas += lines[line].commas
            block.sentences += lines[line].sentences
            block.quotes += lines[line].quotes
            block.separators += lines[line].separators
            block.copyright += lines[line].copyright
            block.ellipses += lines[line].ellipsis
            wide_chars += lines[line].wide_chars
        block.word_count = max(block.end_word - block.first_word, wide_chars // CHARS_PER_WIDE_WORD)


@compiled
def _count_word_kinds(table, hashes, scanned, lexicon):
    """Count the kinds of words in each block, and hash the words."""
    for i in range(len(table)):
        block = table[i]
        state = start_sequence(WHOLE)
        previous_legal = np.uint64(0)
        years = months = figures = 0
        for j in range(block.first_word, block.end_word):
            word, shape = scanned.words[j], scanned.word_shape[j]
            state = extend_sequence(state, word)
            kind = get_word_bits(lexicon, word)
            block.function_words += (kind & FUNCTION) != 0
            block.english_words += (kind & ENGLISH) != 0
            block.web_words += (kind & WEB) != 0
            block.self_words += (kind & SELF) != 0
            block.site_words += (kind & SITE) != 0
            if kind & LEGAL and word != previous_legal:
                block.legal_words += 1
                previous_legal = word
            length = scanned.word_end[j] - scanned.word_start[j]
            block.capitalized_words += (shape & CAPITAL) != 0
            block.all_caps_words += (shape & s.ALL_CAPS) != 0 and length > 1
            block.long_words += length >= LONG_WORD_CHARS
            months += (kind & MONTH) != 0
            if shape & HAS_DIGIT:
                figures += 1
                block.numeric_words += (shape & NUMERIC) != 0
                years += length == 4 and (shape & NUMERIC) != 0
        block.is_dated = years > 0 and (months > 0 or figures >= 3)
        hashes[i] = state
