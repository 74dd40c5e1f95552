"""Features of the second stage of the line model, from the predictions of the first stage.

Layout: `probability` has the first prediction of each block. A candidate segment is a record SEGMENT with a half-open
range of blocks of the page; `of_block` is the segment of each block, or -1; the main segment has most expected text.
The words of a page are in an open hash table of records WORD_ENTRY; `slots` has the slot of each word in order.

Example: the predictions [.1, .8, .2, .9, .0, .0, .6] give the segments (1, 4) and (6, 7): blocks above SEGMENT_SCORE,
over gaps of at most SEGMENT_GAP. With 10 words in each block the main segment is (1, 4). Block 6 then has `to_main` 3,
`blocks_to_main` 2 and `words_to_main` log(1 + 20).
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from newsmill.cleaning import line_features as f
from newsmill.cleaning.block_choice import find_best_threshold
from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled
from newsmill.nlp.scan import Scan

SEGMENT_SCORE, SEGMENT_GAP = 0.3, 2  # least probability in a segment; most blocks below it within one
UNLIKELY_SCORE = 0.15  # highest probability of a block that counts between a block and the main segment
BEST_REACH = 6  # blocks above and below, for the highest probability
MAX_MARGIN_WORDS = 60.0  # words of a block that count in the search for the best range
COMMON_SHARE, MIN_COMMON = 0.12, 5  # a word in more of the blocks is no evidence that they belong together


SEGMENT = np.dtype(
    (
        np.record,
        [
            ("start", np.int32),
            ("end", np.int32),
            ("text", np.float64),
            ("words", np.float64),
            ("self_words", np.float64),
        ],
    )
)
"""A candidate segment: a half-open range of blocks, expected words of text, words, words to or by the reader."""
WORD_ENTRY = np.dtype(
    (
        np.record,
        [
            ("word", np.uint64),
            ("last_block", np.int32),
            ("blocks", np.int32),
            ("main_blocks", np.int32),
            ("score", np.float32),
        ],
    )
)
"""A word of a page in a hash table: the last block with the word, the blocks with the word, of these the blocks of the
main segment, and the sum of the probabilities of these blocks."""


class HeaderKind(IntEnum):
    """Values of the feature `header_to_main`: the headers between a block and the main segment."""

    NO_HEADER = 0
    RELATED = 1
    COMMENTS = 2


class ScoredPage(NamedTuple):
    """The blocks of a page with their first predictions."""

    table: np.ndarray
    probability: np.ndarray
    features: np.ndarray


class Segments(NamedTuple):
    """The candidate segments of a page: records SEGMENT, the segment of each block or -1, and the main or -1."""

    spans: np.ndarray
    of_block: np.ndarray
    main: int


def fill_score_features(blocks: Blocks, scanned: Scan, probability: np.ndarray, features: np.ndarray) -> None:
    """Fill the score features, from the first predictions."""
    _fill_pages(probability, blocks.table, blocks.page_block, scanned.words, features)


@compiled
def _fill_pages(probability, table, page_block, words, features):
    """Fill the score features, page by page."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if end > start:
            scored = ScoredPage(table[start:end], probability[start:end], features[start:end])
            threshold = find_best_threshold(scored.probability, scored.table["word_count"])
            _fill_nearby_scores(scored, threshold)
            _fill_best_range(scored, threshold)
            segments = _find_segments(scored)
            _fill_shared_words(scored, words, segments)
            _fill_segment_features(scored, segments)
            _fill_main_distances(scored, segments)


