"""The line model: the probable share of text in each block of a page, and the blocks to keep.

The model is two sums of small decision trees. The first stage reads features of a block and the surrounding blocks. The
second stage also reads features of the first predictions: candidate segments of likely text, and the words shared with
likely text. Pages with markup have separate trees. `line_model.json` holds trees and word weights;
`benchmarks/quality/train_lines.py` trains them.

Layout: `features` has a record line_features.FEATURES per block of the batch; kernels receive the records of one page,
as `table` (segmentation), `scores` (block_scores) and `probability` (first stage). Trees read `features` as a matrix.
`elements` are numbered in order of appearance, 0 for the page; `parents` has the containing element, -1 for the page,
and `innermost` the element of each block. A segment is a record SEGMENT, with a half-open range of blocks;
`of_block` is the segment of each block or -1.

Example: the first predictions [.1, .8, .2, .9, .0, .0, .6] give the segments (1, 4) and (6, 7): blocks above
SEGMENT_SCORE, over gaps of at most SEGMENT_GAP. With 10 words in each block the main segment is (1, 4). Block 6 then
has `to_main` 3, `blocks_to_main` 2 and `words_to_main` log(1 + 20).
"""

import json
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np
import pyarrow as pa

from newsmill.cleaning import line_features as f
from newsmill.cleaning.block_scores import BlockScores
from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup as m
from newsmill.nlp import trees
from newsmill.nlp.characters import DIGIT, ITEM_MARK, LETTER, LOWER, QUOTE, UPPER, build_char_traits
from newsmill.nlp.hash_table import build_table, look_up
from newsmill.nlp.scan import Scan, scan
from newsmill.nlp.trees import TreeModel, Trees

DATA = Path(__file__).with_name("line_model.json")
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
MAX_STEPS, MAX_BLOCKS, MAX_PROSE_BLOCKS = 60, 60, 20  # caps of distances and lengths
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


class HeaderKind(IntEnum):
    """Values of the feature `header_to_main`: the headers between a block and the main segment."""

    NO_HEADER = 0
    RELATED = 1
    COMMENTS = 2


def _record(kind: type, names: str) -> np.dtype:
    """Return a record type with fields of one kind."""
    return np.dtype((np.record, [(name, kind) for name in names.split()]))


WORD_WEIGHTS = _record(np.float32, "total least most known")
"""The sum of the weights of a block's words, the least and the greatest weight, and the number of known words."""
WEIGHT_SUMS = _record(np.float64, "total known")
"""Word weights and known words, summed from the top of the page."""
WINDOW_SUMS = _record(np.float64, "score words finals capitals function_words self_words")
"""Scores and counts of words, summed from the top of the page."""
MARKUP_SUMS = _record(np.float64, "words links paragraph in_article body_hint")
"""Words, and words times markup features, summed from the top of the page."""
CONTENT = _record(np.float64, "words text linked blocks")
"""The content of a block or element: words, words of text, linked words, blocks."""
ROOT = 0  # the element that contains the whole page


class WordWeights(NamedTuple):
    """An open hash table from the hash of a word to its weight for text, in WORD_UNITs; 0 for unknown words."""

    keys: np.ndarray
    values: np.ndarray


class StageTrees(NamedTuple):
    """The trees of both stages, for one kind of page."""

    first: Trees
    second: Trees


class ModelFile(TypedDict):
    """The content of `line_model.json`: weights by word, and trees by stage for each kind of page."""

    words: dict[str, int]
    text: dict[str, TreeModel]
    markup: dict[str, TreeModel]


class Model(NamedTuple):
    """The content of `line_model.json` in the layout of compiled code."""

    words: WordWeights
    text: StageTrees
    markup: StageTrees


@cache
def load_model() -> Model:
    """Return the shipped model."""
    return build_model(json.loads(DATA.read_text(encoding="utf8")))


def build_model(content: ModelFile) -> Model:
    """Build a model in the layout of compiled code from the content of a model file."""
    text, markup = (
        StageTrees(build_trees(stages["first"]), build_trees(stages["second"]))
        for stages in (content["text"], content["markup"])
    )
    return Model(build_word_weights(content["words"]), text, markup)


