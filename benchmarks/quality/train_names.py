"""Trains the name model on annotated news, and measures the model on held-out text.

    python benchmarks/quality/train_names.py judge               figures of a model without every fourth article
    python benchmarks/quality/train_names.py ship                the same, then train on everything, write the model
    python benchmarks/quality/train_names.py compare MODEL…      spaCy's figures next to the shipped model's

MODEL is the name or folder of a spaCy model; no requirement of the project includes spaCy. The corpora are outside the
project, next to its checkout.
"""

import argparse
import gzip
import json
import random
import re
import sys
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.linalg import svds

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

from newsmill.compiled import compiled  # noqa: E402
from newsmill.mentions import crf, tagger  # noqa: E402
from newsmill.mentions.agreement import AGREEMENT_ROWS, extract_agreement  # noqa: E402
from newsmill.mentions.crf import LABEL_COUNT, POSITIONS, Lattice, Position, Weights  # noqa: E402
from newsmill.mentions.features import ROW_BITS, WordTables, build_word_tables, extract_features  # noqa: E402
from newsmill.nlp import tokens as t  # noqa: E402
from newsmill.nlp.hash_table import build_table  # noqa: E402
from newsmill.nlp.tokens import tokenize  # noqa: E402

CORPORA = ROOT.parent / "shared" / "corpora"
KINDS = {"PER": 0, "ORG": 1, "LOC": 2, "MISC": 3}
MEASURED_KINDS = ("PER", "ORG", "LOC")
SEED, VERSION = 1, "crf-4"
NEWTON_STEPS = 30
REFRESH_WINDOWS = 8
"""Windows between two refreshes of the exponentials of transitions; each refresh costs 289 exponentials."""


# -- texts and their names ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """A text with its names (start, end, kind); `is_partial` if names of other kinds are not labelled."""

    text: str
    names: tuple[tuple[int, int, int], ...]
    weight: float = 1.0
    is_partial: bool = False


def read_rows(path: Path) -> list[dict]:
    """Return the rows of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf8") as file:
        return [json.loads(line) for line in file]


def read_annotated(name: str) -> list[Text]:
    """Return a corpus with labels by people."""
    articles = read_rows(CORPORA / "mentions" / f"{name}.jsonl.gz")
    return [
        Text(article["text"], tuple((*mention["span"], KINDS[mention["type"]]) for mention in article["mentions"]))
        for article in articles
    ]


TODAY_KINDS = {"person": 0, "organization": 1, "place": 2}


def read_today(name: str) -> list[Text]:
    """Return articles of today with labels by people, credit lines included."""
    return [_read_article(row) for row in read_rows(CORPORA / "today" / f"{name}.jsonl.gz")]


def read_today_fold(fold: int) -> list[Text]:
    """Return the articles of a fold of today's training part; the articles of a site are in one fold."""
    rows = read_rows(CORPORA / "today" / "train.jsonl.gz")
    return [_read_article(row) for row in rows if zlib.crc32(_read_site(row).encode()) % FOLDS == fold]


def _read_article(row: dict) -> Text:
    names = ((*mention["span"], TODAY_KINDS[mention["type"]]) for mention in row["mentions"])
    return Text(row["text"], tuple(sorted(names)), is_partial=True)


def _read_site(row: dict) -> str:
    return row["url"].split("/")[2].removeprefix("www.")