@compiled
def _fill_nearby_scores(scored, threshold):
    """Fill the first predictions of the block, of its neighbours, and of the text above and below."""
    table, probability, features = scored.table, scored.probability, scored.features
    count = len(probability)
    sums = np.zeros(count + 1, np.float64)
    page_text = text_above = 0.0
    for i in range(count):
        sums[i + 1] = sums[i] + probability[i]
        page_text += probability[i] * table[i].word_count
    for i in range(count):
        row = features[i]
        row.score, row.margin, row.threshold = probability[i], probability[i] - threshold, threshold
        row.previous_score = probability[i - 1] if i else -1.0
        row.next_score = probability[i + 1] if i + 1 < count else -1.0
        row.second_previous_score = probability[i - 2] if i > 1 else -1.0
        row.mean_score_2 = _mean_score_near(probability, sums, i, 2)
        row.mean_score_5 = _mean_score_near(probability, sums, i, 5)
        row.mean_score_10 = _mean_score_near(probability, sums, i, 10)
        for j in range(max(i - BEST_REACH, 0), i):
            row.max_score_above = max(row.max_score_above, probability[j])
        for j in range(i + 1, min(i + BEST_REACH + 1, count)):
            row.max_score_below = max(row.max_score_below, probability[j])
        row.text_above = np.log1p(text_above)
        text_above += probability[i] * table[i].word_count
        row.text_below = np.log1p(max(page_text - text_above, 0.0))


@compiled
def _mean_score_near(probability, sums, i, reach):
    """Return the mean probability within a reach, without the block."""
    start, end = max(i - reach, 0), min(i + reach + 1, len(probability))
    return (sums[end] - sums[start] - probability[i]) / max(end - start - 1, 1)


@compiled
def _fill_best_range(scored, threshold):
    """Fill the position to the best range: words above the threshold count for a range, the others against."""
    table, probability, features = scored.table, scored.probability, scored.features
    best = total = 0.0
    start = end = candidate = 0
    for i in range(len(probability)):
        if total <= 0:
            total, candidate = 0.0, i
        margin = probability[i] - threshold
        total += margin * min(table[i].word_count, MAX_MARGIN_WORDS) - (0.5 if margin < 0 else 0.0)
        if total > best:
            best, start, end = total, candidate, i + 1
    for i in range(len(probability)):
        features[i].in_best_range = start <= i < end
        features[i].to_best_range = max(i - start, -f.MAX_STEPS) if i < start else min(max(i - end + 1, 0), f.MAX_STEPS)


@compiled
def _find_segments(scored):
    """Return the candidate segments of a page."""
    table, probability = scored.table, scored.probability
    count = len(probability)
    spans, of_block = np.zeros(count, SEGMENT), np.full(count, -1, np.int32)
    segment_count = i = 0
    while i < count:
        if probability[i] <= SEGMENT_SCORE:
            i += 1
            continue
        last = i
        j = i + 1
        while j < count and j - last <= SEGMENT_GAP:
            if probability[j] > SEGMENT_SCORE:
                last = j
            j += 1
        span = spans[segment_count]
        span.start, span.end = i, last + 1
        for j in range(i, last + 1):
            of_block[j] = segment_count
            span.text += probability[j] * table[j].word_count
            span.words += table[j].word_count
            span.self_words += table[j].self_words
        segment_count += 1
        i = last + 1
    return Segments(spans[:segment_count], of_block, _find_main_segment(spans[:segment_count]))


@compiled
def _find_main_segment(spans):
    """Return the segment with the most expected text; -1 where there is none."""
    best, main = -1.0, -1
    for segment in range(len(spans)):
        if spans[segment].text > best:
            best, main = spans[segment].text, segment
    return main


@compiled
def _index_words(scored, words, segments):
    """Return a hash table of a page's words, records WORD_ENTRY, and the slot of each word of the page in order."""
    table, probability = scored.table, scored.probability
    first_word, end_word = table[0].first_word, table[len(table) - 1].end_word
    size = 16
    while size < 2 * (end_word - first_word) + 2:
        size *= 2
    entries, mask = np.zeros(size, WORD_ENTRY), np.uint64(size - 1)
    slots = np.empty(end_word - first_word, np.int32)
    for i in range(len(table)):
        is_main = segments.main >= 0 and segments.of_block[i] == segments.main
        for j in range(table[i].first_word, table[i].end_word):
            word = words[j]
            probe = word & mask
            while entries[probe].word != np.uint64(0) and entries[probe].word != word:
                probe = (probe + np.uint64(1)) & mask
            entry = entries[probe]
            slots[j - first_word] = np.int64(probe)
            if entry.blocks == 0 or entry.last_block != i:
                entry.word, entry.last_block = word, i
                entry.score += probability[i]
                entry.blocks += 1
                entry.main_blocks += is_main
    return entries, slots


