"""The line model: the probable share of text in each block of a page, and the blocks to keep.

The model is two sums of small decision trees. The first stage reads features of a block and the surrounding blocks. The
second stage also reads features of the first predictions: candidate segments of likely text, and the words shared with
likely text. Pages with markup have separate trees. `line_model.json` holds trees and word weights;
`benchmarks/quality/train_lines.py` trains them.

Modules: line_features has the features and their names, block_features and markup_features compute the first stage,
score_features the second, block_choice the choice.

Layout: `features` has a record line_features.FEATURES per block of the batch. Trees read the records as a matrix.

Example: a page of a menu, three paragraphs and a footer may have the first predictions [.1, .9, .6, .9, .1]. The second
stage reads that the third block is in the main segment, and predicts [.0, .9, .9, .9, .0]; blocks 1 to 3 are kept.
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np
import pyarrow as pa

from newsmill.cleaning import line_features as f
from newsmill.cleaning.block_choice import choose_blocks, drop_minority
from newsmill.cleaning.block_features import REASON_RANKS, WordWeights, fill_block_features
from newsmill.cleaning.block_scores import PROSE_MIN_WORDS, BlockScores
from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.markup_features import fill_markup_features, fill_nesting_scores
from newsmill.cleaning.score_features import fill_score_features
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled
from newsmill.nlp import line_markup as m
from newsmill.nlp import trees
from newsmill.nlp.hash_table import build_table
from newsmill.nlp.scan import Scan, scan
from newsmill.nlp.trees import TreeModel, Trees

DATA = Path(__file__).with_name("line_model.json")
MAIN_BLOCKS, MAIN_KEPT_SHARE, MAIN_PAGE_SHARE, MIN_LIKELY = 3, 0.6, 0.5, 0.15
"""A template is a page's main one with so many kept sentences, so much of its prose kept, and so much of the page's
kept words. A sentence of it is kept from this probability on; half of it would add lines of calls and notes."""
RELATED_LINKS = 3  # linked lines right below "Read more" or the like, that are taken for other stories
MAX_CAPTIONS, MAX_HIDDEN, MAX_CONSENT, MAX_RELATED = 0.4, 0.35, 0.9, 0.3
"""The greatest shares of a page's kept words that are dropped by markup: the captions of a picture story are the story;
nine in ten words of hidden paragraphs within a body are text that a script shows, so only a few of them may go; a
dialog about cookies may have more words than a short article; lists of links may be the article."""


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

    `scores` and `ranges` are those of block_scores; `marks` has the markup flags of each scanned line, 0 for none. The
    reason of what markup sets apart is written into `blocks`.
    """
    features = compute_features(blocks, scanned, scores, ranges, trained.words, marks)
    probability = predict_scores(features, blocks, scanned, trained)
    kept = choose_blocks(probability, blocks)
    keep_template(kept, probability, features, blocks)
    drop_set_apart(kept, features, blocks)
    return kept, probability


def keep_template(kept: np.ndarray, probability: np.ndarray, features: np.ndarray, blocks: Blocks) -> None:
    """Keep the sentences that the choice left out of the template of most kept words, in place.

    The last short paragraph below a box of links is one: the paragraphs above have the same template and are kept.
    """
    is_nested = features["opened"] != f.UNKNOWN
    if not is_nested.any():
        return
    table, words = blocks.table, blocks.table["word_count"]
    is_prose = is_nested & (words >= PROSE_MIN_WORDS) & (table["is_final"] > 0) & (features["links"] < 0.5)
    place = table["page"] * np.int64(m.TEMPLATE + 1) + features["template_hash"].astype(np.int64)
    _, template = np.unique(place, return_inverse=True)
    kept_prose, kept_words = np.bincount(template, kept * is_prose), np.bincount(template, words * kept * is_prose)
    prose_words, page_words = np.bincount(template, words * is_prose), np.bincount(table["page"], words * kept)
    is_main = (kept_prose >= MAIN_BLOCKS) & (kept_words >= MAIN_KEPT_SHARE * prose_words)
    is_most = kept_words[template] >= MAIN_PAGE_SHARE * page_words[table["page"]]
    is_call = (table["self_words"] > 0) & (table["quotes"] == 0)  # "we" and "you" outside a quotation
    is_likely = is_prose & ~is_call & (probability >= MIN_LIKELY) & (table["reason"] == Reason.NONE)
    kept[is_likely & is_main[template] & is_most] = 1


def drop_set_apart(kept: np.ndarray, features: np.ndarray, blocks: Blocks) -> None:
    """Drop captions, hidden lines, dialogs about cookies and links to other stories, in place, with a reason."""
    is_headed = (features["reason"] == REASON_RANKS[Reason.RELATED]) | (features["since_related"] <= RELATED_LINKS)
    is_related = is_headed & (features["links"] > 0.5)
    for is_apart, most, reason in (
        (features["in_caption"] > 0.5, MAX_CAPTIONS, Reason.CAPTION),
        (features["hidden"] > 0.5, MAX_HIDDEN, Reason.NOT_CONTENT),
        (features["in_consent"] > 0.5, MAX_CONSENT, Reason.NOT_CONTENT),
        (is_related, MAX_RELATED, Reason.RELATED),
    ):
        drop_minority(kept, is_apart, blocks, most, reason)


def predict_scores(features: np.ndarray, blocks: Blocks, scanned: Scan, trained: Model) -> np.ndarray:
    """Return the probable share of text in each block's words; fill the features of the second stage."""
    matrix, is_marked = f.view_as_matrix(features), features["heading"] != f.UNKNOWN
    first_probability = sum_trees_by_kind(matrix, is_marked, trained.text.first, trained.markup.first)
    add_second_stage(features, first_probability, blocks, scanned)
    return sum_trees_by_kind(matrix, is_marked, trained.text.second, trained.markup.second)


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
    fill_block_features(blocks, scanned, BlockScores(scores, ranges), words, features)
    fill_markup_features(blocks, scanned, scores, marks, features)
    return features


def add_second_stage(features: np.ndarray, probability: np.ndarray, blocks: Blocks, scanned: Scan) -> None:
    """Fill the score features, and the nesting score features where nesting is known, from the first predictions."""
    fill_score_features(blocks, scanned, probability, features)
    fill_nesting_scores(blocks, probability, features)


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
