"""Features of the first stage of the line model: of a block, its position, the page, the blocks around, its words.

Layout: kernels receive the blocks of one page: `table` (segmentation), `scores` (block_scores), and `features`, records
line_features.FEATURES. `sums` are totals from the top of the page: the total of the blocks [i, j) is `sums[j]` minus
`sums[i]`, field by field.

Example: the scores [-6, 20, -4, 12] with the best range (1, 4) give `in_range` [0, 1, 1, 1], `to_range` [-1, 0, 0, 0],
and `score_above` log(1 + s) with s = 0, 0, 20, 20.
"""

from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np

from newsmill.cleaning import line_features as f
from newsmill.cleaning.block_scores import BlockScores
from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.segmentation import Blocks, record_type
from newsmill.compiled import compiled
from newsmill.nlp.characters import DIGIT, ITEM_MARK, LETTER, LOWER, QUOTE, UPPER, build_char_traits
from newsmill.nlp.hash_table import look_up
from newsmill.nlp.scan import Scan

# Reasons by wording, ordered by their distance from running text, so that a tree can split them by one threshold.
_ORDER = (
    Reason.CAPTION,
    Reason.ADVERTISEMENT,
    Reason.UPDATE_NOTE,
    Reason.DATELINE,
    Reason.RELATED,
    Reason.LEGAL_DISCLAIMER,
    Reason.NEWSLETTER,
    Reason.BYLINE,
    Reason.COPYRIGHT,
    Reason.COMMENTS,
    Reason.SHARE,
    Reason.ERROR_BANNER,
    Reason.NAVIGATION,
    Reason.NOT_CONTENT,
)
REASON_RANKS = np.array([_ORDER.index(reason) + 1 if reason in _ORDER else 0 for reason in Reason], np.float32)
PROSE_WORDS, PROSE_FINAL_WORDS = 18, 6  # least words of prose, and of prose that ends as a sentence
MAX_PROSE_BLOCKS = 20  # cap of the distance below a colon
NEAR, NEAR_GAPS = 8, 10  # blocks on each side, for counts of prose and of equal gaps
INTRODUCTION_WORDS = 4  # least words of a block that a colon ends, above a list
LISTED_WORDS = 30  # most words of a listed block
LIST_REACH = 3  # blocks on each side, for counts of list items
WORD_UNIT = 30  # word weights are stored as whole numbers of thirtieths

COLON = ord(":")


class CharKind(IntEnum):
    """Values of the features `first_char` and `last_char`, in the order that the trained trees compare them by."""

    OTHER = 0
    LOWER = 1
    UPPER = 2
    DIGIT = 3
    OTHER_LETTER = 4
    QUOTE = 5
    ITEM = 6
    COLON = 7
    COMMA = 8
    ELLIPSIS = 9
    STOP = 10
    EXCLAMATION = 11


SIGNS = {
    CharKind.COLON: ":",
    CharKind.COMMA: ",;",
    CharKind.ELLIPSIS: "…",
    CharKind.STOP: ".",
    CharKind.EXCLAMATION: "!?",
}
"""The characters of each kind that is no letter, digit, quotation mark or mark of an item."""
WORD_WEIGHTS = record_type(np.float32, "total least most known")
"""The sum of the weights of a block's words, the least and the greatest weight, and the number of known words."""
WEIGHT_SUMS = record_type(np.float64, "total known")
"""Word weights and known words, summed from the top of the page."""
WINDOW_SUMS = record_type(np.float64, "score words finals capitals function_words self_words")
"""Scores and counts of words, summed from the top of the page."""


class WordWeights(NamedTuple):
    """An open hash table from the hash of a word to its weight for text, in WORD_UNITs; 0 for unknown words."""

    keys: np.ndarray
    values: np.ndarray


def fill_block_features(
    blocks: Blocks, scanned: Scan, scored: BlockScores, words: WordWeights, features: np.ndarray
) -> None:
    """Fill the features of the first stage that need no markup."""
    word_weights = np.zeros(len(blocks.table), WORD_WEIGHTS)
    _sum_word_weights(blocks.table, scanned.words, words, word_weights)
    _fill_pages(blocks, scored, word_weights, map_char_kinds(), features)


