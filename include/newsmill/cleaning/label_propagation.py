"""Propagate labels downwards: from a disclaimer's header, and from an error banner above the article.

Layout: both kernels change the table of blocks in place. `_join_disclaimers` compacts the table: joined blocks move up,
never past a block still to read. Example: the blocks "Legal disclaimer:", "The site is", "provided as is." without gaps
become a single block with the counts of all three and the end of the last.
"""

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import CODES
from newsmill.cleaning.segmentation import Blocks
from newsmill.cleaning.wording import EXCUSE_WORDS, NONE
from newsmill.compiled import compiled
from newsmill.nlp.hash_table import extend_sequence
from newsmill.nlp.scan import Scan

LEGAL_DISCLAIMER, ERROR_BANNER = CODES["legal_disclaimer"], CODES["error_banner"]
HEAD_BLOCKS = 15  # of a page, in which an error banner labels the lines below
BANNER_LINES = 6  # most lines that a banner labels
MENU_MAX_WORDS = 5  # of a menu entry or button
MIN_LEGAL_WORDS = 2  # legal words of a disclaimer
LEGAL_WORD_COUNTS = (8, 150)  # least and most words of a paragraph that may be a disclaimer
SUMMED_COLUMNS = np.array(
    [
        b.CHARS,
        b.LETTERS,
        b.UPPERS,
        b.DIGITS,
        b.SIGNS,
        b.COMMAS,
        b.SENTENCES,
        b.QUOTES,
        b.SEPARATORS,
        b.WORD_COUNT,
        b.COPYRIGHT,
        b.ELLIPSES,
        b.FUNCTION_WORDS,
        b.ENGLISH_WORDS,
        b.WEB_WORDS,
        b.SELF_WORDS,
        b.LEGAL_WORDS,
        b.SITE_WORDS,
        b.CAPITALIZED_WORDS,
        b.ALL_CAPS_WORDS,
        b.NUMERIC_WORDS,
        b.LONG_WORDS,
    ]
)
LAST_BLOCK_COLUMNS = np.array(
    [b.END, b.LINE_END, b.END_LINE, b.TEXT_END, b.END_WORD, b.LAST_CHAR, b.IS_FINAL, b.GAP_AFTER]
)


def propagate_labels(blocks: Blocks, scanned: Scan) -> Blocks:
    """Join each disclaimer to a single block, and extend error banners above the article downwards."""
    page_block = np.empty_like(blocks.page_block)
    count = _join_disclaimers(blocks.table, blocks.hashes, blocks.page_block, page_block, scanned.words)
    joined = Blocks(blocks.table[:count], blocks.hashes[:count], page_block)
    _extend_banners(joined.table, joined.page_block)
    return joined


@compiled
def _join_disclaimers(table, hashes, old_pages, new_pages, words):
    """Join a disclaimer's header with the lines right below; return the number of remaining blocks."""
    count = 0
    for page in range(len(old_pages) - 1):
        new_pages[page] = page_start = count
        for i in range(old_pages[page], old_pages[page + 1]):
            reason = table[i, b.REASON]
            is_below = (
                count > page_start
                and table[count - 1, b.REASON] == LEGAL_DISCLAIMER
                and reason in (NONE, LEGAL_DISCLAIMER)
            )
            if is_below and not table[count - 1, b.GAP_AFTER]:
                previous = table[count - 1]
                for word in range(previous[b.END_WORD], table[i, b.END_WORD]):
                    hashes[count - 1] = extend_sequence(hashes[count - 1], words[word])
                for column in SUMMED_COLUMNS:
                    previous[column] += table[i, column]
                for column in LAST_BLOCK_COLUMNS:
                    previous[column] = table[i, column]
                previous[b.IS_DATED] |= table[i, b.IS_DATED]
                continue
            if count != i:
                table[count] = table[i]
                hashes[count] = hashes[i]
            if is_below and reason == NONE and table[count, b.LEGAL_WORDS]:
                table[count, b.REASON] = LEGAL_DISCLAIMER
            count += 1
    new_pages[len(old_pages) - 1] = count
    return count


@compiled
def _extend_banners(table, page_block):
    """Label the lines right below an error message above the article: reasons, buttons."""
    for page in range(len(page_block) - 1):
        start = page_block[page]
        end = min(page_block[page + 1], start + HEAD_BLOCKS)
        was_banner = table[start:end, b.REASON] == ERROR_BANNER
        for i in range(start, end):
            if was_banner[i - start]:
                _extend_banner(table, i, min(i + BANNER_LINES, page_block[page + 1]))


@compiled
def _extend_banner(table, banner, limit):
    """Label the lines below a banner, up to a gap, or without a gap only message-like lines."""
    gap_end = banner + 1 if table[banner, b.GAP_AFTER] else -1
    for i in range(banner + 1, limit):
        if gap_end < 0 and table[i, b.GAP_AFTER]:
            gap_end = i + 1
    for i in range(banner + 1, limit if gap_end < 0 else gap_end):
        if not (_is_message_line(table[i]) if gap_end < 0 else _can_be_message_line(table[i])):
            break
        table[i, b.REASON] = ERROR_BANNER


@compiled
def _is_message_line(block):
    """Report whether a line belongs to the error message above: a short sentence, or a few words about the page."""
    is_short = block[b.WORD_COUNT] <= EXCUSE_WORDS and (block[b.IS_FINAL] or block[b.WORD_COUNT] <= MENU_MAX_WORDS)
    return block[b.REASON] == NONE and is_short and (block[b.IS_FINAL] or is_about_page(block))


@compiled
def _can_be_message_line(block):
    """Report whether a line between an error message and a gap can belong to the message: no headline can."""
    return (
        block[b.IS_FINAL] or block[b.WORD_COUNT] <= MENU_MAX_WORDS or block[b.WEB_WORDS] > 0 or block[b.REASON] != NONE
    )


@compiled
def is_about_page(block):
    """Report whether a short block is about the page or the server."""
    return block[b.WORD_COUNT] <= EXCUSE_WORDS and block[b.WEB_WORDS] > 0


@compiled
def is_disclaimer(block):
    """Report whether a paragraph is a disclaimer: legal words about a site and content."""
    is_fit = LEGAL_WORD_COUNTS[0] <= block[b.WORD_COUNT] <= LEGAL_WORD_COUNTS[1]
    return is_fit and block[b.LEGAL_WORDS] >= MIN_LEGAL_WORDS and block[b.SITE_WORDS] > 0
