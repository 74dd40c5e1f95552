"""Propagate labels downwards: from a disclaimer's header, and from an error banner above the article.

Layout: both kernels change the table of blocks in place. `_join_disclaimers` compacts the table: joined blocks move up,
never past a block still to read. Example: the blocks "Legal disclaimer:", "The site is", "provided as is." without gaps
become a single block with the counts of all three and the end of the last.
"""

import numpy as np

from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.segmentation import Blocks
from newsmill.cleaning.wording import EXCUSE_WORDS
from newsmill.compiled import compiled
from newsmill.nlp.hash_table import extend_sequence
from newsmill.nlp.scan import Scan

HEAD_BLOCKS = 15  # of a page, in which an error banner labels the lines below
BANNER_LINES = 6  # most lines that a banner labels
MENU_MAX_WORDS = 5  # of a menu entry or button
MIN_LEGAL_WORDS = 2  # legal words of a disclaimer
LEGAL_WORD_COUNTS = (8, 150)  # least and most words of a paragraph that may be a disclaimer


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
            reason = table[i].reason
            is_below = (
                count > page_start
                and table[count - 1].reason == Reason.LEGAL_DISCLAIMER
                and reason in (Reason.NONE, Reason.LEGAL_DISCLAIMER)
            )
            if is_below and not table[count - 1].gap_after:
                previous = table[count - 1]
                for word in range(previous.end_word, table[i].end_word):
                    hashes[count - 1] = extend_sequence(hashes[count - 1], words[word])
                _append_block(previous, table[i])
                continue
            if count != i:
                table[count] = table[i]
                hashes[count] = hashes[i]
            if is_below and reason == Reason.NONE and table[count].legal_words:
                table[count].reason = Reason.LEGAL_DISCLAIMER
            count += 1
    new_pages[len(old_pages) - 1] = count
    return count


@compiled
def _append_block(block, appended):
    """Append a block to the block above: the counts of both, the end of the appended block."""
    block.chars += appended.chars
    block.letters += appended.letters
    block.uppers += appended.uppers
    block.digits += appended.digits
    block.signs += appended.signs
    block.commas += appended.commas
    block.sentences += appended.sentences
    block.quotes += appended.quotes
    block.separators += appended.separators
    block.word_count += appended.word_count
    block.copyright += appended.copyright
    block.ellipses += appended.ellipses
    block.function_words += appended.function_words
    block.english_words += appended.english_words
    block.web_words += appended.web_words
    block.self_words += appended.self_words
    block.legal_words += appended.legal_words
    block.site_words += appended.site_words
    block.capitalized_words += appended.capitalized_words
    block.all_caps_words += appended.all_caps_words
    block.numeric_words += appended.numeric_words
    block.long_words += appended.long_words
    block.is_dated |= appended.is_dated
    block.end = appended.end
    block.line_end = appended.line_end
    block.end_line = appended.end_line
    block.text_end = appended.text_end
    block.end_word = appended.end_word
    block.last_char = appended.last_char
    block.is_final = appended.is_final
    block.gap_after = appended.gap_after


@compiled
def _extend_banners(table, page_block):
    """Label the lines right below an error message above the article: reasons, buttons."""
    for page in range(len(page_block) - 1):
        start = page_block[page]
        end = min(page_block[page + 1], start + HEAD_BLOCKS)
        was_banner = table["reason"][start:end] == Reason.ERROR_BANNER.value
        for i in range(start, end):
            if was_banner[i - start]:
                _extend_banner(table, i, min(i + BANNER_LINES, page_block[page + 1]))


@compiled
def _extend_banner(table, banner, limit):
    """Label the lines below a banner, up to a gap, or without a gap only message-like lines."""
    gap_end = banner + 1 if table[banner].gap_after else -1
    for i in range(banner + 1, limit):
        if gap_end < 0 and table[i].gap_after:
            gap_end = i + 1
    for i in range(banner + 1, limit if gap_end < 0 else gap_end):
        if not (_is_message_line(table[i]) if gap_end < 0 else _can_be_message_line(table[i])):
            break
        table[i].reason = Reason.ERROR_BANNER


@compiled
def _is_message_line(block):
    """Report whether a line belongs to the error message above: a short sentence, or a few words about the page."""
    is_short = block.word_count <= EXCUSE_WORDS and (block.is_final or block.word_count <= MENU_MAX_WORDS)
    return block.reason == Reason.NONE and is_short and (block.is_final or is_about_page(block))


@compiled
def _can_be_message_line(block):
    """Report whether a line between an error message and a gap can belong to the message: no headline can."""
    return block.is_final or block.word_count <= MENU_MAX_WORDS or block.web_words > 0 or block.reason != Reason.NONE


@compiled
def is_about_page(block):
    """Report whether a short block is about the page or the server."""
    return block.word_count <= EXCUSE_WORDS and block.web_words > 0


@compiled
def is_disclaimer(block):
    """Report whether a paragraph is a disclaimer: legal words about a site and content."""
    is_fit = LEGAL_WORD_COUNTS[0] <= block.word_count <= LEGAL_WORD_COUNTS[1]
    return is_fit and block.legal_words >= MIN_LEGAL_WORDS and block.site_words > 0