@compiled
def is_prose(block):
    """Report whether a block reads as running text: long, or a sentence that ends."""
    return block.word_count >= PROSE_WORDS or (block.is_final and block.word_count >= PROSE_FINAL_WORDS)


@compiled
def _sum_word_weights(table, words, lexicon, word_weights):
    """Fill the sum, minimum and maximum of the weights of each block's words, and the number of known words."""
    for i in range(len(table)):
        totals = word_weights[i]
        for j in range(table[i].first_word, table[i].end_word):
            weight = np.float32(look_up(lexicon.keys, lexicon.values, words[j])) / np.float32(WORD_UNIT)
            if weight != 0:
                totals.total += weight
                totals.least = min(totals.least, weight)
                totals.most = max(totals.most, weight)
                totals.known += 1


@compiled
def _fill_pages(blocks, scored, word_weights, char_kinds, features):
    """Fill the features of the first stage, page by page."""
    for page in range(len(blocks.page_block) - 1):
        start, end = blocks.page_block[page], blocks.page_block[page + 1]
        if end > start:
            table, page_features, scores = blocks.table[start:end], features[start:end], scored.scores[start:end]
            best_range = scored.ranges[page]
            _fill_block_features(table, blocks.hashes[start:end], scores, char_kinds, page_features)
            _fill_position_features(table, scores, best_range.start - start, best_range.end - start, page_features)
            _fill_run_features(table, scores, page_features)
            _fill_page_features(table, scores, page_features)
            _fill_window_features(table, scores, page_features)
            _fill_word_features(table, word_weights[start:end], page_features)


@compiled
def _fill_block_features(table, hashes, scores, char_kinds, features):
    """Fill the features of a block: words, signs, figures, reason, score."""
    ordered = np.sort(hashes)
    mean = _mean_prose_words(table)
    for i in range(len(table)):
        block, row = table[i], features[i]
        words, chars = max(block.word_count, 1), max(block.chars, 1)
        tokens = max(block.end_word - block.first_word, 1)
        row.words = np.log1p(block.word_count)
        row.chars_per_word = chars / words
        row.capitals = block.capitalized_words / tokens
        row.numbers = block.numeric_words / tokens
        row.digits = block.digits / chars
        row.signs = block.signs / chars
        row.function_words = block.function_words / tokens
        row.self_words = block.self_words / tokens
        row.sentences = np.log1p(block.sentences)
        row.commas = block.commas / words
        row.quotes = min(block.quotes, 6)
        row.first_char = _classify_char(block.first_char, char_kinds)
        row.last_char = _classify_char(block.last_char, char_kinds)
        row.is_final = block.is_final
        row.is_item = block.is_item
        row.gap = min(block.gap_after, 4)
        row.gap_before = min(table[i - 1].gap_after, 4) if i else 4
        row.reason = REASON_RANKS[block.reason]
        row.block_score = scores[i]
        row.instances = min(np.searchsorted(ordered, hashes[i], side="right") - np.searchsorted(ordered, hashes[i]), 12)
        row.ellipses = block.ellipses
        row.is_dated = block.is_dated
        row.words_to_mean = row.words - mean
    _fill_adjacent_features(table, features)


@compiled
def _fill_adjacent_features(table, features):
    """Fill the features of the adjacent blocks, the distance below a colon, and the list items near the block."""
    count, below = len(table), 0
    for i in range(count):
        row = features[i]
        if i:
            row.previous_last_char, row.previous_words, row.previous_final = (
                features[i - 1].last_char,
                features[i - 1].words,
                features[i - 1].is_final,
            )
            if table[i - 1].last_char == COLON and table[i - 1].word_count >= INTRODUCTION_WORDS:
                below = 1
            elif below:
                below += 1
        if i + 1 < count:
            row.next_first_char, row.next_words = features[i + 1].first_char, features[i + 1].words
        if below and table[i].word_count > LISTED_WORDS and not table[i].is_item:
            below = 0
        row.below_colon = min(below, MAX_PROSE_BLOCKS)
        for other in range(max(i - LIST_REACH, 0), min(i + LIST_REACH + 1, count)):
            row.items_near += table[other].is_item