SPACY_KINDS = dict.fromkeys(("NORP", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW", "LANGUAGE"), 3)
SPACY_KINDS |= {"PERSON": 0, "ORG": 1, "GPE": 2, "LOC": 2, "FAC": 2}
ABBREVIATION = re.compile(r"(?:[A-Z]\.|Inc\.|Corp\.|Co\.|Ltd\.|Jr\.)$")


def map_entities(text: str, entities: Iterable[tuple[int, int, str]]) -> set[tuple[int, int, int]]:
    """Return spaCy's names by CoNLL's guidelines, approximately: without article, possessive or closing point."""
    names = set()
    for start, end, label in entities:
        if label in SPACY_KINDS:
            start += 4 if text[start : start + 4].lower() == "the " else 0
            end = _trim_end(text, start, end)
            if start < end and "\n" not in text[start:end]:
                names.add((start, end, SPACY_KINDS[label]))
    return names


def _trim_end(text: str, start: int, end: int) -> int:
    while end > start:
        if text[start:end].endswith(("'s", "’s")):
            end -= 2
        elif text[end - 1] in " \n'’\"," or (text[end - 1] == "." and not ABBREVIATION.search(text[start:end])):
            end -= 1
        else:
            break
    return end


# -- news without labels -----------------------------------------------------------------------------------------------


def _list_entities(document) -> list[tuple[int, int, str]]:
    return [(entity.start_char, entity.end_char, entity.label_) for entity in document.ents]


def read_news() -> list[str]:
    """Return the texts of the volume corpora with joined hard-wrapped lines."""
    volume = CORPORA / "volume"
    wire = [row["body"] or "" for row in read_rows(volume / "reuters21578.jsonl.gz")]
    return [
        *(row["text"] for name in ("bbc", "wikinews", "modern") for row in read_rows(volume / f"{name}.jsonl.gz")),
        *(row["body"] for row in read_rows(volume / "fnc1_bodies.jsonl.gz")),
        *map(_unwrap_lines, wire),
    ]


def read_releases() -> list[dict]:
    """Return the press releases of the Swiss government."""
    return read_rows(CORPORA / "volume" / "swiss_releases_en.jsonl.gz")


def _unwrap_lines(text: str) -> str:
    return re.sub(r"\n[ \t]+", "\n", re.sub(r"\n(?=\S)", " ", text))


# -- other forms of a text ---------------------------------------------------------------------------------------------

NO_SPACE_BEFORE = re.compile(r" (?=(?:[.,;:!?%)\]]|'s|'S|n't|N'T|'re|'ve|'ll|'d|'m|'|'')(?= |\n|$))")
OPENING_SPACE = re.compile(r"(?<![^\s])[(\[$`]+( )")
STRAIGHT_MARK = re.compile(r'(?<!\S)"(?!\S)|\n')
SMALL_WORDS = set("a an the of in on at to for and or by with from as".split())
WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")


def detokenize(source: Text) -> Text:
    """Return a text as before tokenisation, approximately."""
    text, is_open = source.text, False
    drop = {m.start() for m in NO_SPACE_BEFORE.finditer(text)} | {m.start(1) for m in OPENING_SPACE.finditer(text)}
    for mark in STRAIGHT_MARK.finditer(text):
        if mark[0] == "\n":
            is_open = False
            continue
        space = mark.start() - 1 if is_open else mark.end()
        if text[max(space, 0) : space + 1] == " ":
            drop.add(space)
        is_open = not is_open
    kept = np.cumsum([0, *(i not in drop for i in range(len(text)))]).tolist()
    names = tuple((kept[start], kept[end], kind) for start, end, kind in source.names)
    return replace(source, text="".join(c for i, c in enumerate(text) if i not in drop), names=names)


def recase(source: Text, generator: random.Random, upper: float, title: float, weight: float = 1.0) -> Text:
    """Return a text with shares of its lines in capitals and in title case, as in headlines."""
    lines = []
    for line in source.text.split("\n"):
        draw = generator.random()
        lines.append(_to_upper_case(line) if draw < upper else _to_title_case(line) if draw < upper + title else line)
    return replace(source, text="\n".join(lines), weight=source.weight * weight)


def _to_upper_case(text: str) -> str:
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def _to_title_case(line: str) -> str:
    return WORD.sub(
        lambda m: _to_upper_case(m[0][0]) + m[0][1:] if m[0] not in SMALL_WORDS and m[0].islower() else m[0], line
    )


def make_forms(texts: list[Text], generator: random.Random) -> list[Text]:
    """Return annotated texts as they are, detokenised, and in capitals."""
    detokenized = [detokenize(text) for text in texts]
    cased = [recase(text, generator, 0.6, 0.4, 0.4) for text in texts[::2] + detokenized[1::2]]
    return texts + [recase(text, generator, 0.12, 0.08) for text in detokenized] + cased


# -- clusters of words -------------------------------------------------------------------------------------------------

VOCABULARY, CONTEXTS, DIMENSIONS, FINE, COARSE = 60_000, 6_000, 100, 1000, 128
MIN_COUNT, ROUNDS = 3, 12
NUMBER_WORD = 7
"""The key of all numbers, treated as one word."""
NEIGHBOUR_OFFSETS = (1, -1, 2, -2)
MARKUP = re.compile(r"<[^>]+>")


def cluster_words() -> dict[int, int]:
    """Return the cluster of each word, coarse and fine in one number, by its neighbours in news."""
    texts = read_news()
    texts += [MARKUP.sub(" ", f"{r.get('lead') or ''} {r.get('html') or ''}")[:6000] for r in read_releases()]
    texts += [r["text"] for r in read_rows(CORPORA / "quotes/polnear_train.jsonl.gz")]
    texts = sorted(set(texts)) + [text.text for text in read_annotated("conllpp_train")]
    words, sentence = _list_words(texts)
    keys, word_of_token, counts = np.unique(words, return_inverse=True, return_counts=True)
    order = np.lexsort((keys, -counts))
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys))
    generator = np.random.default_rng(3)
    vectors = _build_vectors(_count_neighbours(rank[word_of_token], sentence), generator)
    fine, centres = _find_centres(vectors, FINE, generator)
    coarse, _ = _find_centres(centres, COARSE, generator)
    ranked = zip(keys[order][:VOCABULARY].tolist(), counts[order].tolist(), fine.tolist(), strict=False)
    return {
        key: int(coarse[centre]) + 1 | centre + 1 << 8
        for key, count, centre in ranked
        if count >= MIN_COUNT and key != NUMBER_WORD
    }