def build_word_weights(weights: dict[str, int]) -> WordWeights:
    """Build the table of word weights, given in WORD_UNITs."""
    hashes = scan(pa.array([" ".join(weights)], pa.large_string())).words
    return WordWeights(*build_table(dict(zip(hashes.tolist(), weights.values(), strict=True))))


def build_trees(model: TreeModel) -> Trees:
    """Build trees over the columns of the feature matrix."""
    return trees.build_trees(model, f.COLUMNS)


def keep_blocks(
    blocks: Blocks, scanned: Scan, scores: np.ndarray, ranges: np.ndarray, marks: np.ndarray | None, trained: Model
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mask of kept blocks, as uint8, and the probable share of text in each block's words.

    `scores` and `ranges` are those of block_scores; `marks` has the markup flags of each scanned line, 0 for none.
    """
    probability = predict_scores(
        compute_features(blocks, scanned, scores, ranges, trained.words, marks), blocks, scanned, trained
    )
    return choose_blocks(probability, blocks), probability


def predict_scores(features: np.ndarray, blocks: Blocks, scanned: Scan, trained: Model) -> np.ndarray:
    """Return the probable share of text in each block's words; fill the features of the second stage."""
    matrix, is_marked = f.view_as_matrix(features), features["heading"] != f.UNKNOWN
    first_probability = sum_trees_by_kind(matrix, is_marked, trained.text.first, trained.markup.first)
    add_second_stage(features, first_probability, blocks, scanned)
    return sum_trees_by_kind(matrix, is_marked, trained.text.second, trained.markup.second)


def choose_blocks(probability: np.ndarray, blocks: Blocks) -> np.ndarray:
    """Return the blocks of each page with the best expected F1 of words, as uint8."""
    kept = np.zeros(len(probability), np.uint8)
    _choose_on_pages(probability, blocks.table["word_count"], blocks.page_block, kept)
    return kept


def compute_features(
    blocks: Blocks,
    scanned: Scan,
    scores: np.ndarray,
    ranges: np.ndarray,
    words: WordWeights,
    marks: np.ndarray | None = None,
) -> np.ndarray:
    """Return the features of the first stage, as records FEATURES; the score features are zero."""
    features = np.zeros(len(blocks.table), f.FEATURES)
    word_weights = np.zeros(len(blocks.table), WORD_WEIGHTS)
    _sum_word_weights(blocks.table, scanned.words, words, word_weights)
    _fill_first_stage(blocks, BlockScores(scores, ranges), word_weights, map_char_kinds(), features)
    matrix = f.view_as_matrix(features)
    if marks is None:
        matrix[:, f.MARKUP_START :] = f.UNKNOWN
    else:
        is_marked = _fill_markup(blocks.table, blocks.page_block, scanned.lines, marks, features)
        matrix[~is_marked, f.MARKUP_START :] = f.UNKNOWN
        is_nested = _fill_nesting(blocks, scores, marks, is_marked, features)
        matrix[~is_nested, f.NESTING_START :] = f.UNKNOWN
    return features


def add_second_stage(features: np.ndarray, probability: np.ndarray, blocks: Blocks, scanned: Scan) -> None:
    """Fill the score features, and the nesting score features where nesting is known, from the first predictions."""
    _fill_second_stage(probability, blocks.table, blocks.page_block, scanned.words, features)
    _fill_nesting_scores(probability, blocks.table, blocks.page_block, features)


def sum_trees_by_kind(matrix: np.ndarray, is_marked: np.ndarray, text_trees: Trees, markup_trees: Trees) -> np.ndarray:
    """Return the logistic of the sum of trees, text trees or markup trees, for each row of a feature matrix."""
    total = np.empty(len(matrix), np.float32)
    for is_kind, kind_trees in ((~is_marked, text_trees), (is_marked, markup_trees)):
        if is_kind.any():
            total[is_kind] = trees.sum_trees(matrix if is_kind.all() else matrix[is_kind], kind_trees)
    return _apply_logistic(total)


@compiled
def _apply_logistic(total):
    """Return the logistic function of each value."""
    probability = np.empty(len(total), np.float32)
    for i in range(len(total)):
        probability[i] = 1.0 / (1.0 + np.exp(-total[i]))
    return probability


# -- the choice -------------------------------------------------------------------------------------------------------


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


# -- the first stage: features of a block and its surroundings --------------------------------------------------------


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
def _fill_first_stage(blocks, scored, word_weights, char_kinds, features):
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
    comments = related = legal = -count - MAX_STEPS
    score_at_comments = -1.0
    for i in range(count):
        row, reason = features[i], table[i].reason
        row.in_range = start <= i < end
        row.to_range = max(i - start, -MAX_STEPS) if i < start else min(max(i - end + 1, 0), MAX_STEPS)
        row.range_share = range_score / max(page_score, 1.0)
        row.score_above = np.log1p(score_above)
        row.since_comments = min(i - comments, MAX_STEPS)
        row.score_at_comments = score_at_comments
        row.since_related = min(i - related, MAX_STEPS)
        row.since_legal = min(i - legal, MAX_STEPS)
        if reason == Reason.COMMENTS:
            comments, score_at_comments = i, np.log1p(score_above)
        elif reason == Reason.RELATED:
            related = i
        elif reason == Reason.LEGAL_DISCLAIMER:
            legal = i
        score_above += max(scores[i], 0.0)
    related = 2 * count + MAX_STEPS
    for i in range(count - 1, -1, -1):
        score_above -= max(scores[i], 0.0)
        features[i].score_below = np.log1p(max(page_score - score_above - max(scores[i], 0.0), 0.0))
        features[i].next_related = min(related - i, MAX_STEPS)
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
            features[j].run_blocks = min(end - i, MAX_BLOCKS) * (-1 if scores[i] > 0 else 1)
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


# -- markup features --------------------------------------------------------------------------------------------------


@compiled
def _fill_markup(table, page_block, lines, marks, features):
    """Fill the markup features of pages with markup; return the mask of the blocks of these pages."""
    is_marked = np.zeros(len(table), np.bool_)
    for page in range(len(page_block) - 1):
        page_start, page_end = page_block[page], page_block[page + 1]
        if page_end > page_start:
            start, end = table[page_start].first_line, table[page_end - 1].end_line
            if marks[start:end].any():
                is_marked[page_start:page_end] = True
                _fill_markup_features(table[page_start:page_end], lines, marks, features[page_start:page_end])
                _fill_markup_windows(table[page_start:page_end], features[page_start:page_end])
    return is_marked


@compiled
def _fill_markup_features(table, lines, marks, features):
    """Fill the share of each block's text in each kind of markup, and the linked share."""
    for i in range(len(table)):
        row, total = features[i], 0.0
        for line in range(table[i].first_line, table[i].end_line):
            chars, mark = lines[line].text_end - lines[line].text_start, marks[line]
            if chars == 0:
                continue
            total += chars
            row.heading = max(row.heading, mark & m.HEADING)
            _count_marked_chars(row, mark, chars)
        _divide_marked_chars(row, max(total, 1.0))
        row.heading_before = features[i - 1].heading if i else 0.0


@compiled
def _count_marked_chars(row, mark, chars):
    """Add the characters of a line to the features of the line's markup."""
    row.list_item += chars * ((mark & m.LIST_ITEM) != 0)
    row.in_article += chars * ((mark & m.ARTICLE) != 0)
    row.in_frame += chars * ((mark & m.PAGE_FRAME) != 0)
    row.in_table += chars * ((mark & m.TABLE) != 0)
    row.in_quotation += chars * ((mark & m.QUOTATION) != 0)
    row.paragraph += chars * ((mark & m.PARAGRAPH) != 0)
    row.in_caption += chars * ((mark & m.CAPTION) != 0)
    row.hidden += chars * ((mark & m.HIDDEN) != 0)
    row.emphasis += chars * ((mark & m.EMPHASIS) != 0)
    row.body_hint += chars * ((mark & m.BODY_HINT) != 0)
    row.related_hint += chars * ((mark & m.RELATED_HINT) != 0)
    row.comment_hint += chars * ((mark & m.COMMENT_HINT) != 0)
    row.boilerplate_hint += chars * ((mark & m.BOILERPLATE_HINT) != 0)
    row.byline_hint += chars * ((mark & m.BYLINE_HINT) != 0)
    row.caption_hint += chars * ((mark & m.CAPTION_HINT) != 0)
    row.links += chars * ((mark & m.LINK_PERCENT) >> m.LINK_SHIFT) / 100.0


@compiled
def _divide_marked_chars(row, total):
    """Turn the characters in each kind of markup into shares of all characters."""
    row.list_item /= total
    row.in_article /= total
    row.in_frame /= total
    row.in_table /= total
    row.in_quotation /= total
    row.paragraph /= total
    row.in_caption /= total
    row.hidden /= total
    row.emphasis /= total
    row.body_hint /= total
    row.related_hint /= total
    row.comment_hint /= total
    row.boilerplate_hint /= total
    row.byline_hint /= total
    row.caption_hint /= total
    row.links /= total


@compiled
def _fill_markup_windows(table, features):
    """Fill the means of links, paragraphs and articles over the words near the block and of the page."""
    count = len(table)
    sums = np.zeros(count + 1, MARKUP_SUMS)
    for i in range(count):
        words, row, total, next_total = table[i].word_count, features[i], sums[i], sums[i + 1]
        next_total.words = total.words + words
        next_total.links = total.links + words * row.links
        next_total.paragraph = total.paragraph + words * row.paragraph
        next_total.in_article = total.in_article + words * row.in_article
        next_total.body_hint = total.body_hint + words * row.body_hint
    page_total, page_words = sums[count], max(sums[count].words, 1.0)
    for i in range(count):
        row = features[i]
        for k in range(len(f.MARKUP_WINDOW_REACHES)):
            reach = f.MARKUP_WINDOW_REACHES[k]
            before, until = sums[max(i - reach, 0)], sums[min(i + reach + 1, count)]
            window, words = row.markup_windows[k], max(until.words - before.words, 1.0)
            window.links = (until.links - before.links) / words
            window.paragraph = (until.paragraph - before.paragraph) / words
            window.in_article = (until.in_article - before.in_article) / words
        row.page_article = page_total.in_article / page_words
        row.page_body = page_total.body_hint / page_words
        row.page_paragraph = page_total.paragraph / page_words


# -- nesting: the elements that contain a block, and their content ----------------------------------------------------

MAX_OPENED, MAX_CLOSED, MAX_LEVELS = 10, 15, 20  # caps
RELATED_DISCOUNT = 0.7  # discount of prose that markup calls related or a comment, in the search for the best container


@compiled
def _fill_nesting(blocks, scores, marks, is_marked, features):
    """Fill the nesting features of pages whose markup has depths; return the mask of the blocks of these pages."""
    is_nested = np.zeros(len(blocks.table), np.bool_)
    for page in range(len(blocks.page_block) - 1):
        start, end = blocks.page_block[page], blocks.page_block[page + 1]
        if end > start and is_marked[start] and _fill_depths(blocks.table[start:end], marks, features[start:end]):
            is_nested[start:end] = True
            _fill_nesting_features(blocks.table[start:end], scores[start:end], features[start:end])
    return is_nested


@compiled
def _fill_depths(table, marks, features):
    """Fill the depth of each block, and the depth shared with the block above; report whether any depth is known."""
    line, previous, deepest = table[0].first_line, 0, 0
    for i in range(len(table)):
        shared, level = m.MAX_DEPTH, -1
        while line < table[i].end_line:
            mark = marks[line]
            if mark and level < 0:
                shared = min(shared, (mark >> m.SHARED_SHIFT) & m.MAX_DEPTH)
                if line >= table[i].first_line:
                    level = (mark >> m.DEPTH_SHIFT) & m.MAX_DEPTH
            line += 1
        level = max(level, 0)
        features[i].shared_depth, features[i].depth = min(shared, level, previous), level
        previous, deepest = level, max(deepest, level)
    return deepest > 0


class Elements(NamedTuple):
    """The elements of a page: the innermost element of each block, and the parent and depth of each element."""

    innermost: np.ndarray
    parents: np.ndarray
    depths: np.ndarray


@compiled
def _build_elements(features):
    """Return the elements of a page by the depths of the blocks."""
    count = 1
    for i in range(len(features)):
        count += int(features[i].depth - features[i].shared_depth)
    innermost = np.empty(len(features), np.int32)
    parents, depths = np.full(count, -1, np.int32), np.zeros(count, np.int32)
    element, count = 0, 1
    for i in range(len(features)):
        while depths[element] > features[i].shared_depth:
            element = parents[element]
        while depths[element] < features[i].depth:
            parents[count], depths[count] = element, depths[element] + 1
            element, count = count, count + 1
        innermost[i] = element
    return Elements(innermost, parents[:count], depths[:count])


@compiled
def _sum_by_element(contents, elements):
    """Return the whole content of each element, by the content of each block."""
    sums = np.zeros(len(elements.parents), CONTENT)
    for i in range(len(contents)):
        _add_content(sums[elements.innermost[i]], contents[i])
    for element in range(len(sums) - 1, 0, -1):
        _add_content(sums[elements.parents[element]], sums[element])
    return sums


@compiled
def _add_content(total, content):
    """Add the content of a block or element to a total."""
    total.words += content.words
    total.text += content.text
    total.linked += content.linked
    total.blocks += content.blocks


@inlined
def _parent_of(element, parents):
    """Return the parent of an element, the page for the page itself."""
    return max(parents[element], 0)


@compiled
def _find_best_container(contents, sums, elements):
    """Return the element with the most text: of its children in full, of grandchildren half, less the linked share."""
    score = np.zeros(len(sums))
    for i in range(len(contents)):
        parent = _parent_of(elements.innermost[i], elements.parents)
        score[parent] += contents[i].text
        score[_parent_of(parent, elements.parents)] += contents[i].text / 2
    for element in range(len(sums)):
        score[element] *= 1 - sums[element].linked / max(sums[element].words, 1.0)
    return np.argmax(score)


@compiled
def _count_levels_up(container, parents):
    """Return the levels from a container up to each element that contains the container; -1 for other elements."""
    levels = np.full(len(parents), -1, np.int32)
    element, count = container, 0
    while element >= 0:
        levels[element] = count
        element, count = parents[element], count + 1
    return levels


@compiled
def _fill_distance(distance, element, levels_up, parents):
    """Fill the distance from a container up to a shared ancestor, and from there down to the element of a block."""
    down = 0
    while levels_up[element] < 0:
        element, down = parents[element], down + 1
    distance.is_inside = levels_up[element] == 0
    distance.levels_up, distance.levels_down = min(levels_up[element], MAX_LEVELS), min(down, MAX_LEVELS)


@compiled
def _fill_nesting_features(table, scores, features):
    """Fill the elements that begin and end at each block, and the content of its containers."""
    elements, contents = _build_elements(features), np.zeros(len(table), CONTENT)
    for i in range(len(table)):
        words, row, content = table[i].word_count, features[i], contents[i]
        if scores[i] > 0:
            others = RELATED_DISCOUNT * max(row.related_hint, row.comment_hint)
            content.text = words * (1 - row.in_frame) * (1 - others) * (1 - row.links)
        content.words, content.linked, content.blocks = words, words * row.links, 1
    sums = _sum_by_element(contents, elements)
    best = _find_best_container(contents, sums, elements)
    levels_up = _count_levels_up(best, elements.parents)
    _fill_depth_features(features, elements.depths[best])
    for i in range(len(table)):
        _fill_container_features(features[i], elements.innermost[i], elements.parents, sums, best)
        _fill_distance(features[i].container, elements.innermost[i], levels_up, elements.parents)


@compiled
def _fill_depth_features(features, container_depth):
    """Fill the number of elements that begin and end at each block, and the depth relative to the best container."""
    count = len(features)
    for i in range(count):
        row = features[i]
        row.opened = min(row.depth - row.shared_depth, MAX_OPENED) if i else MAX_OPENED
        row.closed = min(features[i - 1].depth - row.shared_depth, MAX_CLOSED) if i else 0
        row.closed_below = min(row.depth - features[i + 1].shared_depth, MAX_CLOSED) if i + 1 < count else MAX_CLOSED
        row.is_sibling = i > 0 and row.shared_depth == row.depth - 1 and row.depth == features[i - 1].depth
        row.depth_to_container = min(max(row.depth - container_depth, -MAX_OPENED), MAX_OPENED)


@compiled
def _fill_container_features(row, element, parents, sums, best):
    """Fill the content of the parent, the grandparent and the best container of a block's innermost element."""
    prose = max(sums[ROOT].text, 1.0)
    parent = _parent_of(element, parents)
    grandparent = _parent_of(parent, parents)
    held, widely_held = sums[parent], sums[grandparent]
    row.parent_words, row.parent_prose = np.log1p(held.words), held.text / prose
    row.parent_links, row.parent_blocks = held.linked / max(held.words, 1.0), min(held.blocks, MAX_BLOCKS)
    row.grandparent_words, row.grandparent_prose = np.log1p(widely_held.words), widely_held.text / prose
    row.grandparent_links = widely_held.linked / max(widely_held.words, 1.0)
    row.great_grandparent_prose = sums[_parent_of(grandparent, parents)].text / prose
    row.container_prose, row.is_child_of_container = sums[best].text / prose, parent == best


@compiled
def _fill_nesting_scores(probability, table, page_block, features):
    """Fill the nesting score features of pages with depths, page by page."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if end > start and features[start].opened != f.UNKNOWN:
            _fill_container_scores(probability[start:end], table[start:end], features[start:end])


@compiled
def _fill_container_scores(probability, table, features):
    """Fill the mean predictions of the rest of each container, and the distance to the most likely container."""
    elements, contents = _build_elements(features), np.zeros(len(table), CONTENT)
    for i in range(len(table)):
        words, content = table[i].word_count, contents[i]
        content.words = words
        content.text, content.linked = np.float32(words) * probability[i], np.float32(words) * features[i].links
    sums = _sum_by_element(contents, elements)
    best = _find_best_container(contents, sums, elements)
    levels_up = _count_levels_up(best, elements.parents)
    total = max(sums[ROOT].text, 1.0)
    for i in range(len(table)):
        row, element = features[i], elements.innermost[i]
        for k in range(len(row.ancestor_means)):
            element = _parent_of(element, elements.parents)
            others = sums[element].words - contents[i].words
            row.ancestor_means[k] = (sums[element].text - contents[i].text) / others if others > 0 else -1.0
            if k < len(row.ancestor_shares):
                row.ancestor_shares[k] = sums[element].text / total
        row.best_container_share = sums[best].text / total
        row.best_container_mean = sums[best].text / max(sums[best].words, 1.0)
        _fill_distance(row.best_container, elements.innermost[i], levels_up, elements.parents)


# -- the second stage: features of the first predictions --------------------------------------------------------------

SEGMENT_SCORE, SEGMENT_GAP = 0.3, 2  # least probability in a segment; most blocks below it within one
LIKELY_SCORE, UNLIKELY_SCORE = 0.5, 0.15  # probabilities
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


@compiled
def _fill_second_stage(probability, table, page_block, words, features):
    """Fill the score features, page by page."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if end > start:
            scored = ScoredPage(table[start:end], probability[start:end], features[start:end])
            threshold = find_best_threshold(scored.probability, scored.table["word_count"])
            _fill_score_features(scored, threshold)
            _fill_best_range(scored, threshold)
            segments = _find_segments(scored)
            _fill_shared_words(scored, words, segments)
            _fill_segment_features(scored, segments)
            _fill_main_distances(scored, segments)


@compiled
def _fill_score_features(scored, threshold):
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
        features[i].to_best_range = max(i - start, -MAX_STEPS) if i < start else min(max(i - end + 1, 0), MAX_STEPS)


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
        row.segments = min(len(spans), MAX_STEPS)
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
            row.to_main, row.words_to_main = min(steps, MAX_STEPS) * step, np.log1p(words)
            row.blocks_to_main, row.reasons_to_main = min(blocks, MAX_STEPS), min(reasons, MAX_STEPS)
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