@compiled
def _mean_prose_words(table):
    """Return the logarithm of the mean words of a page's prose blocks."""
    words = blocks = 0.0
    for i in range(len(table)):
        if is_prose(table[i]):
            words += table[i].word_count
            blocks += 1.0
    return np.log1p(words / max(blocks, 1.0))


@cache
def map_char_kinds() -> np.ndarray:
    """Return the CharKind of each character, as uint8; characters behind the last are OTHER."""
    traits = build_char_traits()
    points = np.arange(len(traits))
    is_of_kind = {
        CharKind.LOWER: traits & LOWER > 0,
        CharKind.UPPER: traits & UPPER > 0,
        CharKind.DIGIT: traits & DIGIT > 0,
        CharKind.OTHER_LETTER: traits & LETTER > 0,
        CharKind.QUOTE: traits & QUOTE > 0,
        CharKind.ITEM: traits & ITEM_MARK > 0,
        **{kind: np.isin(points, list(map(ord, signs))) for kind, signs in SIGNS.items()},
    }
    return np.select(list(is_of_kind.values()), list(is_of_kind), CharKind.OTHER).astype(np.uint8)


@compiled
def _classify_char(point, char_kinds):
    """Return the kind of the character that opens or closes a block."""
    return char_kinds[point] if point < len(char_kinds) else 0


@compiled
def _fill_position_features(table, scores, start, end, features):
    """Fill the position features: distance to the best range and to headers, prose above and below."""
    count = len(table)
    range_score = page_score = score_above = 0.0
    for i in range(count):
        page_score += max(scores[i], 0.0)
        if start <= i < end:
            range_score += scores[i]
    comments = related = legal = -count - f.MAX_STEPS
    score_at_comments = -1.0
    for i in range(count):
        row, reason = features[i], table[i].reason
        row.in_range = start <= i < end
        row.to_range = max(i - start, -f.MAX_STEPS) if i < start else min(max(i - end + 1, 0), f.MAX_STEPS)
        row.range_share = range_score / max(page_score, 1.0)
        row.score_above = np.log1p(score_above)
        row.since_comments = min(i - comments, f.MAX_STEPS)
        row.score_at_comments = score_at_comments
        row.since_related = min(i - related, f.MAX_STEPS)
        row.since_legal = min(i - legal, f.MAX_STEPS)
        if reason == Reason.COMMENTS:
            comments, score_at_comments = i, np.log1p(score_above)
        elif reason == Reason.RELATED:
            related = i
        elif reason == Reason.LEGAL_DISCLAIMER:
            legal = i
        score_above += max(scores[i], 0.0)
    related = 2 * count + f.MAX_STEPS
    for i in range(count - 1, -1, -1):
        score_above -= max(scores[i], 0.0)
        features[i].score_below = np.log1p(max(page_score - score_above - max(scores[i], 0.0), 0.0))
        features[i].next_related = min(related - i, f.MAX_STEPS)
        if table[i].reason == Reason.RELATED:
            related = i


@compiled
def _fill_run_features(table, scores, features):
    """Fill the lengths of runs of equal kind, and the prose, changes of kind and equal gaps near the block."""
    count = len(table)
    _fill_run_lengths(table, scores, features)
    prose_until = np.zeros(count + 1, np.int32)
    changes_until = np.zeros(count + 1, np.int32)
    previous = False
    for i in range(count):
        current = is_prose(table[i])
        prose_until[i + 1] = prose_until[i] + current
        changes_until[i + 1] = changes_until[i] + (i > 0 and current != previous)
        previous = current
    for i in range(count):
        start, end = max(i - NEAR, 0), min(i + NEAR + 1, count)
        features[i].prose_near = prose_until[end] - prose_until[start]
        features[i].changes_near = changes_until[end] - changes_until[min(start + 1, end)]
        same = others = 0
        for j in range(max(i - NEAR_GAPS, 0), min(i + NEAR_GAPS + 1, count)):
            if j != i and scores[j] > 0:
                others += 1
                same += table[j].gap_after == table[i].gap_after
        features[i].same_gap = same / others if others else -1.0


