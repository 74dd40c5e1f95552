"""Count the blocks of a batch of pages by source: pages with the block, and contexts.

Layout: a row is a distinct block of a source; `rows[i]` is the row of block i, -1 for a block without words, and
`pages[row]` the number of pages with the row. `tops` has the CONTEXT_BLOCKS + 1 weightiest blocks of each page, by
hash. The context of a row on a page is the page's three
weightiest blocks other than the row's own. `starts` and `bounds` are the first context of each row, before and after
the choice.

Example: three pages of a source show the line F and a story each: A, B, and B again. Row F has 3 pages; the contexts on
the pages are (A, 0, 0), (B, 0, 0), (B, 0, 0), where 0 is no block. The choice keeps (A, 0, 0) and (B, 0, 0).
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp.scan import text_buffers

CONTEXT_BLOCKS = 3  # a copy with one changed paragraph still shares a block
FIRST = 0  # the weightiest block of a context
CONTEXTS = 16  # kept for a block: more stories would not change the decision
PROSE_WORDS = 8  # least words of a sentence of prose
# A disclaimer on more of a source's pages identifies no story, and its words count that much less.
COMMON_SHARE, COMMON_FACTOR = 0.3, 0.01
SAMPLE_CHARS = 120  # of a block, shown to a person
TEMPLATE_PAGES = 6
"""Least pages of a source in a part for its common blocks to say nothing about a page with a text of its own. At half,
retitled copies of a story on a small site count as different stories; at twice, small sites keep their paywall."""
HEADLINE_MIN_WORDS, HEADLINE_MAX_WORDS = 3, 25
_PROSE_BONUS, _SEGMENT_BONUS = 1e6, 1e9  # above any number of words, so that kinds of blocks never mix


class BlockCounts(NamedTuple):
    """Counts of each block of each source: `block` is an instance, `source` the number of the source.

    `pages` counts the pages with the block, `inner` the pages with the block between two sentences. `contexts` holds
    for each row, from `bounds[row]` on, up to CONTEXTS triples of the weightiest other blocks of a page, sorted, each
    with another weightiest block; 0 is no block.
    """

    block: np.ndarray
    source: np.ndarray
    pages: np.ndarray
    inner: np.ndarray
    bounds: np.ndarray
    contexts: np.ndarray


class NumberedBlocks(NamedTuple):
    """The blocks of a batch: whether a block is prose, its row, -1 for none, and the number of pages of each row."""

    blocks: Blocks
    is_prose: np.ndarray
    rows: np.ndarray
    pages: np.ndarray


def count_blocks(blocks: Blocks, ranges: np.ndarray, sources: np.ndarray, is_whole: np.ndarray) -> BlockCounts:
    """Count the blocks of a batch; `ranges` are the best ranges of the pages, `sources` the source numbers.

    Of an `is_whole` article short lines are not counted: datelines and labels of results are text there.
    """
    least_words = np.where(is_whole, PROSE_WORDS, 1)[blocks.table["page"]]
    is_worded = blocks.table["word_count"] >= least_words
    rows = _number_rows(blocks.hashes, blocks.table["page"], sources, is_worded)
    count = int(rows.max(initial=-1)) + 1
    pages = _count_pages(rows, blocks.page_block, count)
    numbered = NumberedBlocks(blocks, _find_prose(blocks.table), rows, pages)
    common_pages = np.maximum(1.0, COMMON_SHARE * np.bincount(sources))[sources]
    tops = _find_top_blocks(numbered, ranges, common_pages)
    instances, inner, starts, all_contexts = _collect_contexts(numbered, tops)
    bounds, contexts = _choose_contexts(starts, all_contexts)
    return BlockCounts(instances, sources[blocks.table["page"][instances]], pages, inner, bounds, contexts)


def sample_texts(texts: pa.Array, blocks: Blocks, instances: np.ndarray) -> pa.Array:
    """Return the first SAMPLE_CHARS characters of blocks, given in page order."""
    data, offsets = text_buffers(texts)
    bounds = np.zeros(len(instances) + 1, np.int64)
    starts = np.empty(len(instances), np.int64)
    _find_sample_bytes(data, offsets, blocks.table.take(instances), starts, bounds)
    copied = np.empty(bounds[-1], np.uint8)
    _copy_bytes(data, starts, bounds, copied)
    return pa.LargeStringArray.from_buffers(len(instances), pa.py_buffer(bounds), pa.py_buffer(copied)).cast(
        pa.string()
    )


def _find_prose(table: np.ndarray) -> np.ndarray:
    """Return the mask of sentences without a reason by wording."""
    return (table["is_final"] != 0) & (table["word_count"] >= PROSE_WORDS) & (table["reason"] == 0)


@compiled
def _number_rows(hashes, page, sources, is_worded):
    """Number the pairs of source and hash in order of appearance; -1 for a block without words."""
    mask = np.uint64(1)
    while mask < np.uint64(2 * len(hashes)):
        mask = mask * np.uint64(2)
    mask -= np.uint64(1)
    keys, owners = np.zeros(mask + np.uint64(1), np.uint64), np.zeros(mask + np.uint64(1), np.int32)
    numbers = np.full(mask + np.uint64(1), -1, np.int32)
    rows = np.full(len(hashes), -1, np.int32)
    count = 0
    for block in range(len(hashes)):
        if not is_worded[block]:
            continue
        source = sources[page[block]]
        slot = (hashes[block] ^ (np.uint64(source) * np.uint64(0x9E3779B97F4A7C15))) & mask
        while numbers[slot] >= 0 and (keys[slot] != hashes[block] or owners[slot] != source):
            slot = (slot + np.uint64(1)) & mask
        if numbers[slot] < 0:
            keys[slot], owners[slot], numbers[slot] = hashes[block], source, count
            count += 1
        rows[block] = numbers[slot]
    return rows


@compiled
def _count_pages(rows, page_block, count):
    """Count the pages of each row."""
    pages, last = np.zeros(count, np.int32), np.full(count, -1, np.int32)
    for page in range(len(page_block) - 1):
        for block in range(page_block[page], page_block[page + 1]):
            row = rows[block]
            if row >= 0 and last[row] != page:
                last[row] = page
                pages[row] += 1
    return pages


@compiled
def _find_top_blocks(numbered, ranges, common_pages):
    """Return the weightiest blocks of each page, in order of weight: the identity of the page's story.

    Sentences of the best range come before others, long blocks before short, and blocks on many pages of the source
    last: `common_pages` has the number of pages of a common block, for each page. The number of pages does not matter:
    copies of a story choose alike, even without a paragraph. A page with a headline and a sentence that are not common
    is identified by its own blocks alone: teasers above one paywall are different stories.
    """
    table, hashes, page_block = numbered.blocks.table, numbered.blocks.hashes, numbered.blocks.page_block
    rows, pages = numbered.rows, numbered.pages
    top_count = CONTEXT_BLOCKS + 1
    tops, weights = np.zeros((len(page_block) - 1, top_count), np.uint64), np.empty(top_count, np.float64)
    for page in range(len(tops)):
        weights[:] = 0.0
        is_own = _has_own_text(numbered, page, common_pages[page])
        for block in range(page_block[page], page_block[page + 1]):
            if rows[block] < 0:
                continue
            is_common = pages[rows[block]] > common_pages[page]
            if is_own and is_common:
                continue
            weight = table[block].word_count * (COMMON_FACTOR if is_common else 1.0)
            if numbered.is_prose[block]:
                weight += _SEGMENT_BONUS if ranges[page].start <= block < ranges[page].end else _PROSE_BONUS
            _insert_top(tops[page], weights, hashes[block], weight)
    return tops


@compiled
def _has_own_text(numbered, page, common_pages):
    """Report whether a page has a headline and below it a sentence, both not common, on a source of many pages."""
    if common_pages < COMMON_SHARE * TEMPLATE_PAGES:
        return False
    has_headline = False
    for block in range(numbered.blocks.page_block[page], numbered.blocks.page_block[page + 1]):
        row = numbered.rows[block]
        if row < 0 or numbered.pages[row] > common_pages:
            continue
        if numbered.is_prose[block] and has_headline:
            return True
        words = numbered.blocks.table[block].word_count
        is_unlabelled = numbered.blocks.table[block].reason == 0
        has_headline |= is_unlabelled and HEADLINE_MIN_WORDS <= words <= HEADLINE_MAX_WORDS
    return False


@compiled
def _insert_top(top, weights, block, weight):
    """Insert a block among the weightiest of a page, unless present."""
    position = len(top)
    for i in range(len(top)):
        if top[i] == block:
            return
        if position == len(top) and (weight > weights[i] or (weight == weights[i] and block < top[i])):
            position = i
    if position < len(top):
        top[position + 1 :] = top[position:-1].copy()
        weights[position + 1 :] = weights[position:-1].copy()
        top[position], weights[position] = block, weight


@compiled
def _collect_contexts(numbered, tops):
    """Return the first instance, the count of pages between sentences, and all contexts of each row."""
    hashes, page_block = numbered.blocks.hashes, numbered.blocks.page_block
    prose, rows, pages = numbered.is_prose, numbered.rows, numbered.pages
    starts = np.zeros(len(pages) + 1, np.int64)
    starts[1:] = np.cumsum(pages)
    next_context = starts[:-1].copy()
    contexts = np.zeros((starts[-1], CONTEXT_BLOCKS), np.uint64)
    instances, inner = np.full(len(pages), -1, np.int64), np.zeros(len(pages), np.int32)
    last = np.full(len(pages), -1, np.int32)
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        for block in range(start, end):
            row = rows[block]
            if row < 0 or last[row] == page:
                continue
            last[row] = page
            if instances[row] < 0:
                instances[row] = block
            inner[row] += block > start and block + 1 < end and prose[block - 1] and prose[block + 1]
            column = 0
            for top in tops[page]:
                if top != hashes[block] and column < CONTEXT_BLOCKS:
                    contexts[next_context[row], column] = top
                    column += 1
            next_context[row] += 1
    return instances, inner, starts, contexts


@compiled
def _choose_contexts(starts, contexts):
    """Keep a context for each weightiest block, up to the CONTEXTS smallest."""
    bounds = np.zeros(len(starts), np.int64)
    kept = np.empty((len(contexts), CONTEXT_BLOCKS), np.uint64)
    count = 0
    for row in range(len(starts) - 1):
        start, end = starts[row], starts[row + 1]
        first_blocks = np.sort(contexts[start:end, FIRST])
        kept_count = 0
        for i in range(len(first_blocks)):
            if kept_count < CONTEXTS and (i == 0 or first_blocks[i] != first_blocks[i - 1]):
                kept[count + kept_count, :] = np.uint64(0xFFFFFFFFFFFFFFFF)
                kept[count + kept_count, FIRST] = first_blocks[i]
                kept_count += 1
        for i in range(start, end):
            for j in range(count, count + kept_count):
                if kept[j, FIRST] == contexts[i, FIRST] and _is_smaller(contexts[i], kept[j]):
                    kept[j] = contexts[i]
        count += kept_count
        bounds[row + 1] = count
    return bounds, kept[:count].copy()


@compiled
def _is_smaller(context, other):
    """Report whether a context is smaller than another with the same first block."""
    for i in range(FIRST + 1, CONTEXT_BLOCKS):
        if context[i] != other[i]:
            return context[i] < other[i]
    return False


@compiled
def _find_sample_bytes(data, offsets, sampled, starts, bounds):
    """Find the first byte and the length in bytes of each sample, in a single walk over the pages."""
    page, char, pos = -1, 0, np.int64(0)
    for row in range(len(sampled)):
        block = sampled[row]
        if block.page != page or block.text_start < char:
            page, char, pos = block.page, 0, offsets[block.page]
        while char < block.text_start:
            pos = _next_char(data, pos)
            char += 1
        starts[row] = pos
        while char < min(block.text_end, block.text_start + SAMPLE_CHARS):
            pos = _next_char(data, pos)
            char += 1
        bounds[row + 1] = bounds[row] + pos - starts[row]


@inlined
def _next_char(data, pos):
    """Return the position of the next character in UTF-8."""
    byte = data[pos]
    return pos + (1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)


@compiled
def _copy_bytes(data, starts, bounds, copied):
    """Copy the bytes of the samples in order."""
    for row in range(len(starts)):
        size = bounds[row + 1] - bounds[row]
        copied[bounds[row] : bounds[row + 1]] = data[starts[row] : starts[row] + size]
