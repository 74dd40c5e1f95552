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
from newsmill.cleaning.block_choice import choose_blocks
from newsmill.cleaning.block_features import WordWeights, fill_block_features
from newsmill.cleaning.block_scores import BlockScores
from newsmill.cleaning.markup_features import fill_markup_features, fill_nesting_scores
from newsmill.cleaning.score_features import fill_score_features
from newsmill.cleaning.segmentation import Blocks
from newsmill.compiled import compiled
from newsmill.nlp import trees
from newsmill.nlp.hash_table import build_table
from newsmill.nlp.scan import Scan, scan
from newsmill.nlp.trees import TreeModel, Trees

DATA = Path(__file__).with_name("line_model.json")


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
