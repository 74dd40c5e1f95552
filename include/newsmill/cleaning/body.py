"""Extract the article text of each page: ranges of kept blocks, words, and prose.

Layout: `ranges` has a record TEXT_RANGE per range; the ranges of page p are records `page_range[p]` up to
`page_range[p + 1]`, and the words `page_word[p]` up to `page_word[p + 1]`. Adjacent blocks join to a single range.

Example: kept blocks at [10, 20), [20, 35) and [50, 60) give the ranges [10, 35) and [50, 60).
"""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning.block_labels import BlockLabels, find_words_between
from newsmill.cleaning.segmentation import Blocks, record_type
from newsmill.compiled import compiled
from newsmill.nlp.scan import Scan

TEXT_RANGE = record_type(np.int32, "start end line")
"""The characters [start, end) of a page, and the line of the first."""


class Body(NamedTuple):
    """The kept text of each page of a batch.

    `words` are word hashes; `word_counts` and `prose_counts` count the words of the text, and the words in sentences;
    `block_counts` counts the blocks of the text.
    """

    ranges: np.ndarray
    page_range: np.ndarray
    words: np.ndarray
    page_word: np.ndarray
    word_counts: np.ndarray
    prose_counts: np.ndarray
    block_counts: np.ndarray


def extract_body(labels: BlockLabels, blocks: Blocks, scanned: Scan) -> Body:
    """Return the kept text of each page, by block labels."""
    pages = len(labels.page_block) - 1
    kept = Body(
        np.empty(len(labels.page), TEXT_RANGE),
        np.zeros(pages + 1, np.int32),
        np.empty(len(scanned.words), np.uint64),
        np.zeros(pages + 1, np.int64),
        *(np.zeros(pages, np.int32) for _ in range(3)),
    )
    _copy_body(labels, labels.is_body, blocks.table, scanned, kept)
    return kept._replace(ranges=kept.ranges[: kept.page_range[-1]], words=kept.words[: kept.page_word[-1]])


@compiled
def _copy_body(labels, is_body, table, scanned, kept):
    """Copy ranges and words of the kept blocks; a part of a split block gives only the words within the part."""
    n_ranges = n_words = 0
    for page in range(len(labels.page_block) - 1):
        previous_end = -1
        for row in range(labels.page_block[page], labels.page_block[page + 1]):
            if not is_body[row]:
                continue
            start, end = labels.start[row], labels.end[row]
            if start == previous_end:
                kept.ranges[n_ranges - 1].end = end
            else:
                text_range = kept.ranges[n_ranges]
                text_range.start, text_range.end, text_range.line = start, end, labels.line_start[row]
                n_ranges += 1
            previous_end = end
            block = table[labels.origin[row]]
            is_part = start != block.start or end != block.end
            words_before, low, high = n_words, block.first_word, block.end_word
            if is_part:
                low, high = find_words_between(scanned.word_start, block, start, end)
            for word in range(low, high):
                kept.words[n_words] = scanned.words[word]
                n_words += 1
            count = n_words - words_before if is_part else block.word_count
            kept.word_counts[page] += count
            kept.prose_counts[page] += count * block.is_final
            kept.block_counts[page] += 1
        kept.page_range[page + 1], kept.page_word[page + 1] = n_ranges, n_words
