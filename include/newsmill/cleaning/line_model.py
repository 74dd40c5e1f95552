"""The line model: the probable share of text in each block of a page, and the blocks to keep.

The model is two sums of small decision trees. The first stage reads features of a block and the surrounding blocks. The
second stage also reads features of the first predictions: candidate segments of likely text, and the words shared with
likely text. Pages with markup have separate trees. `line_model.json` holds trees and word weights;
`benchmarks/quality/train_lines.py` trains them.

Layout: `features` is the matrix of line_features, a row per block of the batch; kernels receive the rows of one page,
as `table` (segmentation), `scores` (block_scores) and `probability` (first stage). `elements` are numbered in order of
appearance, 0 for the page; `parent` is the containing element, -1 for the page, and `innermost` the element of each
block. Segments are half-open ranges of blocks, `segment` is the segment of each block or -1.

Example: the first predictions [.1, .8, .2, .9, .0, .0, .6] give the segments (1, 4) and (6, 7): blocks above
SEGMENT_SCORE, over gaps of at most SEGMENT_GAP. With 10 words in each block the main segment is (1, 4). Block 6 then
has TO_MAIN 3, BLOCKS_TO_MAIN 2 and WORDS_TO_MAIN log(1 + 20).
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np
import pyarrow as pa

from newsmill.cleaning import line_features as f
from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import CODES
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup as m
from newsmill.nlp import scan as s
from newsmill.nlp import trees
from newsmill.nlp.characters import DIGIT, ITEM_MARK, LETTER, LOWER, QUOTE, UPPER, build_char_traits
from newsmill.nlp.hash_table import build_table, look_up
from newsmill.nlp.scan import Scan, scan
from newsmill.nlp.trees import TreeModel, Trees

DATA = Path(__file__).with_name("line_model.json")
COMMENTS, RELATED, LEGAL = (CODES[reason] for reason in ("comments", "related", "legal_disclaimer"))
# Reasons by wording, ordered by their distance from running text, so that a tree can split them by one threshold.
_ORDER = (
    "caption",
    "advertisement",
    "update_note",
    "dateline",
    "related",
    "legal_disclaimer",
    "newsletter",
    "byline",
    "copyright",
    "comments",
    "share",
    "error_banner",
    "navigation",
    "not_content",
)
REASON_RANKS = np.array([0.0, *(_ORDER.index(reason) + 1 if reason in _ORDER else 0 for reason in CODES)], np.float32)
PROSE_WORDS, PROSE_FINAL_WORDS = 18, 6  # least words of prose, and of prose that ends as a sentence
MAX_STEPS, MAX_BLOCKS, MAX_PROSE_BLOCKS = 60, 60, 20  # caps of distances and lengths
NEAR, NEAR_GAPS = 8, 10  # blocks on each side, for counts of prose and of equal gaps
INTRODUCTION_WORDS, LISTED_WORDS, LIST_REACH = (
    4,
    30,
    3,
)  # least words of a block that a colon ends, most words of a listed block, blocks on each side
WORD_UNIT = 30  # word weights are stored as whole numbers of thirtieths

MARKUP_BITS = np.array(
    [
        m.LIST_ITEM,
        m.ARTICLE,
        m.PAGE_FRAME,
        m.TABLE,
        m.QUOTATION,
        m.PARAGRAPH,
        m.CAPTION,
        m.HIDDEN,
        m.EMPHASIS,
        m.BODY_HINT,
        m.RELATED_HINT,
        m.COMMENT_HINT,
        m.BOILERPLATE_HINT,
        m.BYLINE_HINT,
        m.CAPTION_HINT,
    ]
)
FULL_STOP, COLON, COMMA, SEMICOLON, EXCLAMATION, QUESTION, ELLIPSIS = (ord(char) for char in ".:,;!?…")
# Values of the features FIRST_CHAR and LAST_CHAR, in the order that the trained trees compare them by.
(
    OTHER_CHAR, LOWER_CHAR, UPPER_CHAR, DIGIT_CHAR, OTHER_LETTER, QUOTE_CHAR, ITEM_CHAR, COLON_CHAR, COMMA_CHAR,
    ELLIPSIS_CHAR, STOP_CHAR, EXCLAMATION_CHAR,
) = range(12)  # fmt: skip
RELATED_HEADER, COMMENTS_HEADER = 1, 2  # values of HEADER_TO_MAIN
# Columns of the arrays that kernels hand on: word weights of a block, sums of them, sums of markup, totals of
# containers, distances to a container, totals and spans of segments.
WEIGHT_SUM, WEIGHT_MIN, WEIGHT_MAX, KNOWN_WORDS = range(4)
SUM_WEIGHTS, SUM_KNOWN = range(2)
SUM_WORDS, SUM_LINKS, SUM_PARAGRAPH, SUM_ARTICLE, SUM_BODY = range(5)
HELD_WORDS, HELD_TEXT, HELD_LINKED, HELD_BLOCKS = range(4)
IN_IT, UP_TO_IT, BELOW_IT = range(3)
SEGMENT_TEXT, SEGMENT_WORDS, SEGMENT_SELVES = range(3)
SPAN_START, SPAN_END = range(2)
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
    is_marked = features[:, f.HEADING] != f.UNKNOWN
    first_probability = sum_trees_by_kind(features, is_marked, trained.text.first, trained.markup.first)
    add_second_stage(features, first_probability, blocks, scanned)
    return sum_trees_by_kind(features, is_marked, trained.text.second, trained.markup.second)


def choose_blocks(probability: np.ndarray, blocks: Blocks) -> np.ndarray:
    """Return the blocks of each page with the best expected F1 of words, as uint8."""
    kept = np.zeros(len(probability), np.uint8)
    _choose_on_pages(probability, blocks.table[:, b.WORD_COUNT], blocks.page_block, kept)
    return kept


def compute_features(
    blocks: Blocks,
    scanned: Scan,
    scores: np.ndarray,
    ranges: np.ndarray,
    words: WordWeights,
    marks: np.ndarray | None = None,
) -> np.ndarray:
    """Return the feature matrix with the features of the first stage; the score features are zero."""
    features = np.zeros((len(blocks.table), len(f.COLUMNS)), np.float32)
    word_weights = np.zeros((len(blocks.table), 4), np.float32)
    _sum_word_weights(blocks.table, scanned.words, words, word_weights)
    _fill_first_stage(
        blocks.table,
        blocks.hashes,
        blocks.page_block,
        scores,
        ranges,
        word_weights,
        build_char_traits(),
        REASON_RANKS,
        features,
    )
    if marks is None:
        features[:, f.MARKUP_START :] = f.UNKNOWN
    else:
        _fill_markup(blocks.table, blocks.page_block, scanned.lines, marks, MARKUP_BITS, features)
        _fill_nesting(blocks.table, blocks.page_block, scores, marks, features)
    return features


def add_second_stage(features: np.ndarray, probability: np.ndarray, blocks: Blocks, scanned: Scan) -> None:
    """Fill the score features, and the nesting score features where nesting is known, from the first predictions."""
    _fill_second_stage(probability, blocks.table, blocks.page_block, scanned.words, features)
    _fill_nesting_scores(probability, blocks.table, blocks.page_block, features)


def sum_trees_by_kind(
    features: np.ndarray, is_marked: np.ndarray, text_trees: Trees, markup_trees: Trees
) -> np.ndarray:
    """Return the logistic of the sum of trees, text trees or markup trees, for each row."""
    total = np.empty(len(features), np.float32)
    for is_kind, kind_trees in ((~is_marked, text_trees), (is_marked, markup_trees)):
        if is_kind.any():
            total[is_kind] = trees.sum_trees(features if is_kind.all() else features[is_kind], kind_trees)
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
    return block[b.WORD_COUNT] >= PROSE_WORDS or (block[b.IS_FINAL] and block[b.WORD_COUNT] >= PROSE_FINAL_WORDS)


@compiled
def _sum_word_weights(table, words, lexicon, word_weights):
    """Fill the sum, minimum and maximum of the weights of each block's words, and the number of known words."""
    for i in range(len(table)):
        totals = word_weights[i]
        for j in range(table[i, b.FIRST_WORD], table[i, b.END_WORD]):
            weight = np.float32(look_up(lexicon.keys, lexicon.values, words[j])) / np.float32(WORD_UNIT)
            if weight != 0:
                totals[WEIGHT_SUM] += weight
                totals[WEIGHT_MIN] = min(totals[WEIGHT_MIN], weight)
                totals[WEIGHT_MAX] = max(totals[WEIGHT_MAX], weight)
                totals[KNOWN_WORDS] += 1


