"""The model of lines: how each block of a page looks, stands and compares, how surely it is text, and which to keep.

Two sums of small decision trees. The first sees a block and its surroundings; the second also sees what the first made
of the page: the stretches it took for text, and how much a block has in common with them. Pages that came with markup
have trees of their own, which see that too. Everything is counted over the batch by compiled code; `lines.json` holds
trees and words, and `benchmarks/quality/train_lines.py` makes it.
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.cleaning import segmentation as b
from newsmill.cleaning.lexicon import CODES
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup as m
from newsmill.nlp import scan as s
from newsmill.nlp import trees
from newsmill.nlp.characters import DIGIT, ITEM_MARK, LETTER, LOWER, QUOTE, UPPER, classes
from newsmill.nlp.hash_table import build_table, look_up
from newsmill.nlp.scan import Scan, scan
from newsmill.nlp.trees import Trees

DATA = Path(__file__).with_name("line_model.json")
COMMENTS, RELATED, LEGAL = (CODES[reason] for reason in ("comments", "related", "legal_disclaimer"))
# What wording tells, in the order of how far it stands from running text: something trees can cut in two.
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
PROSE_WORDS, PROSE_FINAL_WORDS = 18, 6  # of prose; the less if it ends as a sentence
MAX_STEPS, MAX_BLOCKS, MAX_PROSE_BLOCKS = 60, 60, 20  # farther, longer: all the same
NEAR, NEAR_GAPS = 8, 10
INTRODUCTION_WORDS, LISTED_WORDS, LIST_REACH = 4, 30, 3  # of a block that a colon ends, of what it lists
WINDOW_REACHES = (2, 5, 12)
WORD_UNIT = 30  # a word's weight is kept as a whole number of thirtieths

BLOCK_FEATURES = (
    "words",
    "chars_per_word",
    "capitals",
    "numbers",
    "digits",
    "signs",
    "functions",
    "selves",
    "sentences",
    "commas",
    "quotes",
    "first",
    "last",
    "is_final",
    "is_item",
    "gap",
    "gap_before",
    "reason",
    "weight",
    "times",
    "ellipses",
    "is_dated",
    "words_to_mean",
    "last_before",
    "first_behind",
    "words_before",
    "words_behind",
    "final_before",
    "below_colon",
    "items_near",
)
POSITION_FEATURES = (
    "in_run",
    "to_run",
    "run_share",
    "mass_before",
    "mass_after",
    "since_comments",
    "mass_at_comments",
    "since_related",
    "next_related",
    "since_legal",
    "stretch_blocks",
    "stretch_words",
    "prose_words",
    "prose_near",
    "turns_near",
    "same_gap",
)
PAGE_FEATURES = ("page_words", "page_blocks", "page_prose", "page_functions", "page_finals")
WINDOW_FEATURES = tuple(
    f"{name}~{reach}"
    for reach in WINDOW_REACHES
    for name in ("weight", "words", "finals", "capitals", "functions", "selves")
)
WORD_FEATURES = (
    "told",
    "told_least",
    "told_most",
    "told_sum",
    "told_known",
    "told-1",
    "told~3",
    "told~8",
)
FIRST_STAGE = (*BLOCK_FEATURES, *POSITION_FEATURES, *PAGE_FEATURES, *WINDOW_FEATURES, *WORD_FEATURES)
SCORE_FEATURES = (
    "score",
    "margin",
    "threshold",
    "score-1",
    "score+1",
    "score-2",
    "score~2",
    "score~5",
    "score~10",
    "best_before",
    "best_after",
    "sure_before",
    "sure_after",
    "core",
    "core_rate",
    "telling",
    "in_best",
    "to_best",
    "island_mean",
    "island_share",
    "island_selves",
    "island_length",
    "island_words",
    "island_core",
    "islands",
    "main_share",
    "main_mean",
    "main_core",
    "to_main",
    "words_to_main",
    "blocks_to_main",
    "told_to_main",
    "header_to_main",
)
MARKUP_FEATURES = (
    "heading",
    "list_item",
    "in_article",
    "in_frame",
    "in_table",
    "in_quotation",
    "paragraph",
    "in_caption",
    "hidden",
    "emphasis",
    "body_hint",
    "related_hint",
    "comment_hint",
    "furniture_hint",
    "byline_hint",
    "caption_hint",
    "links",
    "heading_before",
    "links~2",
    "paragraph~2",
    "in_article~2",
    "links~5",
    "paragraph~5",
    "in_article~5",
    "page_article",
    "page_body",
    "page_paragraph",
)
NESTING_FEATURES = (
    "opened",
    "closed",
    "closes",
    "is_next_of_kin",
    "parent_words",
    "parent_prose",
    "parent_links",
    "parent_blocks",
    "grand_words",
    "grand_prose",
    "grand_links",
    "great_prose",
    "in_holder",
    "up_to_holder",
    "below_holder",
    "holder_prose",
    "right_in_holder",
    "level",
)
NESTING_SCORE_FEATURES = (
    "parent_mean",
    "grand_mean",
    "great_mean",
    "parent_share",
    "grand_share",
    "in_best_holder",
    "up_to_best_holder",
    "below_best_holder",
    "best_holder_share",
    "best_holder_mean",
)
SECOND_STAGE = (*FIRST_STAGE, *SCORE_FEATURES)
MARKUP_FIRST_STAGE = (*FIRST_STAGE, *MARKUP_FEATURES, *NESTING_FEATURES)
MARKUP_SECOND_STAGE = (*SECOND_STAGE, *MARKUP_FEATURES, *NESTING_FEATURES, *NESTING_SCORE_FEATURES)
DEPTH_COLUMNS = ("shared", "levels")  # what nesting is counted from; no tree looks at it: it would tell sites apart
COLUMNS = (*SECOND_STAGE, *MARKUP_FEATURES, *NESTING_FEATURES, *NESTING_SCORE_FEATURES, *DEPTH_COLUMNS)
PLACE_AT, PAGE_AT = len(BLOCK_FEATURES), len(BLOCK_FEATURES) + len(POSITION_FEATURES)
AROUND_AT = PAGE_AT + len(PAGE_FEATURES)
TOLD_AT = AROUND_AT + len(WINDOW_FEATURES)
AGAIN_AT, MARKUP_AT = len(FIRST_STAGE), len(SECOND_STAGE)
NESTING_AT = MARKUP_AT + len(MARKUP_FEATURES)
NESTING_AGAIN_AT = NESTING_AT + len(NESTING_FEATURES)
NOTED_AT = NESTING_AGAIN_AT + len(NESTING_SCORE_FEATURES)
MARKUP_BITS = np.array(
    [
        m.LIST_ITEM,
        m.ARTICLE,
        m.FRAME,
        m.TABLE,
        m.QUOTATION,
        m.PARAGRAPH,
        m.CAPTION,
        m.HIDDEN,
        m.EMPHASIS,
        m.BODY_HINT,
        m.RELATED_HINT,
        m.COMMENT_HINT,
        m.FURNITURE_HINT,
        m.BYLINE_HINT,
        m.CAPTION_HINT,
    ]
)
ARTICLE_PLACE, FRAME_PLACE, PARAGRAPH_PLACE, BODY_PLACE, RELATED_PLACE, COMMENT_PLACE = 2, 3, 6, 10, 11, 12  # of MARKUP
LINKS, HEADING_BEFORE, MARKS_NEAR, MARKS_OF_PAGE = 16, 17, 18, 24
UNKNOWN = -1.0
FULL_STOP, COLON, COMMA, SEMICOLON, EXCLAMATION, QUESTION, ELLIPSIS = 46, 58, 44, 59, 33, 63, 0x2026


class WordWeights(NamedTuple):
    """An open hash table: by the hash of a word how much it speaks for text, in WORD_UNITs; 0 for all others."""

    keys: np.ndarray
    values: np.ndarray


class StageTrees(NamedTuple):
    """The trees of both looks, for one kind of page."""

    first: Trees
    second: Trees


class Model(NamedTuple):
    """What `lines.json` holds."""

    words: WordWeights
    text: StageTrees
    markup: StageTrees


@cache
def load_model() -> Model:
    """Return the model that newsmill ships."""
    return build_model(json.loads(DATA.read_text(encoding="utf8")))


def build_model(told: dict) -> Model:
    """Return a model as compiled code reads it."""
    text, markup = (
        StageTrees(*(build_trees(told[kind][look]) for look in StageTrees._fields)) for kind in ("text", "markup")
    )
    return Model(build_word_weights(told["words"]), text, markup)


def build_word_weights(weights: dict[str, int]) -> WordWeights:
    """Return the table of words and their weights in WORD_UNITs."""
    found = scan(pa.array([" ".join(weights)], pa.large_string())).words
    return WordWeights(*build_table(dict(zip(found.tolist(), weights.values(), strict=True))))


def build_trees(told: dict) -> Trees:
    """Return trees that look at the columns of a block; `told` is as trees.py wants it."""
    return trees.trees_of(told, COLUMNS)


def keep_blocks(
    blocks: Blocks, scanned: Scan, weights: np.ndarray, runs: np.ndarray, marks: np.ndarray | None, trained: Model
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each block whether it is kept, as uint8, and how surely it is text.

    `weights` and `runs` are those of weigh.py; `marks` has a number for each scanned line, 0 where no markup is known.
    """
    surely = predict_scores(
        compute_features(blocks, scanned, weights, runs, trained.words, marks), blocks, scanned, trained
    )
    return choose_blocks(surely, blocks), surely


