"""Finds names in a batch of texts by the trained model: span, kind and confidence of each.

The model is a linear chain over hashed features (`features.py`, `crf.py`), stored in `model.npz`.
`benchmarks/quality/train_names.py` trains the model, and docs/name_model.md describes it.
"""

from functools import cache
from itertools import pairwise, repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from newsmill.mentions import crf
from newsmill.mentions.agreement import add_agreement, extract_agreement
from newsmill.mentions.crf import NameSpans, Weights, Windows
from newsmill.mentions.features import WindowFeatures, WordTables, build_word_tables, extract_features
from newsmill.nlp import name_flags as g
from newsmill.nlp.hash_table import build_table, look_up
from newsmill.nlp.tokens import GLUED, SIGN, Tokens, find_sentence_starts, hash_token, tokenize

MODEL_PATH = Path(__file__).with_name("model.npz")
PERSON, ORGANIZATION, PLACE, OTHER = crf.KINDS
BATCH_TEXTS = 64
"""Texts of one batch: the arrays of more do not fit into a processor's caches."""
PROBABILITY_MARGIN = 1e-6
"""Distance kept from 0 and 1, so that the log odds stay finite; one unit of the last stored decimal."""
CONFIDENCE_DIGITS = 6
"""Decimals of a confidence: numpy's 64-bit logarithm differs by processor in the sixteenth decimal."""
_PLACE_SUFFIXES = frozenset(hash_token(word) for word in ("based", "born"))


class Tag(NamedTuple):
    """A name in a text: text[start:end] is the name alone, without title, possessive or quotation marks."""

    start: int
    end: int
    entity_type: str
    confidence: float
    rule: str


class TaggedText(NamedTuple):
    """The names of one text in order, and the first characters of its sentences."""

    tags: list[Tag]
    sentence_starts: list[int]


class Model(NamedTuple):
    """Weights of both passes, word tables, slope and shift of the probabilities by kind, and the version."""

    weights: Weights
    agreement: np.ndarray
    word_tables: WordTables
    calibration: np.ndarray
    version: str


@cache
def load_model() -> Model:
    """Return the shipped model."""
    with np.load(MODEL_PATH) as arrays:
        weights = Weights(crf.pack_weights(arrays["rows"]), arrays["links"], float(arrays["scale"]))
        clusters = dict(zip(arrays["words"].tolist(), arrays["clusters"].tolist(), strict=True))
        word_tables = WordTables(*build_word_tables(), *build_table(clusters))
        agreement = arrays["agreement"] * np.float32(arrays["agreement_scale"])
        return Model(weights, agreement, word_tables, arrays["calibration"], str(arrays["version"]))


def tag_texts(texts: pa.Array, model: Model | None = None) -> list[TaggedText]:
    """Return the names of each text; names do not overlap and do not cross a sentence."""
    model = model or load_model()
    return [
        tagged
        for start in range(0, len(texts), BATCH_TEXTS)
        for tagged in _tag_batch(texts.slice(start, BATCH_TEXTS), model)
    ]


def _tag_batch(texts: pa.Array, model: Model) -> list[TaggedText]:
    batch = tokenize(texts)
    spans = relabel_place_adjectives(find_spans(batch, model), batch, model)
    spans = spans._replace(probability=calibrate(spans, model.calibration))
    spans = NameSpans(*(column[spans.kind != crf.KINDS.index(OTHER)] for column in spans))
    starts, ends = batch.start[spans.first_token].tolist(), batch.end[spans.last_token].tolist()
    kinds = [crf.KINDS[kind] for kind in spans.kind.tolist()]
    tags = [*map(Tag, starts, ends, kinds, spans.probability.tolist(), repeat(model.version))]
    bounds = np.searchsorted(spans.first_token, batch.text_token).tolist()
    return [
        TaggedText(tags[first:end], sentences)
        for (first, end), sentences in zip(pairwise(bounds), find_sentence_starts(batch), strict=True)
    ]


def find_spans(batch: Tokens, model: Model) -> NameSpans:
    """Return the names in a batch of tokens, names of other things included."""
    features = extract_features(batch, model.word_tables)
    chain = crf.make_chain(model.weights.transitions)
    scores = score_first_pass(features, model)
    lattice, marginals = crf.find_marginals(scores, chain, features.window_start)
    rows, counts = extract_agreement(marginals, features.group, features.window_start)
    is_changed = add_agreement(rows, counts, model.agreement, scores, features.window_start)
    return crf.decode_spans(scores, lattice, chain, Windows(features.window_start, features.token_index, is_changed))


def score_first_pass(features: WindowFeatures, model: Model) -> np.ndarray:
    """Return the scores of the labels of each token in windows, without agreement."""
    scores = np.empty((len(features.token_index), crf.LABEL_COUNT), np.float32)
    crf.score_tokens(features.rows, features.counts, model.weights.rows, np.float32(model.weights.scale), scores)
    return scores


def relabel_place_adjectives(spans: NameSpans, batch: Tokens, model: Model) -> NameSpans:
    """Relabel the place in `Oslo-based` and `Oslo-born`; corpora call the whole an adjective."""
    candidates = np.flatnonzero((spans.kind == crf.KINDS.index(OTHER)) & (spans.last_token - spans.first_token >= 2))
    for i in candidates.tolist():
        last_token = int(spans.last_token[i])
        if (
            int(batch.word[last_token]) in _PLACE_SUFFIXES
            and batch.bits[last_token - 1] & (GLUED | SIGN) == GLUED | SIGN
        ):
            first_token = int(spans.first_token[i])
            word_flags = int(look_up(model.word_tables.word_keys, model.word_tables.word_bits, batch.word[first_token]))
            if first_token == last_token - 2 and word_flags & (g.COUNTRY | g.CITY):
                spans.kind[i], spans.last_token[i] = crf.KINDS.index(PLACE), first_token
    return spans


def calibrate(spans: NameSpans, calibration: np.ndarray) -> np.ndarray:
    """Return the calibrated probability of each name, to CONFIDENCE_DIGITS decimals."""
    probability = np.clip(spans.probability.astype(np.float64), PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)
    slope, shift = calibration[spans.kind].T
    return np.round(1 / (1 + np.exp(-(slope * np.log(probability / (1 - probability)) + shift))), CONFIDENCE_DIGITS)