def _list_words(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the words of all texts in one array, and the sentence number of each."""
    words, begins_sentence = [], []
    for start in range(0, len(texts), 2000):
        batch = tokenize(pa.array(texts[start : start + 2000], pa.large_string()))
        words.append(np.where(batch.bits & t.HAS_DIGIT != 0, np.uint64(NUMBER_WORD), batch.word))
        begins_sentence.append(batch.bits & t.SENTENCE_START != 0)
    return np.concatenate(words), np.cumsum(np.concatenate(begins_sentence))


def _count_neighbours(words: np.ndarray, sentence: np.ndarray) -> csr_matrix:
    """Count the neighbours of each word by offset."""
    table = csr_matrix((VOCABULARY, len(NEIGHBOUR_OFFSETS) * CONTEXTS), dtype=np.float32)
    for column, step in enumerate(NEIGHBOUR_OFFSETS):
        own_slice, other_slice = slice(None, -step), slice(step, None)
        if step < 0:
            own_slice, other_slice = slice(-step, None), slice(None, step)
        own, other = words[own_slice], words[other_slice]
        keep = (own < VOCABULARY) & (other < CONTEXTS) & (sentence[own_slice] == sentence[other_slice])
        ones = np.ones(int(keep.sum()), np.float32)
        table += coo_matrix((ones, (own[keep], other[keep] + column * CONTEXTS)), shape=table.shape).tocsr()
    return table


def _build_vectors(table: csr_matrix, generator: np.random.Generator) -> np.ndarray:
    """Return vectors of unit length: the first singular vectors of positive pointwise mutual information."""
    table = table.tocoo()
    row_sums, column_sums = np.asarray(table.sum(1)).ravel(), np.asarray(table.sum(0)).ravel() ** 0.75
    information = np.log(table.data * column_sums.sum() / (row_sums[table.row] * column_sums[table.col]))
    keep = information > 0
    table = (
        coo_matrix((information[keep], (table.row[keep], table.col[keep])), shape=table.shape)
        .tocsr()
        .astype(np.float32)
    )
    start = generator.standard_normal(min(table.shape)).astype(np.float32)
    vectors, sizes, _ = svds(table, k=DIMENSIONS, v0=start)
    scaled = vectors * np.sqrt(sizes)
    return (scaled / np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _find_centres(vectors: np.ndarray, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest centre for each vector, and the centres (spherical k-means)."""
    centres = vectors[generator.choice(len(vectors), count, replace=False)]
    for _ in range(ROUNDS):
        nearest = (vectors @ centres.T).argmax(1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), centres)
    return nearest, centres


# -- batches -----------------------------------------------------------------------------------------------------------


class Batch:
    """Texts as the model sees them: features, `gold` labels of the tokens in windows, `weight` of each window."""

    def __init__(self, texts: list[Text], word_tables: WordTables):
        batch = tokenize(pa.array([text.text for text in texts], pa.large_string()))
        features = extract_features(batch, word_tables)
        labels = np.zeros(len(batch.word), np.int8)
        for i, text in enumerate(texts):
            if text.is_partial:
                labels[batch.text_token[i] : batch.text_token[i + 1]] = NO_MEASURED_NAME
            for start, end, kind in text.names:
                _write_labels(labels, *_find_token_range(batch, i, start, end), kind)
        self.features, self.gold = features, labels[features.token_index]
        window_starts = features.window_start[:-1]
        text_weights = np.array([text.weight for text in texts], np.float32)
        self.weight = text_weights[
            np.searchsorted(batch.text_token, features.token_index[window_starts], side="right") - 1
        ]
        _drop_cut_labels(self.gold, features.window_start)


def _find_token_range(batch: t.Tokens, text_index: int, start: int, end: int) -> tuple[int, int]:
    """Return the half-open range of the tokens that overlap a span."""
    text_start, text_end = batch.text_token[text_index], batch.text_token[text_index + 1]
    first_token = text_start + int(np.searchsorted(batch.end[text_start:text_end], start, side="right"))
    return first_token, text_start + int(np.searchsorted(batch.start[text_start:text_end], end, side="left"))


def _write_labels(labels: np.ndarray, first_token: int, end_token: int, kind: int) -> None:
    base = 1 + POSITIONS * kind
    if end_token - first_token == 1:
        labels[first_token] = base + Position.UNIT
    elif end_token > first_token:
        labels[first_token:end_token] = base + Position.INSIDE
        labels[first_token], labels[end_token - 1] = base + Position.BEGIN, base + Position.LAST


def make_batches(texts: list[Text], word_tables: WordTables) -> list[Batch]:
    """Return texts in batches."""
    return [
        Batch(texts[start : start + tagger.BATCH_TEXTS], word_tables)
        for start in range(0, len(texts), tagger.BATCH_TEXTS)
    ]


# -- training ----------------------------------------------------------------------------------------------------------


@compiled
def _drop_cut_labels(gold, window_start):
    """Remove the labels of a name cut by a window."""
    for i in range(len(window_start) - 1):
        start, stop = window_start[i], window_start[i + 1]
        token = start
        while token < stop:
            label = gold[token]
            position = (label - 1) % POSITIONS
            if label <= 0 or position == Position.UNIT:
                token += 1
                continue
            end = token
            if position == Position.BEGIN:
                end = token + 1
                while end < stop and gold[end] == label + Position.INSIDE:
                    end += 1
                if end < stop and gold[end] == label + Position.LAST:
                    token = end + 1
                    continue
            gold[token : max(end, token + 1)] = 0
            token = max(end, token + 1)


NO_MEASURED_NAME = -1
"""Gold label of a token outside the measured kinds: it may be in a name of another kind, which today's labels lack."""
_OTHER_START = 1 + POSITIONS * crf.KINDS.index(tagger.OTHER)


@compiled
def _is_consistent(gold, label):
    """Return whether a label agrees with a gold label."""
    return label == gold or (gold == NO_MEASURED_NAME and (label == crf.OUTSIDE or label >= _OTHER_START))