def predict_scores(seen: np.ndarray, blocks: Blocks, scanned: Scan, trained: Model) -> np.ndarray:
    """Return for each block the share of its words that is text, as the model expects it; fill AGAIN's columns."""
    is_marked = seen[:, MARKUP_AT] != UNKNOWN
    first = sum_trees_by_kind(seen, is_marked, trained.text.first, trained.markup.first)
    add_second_stage(seen, first, blocks, scanned)
    return sum_trees_by_kind(seen, is_marked, trained.text.second, trained.markup.second)


def choose_blocks(surely: np.ndarray, blocks: Blocks) -> np.ndarray:
    """Return the blocks of each page that together promise the best F1 of words; uint8."""
    kept = np.zeros(len(surely), np.uint8)
    _choose_on_pages(surely, blocks.table[:, b.WORD_COUNT], blocks.page_block, kept)
    return kept


def compute_features(
    blocks: Blocks,
    scanned: Scan,
    weights: np.ndarray,
    runs: np.ndarray,
    words: WordWeights,
    marks: np.ndarray | None = None,
) -> np.ndarray:
    """Return a row a block: the columns of FIRST and MARKUP filled, those of AGAIN zero."""
    seen = np.zeros((len(blocks.table), len(COLUMNS)), np.float32)
    told = np.zeros((len(blocks.table), 4), np.float32)
    _sum_word_weights(blocks.table, scanned.words, words, told)
    _fill_first_stage(
        blocks.table, blocks.hashes, blocks.page_block, weights, runs, told, classes(), REASON_RANKS, seen
    )
    if marks is None:
        seen[:, MARKUP_AT:] = UNKNOWN
    else:
        _fill_markup(blocks.table, blocks.page_block, scanned.lines, marks, MARKUP_BITS, seen)
        _fill_nesting(blocks.table, blocks.page_block, weights, marks, seen)
    return seen


