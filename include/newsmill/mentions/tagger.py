"""Finds names in a batch of texts by the trained model: each with its exact span, its kind, and how sure that is.

The model is a linear chain over hashed features (`features.py`, `crf.py`); `model.npz` holds it,
`benchmarks/quality/train_names.py` makes it, and docs/name_model.md is its card.
"""

from functools import cache
from itertools import pairwise, repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.mentions import crf
from newsmill.mentions.crf import NameSpans, Weights
from newsmill.mentions.features import WordTables, build_word_tables, extract_features
from newsmill.nlp import name_flags as g
from newsmill.nlp.hash_table import build_table, look_up
from newsmill.nlp.tokens import GLUED, SIGN, Tokens, hashed, sentence_starts, tokens

MODEL_PATH = Path(__file__).with_name("model.npz")
PERSON, ORGANIZATION, PLACE, OTHER = crf.KINDS
BATCH_TEXTS = 64
"""Texts read at once: more fall out of a processor's caches."""
CONFIDENCE_DIGITS = 6
"""Decimals of a confidence: numpy's logarithm of 64 bits differs by processor in the sixteenth."""
_PLACE_SUFFIXES = frozenset(hashed(word) for word in ("based", "born"))


class Tag(NamedTuple):
    """A name in a text: text[start:end] is the name alone, without title, possessive or quotation marks."""

    start: int
    end: int
    entity_type: str
    confidence: float
    rule: str


class TaggedText(NamedTuple):
    """What is read in one text: its names in order, and the characters at which its sentences begin."""

    tags: list[Tag]
    sentence_starts: list[int]


class Model(NamedTuple):
    """Weights, the lists its features look at, slope and shift of its probabilities by kind, and its name."""

    weights: Weights
    word_tables: WordTables
    calibration: np.ndarray
    version: str


@cache
def load_model() -> Model:
    """Return the shipped model."""
    with np.load(MODEL_PATH) as told:
        weights = Weights(crf.pack_weights(told["rows"]), told["links"], float(told["scale"]))
        clusters = dict(zip(told["words"].tolist(), told["clusters"].tolist(), strict=True))
        known = WordTables(*build_word_tables(), *build_table(clusters))
        return Model(weights, known, told["calibration"], str(told["version"]))


def tag_texts(texts: pa.Array, by: Model | None = None) -> list[TaggedText]:
    """Return the names of each text, none overlapping another or going on over a sentence."""
    by = by or load_model()
    return [
        reading for at in range(0, len(texts), BATCH_TEXTS) for reading in _tag_batch(texts.slice(at, BATCH_TEXTS), by)
    ]


def _tag_batch(texts: pa.Array, by: Model) -> list[TaggedText]:
    told = tokens(texts)
    found = relabel_place_adjectives(find_spans(told, by), told, by)
    found = found._replace(probability=calibrate(found, by.calibration))
    found = NameSpans(*(column[found.kind != crf.KINDS.index(OTHER)] for column in found))
    starts, ends = told.start[found.first_token].tolist(), told.end[found.last_token].tolist()
    kinds = [crf.KINDS[kind] for kind in found.kind.tolist()]
    tags = [*map(Tag, starts, ends, kinds, found.probability.tolist(), repeat(by.version))]
    bounds = np.searchsorted(found.first_token, told.text_token).tolist()
    return [
        TaggedText(tags[low:high], sentences)
        for (low, high), sentences in zip(pairwise(bounds), sentence_starts(told), strict=True)
    ]


def find_spans(told: Tokens, by: Model) -> NameSpans:
    """Return the names in a batch of tokens, those of other things among them."""
    features = extract_features(told, by.word_tables)
    scores = np.empty((len(features.token_index), crf.LABEL_COUNT), np.float32)
    crf.score_tokens(features.rows, features.counts, by.weights.rows, np.float32(by.weights.scale), scores)
    return crf.decode_spans(scores, by.weights, features.window_start, features.token_index)


def relabel_place_adjectives(found: NameSpans, told: Tokens, by: Model) -> NameSpans:
    """Read the place in `Oslo-based` and `Oslo-born`, which corpora call adjectives."""
    other = np.flatnonzero((found.kind == crf.KINDS.index(OTHER)) & (found.last_token - found.first_token >= 2))
    for number in other.tolist():
        last = int(found.last_token[number])
        if int(told.word[last]) in _PLACE_SUFFIXES and told.bits[last - 1] & (GLUED | SIGN) == GLUED | SIGN:
            first = int(found.first_token[number])
            known = int(look_up(by.word_tables.word_keys, by.word_tables.word_bits, told.word[first]))
            if first == last - 2 and known & (g.COUNTRY | g.CITY):
                found.kind[number], found.last_token[number] = crf.KINDS.index(PLACE), first
    return found


def calibrate(found: NameSpans, calibration: np.ndarray) -> np.ndarray:
    """Return how often names as probable as each are right, to CONFIDENCE_DIGITS decimals."""
    sure = np.clip(found.probability.astype(np.float64), 1e-6, 1 - 1e-6)
    slope, shift = calibration[found.kind].T
    return np.round(1 / (1 + np.exp(-(slope * np.log(sure / (1 - sure)) + shift))), CONFIDENCE_DIGITS)