@compiled
def _allocate_lattice(token_count):
    """Return an empty lattice."""
    return Lattice(
        np.empty((token_count, LABEL_COUNT), np.float32),
        np.empty((token_count, LABEL_COUNT), np.float32),
        np.empty((token_count, LABEL_COUNT), np.float32),
        np.empty(token_count, np.float64),
    )


@compiled
def _write_marginals(lattice, token, marginals):
    """Write the probability of each label of a token."""
    total = np.float32(0)
    for label in range(LABEL_COUNT):
        marginals[label] = lattice.forward[token, label] * lattice.backward[token, label]
        total += marginals[label]
    total = max(total, np.float32(crf.TINY))
    for label in range(LABEL_COUNT):
        marginals[label] /= total


@compiled
def _write_transition_marginals(lattice, exp_transitions, is_allowed, token, marginals):
    """Write the probability of each pair of the labels of the previous token and a token."""
    total = np.float32(0)
    for label_before in range(LABEL_COUNT):
        for next_label in range(LABEL_COUNT):
            if is_allowed[label_before, next_label]:
                marginals[label_before, next_label] = (
                    lattice.forward[token - 1, label_before]
                    * exp_transitions[label_before, next_label]
                    * lattice.scores[token, next_label]
                    * lattice.backward[token, next_label]
                )
                total += marginals[label_before, next_label]
    total = max(total, np.float32(crf.TINY))
    for label_before in range(LABEL_COUNT):
        for next_label in range(LABEL_COUNT):
            marginals[label_before, next_label] /= total


@compiled
def learn_epoch(
    rows,
    counts,
    window_start,
    gold,
    weight,
    order,
    table,
    squares,
    transitions,
    transition_squares,
    is_allowed,
    rate,
    dropout,
    seed,
    base,
):
    """Visit the windows once, in `order`, and update the weights; return the sum of the losses.

    AdaGrad on the negative log-likelihood, with random dropout of features. `rows[n, :counts[n]]` are the rows of
    `table` for token n of all windows, `gold[n]` is the label, and window w holds the tokens from `window_start[w]` on.
    `squares` and `transition_squares` are the sums of squared gradients. `base[n]` are fixed scores of token n.

    Example. For "Ann Hale" with gold labels 1 and 3, `forward * backward`, normalised, gives the probability p of each
    label. The gradient is p, minus 1 at label 1 for Ann and at label 3 for Hale.
    """
    max_tokens = 1
    for window in range(len(window_start) - 1):
        max_tokens = max(max_tokens, window_start[window + 1] - window_start[window])
    free, bound = _allocate_lattice(max_tokens), _allocate_lattice(max_tokens)
    scores = free.scores
    used_rows, used_counts = np.empty((max_tokens, rows.shape[1]), np.int32), np.empty(max_tokens, np.int32)
    exp_transitions = np.exp(transitions)
    delta, target = np.empty(LABEL_COUNT, np.float32), np.empty(LABEL_COUNT, np.float32)
    transition_delta = np.zeros((LABEL_COUNT, LABEL_COUNT), np.float32)
    transition_target = np.zeros((LABEL_COUNT, LABEL_COUNT), np.float32)
    random_state = np.uint64(seed * 2 + 1)
    dropout_limit = np.uint64(dropout * 65536)
    loss, windows_since = 0.0, 0
    for window in order:
        start, size = window_start[window], window_start[window + 1] - window_start[window]
        if size == 0 or weight[window] == 0:
            continue
        for token in range(size):
            used_count = 0
            for k in range(counts[start + token]):
                random_state ^= random_state << np.uint64(13)
                random_state ^= random_state >> np.uint64(7)
                random_state ^= random_state << np.uint64(17)
                if (random_state & np.uint64(65535)) >= dropout_limit:
                    used_rows[token, used_count] = rows[start + token, k]
                    used_count += 1
            used_counts[token] = used_count
            for label in range(LABEL_COUNT):
                scores[token, label] = base[start + token, label]
            for k in range(used_count):
                row = table[used_rows[token, k]]
                for label in range(LABEL_COUNT):
                    scores[token, label] += row[label]
            for label in range(LABEL_COUNT):
                bound.scores[token, label] = (
                    scores[token, label] if _is_consistent(gold[start + token], label) else crf.IMPOSSIBLE
                )
        log_sum = crf.sum_forward_backward(free, exp_transitions, 0, size)
        loss += (log_sum - crf.sum_forward_backward(bound, exp_transitions, 0, size)) * weight[window]
        for token in range(size):
            _write_marginals(free, token, delta)
            _write_marginals(bound, token, target)
            for label in range(LABEL_COUNT):
                delta[label] = (delta[label] - target[label]) * weight[window]
            for k in range(used_counts[token]):
                row, square = table[used_rows[token, k]], squares[used_rows[token, k]]
                for label in range(LABEL_COUNT):
                    square[label] += delta[label] * delta[label]
                    row[label] -= rate * delta[label] / np.sqrt(square[label])
            if token:
                _write_transition_marginals(free, exp_transitions, is_allowed, token, transition_delta)
                _write_transition_marginals(bound, exp_transitions, is_allowed, token, transition_target)
                for label_before in range(LABEL_COUNT):
                    for next_label in range(LABEL_COUNT):
                        if is_allowed[label_before, next_label]:
                            gradient = transition_delta[label_before, next_label]
                            gradient = (gradient - transition_target[label_before, next_label]) * weight[window]
                            transition_squares[label_before, next_label] += gradient * gradient
                            transitions[label_before, next_label] -= (
                                rate * gradient / np.sqrt(transition_squares[label_before, next_label])
                            )
        windows_since += 1
        if windows_since == REFRESH_WINDOWS:
            windows_since = 0
            for label_before in range(LABEL_COUNT):
                for next_label in range(LABEL_COUNT):
                    exp_transitions[label_before, next_label] = np.exp(transitions[label_before, next_label])
    return loss