@compiled
def _fill_first_stage(table, hashes, page_block, scores, ranges, word_weights, traits, ranks, features):
    """Fill the features of the first stage, page by page."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if end > start:
            blocks, page_features, page_scores = table[start:end], features[start:end], scores[start:end]
            _fill_block_features(blocks, hashes[start:end], page_scores, traits, ranks, page_features)
            _fill_position_features(
                blocks, page_scores, ranges[page, 0] - start, ranges[page, 1] - start, page_features
            )
            _fill_run_features(blocks, page_scores, page_features)
            _fill_page_features(blocks, page_scores, page_features)
            _fill_window_features(blocks, page_scores, page_features)
            _fill_word_features(blocks, word_weights[start:end], page_features)


@compiled
def _fill_block_features(table, hashes, scores, traits, ranks, features):
    """Fill the features of a block: words, signs, figures, reason, score."""
    ordered = np.sort(hashes)
    mean = _mean_prose_words(table)
    for i in range(len(table)):
        block, row = table[i], features[i]
        words, chars = max(block[b.WORD_COUNT], 1), max(block[b.CHARS], 1)
        tokens = max(block[b.END_WORD] - block[b.FIRST_WORD], 1)
        row[f.WORDS] = np.log1p(block[b.WORD_COUNT])
        row[f.CHARS_PER_WORD] = chars / words
        row[f.CAPITALS] = block[b.CAPITALIZED_WORDS] / tokens
        row[f.NUMBERS] = block[b.NUMERIC_WORDS] / tokens
        row[f.DIGITS] = block[b.DIGITS] / chars
        row[f.SIGNS] = block[b.SIGNS] / chars
        row[f.FUNCTION_WORDS] = block[b.FUNCTION_WORDS] / tokens
        row[f.SELF_WORDS] = block[b.SELF_WORDS] / tokens
        row[f.SENTENCES] = np.log1p(block[b.SENTENCES])
        row[f.COMMAS] = block[b.COMMAS] / words
        row[f.QUOTES] = min(block[b.QUOTES], 6)
        row[f.FIRST_CHAR] = _classify_char(block[b.FIRST_CHAR], traits)
        row[f.LAST_CHAR] = _classify_char(block[b.LAST_CHAR], traits)
        row[f.IS_FINAL] = block[b.IS_FINAL]
        row[f.IS_ITEM] = block[b.IS_ITEM]
        row[f.GAP] = min(block[b.GAP_AFTER], 4)
        row[f.GAP_BEFORE] = min(table[i - 1, b.GAP_AFTER], 4) if i else 4
        row[f.REASON] = ranks[block[b.REASON]]
        row[f.BLOCK_SCORE] = scores[i]
        row[f.INSTANCES] = min(
            np.searchsorted(ordered, hashes[i], side="right") - np.searchsorted(ordered, hashes[i]), 12
        )
        row[f.ELLIPSES] = block[b.ELLIPSES]
        row[f.IS_DATED] = block[b.IS_DATED]
        row[f.WORDS_TO_MEAN] = row[f.WORDS] - mean
    _fill_adjacent_features(table, features)


@compiled
def _fill_adjacent_features(table, features):
    """Fill the features of the adjacent blocks, the distance below a colon, and the list items near the block."""
    count, below = len(table), 0
    for i in range(count):
        row = features[i]
        if i:
            row[f.PREVIOUS_LAST_CHAR], row[f.PREVIOUS_WORDS], row[f.PREVIOUS_FINAL] = (
                features[i - 1, f.LAST_CHAR],
                features[i - 1, f.WORDS],
                features[i - 1, f.IS_FINAL],
            )
            if table[i - 1, b.LAST_CHAR] == COLON and table[i - 1, b.WORD_COUNT] >= INTRODUCTION_WORDS:
                below = 1
            elif below:
                below += 1
        if i + 1 < count:
            row[f.NEXT_FIRST_CHAR], row[f.NEXT_WORDS] = features[i + 1, f.FIRST_CHAR], features[i + 1, f.WORDS]
        if below and table[i, b.WORD_COUNT] > LISTED_WORDS and not table[i, b.IS_ITEM]:
            below = 0
        row[f.BELOW_COLON] = min(below, MAX_PROSE_BLOCKS)
        for other in range(max(i - LIST_REACH, 0), min(i + LIST_REACH + 1, count)):
            row[f.ITEMS_NEAR] += table[other, b.IS_ITEM]


@compiled
def _mean_prose_words(table):
    """Return the logarithm of the mean words of a page's prose blocks."""
    words = blocks = 0.0
    for i in range(len(table)):
        if is_prose(table[i]):
            words += table[i, b.WORD_COUNT]
            blocks += 1.0
    return np.log1p(words / max(blocks, 1.0))