@compiled
def _fill_run_lengths(table, scores, features):
    """Fill the length and words of each run of blocks of one sign of score, and of each run of prose."""
    i = 0
    while i < len(table):
        end, words = i, 0
        while end < len(table) and (scores[end] > 0) == (scores[i] > 0):
            words += table[end].word_count
            end += 1
        for j in range(i, end):
            features[j].run_blocks = min(end - i, f.MAX_BLOCKS) * (-1 if scores[i] > 0 else 1)
            features[j].run_words = np.log1p(words)
        i = end
    i = 0
    while i < len(table):
        end, words = i, 0
        while end < len(table) and is_prose(table[end]):
            words += table[end].word_count
            end += 1
        for j in range(i, end):
            features[j].prose_run_words = np.log1p(words)
        i = end + 1


@compiled
def _fill_page_features(table, scores, features):
    """Fill the features of the whole page."""
    words = prose = functions = finals = 0.0
    for i in range(len(table)):
        words += table[i].word_count
        finals += table[i].is_final
        if scores[i] > 0:
            prose += table[i].word_count
            functions += table[i].function_words
    features["page_words"][:] = np.log1p(words)
    features["page_blocks"][:] = np.log1p(len(table))
    features["page_prose"][:] = prose / max(words, 1.0)
    features["page_function_words"][:] = functions / max(prose, 1.0)
    features["page_finals"][:] = finals / len(table)


@compiled
def _fill_window_features(table, scores, features):
    """Fill the means over the blocks within each reach, without the block."""
    count = len(table)
    sums = np.zeros(count + 1, WINDOW_SUMS)
    for i in range(count):
        block, total, next_total = table[i], sums[i], sums[i + 1]
        next_total.score = total.score + scores[i]
        next_total.words = total.words + block.word_count
        next_total.finals = total.finals + block.is_final
        next_total.capitals = total.capitals + block.capitalized_words
        next_total.function_words = total.function_words + block.function_words
        next_total.self_words = total.self_words + block.self_words
    for k in range(len(f.WINDOW_REACHES)):
        reach = f.WINDOW_REACHES[k]
        for i in range(count):
            start, end = max(i - reach, 0), min(i + reach + 1, count)
            block, before, until, window = table[i], sums[start], sums[end], features[i].windows[k]
            others = max(end - start - 1, 1)
            words = until.words - before.words - block.word_count
            window.score = (until.score - before.score - scores[i]) / others
            window.words = words / others
            window.finals = (until.finals - before.finals - block.is_final) / others
            words = max(words, 1.0)
            window.capitals = (until.capitals - before.capitals - block.capitalized_words) / words
            window.function_words = (until.function_words - before.function_words - block.function_words) / words
            window.self_words = (until.self_words - before.self_words - block.self_words) / words


@compiled
def _fill_word_features(table, word_weights, features):
    """Fill the word weights of a block and of its surroundings."""
    count = len(table)
    sums = np.zeros(count + 1, WEIGHT_SUMS)
    for i in range(count):
        sums[i + 1].total = sums[i].total + word_weights[i].total
        sums[i + 1].known = sums[i].known + word_weights[i].known
    for i in range(count):
        row, weights = features[i], word_weights[i]
        row.mean_weight = weights.total / max(weights.known, 1)
        row.min_weight = weights.least
        row.max_weight = weights.most
        row.weight_sum = weights.total
        row.known_share = weights.known / max(table[i].word_count, 1)
        row.previous_mean_weight = word_weights[i - 1].total / max(word_weights[i - 1].known, 1) if i else 0.0
        row.mean_weight_3 = _mean_weight_near(word_weights, sums, i, 3)
        row.mean_weight_8 = _mean_weight_near(word_weights, sums, i, 8)


@compiled
def _mean_weight_near(word_weights, sums, i, reach):
    """Return the mean weight of the known words within a reach, without the block."""
    start, end = max(i - reach, 0), min(i + reach + 1, len(word_weights))
    before, until, weights = sums[start], sums[end], word_weights[i]
    return (until.total - before.total - weights.total) / max(until.known - before.known - weights.known, 1.0)
