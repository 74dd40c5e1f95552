"""Score each block as article text, and find the range of blocks with the highest sum on each page.

The score of a prose block is about the number of words; the score of boilerplate is below zero. The best range is the
contiguous range of blocks with the greatest sum (Kadane's algorithm): a short caption within the text stays, a list of
teasers below outweighs a paragraph behind the list.

Layout: `scores` has a value per block of the batch; `ranges` a row per page, [first block, block after the last).
Example: the scores [-6, 20, -4, 12, -45, 30] give the range (5, 6), because 30 > 20 - 4 + 12; with -8 in place of -45
the range is (1, 6).
"""

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import CODES
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled

PROSE_MIN_WORDS = 8  # of a sentence that counts word by word
PROSE_MAX_SCORE = 40.0  # of any block, however many words
SHORT_SENTENCE_SCORE = 4.0  # of a shorter sentence with function words
# A paragraph without final punctuation: least words, least share of function words, score as a share of a sentence's.
UNCLOSED_MIN_WORDS, UNCLOSED_SHARE, UNCLOSED_FACTOR = 18, 0.2, 0.4
HEADLINE_SCORE, LABEL_SCORE, ITEM_SCORE, BOILERPLATE_SCORE = -10.0, -6.0, -2.0, -8.0
MIN_SCORE_ABOVE_COMMENTS = 100.0  # of the text above a header of comments, for the range to end there
COMMENTS = CODES["comments"]
SCORE_OF_REASON = np.full(len(CODES) + 1, BOILERPLATE_SCORE, np.float32)
for _reason, _score in (
    ("error_banner", -60.0),
    ("comments", -45.0),
    ("related", -20.0),
    ("legal_disclaimer", -30.0),
    ("copyright", -45.0),
    ("newsletter", -15.0),
    ("navigation", -8.0),
    ("share", -8.0),
    ("advertisement", -1.0),
    ("caption", -4.0),
    ("byline", -6.0),
    ("update_note", -4.0),
):
    SCORE_OF_REASON[CODES[_reason]] = _score


def score_blocks(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return the score of each block, and for each page the half-open range of blocks with the highest sum."""
    scores = np.empty(len(blocks.table), np.float32)
    ranges = np.zeros((len(blocks.page_block) - 1, 2), np.int32)
    _score_pages(blocks.table, blocks.page_block, scores, ranges)
    return scores, ranges


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
            if table[i, b.REASON] == COMMENTS and text_score >= MIN_SCORE_ABOVE_COMMENTS:
                end = i - page_start
                break
            text_score += max(scores[i], 0.0)
        ranges[page, 0], ranges[page, 1] = page_start + start, page_start + end


@compiled
def _score_block(block):
    """Return the score of a block: words of prose count for a range, boilerplate against."""
    if block[b.REASON]:
        return SCORE_OF_REASON[block[b.REASON]]
    count, tokens = block[b.WORD_COUNT], max(block[b.END_WORD] - block[b.FIRST_WORD], 1)
    if block[b.IS_FINAL]:
        if count >= PROSE_MIN_WORDS:
            return min(count, PROSE_MAX_SCORE)
        return SHORT_SENTENCE_SCORE if count >= 3 and block[b.FUNCTION_WORDS] > 0 else LABEL_SCORE
    if count >= UNCLOSED_MIN_WORDS and block[b.FUNCTION_WORDS] >= UNCLOSED_SHARE * tokens:
        return min(count, PROSE_MAX_SCORE) * UNCLOSED_FACTOR
    if count >= PROSE_MIN_WORDS:
        return HEADLINE_SCORE
    return LABEL_SCORE + (ITEM_SCORE if block[b.IS_ITEM] else 0.0)


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