@compiled
def _classify_char(point, traits):
    """Return the kind of the character that opens or closes a block."""
    trait = traits[point] if point < len(traits) else 0
    if trait & LOWER:
        return LOWER_CHAR
    if trait & UPPER:
        return UPPER_CHAR
    if trait & DIGIT:
        return DIGIT_CHAR
    if trait & LETTER:
        return OTHER_LETTER
    if trait & QUOTE:
        return QUOTE_CHAR
    if trait & ITEM_MARK:
        return ITEM_CHAR
    if point == COLON:
        return COLON_CHAR
    if point in (COMMA, SEMICOLON):
        return COMMA_CHAR
    if point == ELLIPSIS:
        return ELLIPSIS_CHAR
    if point == FULL_STOP:
        return STOP_CHAR
    return EXCLAMATION_CHAR if point in (EXCLAMATION, QUESTION) else OTHER_CHAR


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
        row, reason = features[i], table[i, b.REASON]
        row[f.IN_RANGE] = start <= i < end
        row[f.TO_RANGE] = max(i - start, -MAX_STEPS) if i < start else min(max(i - end + 1, 0), MAX_STEPS)
        row[f.RANGE_SHARE] = range_score / max(page_score, 1.0)
        row[f.SCORE_ABOVE] = np.log1p(score_above)
        row[f.SINCE_COMMENTS] = min(i - comments, MAX_STEPS)
        row[f.SCORE_AT_COMMENTS] = score_at_comments
        row[f.SINCE_RELATED] = min(i - related, MAX_STEPS)
        row[f.SINCE_LEGAL] = min(i - legal, MAX_STEPS)
        if reason == COMMENTS:
            comments, score_at_comments = i, np.log1p(score_above)
        elif reason == RELATED:
            related = i
        elif reason == LEGAL:
            legal = i
        score_above += max(scores[i], 0.0)
    related = 2 * count + MAX_STEPS
    for i in range(count - 1, -1, -1):
        score_above -= max(scores[i], 0.0)
        features[i, f.SCORE_BELOW] = np.log1p(max(page_score - score_above - max(scores[i], 0.0), 0.0))
        features[i, f.NEXT_RELATED] = min(related - i, MAX_STEPS)
        if table[i, b.REASON] == RELATED:
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
        features[i, f.PROSE_NEAR] = prose_until[end] - prose_until[start]
        features[i, f.CHANGES_NEAR] = changes_until[end] - changes_until[min(start + 1, end)]
        same = others = 0
        for j in range(max(i - NEAR_GAPS, 0), min(i + NEAR_GAPS + 1, count)):
            if j != i and scores[j] > 0:
                others += 1
                same += table[j, b.GAP_AFTER] == table[i, b.GAP_AFTER]
        features[i, f.SAME_GAP] = same / others if others else -1.0


@compiled
def _fill_run_lengths(table, scores, features):
    """Fill the length and words of each run of blocks of one sign of score, and of each run of prose."""
    i = 0
    while i < len(table):
        end, words = i, 0
        while end < len(table) and (scores[end] > 0) == (scores[i] > 0):
            words += table[end, b.WORD_COUNT]
            end += 1
        for j in range(i, end):
            features[j, f.RUN_BLOCKS] = min(end - i, MAX_BLOCKS) * (-1 if scores[i] > 0 else 1)
            features[j, f.RUN_WORDS] = np.log1p(words)
        i = end
    i = 0
    while i < len(table):
        end, words = i, 0
        while end < len(table) and is_prose(table[end]):
            words += table[end, b.WORD_COUNT]
            end += 1
        for j in range(i, end):
            features[j, f.PROSE_RUN_WORDS] = np.log1p(words)
        i = end + 1


@compiled
def _fill_page_features(table, scores, features):
    """Fill the features of the whole page."""
    words = prose = functions = finals = 0.0
    for i in range(len(table)):
        words += table[i, b.WORD_COUNT]
        finals += table[i, b.IS_FINAL]
        if scores[i] > 0:
            prose += table[i, b.WORD_COUNT]
            functions += table[i, b.FUNCTION_WORDS]
    features[:, f.PAGE_WORDS] = np.log1p(words)
    features[:, f.PAGE_BLOCKS] = np.log1p(len(table))
    features[:, f.PAGE_PROSE] = prose / max(words, 1.0)
    features[:, f.PAGE_FUNCTION_WORDS] = functions / max(prose, 1.0)
    features[:, f.PAGE_FINALS] = finals / len(table)


