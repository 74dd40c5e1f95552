"""Which blocks a batch of pages shows, on how many pages of each source, and what surrounds them there."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp.scan import buffers_of

CONTEXT_BLOCKS = 3  # a copy with a changed paragraph still shares one of them
CONTEXTS = 16  # kept of a block; so many different stories are as good as any more
PROSE_WORDS = 8
COMMON_SHARE, COMMON_FACTOR = 0.3, 0.01  # of a source's pages; a disclaimer that is on more of them tells no story
SAMPLE_CHARS = 120
_PROSE_BONUS, _SEGMENT_BONUS = 1e6, 1e9


class BlockCounts(NamedTuple):
    """A row for each block of each source: `block` is one that shows it, `source` the number given for its page.

    `pages` counts the pages that show it, `inner` those where it stands between two sentences. `contexts` holds for
    each row, from `bounds[row]`, up to CONTEXTS triples of the weightiest other blocks of a page, sorted, one for each
    weightiest; 0 stands for no block.
    """

    block: np.ndarray
    source: np.ndarray
    pages: np.ndarray
    inner: np.ndarray
    bounds: np.ndarray
    contexts: np.ndarray


def count_blocks(blocks: Blocks, runs: np.ndarray, sources: np.ndarray) -> BlockCounts:
    """Sum up the blocks of a batch; `runs` tells the heaviest run of each page, `sources` the number of its source."""
    is_worded = blocks.table[:, b.WORD_COUNT] > 0
    rows = _number_rows(blocks.hashes, blocks.table[:, b.PAGE], sources, is_worded)
    count = int(rows.max(initial=-1)) + 1
    pages = _count_pages(rows, blocks.page_block, count)
    prose = _find_prose(blocks.table)
    visits = np.bincount(sources)
    tops = _find_top_blocks(blocks.table, blocks.hashes, blocks.page_block, runs, prose, rows, pages, sources, visits)
    shown, inner, starts, all_contexts = _collect_contexts(blocks.hashes, blocks.page_block, prose, rows, pages, tops)
    bounds, contexts = _choose_contexts(starts, all_contexts)
    return BlockCounts(shown, sources[blocks.table[shown, b.PAGE]], pages, inner, bounds, contexts)


def sample_texts(texts: pa.Array, blocks: Blocks, shown: np.ndarray) -> pa.Array:
    """Return the first SAMPLE_CHARS characters of some blocks, given in order of their pages."""
    data, offsets = buffers_of(texts)
    bounds = np.zeros(len(shown) + 1, np.int64)
    places = blocks.table[shown][:, (b.PAGE, b.TEXT_START, b.TEXT_END)]
    first = np.empty(len(shown), np.int64)
    _find_sample_bytes(data, offsets, places, first, bounds)
    taken = np.empty(bounds[-1], np.uint8)
    _copy_bytes(data, first, bounds, taken)
    return pa.LargeStringArray.from_buffers(len(shown), pa.py_buffer(bounds), pa.py_buffer(taken)).cast(pa.string())


def _find_prose(table: np.ndarray) -> np.ndarray:
    """Tell which blocks are sentences that no wording gives away."""
    return (table[:, b.IS_FINAL] != 0) & (table[:, b.WORD_COUNT] >= PROSE_WORDS) & (table[:, b.REASON] == 0)


@compiled
def _number_rows(hashes, page, sources, is_worded):
    """Number the pairs of source and hash in order of first sight; -1 for a block without words."""
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
        at = (hashes[block] ^ (np.uint64(source) * np.uint64(0x9E3779B97F4A7C15))) & mask
        while numbers[at] >= 0 and (keys[at] != hashes[block] or owners[at] != source):
            at = (at + np.uint64(1)) & mask
        if numbers[at] < 0:
            keys[at], owners[at], numbers[at] = hashes[block], source, count
            count += 1
        rows[block] = numbers[at]
    return rows


@compiled
def _count_pages(rows, page_block, count):
    """Count the pages that show each row."""
    pages, last = np.zeros(count, np.int32), np.full(count, -1, np.int32)
    for page in range(len(page_block) - 1):
        for block in range(page_block[page], page_block[page + 1]):
            row = rows[block]
            if row >= 0 and last[row] != page:
                last[row] = page
                pages[row] += 1
    return pages


@compiled
def _find_top_blocks(table, hashes, page_block, runs, prose, rows, pages, sources, source_pages):
    """Return the blocks that tell the story of each page, weightiest first.

    Sentences of the heaviest run come before others, long ones before short, and last what many pages of the source
    show. How many does not matter: copies of a story choose alike, though one lacks a paragraph of the others.
    """
    kept = CONTEXT_BLOCKS + 1
    tops, weights = np.zeros((len(page_block) - 1, kept), np.uint64), np.empty(kept, np.float64)
    for page in range(len(tops)):
        weights[:] = 0.0
        for block in range(page_block[page], page_block[page + 1]):
            if rows[block] < 0:
                continue
            is_common = pages[rows[block]] > max(1.0, COMMON_SHARE * source_pages[sources[page]])
            weight = table[block, b.WORD_COUNT] * (COMMON_FACTOR if is_common else 1.0)
            if prose[block]:
                weight += _SEGMENT_BONUS if runs[page, 0] <= block < runs[page, 1] else _PROSE_BONUS
            _insert_top(tops[page], weights, hashes[block], weight)
    return tops


@compiled
def _insert_top(top, weights, block, weight):
    """Put a block into its place among the weightiest, unless it stands there already."""
    place = len(top)
    for at in range(len(top)):
        if top[at] == block:
            return
        if place == len(top) and (weight > weights[at] or (weight == weights[at] and block < top[at])):
            place = at
    if place < len(top):
        top[place + 1 :] = top[place:-1].copy()
        weights[place + 1 :] = weights[place:-1].copy()
        top[place], weights[place] = block, weight


@compiled
def _collect_contexts(hashes, page_block, prose, rows, pages, tops):
    """Return for each row its first block, the pages where it is inner, and the contexts of all pages that show it."""
    starts = np.zeros(len(pages) + 1, np.int64)
    starts[1:] = np.cumsum(pages)
    filled = starts[:-1].copy()
    contexts = np.zeros((starts[-1], CONTEXT_BLOCKS), np.uint64)
    shown, inner = np.full(len(pages), -1, np.int64), np.zeros(len(pages), np.int32)
    last = np.full(len(pages), -1, np.int32)
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        for block in range(first, past):
            row = rows[block]
            if row < 0 or last[row] == page:
                continue
            last[row] = page
            if shown[row] < 0:
                shown[row] = block
            inner[row] += block > first and block + 1 < past and prose[block - 1] and prose[block + 1]
            place = 0
            for top in tops[page]:
                if top != hashes[block] and place < CONTEXT_BLOCKS:
                    contexts[filled[row], place] = top
                    place += 1
            filled[row] += 1
    return shown, inner, starts, contexts


@compiled
def _choose_contexts(starts, contexts):
    """Keep of each row's contexts those of the smallest weightiest blocks, one for each."""
    bounds = np.zeros(len(starts), np.int64)
    kept = np.empty((len(contexts), CONTEXT_BLOCKS), np.uint64)
    count = 0
    for row in range(len(starts) - 1):
        first, past = starts[row], starts[row + 1]
        heads = np.sort(contexts[first:past, 0])
        wanted = 0
        for at in range(len(heads)):
            if wanted < CONTEXTS and (at == 0 or heads[at] != heads[at - 1]):
                kept[count + wanted, :] = np.uint64(0xFFFFFFFFFFFFFFFF)
                kept[count + wanted, 0] = heads[at]
                wanted += 1
        for at in range(first, past):
            for place in range(count, count + wanted):
                if kept[place, 0] == contexts[at, 0] and _is_smaller(contexts[at], kept[place]):
                    kept[place] = contexts[at]
        count += wanted
        bounds[row + 1] = count
    return bounds, kept[:count].copy()


@compiled
def _is_smaller(some, other):
    for at in range(1, CONTEXT_BLOCKS):
        if some[at] != other[at]:
            return some[at] < other[at]
    return False


@compiled
def _find_sample_bytes(data, offsets, places, first, bounds):
    """Find the first byte and the length in bytes of each sample; the blocks come in order, so one walk does."""
    page, char, at = -1, 0, np.int64(0)
    for row in range(len(places)):
        if places[row, 0] != page or places[row, 1] < char:
            page, char, at = places[row, 0], 0, offsets[places[row, 0]]
        while char < places[row, 1]:
            at = _next_char(data, at)
            char += 1
        first[row] = at
        while char < min(places[row, 2], places[row, 1] + SAMPLE_CHARS):
            at = _next_char(data, at)
            char += 1
        bounds[row + 1] = bounds[row] + at - first[row]


@inlined
def _next_char(data, at):
    """Return where the next character begins."""
    byte = data[at]
    return at + (1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)


@compiled
def _copy_bytes(data, first, bounds, taken):
    for row in range(len(first)):
        size = bounds[row + 1] - bounds[row]
        taken[bounds[row] : bounds[row + 1]] = data[first[row] : first[row] + size]