LEARNING_RATE, DROPOUT, EPOCHS = 0.03, 0.15, 8
"""AdaGrad's rate, the share of features left out, and the epochs, chosen on conllpp_dev (docs/name_model.md)."""
QUANTIZED_SHARE = 0.9999
"""Share of weights below the largest value of one byte; larger weights are cut."""


def train_model(batches: list[Batch], word_tables: WordTables, version: str = "trained") -> tagger.Model:
    """Return a model with weights averaged over the second half of the epochs, in whole numbers of one byte."""
    table = np.zeros((1 << ROW_BITS, LABEL_COUNT), np.float32)
    transitions = np.zeros((LABEL_COUNT, LABEL_COUNT), np.float32)
    squares, transition_squares = np.full_like(table, 0.1), np.ones_like(transitions)
    table_sum, transition_sum, epoch_count = np.zeros_like(table), np.zeros_like(transitions), 0
    is_allowed, generator = crf.list_transitions(), np.random.default_rng(7)
    for epoch in range(EPOCHS):
        for i in generator.permutation(len(batches)):
            batch, features = batches[i], batches[i].features
            order = generator.permutation(len(features.window_start) - 1)
            learn_epoch(
                features.rows, features.counts, features.window_start, batch.gold, batch.weight, order, table, squares,
                transitions, transition_squares, is_allowed, np.float32(LEARNING_RATE), DROPOUT,
                int(generator.integers(1 << 30)), np.zeros((len(batch.gold), LABEL_COUNT), np.float32),
            )  # fmt: skip
        if epoch >= EPOCHS // 2:
            table_sum, transition_sum, epoch_count = table_sum + table, transition_sum + transitions, epoch_count + 1
    return _quantize(table_sum / epoch_count, transition_sum / epoch_count, word_tables, version)


def _quantize(table: np.ndarray, transitions: np.ndarray, word_tables: WordTables, version: str) -> tagger.Model:
    scale = float(np.quantile(np.abs(table[table != 0]), QUANTIZED_SHARE)) / 127
    weights = Weights(np.clip(np.rint(table / scale), -127, 127).astype(np.int8), transitions, scale)
    return tagger.Model(
        weights,
        np.zeros((AGREEMENT_ROWS, LABEL_COUNT), np.float32),
        word_tables,
        np.array([[1.0, 0.0]] * len(crf.KINDS)),
        version,
    )


AGREEMENT_RATE, AGREEMENT_EPOCHS, AGREEMENT_SHARE = 0.03, 6, 0.5
"""The rate, the epochs, and the share of the learned weights that is used.

The models that the second pass learns from lack a fold, and are less sure than the shipped one. At the full weights
held-out articles of today lose .003, at half they keep their F1 and conllpp_dev gains .003.
"""