@compiled
def _fill_window_features(table, scores, features):
    """Fill the means over the blocks within each reach, without the block."""
    count = len(table)
    sums = np.zeros((count + 1, f.WINDOW_COLUMNS), np.float64)
    for i in range(count):
        block, total, next_total = table[i], sums[i], sums[i + 1]
        next_total[f.WINDOW_SCORE] = total[f.WINDOW_SCORE] + scores[i]
        next_total[f.WINDOW_WORDS] = total[f.WINDOW_WORDS] + block[b.WORD_COUNT]
        next_total[f.WINDOW_FINALS] = total[f.WINDOW_FINALS] + block[b.IS_FINAL]
        next_total[f.WINDOW_CAPITALS] = total[f.WINDOW_CAPITALS] + block[b.CAPITALIZED_WORDS]
        next_total[f.WINDOW_FUNCTION_WORDS] = total[f.WINDOW_FUNCTION_WORDS] + block[b.FUNCTION_WORDS]
        next_total[f.WINDOW_SELF_WORDS] = total[f.WINDOW_SELF_WORDS] + block[b.SELF_WORDS]
    column = f.WINDOWS
    for reach in f.WINDOW_REACHES:
        for i in range(count):
            start, end = max(i - reach, 0), min(i + reach + 1, count)
            others = max(end - start - 1, 1)
            words = sums[end, f.WINDOW_WORDS] - sums[start, f.WINDOW_WORDS] - table[i, b.WORD_COUNT]
            row = features[i, column:]
            row[f.WINDOW_SCORE] = (sums[end, f.WINDOW_SCORE] - sums[start, f.WINDOW_SCORE] - scores[i]) / others
            row[f.WINDOW_WORDS] = words / others
            row[f.WINDOW_FINALS] = (
                sums[end, f.WINDOW_FINALS] - sums[start, f.WINDOW_FINALS] - table[i, b.IS_FINAL]
            ) / others
            row[f.WINDOW_CAPITALS] = (
                sums[end, f.WINDOW_CAPITALS] - sums[start, f.WINDOW_CAPITALS] - table[i, b.CAPITALIZED_WORDS]
            ) / max(words, 1.0)
            row[f.WINDOW_FUNCTION_WORDS] = (
                sums[end, f.WINDOW_FUNCTION_WORDS] - sums[start, f.WINDOW_FUNCTION_WORDS] - table[i, b.FUNCTION_WORDS]
            ) / max(words, 1.0)
            row[f.WINDOW_SELF_WORDS] = (
                sums[end, f.WINDOW_SELF_WORDS] - sums[start, f.WINDOW_SELF_WORDS] - table[i, b.SELF_WORDS]
            ) / max(words, 1.0)
        column += f.WINDOW_COLUMNS


@compiled
def _fill_word_features(table, word_weights, features):
    """Fill the word weights of a block and of its surroundings."""
    count = len(table)
    sums = np.zeros((count + 1, 2), np.float64)
    for i in range(count):
        sums[i + 1, SUM_WEIGHTS] = sums[i, SUM_WEIGHTS] + word_weights[i, WEIGHT_SUM]
        sums[i + 1, SUM_KNOWN] = sums[i, SUM_KNOWN] + word_weights[i, KNOWN_WORDS]
    for i in range(count):
        row = features[i]
        row[f.MEAN_WEIGHT] = word_weights[i, WEIGHT_SUM] / max(word_weights[i, KNOWN_WORDS], 1)
        row[f.MIN_WEIGHT] = word_weights[i, WEIGHT_MIN]
        row[f.MAX_WEIGHT] = word_weights[i, WEIGHT_MAX]
        row[f.WEIGHT_SUM] = word_weights[i, WEIGHT_SUM]
        row[f.KNOWN_SHARE] = word_weights[i, KNOWN_WORDS] / max(table[i, b.WORD_COUNT], 1)
        row[f.PREVIOUS_MEAN_WEIGHT] = (
            word_weights[i - 1, WEIGHT_SUM] / max(word_weights[i - 1, KNOWN_WORDS], 1) if i else 0.0
        )
        row[f.MEAN_WEIGHT_3] = _mean_weight_near(word_weights, sums, i, 3)
        row[f.MEAN_WEIGHT_8] = _mean_weight_near(word_weights, sums, i, 8)


@compiled
def _mean_weight_near(word_weights, sums, i, reach):
    """Return the mean weight of the known words within a reach, without the block."""
    start, end = max(i - reach, 0), min(i + reach + 1, len(word_weights))
    return (sums[end, SUM_WEIGHTS] - sums[start, SUM_WEIGHTS] - word_weights[i, WEIGHT_SUM]) / max(
        sums[end, SUM_KNOWN] - sums[start, SUM_KNOWN] - word_weights[i, KNOWN_WORDS], 1.0
    )


# -- markup features --------------------------------------------------------------------------------------------------


@compiled
def _fill_markup(table, page_block, lines, marks, bits, features):
    """Fill the markup features of pages with markup; UNKNOWN on all others."""
    for page in range(len(page_block) - 1):
        page_start, page_end = page_block[page], page_block[page + 1]
        if page_end > page_start:
            start, end = table[page_start, b.FIRST_LINE], table[page_end - 1, b.END_LINE]
            if marks[start:end].any():
                _fill_markup_features(table[page_start:page_end], lines, marks, bits, features[page_start:page_end])
                _fill_markup_windows(table[page_start:page_end], features[page_start:page_end])
            else:
                features[page_start:page_end, f.MARKUP_START :] = f.UNKNOWN


