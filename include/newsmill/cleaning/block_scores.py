"""Score each block as article text, and find the range of blocks with the highest sum on each page.

The score of a prose block is about the number of words; the score of boilerplate is below zero. The best range is the
contiguous range of blocks with the greatest sum (Kadane's algorithm): a short caption within the text stays, a list of
teasers below outweighs a paragraph behind the list.

Layout: `scores` has a value per block of the batch; `ranges` a record BLOCK_RANGE per page.
Example: the scores [-6, 20, -4, 12, -45, 30] give the range (5, 6), because 30 > 20 - 4 + 12; with -8 in place of -45
the range is (1, 6).
"""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.segmentation import BLOCK_RANGE, Blocks
from newsmill.compiled import compiled

PROSE_MIN_WORDS = 8  # of a sentence that counts word by word
PROSE_MAX_SCORE = 40.0  # of any block, however many words
SHORT_SENTENCE_SCORE = 4.0  # of a shorter sentence with function words
# A paragraph without final punctuation: least words, least share of function words, score as a share of a sentence's.
UNCLOSED_MIN_WORDS, UNCLOSED_SHARE, UNCLOSED_FACTOR = 18, 0.2, 0.4
HEADLINE_SCORE, LABEL_SCORE, ITEM_SCORE, BOILERPLATE_SCORE = -10.0, -6.0, -2.0, -8.0
MIN_SCORE_ABOVE_COMMENTS = 100.0  # of the text above a header of comments, for the range to end there
SCORE_OF_REASON = np.full(len(Reason), BOILERPLATE_SCORE, np.float32)
for _reason, _score in (
    (Reason.ERROR_BANNER, -60.0),
    (Reason.COMMENTS, -45.0),
    (Reason.RELATED, -20.0),
    (Reason.LEGAL_DISCLAIMER, -30.0),
    (Reason.COPYRIGHT, -45.0),
    (Reason.NEWSLETTER, -15.0),
    (Reason.NAVIGATION, -8.0),
    (Reason.SHARE, -8.0),
    (Reason.ADVERTISEMENT, -1.0),
    (Reason.CAPTION, -4.0),
    (Reason.BYLINE, -6.0),
    (Reason.UPDATE_NOTE, -4.0),
):
    SCORE_OF_REASON[_reason] = _score


class BlockScores(NamedTuple):
    """The score of each block, and for each page the half-open range of blocks with the highest sum."""

    scores: np.ndarray
    ranges: np.ndarray


def score_blocks(blocks: Blocks) -> BlockScores:
    """Score the blocks of a batch, and find the best range of each page."""
    scores = np.empty(len(blocks.table), np.float32)
    ranges = np.zeros(len(blocks.page_block) - 1, BLOCK_RANGE)
    _score_pages(blocks.table, blocks.page_block, scores, ranges)
    return BlockScores(scores, ranges)


@compiled
def _score_pages(table, page_block, scores, ranges):
    """Fill scores and ranges; comments below enough text end a range."""
    for i in range(len(table)):
        scores[i] = _score_block(table[i])
    for page in range(len(ranges)):
        page_start, page_end = page_block[page], page_block[page + 1]
        start, end = _find_best_range(scores[page_start:page_end])
        text_score = 0.0
        for i in range(page_start + start, page_start + end):
            if table[i].reason == Reason.COMMENTS and text_score >= MIN_SCORE_ABOVE_COMMENTS:
                end = i - page_start
                break
            text_score += max(scores[i], 0.0)
        ranges[page].start, ranges[page].end = page_start + start, page_start + end


@compiled
def _score_block(block):
    """Return the score of a block: words of prose count for a range, boilerplate against."""
    if block.reason:
        return SCORE_OF_REASON[block.reason]
    count, tokens = block.word_count, max(block.end_word - block.first_word, 1)
    if block.is_final:
        if count >= PROSE_MIN_WORDS:
            return min(count, PROSE_MAX_SCORE)
        return SHORT_SENTENCE_SCORE if count >= 3 and block.function_words > 0 else LABEL_SCORE
    if count >= UNCLOSED_MIN_WORDS and block.function_words >= UNCLOSED_SHARE * tokens:
        return min(count, PROSE_MAX_SCORE) * UNCLOSED_FACTOR
    if count >= PROSE_MIN_WORDS:
        return HEADLINE_SCORE
    return LABEL_SCORE + (ITEM_SCORE if block.is_item else 0.0)


@compiled
def _find_best_range(scores):
    """Return the half-open range with the greatest sum, the first of equals; (0, 0) if no sum is above zero."""
    best, best_start, best_end, total, start = 0.0, 0, 0, 0.0, 0
    for i in range(len(scores)):
        if total <= 0:
            total, start = 0.0, i
        total += scores[i]
        if total > best:
            best, best_start, best_end = total, start, i + 1
    return best_start, best_end
