"""How much each block speaks for being the article, and the run of blocks that outweighs the furniture within it."""

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import CODES
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled

PROSE_MIN_WORDS = 8
PROSE_MAX = 40.0
SHORT_SENTENCE = 4.0
UNCLOSED_MIN_WORDS, UNCLOSED_SHARE, UNCLOSED = 18, 0.2, 0.4
HEADLINE, LABEL, ITEM, FURNITURE = -10.0, -6.0, -2.0, -8.0
SAID_BEFORE_COMMENTS = 100.0
COMMENTS = CODES["comments"]
CUT = np.full(len(CODES) + 1, FURNITURE, np.float32)
for _reason, _weight in (
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
    CUT[CODES[_reason]] = _weight


def weigh(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight of each block, and for each page the half-open run of blocks that is heaviest."""
    weights = np.empty(len(blocks.table), np.float32)
    runs = np.zeros((len(blocks.page_block) - 1, 2), np.int32)
    _weigh(blocks.table, blocks.page_block, weights, runs)
    return weights, runs


@compiled
def _weigh(table, page_block, weights, runs):
    for number in range(len(table)):
        weights[number] = _weight(table[number])
    for page in range(len(runs)):
        first, past = page_block[page], page_block[page + 1]
        start, end = _heaviest(weights[first:past])
        said = 0.0
        for number in range(first + start, first + end):
            if table[number, b.REASON] == COMMENTS and said >= SAID_BEFORE_COMMENTS:
                end = number - first
                break
            said += max(weights[number], 0.0)
        runs[page, 0], runs[page, 1] = first + start, first + end


@compiled
def _weight(block):
    """Return what a block adds to a run that holds it; words of prose count for, furniture between them against."""
    if block[b.REASON]:
        return CUT[block[b.REASON]]
    count, tokens = block[b.COUNT], max(block[b.PAST_WORD] - block[b.FIRST_WORD], 1)
    if block[b.IS_FINAL]:
        if count >= PROSE_MIN_WORDS:
            return min(count, PROSE_MAX)
        return SHORT_SENTENCE if count >= 3 and block[b.FUNCTIONS] > 0 else LABEL
    if count >= UNCLOSED_MIN_WORDS and block[b.FUNCTIONS] >= UNCLOSED_SHARE * tokens:
        return min(count, PROSE_MAX) * UNCLOSED
    if count >= PROSE_MIN_WORDS:
        return HEADLINE
    return LABEL + (ITEM if block[b.IS_ITEM] else 0.0)


@compiled
def _heaviest(weights):
    """Return the half-open range of greatest sum, the first of equals; (0, 0) if none is above zero."""
    best, best_start, best_end, total, start = 0.0, 0, 0, 0.0, 0
    for number in range(len(weights)):
        if total <= 0:
            total, start = 0.0, number
        total += weights[number]
        if total > best:
            best, best_start, best_end = total, start, number + 1
    return best_start, best_end