@compiled
def _fill_markup_features(table, lines, marks, bits, features):
    """Fill the share of each block's text in each kind of markup, and the linked share."""
    for i in range(len(table)):
        row, total = features[i], 0.0
        for line in range(table[i, b.FIRST_LINE], table[i, b.END_LINE]):
            chars, mark = lines[line, s.TEXT_END] - lines[line, s.TEXT_START], marks[line]
            if chars == 0:
                continue
            total += chars
            row[f.HEADING] = max(row[f.HEADING], mark & m.HEADING)
            for bit in range(len(bits)):
                if mark & bits[bit]:
                    row[f.LIST_ITEM + bit] += chars
            row[f.LINKS] += chars * ((mark & m.LINK_PERCENT) >> m.LINK_SHIFT) / 100.0
        row[f.LIST_ITEM : f.LINKS + 1] /= max(total, 1.0)
        row[f.HEADING_BEFORE] = features[i - 1, f.HEADING] if i else 0.0


@compiled
def _fill_markup_windows(table, features):
    """Fill the means of links, paragraphs and articles over the words near the block and of the page."""
    count = len(table)
    sums = np.zeros((count + 1, 5), np.float64)
    for i in range(count):
        words, row = table[i, b.WORD_COUNT], features[i]
        sums[i + 1, SUM_WORDS] = sums[i, SUM_WORDS] + words
        sums[i + 1, SUM_LINKS] = sums[i, SUM_LINKS] + words * row[f.LINKS]
        sums[i + 1, SUM_PARAGRAPH] = sums[i, SUM_PARAGRAPH] + words * row[f.PARAGRAPH]
        sums[i + 1, SUM_ARTICLE] = sums[i, SUM_ARTICLE] + words * row[f.IN_ARTICLE]
        sums[i + 1, SUM_BODY] = sums[i, SUM_BODY] + words * row[f.BODY_HINT]
    for i in range(count):
        row, column = features[i], f.LINKS_2
        for reach in (2, 5):
            start, end = max(i - reach, 0), min(i + reach + 1, count)
            words = max(sums[end, SUM_WORDS] - sums[start, SUM_WORDS], 1.0)
            for total in (SUM_LINKS, SUM_PARAGRAPH, SUM_ARTICLE):
                row[column] = (sums[end, total] - sums[start, total]) / words
                column += 1
        row[f.PAGE_ARTICLE] = sums[count, SUM_ARTICLE] / max(sums[count, SUM_WORDS], 1.0)
        row[f.PAGE_BODY] = sums[count, SUM_BODY] / max(sums[count, SUM_WORDS], 1.0)
        row[f.PAGE_PARAGRAPH] = sums[count, SUM_PARAGRAPH] / max(sums[count, SUM_WORDS], 1.0)


# -- nesting: the elements that contain a block, and their content ----------------------------------------------------

MAX_OPENED, MAX_CLOSED, MAX_LEVELS = 10, 15, 20  # caps
RELATED_DISCOUNT = 0.7  # discount of prose that markup calls related or a comment, in the search for the best container


@compiled
def _fill_nesting(table, page_block, scores, marks, features):
    """Fill the nesting features of pages whose markup has depths; UNKNOWN on all others."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if end == start:
            continue
        page_features = features[start:end]
        if page_features[0, f.HEADING] == f.UNKNOWN or not _fill_depths(
            table[start:end], marks, page_features[:, f.DEPTHS :]
        ):
            page_features[:, f.NESTING_START :] = f.UNKNOWN
        else:
            _fill_nesting_features(table[start:end], scores[start:end], page_features)


@compiled
def _fill_depths(table, marks, depths):
    """Fill the depth of each block, and the depth shared with the block above; report whether any depth is known."""
    line, previous, deepest = table[0, b.FIRST_LINE], 0, 0
    for i in range(len(table)):
        shared, level = m.MAX_DEPTH, -1
        while line < table[i, b.END_LINE]:
            mark = marks[line]
            if mark and level < 0:
                shared = min(shared, (mark >> m.SHARED_SHIFT) & m.MAX_DEPTH)
                if line >= table[i, b.FIRST_LINE]:
                    level = (mark >> m.DEPTH_SHIFT) & m.MAX_DEPTH
            line += 1
        level = max(level, 0)
        depths[i, f.SHARED_DEPTH], depths[i, f.DEPTH] = min(shared, level, previous), level
        previous, deepest = level, max(deepest, level)
    return deepest > 0


@compiled
def _build_ancestors(depths):
    """Return the innermost element of each block, and each element's parent and depth."""
    count = 1
    for i in range(len(depths)):
        count += int(depths[i, f.DEPTH] - depths[i, f.SHARED_DEPTH])
    parent, depth, innermost = np.full(count, -1, np.int32), np.zeros(count, np.int32), np.empty(len(depths), np.int32)
    element, count = 0, 1
    for i in range(len(depths)):
        while depth[element] > depths[i, f.SHARED_DEPTH]:
            element = parent[element]
        while depth[element] < depths[i, f.DEPTH]:
            parent[count], depth[count] = element, depth[element] + 1
            element, count = count, count + 1
        innermost[i] = element
    return innermost, parent[:count], depth[:count]


@compiled
def _sum_by_container(values, innermost, parent):
    """Return the sums of the blocks' values over the whole content of each element."""
    sums = np.zeros((len(parent), values.shape[1]))
    for i in range(len(innermost)):
        sums[innermost[i]] += values[i]
    for element in range(len(parent) - 1, 0, -1):
        sums[parent[element]] += sums[element]
    return sums


@inlined
def _parent_of(element, parent):
    """Return the parent of an element, the page for the page itself."""
    return max(parent[element], 0)


@compiled
def _find_best_container(text, innermost, parent, linked_share):
    """Return the element with the most text: of its children in full, of grandchildren half, less the linked share."""
    score = np.zeros(len(parent))
    for i in range(len(innermost)):
        child_parent = _parent_of(innermost[i], parent)
        score[child_parent] += text[i]
        score[_parent_of(child_parent, parent)] += text[i] / 2
    return np.argmax(score * (1 - linked_share))