def add_second_stage(seen: np.ndarray, first: np.ndarray, blocks: Blocks, scanned: Scan) -> None:
    """Fill the columns of AGAIN, and of NESTING_AGAIN where nesting is known, from what the first trees told."""
    _fill_second_stage(first, blocks.table, blocks.page_block, scanned.words, seen)
    _fill_nesting_scores(first, blocks.table, blocks.page_block, seen)


def sum_trees_by_kind(seen: np.ndarray, is_marked: np.ndarray, of_text: Trees, of_markup: Trees) -> np.ndarray:
    """Return the logistic of the sum of the trees that are meant for each row."""
    total = np.empty(len(seen), np.float32)
    for is_meant, meant in ((~is_marked, of_text), (is_marked, of_markup)):
        if is_meant.any():
            total[is_meant] = trees.sums(seen if is_meant.all() else seen[is_meant], meant)
    return _apply_logistic(total)


@compiled
def _apply_logistic(total):
    out = np.empty(len(total), np.float32)
    for at in range(len(total)):
        out[at] = 1.0 / (1.0 + np.exp(-total[at]))
    return out


# -- which to keep ---------------------------------------------------------------------------------------------------


@compiled
def _choose_on_pages(surely, counts, page_block, kept):
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        threshold = find_best_threshold(surely[first:past], counts[first:past])
        for at in range(first, past):
            kept[at] = surely[at] > threshold


@compiled
def find_best_threshold(surely, counts):
    """Return half of the best F1 that can be expected: what is surer raises it, what is less sure lowers it.

    Found by Dinkelbach's iteration: choose by half of the last F1, take the F1 of the choice, again until it stands.
    """
    expected = 0.0
    for at in range(len(surely)):
        expected += surely[at] * counts[at]
    best = 0.5
    for _ in range(12):
        hits = chosen = 0.0
        for at in range(len(surely)):
            if surely[at] > best / 2:
                hits += surely[at] * counts[at]
                chosen += counts[at]
        found = 2 * hits / (chosen + expected) if chosen + expected > 0 else 0.0
        if abs(found - best) < 1e-4:
            break
        best = found
    return best / 2


# -- what a block shows ----------------------------------------------------------------------------------------------


@compiled
def is_prose(block):
    """Tell whether a block reads as running text: long, or a sentence that ends."""
    return block[b.WORD_COUNT] >= PROSE_WORDS or (block[b.IS_FINAL] and block[b.WORD_COUNT] >= PROSE_FINAL_WORDS)


@compiled
def _sum_word_weights(table, words, lexicon, told):
    """Sum up the weights of each block's words: the sum, the least, the most, and how many are known."""
    for at in range(len(table)):
        row = told[at]
        for number in range(table[at, b.FIRST_WORD], table[at, b.END_WORD]):
            weight = np.float32(look_up(lexicon.keys, lexicon.values, words[number])) / np.float32(WORD_UNIT)
            if weight != 0:
                row[0] += weight
                row[1] = min(row[1], weight)
                row[2] = max(row[2], weight)
                row[3] += 1


@compiled
def _fill_first_stage(table, hashes, page_block, weights, runs, told, traits, ranks, seen):
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        if past > first:
            blocks, here, weight = table[first:past], seen[first:past], weights[first:past]
            _fill_block_features(blocks, hashes[first:past], weight, traits, ranks, here)
            _fill_position_features(blocks, weight, runs[page, 0] - first, runs[page, 1] - first, here)
            _fill_run_features(blocks, weight, here)
            _fill_page_features(blocks, weight, here)
            _fill_window_features(blocks, weight, here)
            _fill_word_features(blocks, told[first:past], here)


@compiled
def _fill_block_features(table, hashes, weights, traits, ranks, seen):
    ordered = np.sort(hashes)
    mean = _mean_prose_words(table)
    for at in range(len(table)):
        block, row = table[at], seen[at]
        words, chars = max(block[b.WORD_COUNT], 1), max(block[b.CHARS], 1)
        tokens = max(block[b.END_WORD] - block[b.FIRST_WORD], 1)
        row[0] = np.log1p(block[b.WORD_COUNT])
        row[1] = chars / words
        row[2] = block[b.CAPITALIZED_WORDS] / tokens
        row[3] = block[b.NUMERIC_WORDS] / tokens
        row[4] = block[b.DIGITS] / chars
        row[5] = block[b.SIGNS] / chars
        row[6] = block[b.FUNCTION_WORDS] / tokens
        row[7] = block[b.SELF_WORDS] / tokens
        row[8] = np.log1p(block[b.SENTENCES])
        row[9] = block[b.COMMAS] / words
        row[10] = min(block[b.QUOTES], 6)
        row[11] = _classify_char(block[b.FIRST_CHAR], traits)
        row[12] = _classify_char(block[b.LAST_CHAR], traits)
        row[13] = block[b.IS_FINAL]
        row[14] = block[b.IS_ITEM]
        row[15] = min(block[b.GAP_AFTER], 4)
        row[16] = min(table[at - 1, b.GAP_AFTER], 4) if at else 4
        row[17] = ranks[block[b.REASON]]
        row[18] = weights[at]
        row[19] = min(np.searchsorted(ordered, hashes[at], side="right") - np.searchsorted(ordered, hashes[at]), 12)
        row[20] = block[b.ELLIPSES]
        row[21] = block[b.IS_DATED]
        row[22] = row[0] - mean
    _fill_adjacent_features(table, seen)


