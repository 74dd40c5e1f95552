"""The article's text as what is kept of its page: its ranges, its words, how much of it is prose."""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.block_labels import BlockLabels, find_words_between
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled
from newsmill.nlp.scan import Scan


class Body(NamedTuple):
    """What is kept of each page of a batch.

    `ranges` has rows (first character, character past the last, line), those of page p from `page_range[p]` on; `words`
    the hashes of the words, from `page_word[p]` on. `word_counts` and `prose_counts` are words of the text, and those
    that stand in sentences; `block_counts` the blocks that make it up.
    """

    ranges: np.ndarray
    page_range: np.ndarray
    words: np.ndarray
    page_word: np.ndarray
    word_counts: np.ndarray
    prose_counts: np.ndarray
    block_counts: np.ndarray


def body(ledger: BlockLabels, blocks: Blocks, scanned: Scan) -> Body:
    """Return what the ledger keeps of each page as its text."""
    pages = len(ledger.page_block) - 1
    found = Body(
        np.empty((len(ledger.page), 3), np.int32),
        np.zeros(pages + 1, np.int32),
        np.empty(len(scanned.words), np.uint64),
        np.zeros(pages + 1, np.int64),
        *(np.zeros(pages, np.int32) for _ in range(3)),
    )
    _copy_body(ledger, ledger.is_body, blocks.table, scanned, found)
    return found._replace(ranges=found.ranges[: found.page_range[-1]], words=found.words[: found.page_word[-1]])


@compiled
def _copy_body(ledger, is_body, table, scanned, found):
    n_ranges = n_words = 0
    for page in range(len(ledger.page_block) - 1):
        past_char = -1
        for row in range(ledger.page_block[page], ledger.page_block[page + 1]):
            if not is_body[row]:
                continue
            start, end = ledger.start[row], ledger.end[row]
            if start == past_char:
                found.ranges[n_ranges - 1, 1] = end
            else:
                found.ranges[n_ranges, 0], found.ranges[n_ranges, 1] = start, end
                found.ranges[n_ranges, 2] = ledger.line_start[row]
                n_ranges += 1
            past_char = end
            block = table[ledger.origin[row]]
            is_part = start != block[b.START] or end != block[b.END]
            before, low, high = n_words, block[b.FIRST_WORD], block[b.END_WORD]
            if is_part:
                low, high = find_words_between(scanned.word_start, block, start, end)
            for word in range(low, high):
                found.words[n_words] = scanned.words[word]
                n_words += 1
            count = n_words - before if is_part else block[b.WORD_COUNT]
            found.word_counts[page] += count
            found.prose_counts[page] += count * block[b.IS_FINAL]
            found.block_counts[page] += 1
        found.page_range[page + 1], found.page_word[page + 1] = n_ranges, n_words