@compiled
def _fill_distances(best, innermost, parent, rows):
    """Fill the distances from the best container up to a shared ancestor, and down to each block.

    `rows` has the columns IN_IT, UP_TO_IT and BELOW_IT: whether the container contains the block, the levels from the
    container up to the first element that contains both, and the levels from there down to the block.
    """
    ups = np.full(len(parent), -1, np.int32)
    element, steps = best, 0
    while element >= 0:
        ups[element] = steps
        element, steps = parent[element], steps + 1
    for i in range(len(innermost)):
        element, below = innermost[i], 0
        while ups[element] < 0:
            element, below = parent[element], below + 1
        rows[i, IN_IT] = ups[element] == 0
        rows[i, UP_TO_IT], rows[i, BELOW_IT] = min(ups[element], MAX_LEVELS), min(below, MAX_LEVELS)


@compiled
def _fill_nesting_features(table, scores, features):
    """Fill the elements that begin and end at each block, and the content of its containers."""
    count, depths = len(table), features[:, f.DEPTHS :]
    innermost, parents, element_depth = _build_ancestors(depths)
    values = np.empty((count, 4))
    text = np.zeros(count)
    for i in range(count):
        words, row = table[i, b.WORD_COUNT], features[i]
        if scores[i] > 0:
            others = RELATED_DISCOUNT * max(row[f.RELATED_HINT], row[f.COMMENT_HINT])
            text[i] = words * (1 - row[f.IN_FRAME]) * (1 - others) * (1 - row[f.LINKS])
        values[i, HELD_WORDS], values[i, HELD_TEXT] = words, text[i]
        values[i, HELD_LINKED], values[i, HELD_BLOCKS] = words * row[f.LINKS], 1
    sums = _sum_by_container(values, innermost, parents)
    best = _find_best_container(text, innermost, parents, sums[:, HELD_LINKED] / np.maximum(sums[:, HELD_WORDS], 1.0))
    prose = max(sums[ROOT, HELD_TEXT], 1.0)
    for i in range(count):
        row = features[i]
        parent = _parent_of(innermost[i], parents)
        grandparent = _parent_of(parent, parents)
        shared, depth = depths[i, f.SHARED_DEPTH], depths[i, f.DEPTH]
        row[f.OPENED] = min(depth - shared, MAX_OPENED) if i else MAX_OPENED
        row[f.CLOSED] = min(depths[i - 1, f.DEPTH] - shared, MAX_CLOSED) if i else 0
        row[f.CLOSED_BELOW] = min(depth - depths[i + 1, f.SHARED_DEPTH], MAX_CLOSED) if i + 1 < count else MAX_CLOSED
        row[f.IS_SIBLING] = i > 0 and shared == depth - 1 and depth == depths[i - 1, f.DEPTH]
        row[f.PARENT_WORDS], row[f.PARENT_PROSE] = np.log1p(sums[parent, HELD_WORDS]), sums[parent, HELD_TEXT] / prose
        row[f.PARENT_LINKS], row[f.PARENT_BLOCKS] = (
            sums[parent, HELD_LINKED] / max(sums[parent, HELD_WORDS], 1.0),
            min(sums[parent, HELD_BLOCKS], MAX_BLOCKS),
        )
        row[f.GRANDPARENT_WORDS], row[f.GRANDPARENT_PROSE] = (
            np.log1p(sums[grandparent, HELD_WORDS]),
            sums[grandparent, HELD_TEXT] / prose,
        )
        row[f.GRANDPARENT_LINKS], row[f.GREAT_GRANDPARENT_PROSE] = (
            sums[grandparent, HELD_LINKED] / max(sums[grandparent, HELD_WORDS], 1.0),
            sums[_parent_of(grandparent, parents), HELD_TEXT] / prose,
        )
        row[f.CONTAINER_PROSE], row[f.IS_CHILD_OF_CONTAINER] = sums[best, HELD_TEXT] / prose, parent == best
        row[f.DEPTH_TO_CONTAINER] = min(max(depth - element_depth[best], -MAX_OPENED), MAX_OPENED)
    _fill_distances(best, innermost, parents, features[:, f.IN_CONTAINER :])


@compiled
def _fill_nesting_scores(probability, table, page_block, features):
    """Fill the mean predictions of the rest of each container, and the distance to the most likely container."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if end == start or features[start, f.OPENED] == f.UNKNOWN:
            continue
        page_features, page_probability, counts = (
            features[start:end],
            probability[start:end],
            table[start:end, b.WORD_COUNT],
        )
        innermost, parents, _ = _build_ancestors(page_features[:, f.DEPTHS :])
        values = np.empty((end - start, 3))
        values[:, HELD_WORDS], values[:, HELD_TEXT] = counts, counts * page_probability
        values[:, HELD_LINKED] = counts * page_features[:, f.LINKS]
        sums = _sum_by_container(values, innermost, parents)
        best = _find_best_container(
            values[:, HELD_TEXT], innermost, parents, sums[:, HELD_LINKED] / np.maximum(sums[:, HELD_WORDS], 1.0)
        )
        total = max(sums[ROOT, HELD_TEXT], 1.0)
        for i in range(end - start):
            row, element = page_features[i], innermost[i]
            for step in range(3):
                element = _parent_of(element, parents)
                others = sums[element, HELD_WORDS] - counts[i]
                row[f.PARENT_MEAN + step] = (
                    (sums[element, HELD_TEXT] - values[i, HELD_TEXT]) / others if others > 0 else -1.0
                )
                if step < 2:
                    row[f.PARENT_SHARE + step] = sums[element, HELD_TEXT] / total
            row[f.BEST_CONTAINER_SHARE], row[f.BEST_CONTAINER_MEAN] = (
                sums[best, HELD_TEXT] / total,
                sums[best, HELD_TEXT] / max(sums[best, HELD_WORDS], 1.0),
            )
        _fill_distances(best, innermost, parents, page_features[:, f.IN_BEST_CONTAINER :])


# -- the second stage: features of the first predictions --------------------------------------------------------------

SEGMENT_SCORE, SEGMENT_GAP = 0.3, 2  # least probability in a segment; most blocks below it within one
LIKELY_SCORE, UNLIKELY_SCORE = 0.5, 0.15  # probabilities
BEST_REACH = 6  # blocks above and below, for the highest probability
MAX_MARGIN_WORDS = 60.0  # words of a block that count in the search for the best range
COMMON_SHARE, MIN_COMMON = 0.12, 5  # a word in more of the blocks is no evidence that they belong together


@compiled
def _fill_second_stage(probability, table, page_block, words, features):
    """Fill the score features, page by page."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if end > start:
            blocks, page_probability, page_features = table[start:end], probability[start:end], features[start:end]
            threshold = find_best_threshold(page_probability, blocks[:, b.WORD_COUNT])
            _fill_score_features(page_probability, blocks, threshold, page_features)
            _fill_best_segment(page_probability, blocks, threshold, page_features)
            segment, spans = _find_segments(page_probability)
            _fill_shared_words(page_probability, blocks, words, segment, spans, page_features)
            _fill_segment_features(page_probability, blocks, segment, spans, page_features)
            _fill_main_distances(page_probability, blocks, segment, spans, page_features)


