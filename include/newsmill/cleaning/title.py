"""Find the headline block of each page.

Layout: `title_blocks` has the block of each page's headline, -1 for none. A declared title is matched by hash:
`prefixes[n]` is the hash of the first n words. Else the blocks around the first paragraph are scored, and `said`, an
open hash table of keys, holds the words of the kept text.

Example: for the declared title "Quay closes for two years" a block "Quay closes for two years" matches `prefixes[5]`. A
block "Quay closes" does not: a beginning counts from FULL_TITLE_WORDS words on.
"""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning.lexicon import AGENCY, WHOLE, Lexicon, Reason, is_phrase
from newsmill.cleaning.segmentation import LONG_WORD_CHARS, Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp.hash_table import extend_sequence, has_key, start_sequence
from newsmill.nlp.scan import Scan

LOOK_ABOVE, LOOK_BELOW = 40, 8  # blocks around the first paragraph that can be the headline
TITLE_WORDS = (2, 32)  # least and most words of a headline
FULL_TITLE_WORDS = 6  # words that count, one point each
FAR_COST = 0.15  # for each block between headline and text
REPEATED_WORDS_SCORE = 8.0  # if the text repeats all longer words of the headline; less for a part
ABOVE_CREDITS_SCORE = 3.0  # for a byline or date right below
INSIDE_COST = 5.0  # within the text, where subheadings are
ITEM_COST = 2.0  # for a list item
STOP_COST = 3.0  # for the full stop of a sentence
LABEL_COST = 4.0  # for the opening of a boilerplate label: "Video shows …"
MIN_LABELLED_WORDS = 4  # of a headline with the wording of a label
INSIDE_MAX_WORDS = 16  # of a headline within the text
MIN_SCORE = 2.0  # of a headline
DATE_LINE_WORDS = 30  # most words of a line with a date below a headline
MAX_DIGIT_SHARE = 0.3  # of the characters of a headline
ENDS_NO_TITLE = np.array([ord(sign) for sign in ":|>»,;"])
TITLE_REASONS = (
    Reason.NONE,
    Reason.RELATED,
    Reason.BYLINE,
    Reason.CAPTION,
    Reason.UPDATE_NOTE,
    Reason.ADVERTISEMENT,
)
CREDIT_REASONS = (Reason.BYLINE, Reason.UPDATE_NOTE, Reason.DATELINE)
MIN_SAID_SIZE = 1024  # slots of the hash table of words, before it grows
STOP, QUESTION, EXCLAMATION = ord("."), ord("?"), ord("!")
LEFT_GUILLEMET, RIGHT_GUILLEMET = ord("«"), ord("»")


class UntitledPages(NamedTuple):
    """A batch of pages with their kept text; `declared` scans the declared titles."""

    blocks: Blocks
    scanned: Scan
    lexicon: Lexicon
    kept: np.ndarray
    ranges: np.ndarray
    declared: Scan


def find_titles(
    blocks: Blocks, scanned: Scan, lexicon: Lexicon, kept: np.ndarray, ranges: np.ndarray, declared: Scan
) -> np.ndarray:
    """Return the headline block of each page, -1 for none; `declared` scans the declared titles."""
    title_blocks = np.full(len(ranges), -1, np.int32)
    _find_page_titles(UntitledPages(blocks, scanned, lexicon, kept, ranges, declared), title_blocks)
    return title_blocks


@compiled
def _find_page_titles(pages, title_blocks):
    """Fill the headline of each page: the declared title, else the block with the highest score."""
    said = np.zeros(MIN_SAID_SIZE, np.uint64)
    for page in range(len(pages.ranges)):
        extent = pages.ranges[page]
        if extent.start == extent.end:
            continue
        if pages.declared.page_word[page + 1] > pages.declared.page_word[page]:
            title_blocks[page] = _find_declared_title(pages.blocks, pages.declared, page, extent.start)
            if title_blocks[page] >= 0:
                continue
        said = _collect_words(pages, extent, said)
        page_start, page_end = pages.blocks.page_block[page], pages.blocks.page_block[page + 1]
        best = MIN_SCORE
        for i in range(max(extent.start - LOOK_ABOVE, page_start), min(extent.start + LOOK_BELOW, extent.end)):
            score = _score_title(pages, i, extent.start, page_end, said)
            if score >= best:
                best, title_blocks[page] = score, i