@compiled
def _fill_adjacent_features(table, seen):
    """Tell what stands right before and behind a block, and how far below a colon in a list it stands."""
    count, below = len(table), 0
    for at in range(count):
        row = seen[at]
        if at:
            row[23], row[25], row[27] = seen[at - 1, 12], seen[at - 1, 0], seen[at - 1, 13]
            if table[at - 1, b.LAST_CHAR] == COLON and table[at - 1, b.WORD_COUNT] >= INTRODUCTION_WORDS:
                below = 1
            elif below:
                below += 1
        if at + 1 < count:
            row[24], row[26] = seen[at + 1, 11], seen[at + 1, 0]
        if below and table[at, b.WORD_COUNT] > LISTED_WORDS and not table[at, b.IS_ITEM]:
            below = 0
        row[28] = min(below, MAX_PROSE_BLOCKS)
        for other in range(max(at - LIST_REACH, 0), min(at + LIST_REACH + 1, count)):
            row[29] += table[other, b.IS_ITEM]


@compiled
def _mean_prose_words(table):
    words = blocks = 0.0
    for at in range(len(table)):
        if is_prose(table[at]):
            words += table[at, b.WORD_COUNT]
            blocks += 1.0
    return np.log1p(words / max(blocks, 1.0))


@compiled
def _classify_char(point, traits):
    """Return what kind of character opens or closes a block."""
    trait = traits[point] if point < len(traits) else 0
    if trait & LOWER:
        return 1
    if trait & UPPER:
        return 2
    if trait & DIGIT:
        return 3
    if trait & LETTER:
        return 4
    if trait & QUOTE:
        return 5
    if trait & ITEM_MARK:
        return 6
    if point == COLON:
        return 7
    if point in (COMMA, SEMICOLON):
        return 8
    if point == ELLIPSIS:
        return 9
    if point == FULL_STOP:
        return 10
    return 11 if point in (EXCLAMATION, QUESTION) else 0


@compiled
def _fill_position_features(table, weights, start, end, seen):
    """Tell where a block stands: to the run of the rules, to the headers above it, to the prose before and behind."""
    count = len(table)
    best = positive = mass = 0.0
    for at in range(count):
        positive += max(weights[at], 0.0)
        if start <= at < end:
            best += weights[at]
    comments = related = legal = -count - MAX_STEPS
    at_comments = -1.0
    for at in range(count):
        row, reason = seen[at, PLACE_AT:], table[at, b.REASON]
        row[0] = start <= at < end
        row[1] = max(at - start, -MAX_STEPS) if at < start else min(max(at - end + 1, 0), MAX_STEPS)
        row[2] = best / max(positive, 1.0)
        row[3] = np.log1p(mass)
        row[5] = min(at - comments, MAX_STEPS)
        row[6] = at_comments
        row[7] = min(at - related, MAX_STEPS)
        row[9] = min(at - legal, MAX_STEPS)
        if reason == COMMENTS:
            comments, at_comments = at, np.log1p(mass)
        elif reason == RELATED:
            related = at
        elif reason == LEGAL:
            legal = at
        mass += max(weights[at], 0.0)
    related = 2 * count + MAX_STEPS
    for at in range(count - 1, -1, -1):
        mass -= max(weights[at], 0.0)
        seen[at, PLACE_AT + 4] = np.log1p(max(positive - mass - max(weights[at], 0.0), 0.0))
        seen[at, PLACE_AT + 8] = min(related - at, MAX_STEPS)
        if table[at, b.REASON] == RELATED:
            related = at


@compiled
def _fill_run_features(table, weights, seen):
    """Tell how long a stretch of blocks of one kind a block stands in, and how often kinds change around it."""
    count = len(table)
    _fill_run_lengths(table, weights, seen)
    proses = np.zeros(count + 1, np.int32)
    turns = np.zeros(count + 1, np.int32)
    before = False
    for at in range(count):
        now = is_prose(table[at])
        proses[at + 1] = proses[at] + now
        turns[at + 1] = turns[at] + (at > 0 and now != before)
        before = now
    for at in range(count):
        low, high = max(at - NEAR, 0), min(at + NEAR + 1, count)
        seen[at, PLACE_AT + 13] = proses[high] - proses[low]
        seen[at, PLACE_AT + 14] = turns[high] - turns[min(low + 1, high)]
        same = others = 0
        for number in range(max(at - NEAR_GAPS, 0), min(at + NEAR_GAPS + 1, count)):
            if number != at and weights[number] > 0:
                others += 1
                same += table[number, b.GAP_AFTER] == table[at, b.GAP_AFTER]
        seen[at, PLACE_AT + 15] = same / others if others else -1.0


@compiled
def _fill_run_lengths(table, weights, seen):
    at = 0
    while at < len(table):
        past, words = at, 0
        while past < len(table) and (weights[past] > 0) == (weights[at] > 0):
            words += table[past, b.WORD_COUNT]
            past += 1
        for number in range(at, past):
            seen[number, PLACE_AT + 10] = min(past - at, MAX_BLOCKS) * (-1 if weights[at] > 0 else 1)
            seen[number, PLACE_AT + 11] = np.log1p(words)
        at = past
    at = 0
    while at < len(table):
        past, words = at, 0
        while past < len(table) and is_prose(table[past]):
            words += table[past, b.WORD_COUNT]
            past += 1
        for number in range(at, past):
            seen[number, PLACE_AT + 12] = np.log1p(words)
        at = past + 1


@compiled
def _fill_page_features(table, weights, seen):
    words = prose = functions = finals = 0.0
    for at in range(len(table)):
        words += table[at, b.WORD_COUNT]
        finals += table[at, b.IS_FINAL]
        if weights[at] > 0:
            prose += table[at, b.WORD_COUNT]
            functions += table[at, b.FUNCTION_WORDS]
    seen[:, PAGE_AT] = np.log1p(words)
    seen[:, PAGE_AT + 1] = np.log1p(len(table))
    seen[:, PAGE_AT + 2] = prose / max(words, 1.0)
    seen[:, PAGE_AT + 3] = functions / max(prose, 1.0)
    seen[:, PAGE_AT + 4] = finals / len(table)