@compiled
def _fill_score_features(probability, table, threshold, features):
    """Fill the first predictions of the block, of its neighbours, and of the text above and below."""
    count = len(probability)
    sums = np.zeros(count + 1, np.float64)
    page_text = text_above = 0.0
    for i in range(count):
        sums[i + 1] = sums[i] + probability[i]
        page_text += probability[i] * table[i, b.WORD_COUNT]
    for i in range(count):
        row = features[i]
        row[f.SCORE], row[f.MARGIN], row[f.THRESHOLD] = probability[i], probability[i] - threshold, threshold
        row[f.PREVIOUS_SCORE] = probability[i - 1] if i else -1.0
        row[f.NEXT_SCORE] = probability[i + 1] if i + 1 < count else -1.0
        row[f.SECOND_PREVIOUS_SCORE] = probability[i - 2] if i > 1 else -1.0
        for column, reach in ((f.MEAN_SCORE_2, 2), (f.MEAN_SCORE_5, 5), (f.MEAN_SCORE_10, 10)):
            start, end = max(i - reach, 0), min(i + reach + 1, count)
            row[column] = (sums[end] - sums[start] - probability[i]) / max(end - start - 1, 1)
        for j in range(max(i - BEST_REACH, 0), i):
            row[f.MAX_SCORE_ABOVE] = max(row[f.MAX_SCORE_ABOVE], probability[j])
        for j in range(i + 1, min(i + BEST_REACH + 1, count)):
            row[f.MAX_SCORE_BELOW] = max(row[f.MAX_SCORE_BELOW], probability[j])
        row[f.TEXT_ABOVE] = np.log1p(text_above)
        text_above += probability[i] * table[i, b.WORD_COUNT]
        row[f.TEXT_BELOW] = np.log1p(max(page_text - text_above, 0.0))


@compiled
def _fill_best_segment(probability, table, threshold, features):
    """Fill the position to the best range: words above the threshold count for a range, the others against."""
    best = total = 0.0
    start = end = candidate = 0
    for i in range(len(probability)):
        if total <= 0:
            total, candidate = 0.0, i
        margin = probability[i] - threshold
        total += margin * min(table[i, b.WORD_COUNT], MAX_MARGIN_WORDS) - (0.5 if margin < 0 else 0.0)
        if total > best:
            best, start, end = total, candidate, i + 1
    for i in range(len(probability)):
        features[i, f.IN_BEST_RANGE] = start <= i < end
        features[i, f.TO_BEST_RANGE] = max(i - start, -MAX_STEPS) if i < start else min(max(i - end + 1, 0), MAX_STEPS)


@compiled
def _find_segments(probability):
    """Return the candidate segment of each block or -1, and the (start, end) of each segment."""
    count = len(probability)
    segment, spans = np.full(count, -1, np.int32), np.empty((count, 2), np.int32)
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
        segment[i : last + 1] = segment_count
        spans[segment_count, SPAN_START], spans[segment_count, SPAN_END] = i, last + 1
        segment_count += 1
        i = last + 1
    return segment, spans[:segment_count]


@compiled
def _find_main_segment(probability, counts, spans):
    """Return the segment with the most expected text; -1 where there is none."""
    best, main = -1.0, -1
    for segment in range(len(spans)):
        text = 0.0
        for i in range(spans[segment, SPAN_START], spans[segment, SPAN_END]):
            text += probability[i] * counts[i]
        if text > best:
            best, main = text, segment
    return main


@compiled
def _index_words(probability, table, words, segment, main):
    """Return a hash table of a page's words as (slots, score sums, block counts, block counts of the main segment).

    `slots` has the slot of each word of the page, in order; the other arrays have a value per slot.
    """
    first_word, end_word = table[0, b.FIRST_WORD], table[len(table) - 1, b.END_WORD]
    size = 16
    while size < 2 * (end_word - first_word) + 2:
        size *= 2
    keys, mask = np.zeros(size, np.uint64), np.uint64(size - 1)
    slots, last_block = np.empty(end_word - first_word, np.int32), np.full(size, -1, np.int32)
    score_sums, block_counts = np.zeros(size, np.float32), np.zeros(size, np.int32)
    main_counts = np.zeros(size, np.int32)
    for i in range(len(table)):
        for j in range(table[i, b.FIRST_WORD], table[i, b.END_WORD]):
            word = words[j]
            probe = word & mask
            while keys[probe] != np.uint64(0) and keys[probe] != word:
                probe = (probe + np.uint64(1)) & mask
            keys[probe] = word
            slot = np.int64(probe)
            slots[j - first_word] = slot
            if last_block[slot] != i:
                last_block[slot] = i
                score_sums[slot] += probability[i]
                block_counts[slot] += 1
                main_counts[slot] += main >= 0 and segment[i] == main
    return slots, score_sums, block_counts, main_counts