@compiled
def _collect_words(pages, extent, said):
    """Return the hash table with the words of the kept text of a page, in a larger table where needed."""
    table, words = pages.blocks.table, 0
    for i in range(extent.start, extent.end):
        words += (table[i].end_word - table[i].first_word) * pages.kept[i]
    size = len(said)
    while size < 2 * words:
        size *= 2
    if size > len(said):
        said = np.zeros(size, np.uint64)
    else:
        said[:] = 0
    for i in range(extent.start, extent.end):
        if pages.kept[i] and not _could_be_title(table[i]):
            for j in range(table[i].first_word, table[i].end_word):
                _insert_word(said, pages.scanned.words[j])
    return said


@compiled
def _could_be_title(block):
    """Report whether a block of the text could be the headline, whose words must not count as repeated."""
    return block.word_count <= INSIDE_MAX_WORDS and (
        not block.is_final or block.last_char == QUESTION or block.last_char == EXCLAMATION
    )


@compiled
def _insert_word(said, word):
    """Insert a word into the table of the text's words."""
    mask = np.uint64(len(said) - 1)
    slot = word & mask
    while said[slot] != np.uint64(0) and said[slot] != word:
        slot = (slot + np.uint64(1)) & mask
    said[slot] = word


@inlined
def _score_title(pages, i, start, page_end, said):
    """Return the headline score of a block, for a text with the words `said`; 0 is not at all."""
    table, scanned = pages.blocks.table, pages.scanned
    block = table[i]
    count, reason = block.word_count, block.reason
    if not TITLE_WORDS[0] <= count <= TITLE_WORDS[1] or not _looks_like_title(block, scanned, pages.lexicon):
        return 0.0
    if reason not in TITLE_REASONS or (reason and count < MIN_LABELLED_WORDS):
        return 0.0
    is_sentence = block.is_final and block.last_char != QUESTION and block.last_char != EXCLAMATION
    if i >= start and (is_sentence or count > INSIDE_MAX_WORDS):
        return 0.0
    long_words = repeated = 0
    for j in range(block.first_word, block.end_word):
        if scanned.word_end[j] - scanned.word_start[j] >= LONG_WORD_CHARS:
            long_words += 1
            repeated += has_key(said, scanned.words[j])
    score = min(count, FULL_TITLE_WORDS) + (REPEATED_WORDS_SCORE * repeated / long_words if long_words else 0.0)
    for below in range(i + 1, min(i + 3, page_end)):
        if _is_credit(table[below]):
            score += ABOVE_CREDITS_SCORE
            break
    score -= INSIDE_COST * (i >= start) + ITEM_COST * block.is_item
    score -= STOP_COST * (block.last_char == STOP) + LABEL_COST * (reason != Reason.NONE)
    return score - FAR_COST * abs(start - i)


@compiled
def _looks_like_title(block, scanned, lexicon):
    """Report whether a line could be a headline by signs: no list, not mostly figures, no date, no agency."""
    for sign in ENDS_NO_TITLE:
        if block.last_char == sign and not (sign == RIGHT_GUILLEMET and block.first_char == LEFT_GUILLEMET):
            return False
    if block.separators or block.is_dated or block.digits > MAX_DIGIT_SHARE * block.chars:
        return False
    return not is_phrase(lexicon, scanned.words, block.first_word, block.end_word, AGENCY)


@compiled
def _is_credit(block):
    """Report whether a block is a byline, an update note, a dateline or a date."""
    if block.reason in CREDIT_REASONS:
        return True
    return block.word_count <= DATE_LINE_WORDS and block.is_dated


@compiled
def _find_declared_title(blocks, declared, page, start):
    """Return the block nearest to the start of the text with the words of the declared title, or of the beginning."""
    table, hashes = blocks.table, blocks.hashes
    page_start, page_end = blocks.page_block[page], blocks.page_block[page + 1]
    title_start, title_end = declared.page_word[page], declared.page_word[page + 1]
    word_count = title_end - title_start
    prefixes = np.empty(word_count + 1, np.uint64)
    prefixes[0] = start_sequence(WHOLE)
    for i in range(word_count):
        prefixes[i + 1] = extend_sequence(prefixes[i], declared.words[title_start + i])
    for distance in range(page_end - page_start):  # upwards from the start of the text, then further down
        i = start + 1 - distance
        if i < page_start:
            break
        if i < page_end and _matches_title(table[i], hashes[i], prefixes):
            return i
    for i in range(start + 2, page_end):
        if _matches_title(table[i], hashes[i], prefixes):
            return i
    return -1


@compiled
def _matches_title(block, words_hash, prefixes):
    """Report whether a block has all words of the declared title, or at least FULL_TITLE_WORDS from the beginning."""
    word_count, title_words = block.end_word - block.first_word, len(prefixes) - 1
    return (word_count == title_words or FULL_TITLE_WORDS <= word_count < title_words) and words_hash == prefixes[
        word_count
    ]