@compiled
def _fill_window_features(table, weights, seen):
    """Average what the blocks around show, the block itself left out."""
    count = len(table)
    sums = np.zeros((count + 1, 6), np.float64)
    for at in range(count):
        block, now, after = table[at], sums[at], sums[at + 1]
        after[0] = now[0] + weights[at]
        after[1] = now[1] + block[b.WORD_COUNT]
        after[2] = now[2] + block[b.IS_FINAL]
        after[3] = now[3] + block[b.CAPITALIZED_WORDS]
        after[4] = now[4] + block[b.FUNCTION_WORDS]
        after[5] = now[5] + block[b.SELF_WORDS]
    column = AROUND_AT
    for reach in WINDOW_REACHES:
        for at in range(count):
            low, high = max(at - reach, 0), min(at + reach + 1, count)
            others = max(high - low - 1, 1)
            words = sums[high, 1] - sums[low, 1] - table[at, b.WORD_COUNT]
            row = seen[at, column:]
            row[0] = (sums[high, 0] - sums[low, 0] - weights[at]) / others
            row[1] = words / others
            row[2] = (sums[high, 2] - sums[low, 2] - table[at, b.IS_FINAL]) / others
            row[3] = (sums[high, 3] - sums[low, 3] - table[at, b.CAPITALIZED_WORDS]) / max(words, 1.0)
            row[4] = (sums[high, 4] - sums[low, 4] - table[at, b.FUNCTION_WORDS]) / max(words, 1.0)
            row[5] = (sums[high, 5] - sums[low, 5] - table[at, b.SELF_WORDS]) / max(words, 1.0)
        column += 6


@compiled
def _fill_word_features(table, told, seen):
    """Enter what the words of a block and of those around it tell."""
    count = len(table)
    sums = np.zeros((count + 1, 2), np.float64)
    for at in range(count):
        sums[at + 1, 0] = sums[at, 0] + told[at, 0]
        sums[at + 1, 1] = sums[at, 1] + told[at, 3]
    for at in range(count):
        row = seen[at, TOLD_AT:]
        row[0] = told[at, 0] / max(told[at, 3], 1)
        row[1] = told[at, 1]
        row[2] = told[at, 2]
        row[3] = told[at, 0]
        row[4] = told[at, 3] / max(table[at, b.WORD_COUNT], 1)
        row[5] = told[at - 1, 0] / max(told[at - 1, 3], 1) if at else 0.0
        row[6] = _mean_weight_near(told, sums, at, 3)
        row[7] = _mean_weight_near(told, sums, at, 8)


@compiled
def _mean_weight_near(told, sums, at, reach):
    low, high = max(at - reach, 0), min(at + reach + 1, len(told))
    return (sums[high, 0] - sums[low, 0] - told[at, 0]) / max(sums[high, 1] - sums[low, 1] - told[at, 3], 1.0)


# -- what the markup shows -------------------------------------------------------------------------------------------


@compiled
def _fill_markup(table, page_block, lines, marks, bits, seen):
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        if past > first:
            start, end = table[first, b.FIRST_LINE], table[past - 1, b.END_LINE]
            if marks[start:end].any():
                _fill_markup_features(table[first:past], lines, marks, bits, seen[first:past])
                _fill_markup_windows(table[first:past], seen[first:past])
            else:
                seen[first:past, MARKUP_AT:] = UNKNOWN


@compiled
def _fill_markup_features(table, lines, marks, bits, seen):
    """Tell how much of each block's text stands in what markup, and what share of it is linked."""
    for at in range(len(table)):
        row, total = seen[at, MARKUP_AT:], 0.0
        for line in range(table[at, b.FIRST_LINE], table[at, b.END_LINE]):
            chars, mark = lines[line, s.TEXT_END] - lines[line, s.TEXT_START], marks[line]
            if chars == 0:
                continue
            total += chars
            row[0] = max(row[0], mark & m.HEADING)
            for place in range(len(bits)):
                if mark & bits[place]:
                    row[1 + place] += chars
            row[LINKS] += chars * ((mark & m.LINK_PERCENT) >> m.LINK_SHIFT) / 100.0
        row[1 : LINKS + 1] /= max(total, 1.0)
        row[HEADING_BEFORE] = seen[at - 1, MARKUP_AT] if at else 0.0


@compiled
def _fill_markup_windows(table, seen):
    """Average links, paragraphs and articles over the words around and over the page."""
    count = len(table)
    sums = np.zeros((count + 1, 5), np.float64)
    for at in range(count):
        words, row = table[at, b.WORD_COUNT], seen[at, MARKUP_AT:]
        sums[at + 1, 0] = sums[at, 0] + words
        sums[at + 1, 1] = sums[at, 1] + words * row[LINKS]
        sums[at + 1, 2] = sums[at, 2] + words * row[PARAGRAPH_PLACE]
        sums[at + 1, 3] = sums[at, 3] + words * row[ARTICLE_PLACE]
        sums[at + 1, 4] = sums[at, 4] + words * row[BODY_PLACE]
    for at in range(count):
        row, column = seen[at, MARKUP_AT:], MARKS_NEAR
        for reach in (2, 5):
            low, high = max(at - reach, 0), min(at + reach + 1, count)
            words = max(sums[high, 0] - sums[low, 0], 1.0)
            for place in (1, 2, 3):
                row[column] = (sums[high, place] - sums[low, place]) / words
                column += 1
        row[MARKS_OF_PAGE] = sums[count, 3] / max(sums[count, 0], 1.0)
        row[MARKS_OF_PAGE + 1] = sums[count, 4] / max(sums[count, 0], 1.0)
        row[MARKS_OF_PAGE + 2] = sums[count, 2] / max(sums[count, 0], 1.0)