@compiled
def _fill_shared_words(probability, table, words, segment, spans, features):
    """Fill the share of a block's words found in other likely blocks, and in the main segment.

    Words in more than COMMON_SHARE of the blocks do not count.
    """
    count, first_word = len(table), table[0, b.FIRST_WORD]
    main = _find_main_segment(probability, table[:, b.WORD_COUNT], spans)
    slots, score_sums, block_counts, main_counts = _index_words(probability, table, words, segment, main)
    common = max(COMMON_SHARE * count, MIN_COMMON)
    shared_words, rare_words = np.zeros(len(spans) + 1), np.zeros(len(spans) + 1)
    for i in range(count):
        is_main = main >= 0 and segment[i] == main
        shared = score = in_main = rare = 0.0
        for j in range(table[i, b.FIRST_WORD], table[i, b.END_WORD]):
            slot = slots[j - first_word]
            if block_counts[slot] > common:
                continue
            rare += 1
            others = score_sums[slot] - probability[i]
            shared += min(max(others, 0.0), 1.0)
            score += others / (block_counts[slot] - 1) if block_counts[slot] > 1 else 0.0
            in_main += main_counts[slot] > is_main
        row = features[i]
        row[f.SHARED_WORDS] = shared / rare if rare else -1.0
        row[f.SHARED_WORD_SCORE] = score / rare if rare else -1.0
        row[f.RARE_WORDS] = rare / max(table[i, b.WORD_COUNT], 1)
        row[f.MAIN_SHARED_WORDS] = in_main / rare if rare else -1.0
        shared_words[segment[i]] += in_main
        rare_words[segment[i]] += rare
    for i in range(count):
        features[i, f.SEGMENT_SHARED_WORDS] = (
            shared_words[segment[i]] / max(rare_words[segment[i]], 1.0) if segment[i] >= 0 else -1.0
        )


@compiled
def _fill_segment_features(probability, table, segment, spans, features):
    """Fill the probability, size and vocabulary of a block's segment, relative to the main segment."""
    sums = np.zeros((len(spans) + 1, 3))
    total = 0.0
    for i in range(len(table)):
        total += probability[i] * table[i, b.WORD_COUNT]
        if segment[i] >= 0:
            sums[segment[i], SEGMENT_TEXT] += probability[i] * table[i, b.WORD_COUNT]
            sums[segment[i], SEGMENT_WORDS] += table[i, b.WORD_COUNT]
            sums[segment[i], SEGMENT_SELVES] += table[i, b.SELF_WORDS]
    main = _find_main_segment(probability, table[:, b.WORD_COUNT], spans)
    for i in range(len(table)):
        row, own = features[i], segment[i]
        row[f.SEGMENTS] = min(len(spans), MAX_STEPS)
        if main >= 0:
            row[f.MAIN_SHARE] = sums[main, SEGMENT_TEXT] / max(total, 1.0)
            row[f.MAIN_MEAN] = sums[main, SEGMENT_TEXT] / max(sums[main, SEGMENT_WORDS], 1.0)
        if own < 0:
            row[f.SEGMENT_MEAN], row[f.SEGMENT_SHARE], row[f.SEGMENT_SELF_WORDS] = -1.0, -1.0, -1.0
            row[f.SEGMENT_LENGTH_RATIO], row[f.SEGMENT_WORDS_PER_BLOCK] = -9.0, -1.0
            continue
        words = max(sums[own, SEGMENT_WORDS], 1.0)
        words_per_block, main_words_per_block = _words_per_block(sums, spans, own), _words_per_block(sums, spans, main)
        row[f.SEGMENT_MEAN] = sums[own, SEGMENT_TEXT] / words
        row[f.SEGMENT_SHARE] = sums[own, SEGMENT_TEXT] / max(total, 1.0)
        row[f.SEGMENT_SELF_WORDS] = sums[own, SEGMENT_SELVES] / words - sums[main, SEGMENT_SELVES] / max(
            sums[main, SEGMENT_WORDS], 1.0
        )
        row[f.SEGMENT_LENGTH_RATIO] = np.log((words_per_block + 1) / (main_words_per_block + 1))
        row[f.SEGMENT_WORDS_PER_BLOCK] = words_per_block


@compiled
def _words_per_block(sums, spans, segment):
    """Return the mean words of a segment's blocks."""
    return sums[segment, SEGMENT_WORDS] / (spans[segment, SPAN_END] - spans[segment, SPAN_START])


@compiled
def _fill_main_distances(probability, table, segment, spans, features):
    """Fill the blocks, words and headers between a block and the main segment, on both sides of the segment."""
    main = _find_main_segment(probability, table[:, b.WORD_COUNT], spans)
    if main < 0:
        return
    for step in (-1, 1):
        i = spans[main, SPAN_END] if step > 0 else spans[main, SPAN_START] - 1
        steps = words = blocks = reasons = header = 0
        while 0 <= i < len(table):
            steps += 1
            row, reason = features[i], table[i, b.REASON]
            row[f.TO_MAIN], row[f.WORDS_TO_MAIN], row[f.BLOCKS_TO_MAIN] = (
                min(steps, MAX_STEPS) * step,
                np.log1p(words),
                min(blocks, MAX_STEPS),
            )
            row[f.REASONS_TO_MAIN], row[f.HEADER_TO_MAIN] = min(reasons, MAX_STEPS), header
            if probability[i] < UNLIKELY_SCORE:
                words += table[i, b.WORD_COUNT]
                blocks += 1
            reasons += reason != 0
            header = COMMENTS_HEADER if reason == COMMENTS else max(header, RELATED_HEADER if reason == RELATED else 0)
            i += step
