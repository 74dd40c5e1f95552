"""Choose the blocks of a page with the best expected F1 of words.

Layout: `probability` has the probable share of text in each block's words, `counts` the words of each block, and `kept`
the choice. Example: for the probabilities [.9, .4, .1] of blocks of 10 words the expected words of text are 14. All
blocks above .382 are kept: 13 of 20 kept words are text, an expected F1 of 26 / 34.
"""

import numpy as np

from newsmill.cleaning.known_boilerplate import KEEP
from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled


def choose_blocks(probability: np.ndarray, blocks: Blocks) -> np.ndarray:
    """Return the blocks of each page with the best expected F1 of words, as uint8."""
    kept = np.zeros(len(probability), np.uint8)
    _choose_on_pages(probability, blocks.table["word_count"], blocks.page_block, kept)
    return kept


def drop_minority(kept: np.ndarray, is_apart: np.ndarray, blocks: Blocks, most: float, reason: Reason) -> None:
    """Drop the blocks of a kind where they have at most the share `most` of the page's kept words, in place.

    Blocks of the kind without a reason get `reason`, so that no smoothing of labels keeps them again. Blocks that a
    person decided to keep stay.
    """
    if not is_apart.any():
        return
    page, words, pages = blocks.table["page"], blocks.table["word_count"] * kept, len(blocks.page_block) - 1
    total, apart = np.bincount(page, words, pages), np.bincount(page, words * is_apart, pages)
    is_dropped = is_apart & (apart <= most * total)[page] & (blocks.table["decision"] != KEEP)
    kept[is_dropped] = 0
    blocks.table["reason"][is_dropped & (blocks.table["reason"] == Reason.NONE)] = reason


@compiled
def _choose_on_pages(probability, counts, page_block, kept):
    """Keep the blocks of each page above its best threshold."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        threshold = find_best_threshold(probability[start:end], counts[start:end])
        for i in range(start, end):
            kept[i] = probability[i] > threshold


@compiled
def find_best_threshold(probability, counts):
    """Return half of the best expected F1: more probable blocks raise the F1, less probable blocks lower the F1.

    Dinkelbach's iteration: choose by half of the last F1, take the F1 of the choice, until no change.
    """
    expected = 0.0
    for i in range(len(probability)):
        expected += probability[i] * counts[i]
    best = 0.5
    for _ in range(12):
        hits = chosen = 0.0
        for i in range(len(probability)):
            if probability[i] > best / 2:
                hits += probability[i] * counts[i]
                chosen += counts[i]
        f1 = 2 * hits / (chosen + expected) if chosen + expected > 0 else 0.0
        if abs(f1 - best) < 1e-4:
            break
        best = f1
    return best / 2
