"""How much each block speaks for being the article, and the run of blocks that outweighs the furniture within it."""

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import CODES
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled

PROSE_MIN_WORDS = 8
PROSE_MAX_SCORE = 40.0
SHORT_SENTENCE_SCORE = 4.0
UNCLOSED_MIN_WORDS, UNCLOSED_SHARE, UNCLOSED_FACTOR = 18, 0.2, 0.4
HEADLINE_SCORE, LABEL_SCORE, ITEM_SCORE, BOILERPLATE_SCORE = -10.0, -6.0, -2.0, -8.0
MIN_SCORE_ABOVE_COMMENTS = 100.0
COMMENTS = CODES["comments"]
SCORE_OF_REASON = np.full(len(CODES) + 1, BOILERPLATE_SCORE, np.float32)
for _reason, _score_block in (
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
    SCORE_OF_REASON[CODES[_reason]] = _score_block


def score_blocks(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight of each block, and for each page the half-open run of blocks that is heaviest."""
    weights = np.empty(len(blocks.table), np.float32)
    runs = np.zeros((len(blocks.page_block) - 1, 2), np.int32)
    _score_pages(blocks.table, blocks.page_block, weights, runs)
    return weights, runs


@compiled
def _score_pages(table, page_block, weights, runs):
    for number in range(len(table)):
        weights[number] = _score_block(table[number])
    for page in range(len(runs)):
        first, past = page_block[page], page_block[page + 1]
        start, end = _find_best_range(weights[first:past])
        said = 0.0
        for number in range(first + start, first + end):
            if table[number, b.REASON] == COMMENTS and said >= MIN_SCORE_ABOVE_COMMENTS:
                end = number - first
                break
            said += max(weights[number], 0.0)
        runs[page, 0], runs[page, 1] = first + start, first + end


@compiled
def _score_block(block):
    """Return what a block adds to a run that holds it; words of prose count for, furniture between them against."""
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
def _find_best_range(weights):
    """Return the half-open range of greatest sum, the first of equals; (0, 0) if none is above zero."""
    best, best_start, best_end, total, start = 0.0, 0, 0, 0.0, 0
    for number in range(len(weights)):
        if total <= 0:
            total, start = 0.0, number
        total += weights[number]
        if total > best:
            best, best_start, best_end = total, start, number + 1
    return best_start, best_end