@compiled
def _fill_shared_words(scored, words, segments):
    """Fill the share of a block's words in other likely blocks, and in the main segment.

    Words in more than COMMON_SHARE of the blocks do not count.
    """
    table, probability, features = scored.table, scored.probability, scored.features
    count, first_word = len(table), table[0].first_word
    entries, slots = _index_words(scored, words, segments)
    common = max(COMMON_SHARE * count, MIN_COMMON)
    shared_words, rare_words = np.zeros(len(segments.spans) + 1), np.zeros(len(segments.spans) + 1)
    for i in range(count):
        own = segments.of_block[i]
        is_main = segments.main >= 0 and own == segments.main
        shared = score = in_main = rare = 0.0
        for j in range(table[i].first_word, table[i].end_word):
            entry = entries[slots[j - first_word]]
            if entry.blocks > common:
                continue
            rare += 1
            others = entry.score - probability[i]
            shared += min(max(others, 0.0), 1.0)
            score += others / (entry.blocks - 1) if entry.blocks > 1 else 0.0
            in_main += entry.main_blocks > is_main
        row = features[i]
        row.shared_words = shared / rare if rare else -1.0
        row.shared_word_score = score / rare if rare else -1.0
        row.rare_words = rare / max(table[i].word_count, 1)
        row.main_shared_words = in_main / rare if rare else -1.0
        shared_words[own] += in_main
        rare_words[own] += rare
    for i in range(count):
        own = segments.of_block[i]
        features[i].segment_shared_words = shared_words[own] / max(rare_words[own], 1.0) if own >= 0 else -1.0


@compiled
def _fill_segment_features(scored, segments):
    """Fill the probability, size and vocabulary of a block's segment, relative to the main segment."""
    spans, main, total = segments.spans, segments.main, 0.0
    for i in range(len(scored.table)):
        total += scored.probability[i] * scored.table[i].word_count
    for i in range(len(scored.table)):
        row, own = scored.features[i], segments.of_block[i]
        row.segments = min(len(spans), f.MAX_STEPS)
        if main >= 0:
            row.main_share = spans[main].text / max(total, 1.0)
            row.main_mean = spans[main].text / max(spans[main].words, 1.0)
        if own < 0:
            row.segment_mean, row.segment_share, row.segment_self_words = -1.0, -1.0, -1.0
            row.segment_length_ratio, row.segment_words_per_block = -9.0, -1.0
            continue
        words = max(spans[own].words, 1.0)
        words_per_block, main_words_per_block = _words_per_block(spans[own]), _words_per_block(spans[main])
        row.segment_mean = spans[own].text / words
        row.segment_share = spans[own].text / max(total, 1.0)
        row.segment_self_words = spans[own].self_words / words - spans[main].self_words / max(spans[main].words, 1.0)
        row.segment_length_ratio = np.log((words_per_block + 1) / (main_words_per_block + 1))
        row.segment_words_per_block = words_per_block


@compiled
def _words_per_block(segment):
    """Return the mean words of a segment's blocks."""
    return segment.words / (segment.end - segment.start)


@compiled
def _fill_main_distances(scored, segments):
    """Fill the blocks, words and headers between a block and the main segment, on both sides of the segment."""
    if segments.main < 0:
        return
    main, table = segments.spans[segments.main], scored.table
    for step in (-1, 1):
        i = main.end if step > 0 else main.start - 1
        steps = words = blocks = reasons = 0
        header = HeaderKind.NO_HEADER.value
        while 0 <= i < len(table):
            steps += 1
            row, reason = scored.features[i], table[i].reason
            row.to_main, row.words_to_main = min(steps, f.MAX_STEPS) * step, np.log1p(words)
            row.blocks_to_main, row.reasons_to_main = min(blocks, f.MAX_STEPS), min(reasons, f.MAX_STEPS)
            row.header_to_main = header
            if scored.probability[i] < UNLIKELY_SCORE:
                words += table[i].word_count
                blocks += 1
            reasons += reason != Reason.NONE
            if reason == Reason.COMMENTS:
                header = HeaderKind.COMMENTS.value
            elif reason == Reason.RELATED:
                header = max(header, HeaderKind.RELATED.value)
            i += step