# -- what holds a block: the elements that it stands in, and all that they hold -------------------------------------

MAX_OPENED, MAX_CLOSED, MAX_LEVELS = 10, 15, 20  # more: all the same
RELATED_DISCOUNT = (
    0.7  # what prose weighs less in the search for the best holder if markup calls it related or a comment
)


@compiled
def _fill_nesting(table, page_block, weights, marks, seen):
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        if past == first:
            continue
        here = seen[first:past]
        if here[0, MARKUP_AT] == UNKNOWN or not _fill_depths(table[first:past], marks, here[:, NOTED_AT:]):
            here[:, NESTING_AT:] = UNKNOWN
        else:
            _fill_nesting_features(table[first:past], weights[first:past], here)


@compiled
def _fill_depths(table, marks, noted):
    """Note how many elements hold both a block and the one before, and how many hold it; tell whether any is known."""
    line, before, deepest = table[0, b.FIRST_LINE], 0, 0
    for at in range(len(table)):
        shared, level = m.LEVELS, -1
        while line < table[at, b.END_LINE]:
            mark = marks[line]
            if mark and level < 0:
                shared = min(shared, (mark >> m.SHARED_SHIFT) & m.LEVELS)
                if line >= table[at, b.FIRST_LINE]:
                    level = (mark >> m.DEPTH_SHIFT) & m.LEVELS
            line += 1
        level = max(level, 0)
        noted[at, 0], noted[at, 1] = min(shared, level, before), level
        before, deepest = level, max(deepest, level)
    return deepest > 0


@compiled
def _build_ancestors(noted):
    """Return for each block the number of the innermost element that holds it, and each element's holder and level."""
    count = 1
    for at in range(len(noted)):
        count += int(noted[at, 1] - noted[at, 0])
    holder, level, inmost = np.full(count, -1, np.int32), np.zeros(count, np.int32), np.empty(len(noted), np.int32)
    now, count = 0, 1
    for at in range(len(noted)):
        while level[now] > noted[at, 0]:
            now = holder[now]
        while level[now] < noted[at, 1]:
            holder[count], level[count] = now, level[now] + 1
            now, count = count, count + 1
        inmost[at] = now
    return inmost, holder[:count], level[:count]


@compiled
def _sum_by_container(values, inmost, holder):
    """Return the sums of each block's values over all that each element holds."""
    sums = np.zeros((len(holder), values.shape[1]))
    for at in range(len(inmost)):
        sums[inmost[at]] += values[at]
    for number in range(len(holder) - 1, 0, -1):
        sums[holder[number]] += sums[number]
    return sums


@inlined
def _parent_of(number, holder):
    return max(holder[number], 0)


@compiled
def _find_best_container(mass, inmost, holder, links):
    """Return the element whose children say most: what they say counts in full, what theirs do half, links nothing."""
    worth = np.zeros(len(holder))
    for at in range(len(inmost)):
        parent = _parent_of(inmost[at], holder)
        worth[parent] += mass[at]
        worth[_parent_of(parent, holder)] += mass[at] / 2
    return np.argmax(worth * (1 - links))


@compiled
def _fill_distances(best, inmost, holder, rows):
    """Tell how far up from the best holder the first element is that holds the block, and how far down it is."""
    ups = np.full(len(holder), -1, np.int32)
    number, steps = best, 0
    while number >= 0:
        ups[number] = steps
        number, steps = holder[number], steps + 1
    for at in range(len(inmost)):
        number, below = inmost[at], 0
        while ups[number] < 0:
            number, below = holder[number], below + 1
        rows[at, 0] = ups[number] == 0
        rows[at, 1], rows[at, 2] = min(ups[number], MAX_LEVELS), min(below, MAX_LEVELS)


@compiled
def _fill_nesting_features(table, weights, seen):
    """Tell how many elements end and begin around a block, and what those hold that hold it."""
    count, noted = len(table), seen[:, NOTED_AT:]
    inmost, holder, level = _build_ancestors(noted)
    values = np.empty((count, 4))
    mass = np.zeros(count)
    for at in range(count):
        words, row = table[at, b.WORD_COUNT], seen[at, MARKUP_AT:]
        if weights[at] > 0:
            others = RELATED_DISCOUNT * max(row[RELATED_PLACE], row[COMMENT_PLACE])
            mass[at] = words * (1 - row[FRAME_PLACE]) * (1 - others) * (1 - row[LINKS])
        values[at, 0], values[at, 1], values[at, 2], values[at, 3] = words, mass[at], words * row[LINKS], 1
    sums = _sum_by_container(values, inmost, holder)
    best = _find_best_container(mass, inmost, holder, sums[:, 2] / np.maximum(sums[:, 0], 1.0))
    prose = max(sums[0, 1], 1.0)
    for at in range(count):
        row = seen[at, NESTING_AT:]
        parent = _parent_of(inmost[at], holder)
        grand = _parent_of(parent, holder)
        shared, depth = noted[at, 0], noted[at, 1]
        row[0] = min(depth - shared, MAX_OPENED) if at else MAX_OPENED
        row[1] = min(noted[at - 1, 1] - shared, MAX_CLOSED) if at else 0
        row[2] = min(depth - noted[at + 1, 0], MAX_CLOSED) if at + 1 < count else MAX_CLOSED
        row[3] = at > 0 and shared == depth - 1 and depth == noted[at - 1, 1]
        row[4], row[5] = np.log1p(sums[parent, 0]), sums[parent, 1] / prose
        row[6], row[7] = sums[parent, 2] / max(sums[parent, 0], 1.0), min(sums[parent, 3], MAX_BLOCKS)
        row[8], row[9] = np.log1p(sums[grand, 0]), sums[grand, 1] / prose
        row[10], row[11] = sums[grand, 2] / max(sums[grand, 0], 1.0), sums[_parent_of(grand, holder), 1] / prose
        row[15], row[16] = sums[best, 1] / prose, parent == best
        row[17] = min(max(depth - level[best], -MAX_OPENED), MAX_OPENED)
    _fill_distances(best, inmost, holder, seen[:, NESTING_AT + 12 :])


