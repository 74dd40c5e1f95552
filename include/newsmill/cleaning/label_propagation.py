"""What the header of a disclaimer and an error banner say of the lines right below them."""

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import CODES
from newsmill.cleaning.segmentation import Blocks
from newsmill.cleaning.wording import EXCUSE_WORDS, NONE
from newsmill.compiled import compiled
from newsmill.nlp.hash_table import extend_sequence
from newsmill.nlp.scan import Scan

LEGAL_DISCLAIMER, ERROR_BANNER = CODES["legal_disclaimer"], CODES["error_banner"]
HEAD_BLOCKS = 15
BANNER_LINES = 6
MENU_MAX_WORDS = 5
MIN_LEGAL_WORDS = 2
LEGAL_WORD_COUNTS = (8, 150)  # of a paragraph that may disclaim
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
    """Join disclaimers to one block each, and let error banners above the article take the lines below them."""
    page_block = np.empty_like(blocks.page_block)
    count = _join_disclaimers(blocks.table, blocks.hashes, blocks.page_block, page_block, scanned.words)
    joined = Blocks(blocks.table[:count], blocks.hashes[:count], page_block)
    _extend_banners(joined.table, joined.page_block)
    return joined


@compiled
def _join_disclaimers(table, hashes, old_pages, new_pages, words):
    """Join a disclaimer's header with the lines that follow it without a gap; return how many blocks are left."""
    count = 0
    for page in range(len(old_pages) - 1):
        new_pages[page] = first = count
        for number in range(old_pages[page], old_pages[page + 1]):
            reason = table[number, b.REASON]
            follows = (
                count > first and table[count - 1, b.REASON] == LEGAL_DISCLAIMER and reason in (NONE, LEGAL_DISCLAIMER)
            )
            if follows and not table[count - 1, b.GAP_AFTER]:
                before = table[count - 1]
                for word in range(before[b.END_WORD], table[number, b.END_WORD]):
                    hashes[count - 1] = extend_sequence(hashes[count - 1], words[word])
                for column in SUMMED_COLUMNS:
                    before[column] += table[number, column]
                for column in LAST_BLOCK_COLUMNS:
                    before[column] = table[number, column]
                before[b.IS_DATED] |= table[number, b.IS_DATED]
                continue
            if count != number:
                table[count] = table[number]
                hashes[count] = hashes[number]
            if follows and reason == NONE and table[count, b.LEGAL_WORDS]:
                table[count, b.REASON] = LEGAL_DISCLAIMER
            count += 1
    new_pages[len(old_pages) - 1] = count
    return count


@compiled
def _extend_banners(table, page_block):
    """Let an error message above the article take the lines right below it: its reasons, its buttons."""
    for page in range(len(page_block) - 1):
        first = page_block[page]
        past = min(page_block[page + 1], first + HEAD_BLOCKS)
        was_banner = table[first:past, b.REASON] == ERROR_BANNER
        for at in range(first, past):
            if was_banner[at - first]:
                _extend_banner(table, at, min(at + BANNER_LINES, page_block[page + 1]))


@compiled
def _extend_banner(table, banner, past):
    """A gap ends the message where there is one; else each line must look like a part of it."""
    end = banner + 1 if table[banner, b.GAP_AFTER] else -1
    for at in range(banner + 1, past):
        if end < 0 and table[at, b.GAP_AFTER]:
            end = at + 1
    for at in range(banner + 1, past if end < 0 else end):
        if not (_is_message_line(table[at]) if end < 0 else _can_be_message_line(table[at])):
            break
        table[at, b.REASON] = ERROR_BANNER


@compiled
def _is_message_line(block):
    """Tell whether a line under an error message can belong to it: a short sentence, or a few words about the page."""
    is_short = block[b.WORD_COUNT] <= EXCUSE_WORDS and (block[b.IS_FINAL] or block[b.WORD_COUNT] <= MENU_MAX_WORDS)
    return block[b.REASON] == NONE and is_short and (block[b.IS_FINAL] or is_about_page(block))


@compiled
def _can_be_message_line(block):
    """Tell whether a line between an error message and a gap can belong to it: no headline can."""
    return (
        block[b.IS_FINAL] or block[b.WORD_COUNT] <= MENU_MAX_WORDS or block[b.WEB_WORDS] > 0 or block[b.REASON] != NONE
    )


@compiled
def is_about_page(block):
    """Tell whether a short block speaks of the page itself, or of the server."""
    return block[b.WORD_COUNT] <= EXCUSE_WORDS and block[b.WEB_WORDS] > 0


@compiled
def is_disclaimer(block):
    """Tell whether a paragraph disclaims: legal words about a site and its content."""
    is_fit = LEGAL_WORD_COUNTS[0] <= block[b.WORD_COUNT] <= LEGAL_WORD_COUNTS[1]
    return is_fit and block[b.LEGAL_WORDS] >= MIN_LEGAL_WORDS and block[b.SITE_WORDS] > 0