def train_agreement(folds: list[tuple[list[Batch], tagger.Model]], transitions: np.ndarray) -> np.ndarray:
    """Return the weights of the second pass, from batches with the packed model that was trained without them."""
    table = np.zeros((AGREEMENT_ROWS, LABEL_COUNT), np.float32)
    squares, total = np.full_like(table, 0.1), np.zeros_like(table)
    is_allowed, generator, prepared = crf.list_transitions(), np.random.default_rng(11), []
    for batches, packed in folds:
        for batch in batches:
            scores, window_start = tagger.score_first_pass(batch.features, packed), batch.features.window_start
            _, marginals = crf.find_marginals(scores, crf.make_chain(packed.weights.transitions), window_start)
            rows, counts = extract_agreement(marginals, batch.features.group, window_start)
            prepared.append((rows[:, : counts.max()].copy(), counts, batch, scores))
    for epoch in range(AGREEMENT_EPOCHS):
        for i in generator.permutation(len(prepared)):
            rows, counts, batch, scores = prepared[i]
            order = generator.permutation(len(batch.features.window_start) - 1)
            learn_epoch(
                rows, counts, batch.features.window_start, batch.gold, batch.weight, order, table, squares,
                transitions.copy(), np.full_like(transitions, 1e9), is_allowed, np.float32(AGREEMENT_RATE), 0.0,
                int(generator.integers(1 << 30)), scores,
            )  # fmt: skip
        if epoch >= AGREEMENT_EPOCHS // 2:
            total += table
    return total / (AGREEMENT_EPOCHS - AGREEMENT_EPOCHS // 2) * np.float32(AGREEMENT_SHARE)


def pack_model(model: tagger.Model) -> tagger.Model:
    """Return a trained model with packed weights for the tagger."""
    return model._replace(weights=model.weights._replace(rows=crf.pack_weights(model.weights.rows)))


# -- measuring ---------------------------------------------------------------------------------------------------------

NameFinder = Callable[[list[Text]], list[set[tuple[int, int, int]]]]


def make_model_finder(model: tagger.Model) -> NameFinder:
    """Return a function that finds names by a model of newsmill."""

    def find(texts: list[Text]) -> list[set[tuple[int, int, int]]]:
        tagged = tagger.tag_texts(pa.array([text.text for text in texts], pa.large_string()), model)
        return [
            {(tag.start, tag.end, crf.KINDS.index(tag.entity_type)) for tag in tagged_text.tags}
            for tagged_text in tagged
        ]

    return find


def make_spacy_finder(name: str) -> NameFinder:
    """Return a function that finds names by a model of spaCy."""
    import spacy

    model = spacy.load(name, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"])

    def find(texts: list[Text]) -> list[set[tuple[int, int, int]]]:
        documents = model.pipe([text.text for text in texts], batch_size=10)
        return [
            map_entities(text.text, _list_entities(document)) for text, document in zip(texts, documents, strict=True)
        ]

    return find


def count_names(texts: list[Text], find: NameFinder) -> np.ndarray:
    """Return for each kind the counts of right, found and true names, as in the acceptance."""
    counts = np.zeros((len(MEASURED_KINDS), 3), np.int64)
    for text, extracted_names in zip(texts, find(texts), strict=True):
        gold = set(text.names)
        for kind in range(len(MEASURED_KINDS)):
            extracted, true = (
                {name for name in extracted_names if name[2] == kind},
                {name for name in gold if name[2] == kind},
            )
            counts[kind] += (len(extracted & true), len(extracted), len(true))
    return counts


def print_figures(title: str, counts: np.ndarray) -> None:
    """Print precision, recall and F1, and F1 by kind."""
    right, extracted, true = counts.sum(0)
    kinds = "  ".join(f"{name}={_compute_f1(row):.4f}" for name, row in zip(MEASURED_KINDS, counts, strict=True))
    print(f"{title:36} gold={true} precision={right / max(extracted, 1):.4f} recall={right / max(true, 1):.4f} "
          f"f1={_compute_f1(counts.sum(0)):.4f}  {kinds}", flush=True)  # fmt: skip


def _compute_f1(row: np.ndarray) -> float:
    return 2 * row[0] / max(row[1] + row[2], 1)


def make_dev_forms() -> dict[str, list[Text]]:
    """Return the development corpus as is, detokenised, in capitals, and as headlines."""
    dev, generator = read_annotated("conllpp_dev"), random.Random(SEED)
    return {
        "conllpp_dev": dev,
        "conllpp_dev, detokenised": [detokenize(text) for text in dev],
        "conllpp_dev, upper case": [recase(text, generator, 1, 0) for text in dev],
        "conllpp_dev, headlines": [recase(text, generator, 0, 1) for text in dev],
    }


# -- calibration -------------------------------------------------------------------------------------------------------


def judge_names(texts: list[Text], model: tagger.Model) -> list[tuple[int, float, bool]]:
    """Return kind, confidence and whether right, for each found name."""
    tagged = tagger.tag_texts(pa.array([text.text for text in texts], pa.large_string()), model)
    return [
        (kind, tag.confidence, (tag.start, tag.end, kind) in set(text.names))
        for text, tagged_text in zip(texts, tagged, strict=True)
        for tag in tagged_text.tags
        for kind in (crf.KINDS.index(tag.entity_type),)
    ]


def fit_calibration(judgements: list[tuple[int, float, bool]]) -> np.ndarray:
    """Return slope and shift by kind: logistic regression of being right on the log odds of the model."""
    fitted = np.tile([1.0, 0.0], (len(crf.KINDS), 1))
    for kind in range(len(MEASURED_KINDS)):
        confidence = np.clip([row[1] for row in judgements if row[0] == kind], 1e-6, 1 - 1e-6)
        is_right = np.array([row[2] for row in judgements if row[0] == kind], float)
        columns = np.stack([np.log(confidence / (1 - confidence)), np.ones_like(confidence)], 1)
        for _ in range(NEWTON_STEPS):
            predicted = 1 / (1 + np.exp(-columns @ fitted[kind]))
            hessian = columns.T @ (columns * (predicted * (1 - predicted))[:, None]) + np.eye(2) * 1e-3
            step = np.linalg.solve(hessian, columns.T @ (is_right - predicted))
            fitted[kind] += _shorten_step(columns, is_right, fitted[kind], step)
    return fitted.round(4)


def _shorten_step(columns: np.ndarray, is_right: np.ndarray, weights: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return the longest of a step, its half, its quarter … that lowers the loss: a full step may overshoot."""
    loss = _compute_log_loss(columns, is_right, weights)
    for _ in range(NEWTON_STEPS):
        if _compute_log_loss(columns, is_right, weights + step) <= loss:
            return step
        step = step / 2
    return np.zeros_like(step)


def _compute_log_loss(columns: np.ndarray, is_right: np.ndarray, weights: np.ndarray) -> float:
    return float(np.logaddexp(0, -(columns @ weights) * (2 * is_right - 1)).sum())


def print_calibration(judgements: list[tuple[int, float, bool]]) -> None:
    """Print the share of right names by confidence."""
    confidence, is_right = np.array([row[1] for row in judgements]), np.array([row[2] for row in judgements])
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 0.98), (0.98, 1.01)):
        in_bin = (confidence >= low) & (confidence < high)
        if in_bin.any():
            print(f"  confidence {low:.2f} to {min(high, 1):.2f}: names={in_bin.sum()} "
                  f"said={confidence[in_bin].mean():.3f} right={is_right[in_bin].mean():.3f}")  # fmt: skip


# -- verbs -------------------------------------------------------------------------------------------------------------

FOLDS = 4
"""Every fourth site is kept apart to judge the model; the second pass learns from models without a fold."""
WIKI_WEIGHT, TODAY_WEIGHT, CASED_WEIGHT = 4.0, 5.0, 0.2
"""Weights of wikigold, which has a sixth of CoNLL++'s texts, and of today's news, as is and in capitals."""


def make_fold(fold: int, word_tables: WordTables) -> list[Batch]:
    """Return the batches of one fold of the annotated corpora; the last fold has no text of CoNLL++."""
    conll = read_annotated("conllpp_train")[fold :: FOLDS - 1] if fold < FOLDS - 1 else []
    wiki, today = read_annotated("wikigold")[fold::FOLDS], read_today_fold(fold)
    generator = random.Random(SEED + fold)
    wiki_forms = make_forms(wiki, generator)
    plain = [replace(text, weight=text.weight * WIKI_WEIGHT) for text in wiki_forms[: 2 * len(wiki)]]
    texts = make_forms(conll, generator) + plain + wiki_forms[2 * len(wiki) :]
    texts += [recase(text, generator, 0.03, 0.03, TODAY_WEIGHT) for text in today]
    texts += [recase(text, generator, 0.6, 0.4, TODAY_WEIGHT * CASED_WEIGHT) for text in today[::3]]
    return make_batches(texts, word_tables)


class Trained(NamedTuple):
    """A packed model of both passes, its first pass without silver labels, and the rows that are written."""

    model: tagger.Model
    teacher: tagger.Model
    rows: np.ndarray


def train_passes(folds: list[list[Batch]], without: list[tagger.Model], word_tables: WordTables) -> Trained:
    """Return a model of both passes, in whole numbers; `without` has packed models without a fold each.

    A first model, the teacher, labels news without labels; the model learns from these articles too.
    """
    batches = [batch for fold in folds for batch in fold]
    teacher = pack_model(train_model(batches, word_tables, VERSION))
    model = train_model(batches + label_news(teacher), word_tables, VERSION)
    agreement = train_agreement([*zip(folds, without, strict=True)], model.weights.transitions)
    scale = float(np.quantile(np.abs(agreement[agreement != 0]), QUANTIZED_SHARE)) / 127
    model = model._replace(
        agreement=np.clip(np.rint(agreement / scale), -127, 127).astype(np.float32) * np.float32(scale)
    )
    return Trained(pack_model(model), teacher, model.weights.rows)


SILVER_TEXTS, MIN_SILVER_PROBABILITY = 8000, 0.75
"""Articles of the volume corpora that a first model labels, and the least probability of the label of each token.

With 3,000 articles, held-out sites have .870 at .7 and .867 at .5; with 8,000 at .75 they have .872, without any .863.
"""


def label_news(teacher: tagger.Model) -> list[Batch]:
    """Return a sample of news without labels, with the labels of a model; unsure windows have no weight."""
    labelled = {text.text for name in ("train", "dev") for text in read_today(name)}
    texts = [row["text"] for row in read_rows(CORPORA / "volume" / "modern.jsonl.gz") if row["text"] not in labelled]
    texts = random.Random(SEED).sample(texts, SILVER_TEXTS)
    return [
        _label_batch(texts[start : start + tagger.BATCH_TEXTS], teacher)
        for start in range(0, len(texts), tagger.BATCH_TEXTS)
    ]


def _label_batch(texts: list[str], teacher: tagger.Model) -> Batch:
    tagged = tagger.tag_texts(pa.array(texts, pa.large_string()), teacher)
    batch = Batch(
        [
            Text(text, _agree_on_kinds(text, tags.tags), is_partial=True)
            for text, tags in zip(texts, tagged, strict=True)
        ],
        teacher.word_tables,
    )
    scores, window_start = tagger.score_first_pass(batch.features, teacher), batch.features.window_start
    _, marginals = crf.find_marginals(scores, crf.make_chain(teacher.weights.transitions), window_start)
    kinds = marginals[:, 1:].reshape(len(marginals), len(crf.KINDS), POSITIONS).sum(2)
    kinds[:, -1] += marginals[:, crf.OUTSIDE]  # no name of the measured kinds
    gold_kind = np.where(batch.gold > 0, (batch.gold - 1) // POSITIONS, len(crf.KINDS) - 1)
    is_unsure = kinds[np.arange(len(kinds)), gold_kind] < MIN_SILVER_PROBABILITY
    batch.weight[np.logical_or.reduceat(is_unsure, window_start[:-1])] = 0
    return batch


def _agree_on_kinds(text: str, tags: list[tagger.Tag]) -> tuple[tuple[int, int, int], ...]:
    """Return the names of a text, equal names with the kind of the greatest sum of confidences.

    In the training part of today's news 19 of 17,494 names have another kind than equal names of their article.
    """
    sums: dict[str, np.ndarray] = {}
    for tag in tags:
        name_sums = sums.setdefault(text[tag.start : tag.end], np.zeros(len(crf.KINDS)))
        name_sums[crf.KINDS.index(tag.entity_type)] += tag.confidence
    return tuple((tag.start, tag.end, int(sums[text[tag.start : tag.end]].argmax())) for tag in tags)


def leave_out(folds: list[list[Batch]], k: int, word_tables: WordTables) -> tagger.Model:
    """Return the packed model of the first pass, trained without a fold."""
    started = time.monotonic()
    rest = [batch for i, fold in enumerate(folds) if i != k for batch in fold]
    model = pack_model(train_model(rest, word_tables))
    print(f"without fold {k} of {len(folds)}: {time.monotonic() - started:.0f} s", flush=True)
    return model


def judge_model(folds: list[list[Batch]], word_tables: WordTables) -> tuple[tagger.Model, np.ndarray]:
    """Print figures of a model without the last fold; return its packed teacher, and the calibration."""
    learned = folds[:-1]
    without = [leave_out(learned, k, word_tables) for k in range(len(learned))]
    model, teacher, _ = train_passes(learned, without, word_tables)
    wiki, today = read_annotated("wikigold")[FOLDS - 1 :: FOLDS], read_today_fold(FOLDS - 1)
    held_out = {"today, every fourth site": today, "wikigold, every fourth text": wiki}
    for title, texts in (held_out | make_dev_forms()).items():
        print_figures(title, count_names(texts, make_model_finder(model)))
    first_pass = model._replace(agreement=np.zeros_like(model.agreement))
    for title, simpler in (("first pass alone", first_pass), ("first pass, no silver labels", teacher)):
        print_figures(f"today, {title}", count_names(today, make_model_finder(simpler)))
    judgements = judge_names(today, model) + judge_names(wiki, model)
    even, odd = judgements[::2], judgements[1::2]
    fitted = fit_calibration(even)
    print("as the model says:")
    print_calibration(odd)
    print("calibrated on the other half:")
    print_calibration([(kind, float(recalibrate(kind, confidence, fitted)), right) for kind, confidence, right in odd])
    return teacher, fit_calibration(judgements)


def recalibrate(kind: int, confidence: float, calibration: np.ndarray) -> float:
    """Return a confidence after calibration."""
    confidence = min(max(confidence, 1e-6), 1 - 1e-6)
    return 1 / (1 + np.exp(-(calibration[kind][0] * np.log(confidence / (1 - confidence)) + calibration[kind][1])))


class Prepared(NamedTuple):
    """The clusters, the word tables, and the batches of each fold."""

    clusters: dict[int, int]
    word_tables: WordTables
    folds: list[list[Batch]]


def prepare_folds() -> Prepared:
    """Return the folds with the features of clusters of words."""
    started = time.monotonic()
    clusters = cluster_words()
    word_tables = WordTables(*build_word_tables(), *build_table(clusters))
    folds = [make_fold(fold, word_tables) for fold in range(FOLDS)]
    print(f"{len(clusters)} words in clusters, {time.monotonic() - started:.0f} s", flush=True)
    return Prepared(clusters, word_tables, folds)


def ship_model() -> None:
    """Judge a model, train another on everything, write that with the calibration of the first."""
    clusters, word_tables, folds = prepare_folds()
    without_last, calibration = judge_model(folds, word_tables)
    without = [leave_out(folds, k, word_tables) for k in range(FOLDS - 1)]
    trained = train_passes(folds, [*without, without_last], word_tables)
    write_model(trained, clusters, calibration)
    for title, texts in (make_dev_forms() | {"today dev": read_today("dev")}).items():
        print_figures(title, count_names(texts, make_model_finder(trained.model)))


def write_model(trained: Trained, clusters: dict[int, int], calibration: np.ndarray) -> None:
    """Write the model file."""
    model, words = trained.model, sorted(clusters)
    scale = np.abs(model.agreement).max() / 127
    np.savez_compressed(
        tagger.MODEL_PATH, rows=trained.rows, links=model.weights.transitions, scale=model.weights.scale,
        agreement=np.rint(model.agreement / scale).astype(np.int8), agreement_scale=scale,
        words=np.array(words, np.uint64), clusters=np.array([clusters[word] for word in words], np.int32),
        calibration=calibration, version=model.version,
    )  # fmt: skip
    print(f"{tagger.MODEL_PATH.name}: {tagger.MODEL_PATH.stat().st_size} bytes, calibration {calibration.tolist()}")


def compare_models(names: list[str]) -> None:
    """Print the figures of the shipped model next to those of spaCy, whose labels follow other guidelines."""
    finders = {"newsmill": make_model_finder(tagger.load_model())} | {
        Path(name).name: make_spacy_finder(name) for name in names
    }
    for title, texts in (make_dev_forms() | {"today dev": read_today("dev")}).items():
        for name, find in finders.items():
            print_figures(f"{title}: {name}", count_names(texts, find))


def main() -> int:
    """Judge, ship or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("judge", "ship", "compare"))
    parser.add_argument("models", nargs="*", help="models of spaCy")
    args = parser.parse_args()
    if not CORPORA.exists():
        raise SystemExit(f"no corpora in {CORPORA}: the model is trained with the corpora next to the checkout")
    if args.command == "compare":
        compare_models(args.models)
    elif args.command == "ship":
        ship_model()
    else:
        prepared = prepare_folds()
        judge_model(prepared.folds, prepared.word_tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