@compiled
def _fill_nesting_scores(surely, table, page_block, seen):
    """Tell how likely the first look found the rest of what holds a block, and where this stands to the likeliest."""
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        if past == first or seen[first, NESTING_AT] == UNKNOWN:
            continue
        here, scores, counts = seen[first:past], surely[first:past], table[first:past, b.WORD_COUNT]
        inmost, holder, _ = _build_ancestors(here[:, NOTED_AT:])
        values = np.empty((past - first, 3))
        values[:, 0], values[:, 1] = counts, counts * scores
        values[:, 2] = counts * here[:, MARKUP_AT + LINKS]
        sums = _sum_by_container(values, inmost, holder)
        best = _find_best_container(values[:, 1], inmost, holder, sums[:, 2] / np.maximum(sums[:, 0], 1.0))
        total = max(sums[0, 1], 1.0)
        for at in range(past - first):
            row, number = here[at, NESTING_AGAIN_AT:], inmost[at]
            for step in range(3):
                number = _parent_of(number, holder)
                others = sums[number, 0] - counts[at]
                row[step] = (sums[number, 1] - values[at, 1]) / others if others > 0 else -1.0
                if step < 2:
                    row[3 + step] = sums[number, 1] / total
            row[8], row[9] = sums[best, 1] / total, sums[best, 1] / max(sums[best, 0], 1.0)
        _fill_distances(best, inmost, holder, here[:, NESTING_AGAIN_AT + 5 :])


# -- the second look -------------------------------------------------------------------------------------------------

SEGMENT_SCORE, SEGMENT_GAP = 0.3, 2  # blocks that less sure ones between may part without making two islands of them
LIKELY_SCORE, UNLIKELY_SCORE = 0.5, 0.15
BEST_REACH = 6
MAX_MARGIN_WORDS = 60.0
COMMON_SHARE, MIN_COMMON = 0.12, 5  # of blocks that say a word: it tells nothing of what they have in common


@compiled
def _fill_second_stage(surely, table, page_block, words, seen):
    for page in range(len(page_block) - 1):
        first, past = page_block[page], page_block[page + 1]
        if past > first:
            blocks, scores, here = table[first:past], surely[first:past], seen[first:past]
            threshold = find_best_threshold(scores, blocks[:, b.WORD_COUNT])
            _fill_score_features(scores, blocks, threshold, here)
            _fill_best_segment(scores, blocks, threshold, here)
            island, spans = _find_segments(scores)
            _fill_shared_words(scores, blocks, words, island, spans, here)
            _fill_segment_features(scores, blocks, island, spans, here)
            _fill_main_distances(scores, blocks, island, spans, here)


@compiled
def _fill_score_features(surely, table, threshold, seen):
    count = len(surely)
    sums = np.zeros(count + 1, np.float64)
    total = before = 0.0
    for at in range(count):
        sums[at + 1] = sums[at] + surely[at]
        total += surely[at] * table[at, b.WORD_COUNT]
    for at in range(count):
        row = seen[at, AGAIN_AT:]
        row[0], row[1], row[2] = surely[at], surely[at] - threshold, threshold
        row[3] = surely[at - 1] if at else -1.0
        row[4] = surely[at + 1] if at + 1 < count else -1.0
        row[5] = surely[at - 2] if at > 1 else -1.0
        for place, reach in ((6, 2), (7, 5), (8, 10)):
            low, high = max(at - reach, 0), min(at + reach + 1, count)
            row[place] = (sums[high] - sums[low] - surely[at]) / max(high - low - 1, 1)
        for number in range(max(at - BEST_REACH, 0), at):
            row[9] = max(row[9], surely[number])
        for number in range(at + 1, min(at + BEST_REACH + 1, count)):
            row[10] = max(row[10], surely[number])
        row[11] = np.log1p(before)
        before += surely[at] * table[at, b.WORD_COUNT]
        row[12] = np.log1p(max(total - before, 0.0))


@compiled
def _fill_best_segment(surely, table, threshold, seen):
    """Tell where a block stands to the stretch that promises most: surer words count for it, others against."""
    best = total = 0.0
    start = end = begin = 0
    for at in range(len(surely)):
        if total <= 0:
            total, begin = 0.0, at
        margin = surely[at] - threshold
        total += margin * min(table[at, b.WORD_COUNT], MAX_MARGIN_WORDS) - (0.5 if margin < 0 else 0.0)
        if total > best:
            best, start, end = total, begin, at + 1
    for at in range(len(surely)):
        seen[at, AGAIN_AT + 16] = start <= at < end
        seen[at, AGAIN_AT + 17] = max(at - start, -MAX_STEPS) if at < start else min(max(at - end + 1, 0), MAX_STEPS)


@compiled
def _find_segments(surely):
    """Return for each block the number of its island or -1, and (start, end) of each island."""
    count = len(surely)
    island, spans = np.full(count, -1, np.int32), np.empty((count, 2), np.int32)
    islands = at = 0
    while at < count:
        if surely[at] <= SEGMENT_SCORE:
            at += 1
            continue
        last = at
        number = at + 1
        while number < count and number - last <= SEGMENT_GAP:
            if surely[number] > SEGMENT_SCORE:
                last = number
            number += 1
        island[at : last + 1] = islands
        spans[islands, 0], spans[islands, 1] = at, last + 1
        islands += 1
        at = last + 1
    return island, spans[:islands]


@compiled
def _find_main_segment(surely, counts, spans):
    """Return the number of the island that promises most words; -1 where there is none."""
    best, main = -1.0, -1
    for number in range(len(spans)):
        mass = 0.0
        for at in range(spans[number, 0], spans[number, 1]):
            mass += surely[at] * counts[at]
        if mass > best:
            best, main = mass, number
    return main


@compiled
def _fill_shared_words(surely, table, words, island, spans, seen):
    """Tell how much of a block's vocabulary other likely blocks say, and the likeliest island; once a block."""
    count = len(table)
    main = _find_main_segment(surely, table[:, b.WORD_COUNT], spans)
    begin, past = table[0, b.FIRST_WORD], table[count - 1, b.END_WORD]
    size = 16
    while size < 2 * (past - begin) + 2:
        size *= 2
    keys, mask = np.zeros(size, np.uint64), np.uint64(size - 1)
    slots, last = np.empty(past - begin, np.int32), np.full(size, -1, np.int32)
    mass, said, said_main = np.zeros(size, np.float32), np.zeros(size, np.int32), np.zeros(size, np.int32)
    for at in range(count):
        for number in range(table[at, b.FIRST_WORD], table[at, b.END_WORD]):
            word = words[number]
            slot = word & mask
            while keys[slot] != np.uint64(0) and keys[slot] != word:
                slot = (slot + np.uint64(1)) & mask
            keys[slot] = word
            place = np.int64(slot)
            slots[number - begin] = place
            if last[place] != at:
                last[place] = at
                mass[place] += surely[at]
                said[place] += 1
                said_main[place] += main >= 0 and island[at] == main
    common = max(COMMON_SHARE * count, MIN_COMMON)
    shared, told = np.zeros(len(spans) + 1), np.zeros(len(spans) + 1)
    for at in range(count):
        is_main = main >= 0 and island[at] == main
        core = rate = in_main = telling = 0.0
        for number in range(table[at, b.FIRST_WORD], table[at, b.END_WORD]):
            place = slots[number - begin]
            if said[place] > common:
                continue
            telling += 1
            others = mass[place] - surely[at]
            core += min(max(others, 0.0), 1.0)
            rate += others / (said[place] - 1) if said[place] > 1 else 0.0
            in_main += said_main[place] > is_main
        row = seen[at, AGAIN_AT:]
        row[13] = core / telling if telling else -1.0
        row[14] = rate / telling if telling else -1.0
        row[15] = telling / max(table[at, b.WORD_COUNT], 1)
        row[27] = in_main / telling if telling else -1.0
        shared[island[at]] += in_main
        told[island[at]] += telling
    for at in range(count):
        seen[at, AGAIN_AT + 23] = shared[island[at]] / max(told[island[at]], 1.0) if island[at] >= 0 else -1.0


@compiled
def _fill_segment_features(surely, table, island, spans, seen):
    """Tell of the island that a block is part of how sure, how large and how like the likeliest it is."""
    sums = np.zeros((len(spans) + 1, 3))
    total = 0.0
    for at in range(len(table)):
        total += surely[at] * table[at, b.WORD_COUNT]
        if island[at] >= 0:
            sums[island[at], 0] += surely[at] * table[at, b.WORD_COUNT]
            sums[island[at], 1] += table[at, b.WORD_COUNT]
            sums[island[at], 2] += table[at, b.SELF_WORDS]
    main = _find_main_segment(surely, table[:, b.WORD_COUNT], spans)
    for at in range(len(table)):
        row, number = seen[at, AGAIN_AT:], island[at]
        row[24] = min(len(spans), MAX_STEPS)
        if main >= 0:
            row[25] = sums[main, 0] / max(total, 1.0)
            row[26] = sums[main, 0] / max(sums[main, 1], 1.0)
        if number < 0:
            row[18], row[19], row[20], row[21], row[22] = -1.0, -1.0, -1.0, -9.0, -1.0
            continue
        words = max(sums[number, 1], 1.0)
        a_block, a_block_of_main = _words_per_block(sums, spans, number), _words_per_block(sums, spans, main)
        row[18] = sums[number, 0] / words
        row[19] = sums[number, 0] / max(total, 1.0)
        row[20] = sums[number, 2] / words - sums[main, 2] / max(sums[main, 1], 1.0)
        row[21] = np.log((a_block + 1) / (a_block_of_main + 1))
        row[22] = a_block


@compiled
def _words_per_block(sums, spans, number):
    return sums[number, 1] / (spans[number, 1] - spans[number, 0])


@compiled
def _fill_main_distances(surely, table, island, spans, seen):
    """Walk away from the likeliest island on both sides and tell what was passed."""
    main = _find_main_segment(surely, table[:, b.WORD_COUNT], spans)
    if main < 0:
        return
    for step in (-1, 1):
        at = spans[main, 1] if step > 0 else spans[main, 0] - 1
        steps = words = blocks = told = header = 0
        while 0 <= at < len(table):
            steps += 1
            row, reason = seen[at, AGAIN_AT:], table[at, b.REASON]
            row[28], row[29], row[30] = min(steps, MAX_STEPS) * step, np.log1p(words), min(blocks, MAX_STEPS)
            row[31], row[32] = min(told, MAX_STEPS), header
            if surely[at] < UNLIKELY_SCORE:
                words += table[at, b.WORD_COUNT]
                blocks += 1
            told += reason != 0
            header = 2 if reason == COMMENTS else max(header, 1 if reason == RELATED else 0)
            at += step
