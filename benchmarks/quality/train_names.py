"""Trains the model of names on annotated news and on silver labels, and measures it on text it has not seen.

    python benchmarks/quality/train_names.py label SILVER MEDIUM SMALL   label news with two models of spaCy
    python benchmarks/quality/train_names.py folds SILVER                figures on corpora left out, and of five folds
    python benchmarks/quality/train_names.py ship SILVER                 train on everything, write mentions/model.npz
    python benchmarks/quality/train_names.py compare MODEL…              spaCy's figures beside the shipped model's

SILVER is a file of the trainer's own, outside the project: it holds text. MEDIUM, SMALL and MODEL are names or folders
of spaCy models, which come with none of our requirements. The corpora stand outside the project, beside its checkout.
"""

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.linalg import svds

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

from newsmill.compiled import compiled  # noqa: E402
from newsmill.mentions import crf, tagger  # noqa: E402
from newsmill.mentions.crf import BEGIN, INSIDE, LABEL_COUNT, LAST, UNIT, Weights  # noqa: E402
from newsmill.mentions.features import ROW_BITS, WordTables, build_word_tables, extract_features  # noqa: E402
from newsmill.nlp import tokens as t  # noqa: E402
from newsmill.nlp.hash_table import build_table  # noqa: E402
from newsmill.nlp.tokens import tokens  # noqa: E402

CORPORA = ROOT.parent / "shared" / "corpora"
KINDS = {"PER": 0, "ORG": 1, "LOC": 2, "MISC": 3}
SHOWN = ("PER", "ORG", "LOC")
FOLDS, SEED = 5, 1


# -- texts and their names ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """A text with its names (start, end, kind), and the spans on which those who labelled it disagree."""

    text: str
    names: tuple[tuple[int, int, int], ...]
    doubts: tuple[tuple[int, int, int], ...] = ()
    weight: float = 1.0


def rows(path: Path) -> list[dict]:
    """Return the rows of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf8") as file:
        return [json.loads(line) for line in file]


def annotated(name: str) -> list[Text]:
    """Return a corpus that people annotated."""
    found = rows(CORPORA / "mentions" / f"{name}.jsonl.gz")
    return [Text(r["text"], tuple((*m["span"], KINDS[m["type"]]) for m in r["mentions"])) for r in found]


SPACY = dict.fromkeys(("NORP", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW", "LANGUAGE"), 3)
SPACY |= {"PERSON": 0, "ORG": 1, "GPE": 2, "LOC": 2, "FAC": 2}
SILVER_WEIGHT, DOUBT_WEIGHT = 0.15, 0.1
POINTED = re.compile(r"(?:[A-Z]\.|Inc\.|Corp\.|Co\.|Ltd\.|Jr\.)$")


def silver(path: Path) -> list[Text]:
    """Return texts with the medium model's names; in doubt is where the small model sees others."""
    found = []
    for row in rows(path):
        medium, small = mapped(row["text"], row["md"]), mapped(row["text"], row["sm"])
        found.append(Text(row["text"], tuple(sorted(medium)), tuple(sorted(medium ^ small)), SILVER_WEIGHT))
    return found


def mapped(text: str, found: Iterable[tuple[int, int, str]]) -> set[tuple[int, int, int]]:
    """Return spaCy's names by the guidelines of CoNLL, near enough: without article, possessive or closing point."""
    names = set()
    for start, end, label in found:
        if label in SPACY:
            start += 4 if text[start : start + 4].lower() == "the " else 0
            end = _end_of(text, start, end)
            if start < end and "\n" not in text[start:end]:
                names.add((start, end, SPACY[label]))
    return names


def _end_of(text: str, start: int, end: int) -> int:
    while end > start:
        if text[start:end].endswith(("'s", "’s")):
            end -= 2
        elif text[end - 1] in " \n'’\"," or (text[end - 1] == "." and not POINTED.search(text[start:end])):
            end -= 1
        else:
            break
    return end


# -- silver labels -----------------------------------------------------------------------------------------------------

SILVER_TEXTS, MIN_CHARS, MAX_CHARS = 6000, 200, 3500
LEADS = 400
MIN_REUTERS_CHARS = 600


def label(path: Path, medium: str, small: str) -> None:
    """Label texts of the volume corpora with two models of spaCy."""
    import spacy

    left_out = ["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"]
    models = {"md": spacy.load(medium, exclude=left_out), "sm": spacy.load(small, exclude=left_out)}
    texts = silver_texts()
    told = {key: map(_entities, by.pipe(texts, batch_size=10)) for key, by in models.items()}
    with gzip.open(path, "wt", encoding="utf8") as out:
        for text, md, sm in zip(texts, told["md"], told["sm"], strict=True):
            out.write(json.dumps({"text": text, "md": md, "sm": sm}, ensure_ascii=False) + "\n")


def _entities(read) -> list[tuple[int, int, str]]:
    return [(found.start_char, found.end_char, found.label_) for found in read.ents]


def silver_texts() -> list[str]:
    """Return news of all volume corpora in turn, shuffled, cut to length."""
    chance, told = random.Random(5), news(MIN_REUTERS_CHARS)
    told["swiss"] = [f"{r.get('lead') or ''}\n" for r in releases()]
    for group in told.values():
        chance.shuffle(group)
    groups = [*told.values()]
    groups[-1] = groups[-1][:LEADS]
    mixed = (_cut(text) for texts in zip_longest(*groups) for text in texts if text and len(text) > MIN_CHARS)
    return [text for text, _ in zip(mixed, range(SILVER_TEXTS), strict=False)]


def _cut(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    edge = text.rfind("\n", 0, MAX_CHARS)
    return text[: edge if edge > MAX_CHARS // 2 else text.rfind(". ", 0, MAX_CHARS) + 1 or MAX_CHARS]


def news(reuters_chars: int = 0) -> dict[str, list[str]]:
    """Return the texts of the volume corpora, hard-wrapped lines joined; of Reuters only the longer ones."""
    volume = CORPORA / "volume"
    wire = [r["body"] or "" for r in rows(volume / "reuters21578.jsonl.gz")]
    return {
        "bbc": [r["text"] for r in rows(volume / "bbc.jsonl.gz")],
        "fnc1": [r["body"] for r in rows(volume / "fnc1_bodies.jsonl.gz")],
        "wikinews": [r["text"] for r in rows(volume / "wikinews.jsonl.gz")],
        "reuters": [_unwrapped(text) for text in wire if len(text) > reuters_chars],
    }


def releases() -> list[dict]:
    """Return the press releases of the Swiss government."""
    return rows(CORPORA / "volume" / "swiss_releases_en.jsonl.gz")


def _unwrapped(text: str) -> str:
    return re.sub(r"\n[ \t]+", "\n", re.sub(r"\n(?=\S)", " ", text))


# -- other forms of a text ---------------------------------------------------------------------------------------------

NO_SPACE_BEFORE = re.compile(r" (?=(?:[.,;:!?%)\]]|'s|'S|n't|N'T|'re|'ve|'ll|'d|'m|'|'')(?= |\n|$))")
OPENING = re.compile(r"(?<![^\s])[(\[$`]+( )")
STRAIGHT = re.compile(r'(?<!\S)"(?!\S)|\n')
SMALL = set("a an the of in on at to for and or by with from as".split())
WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")


def detokenised(of: Text) -> Text:
    """Return a text as it was before it was cut into tokens, near enough."""
    text, is_open = of.text, False
    drop = {m.start() for m in NO_SPACE_BEFORE.finditer(text)} | {m.start(1) for m in OPENING.finditer(text)}
    for mark in STRAIGHT.finditer(text):
        if mark[0] == "\n":
            is_open = False
            continue
        beside = mark.start() - 1 if is_open else mark.end()
        if text[max(beside, 0) : beside + 1] == " ":
            drop.add(beside)
        is_open = not is_open
    kept = np.cumsum([0, *(at not in drop for at in range(len(text)))]).tolist()
    names = tuple((kept[start], kept[end], kind) for start, end, kind in of.names)
    return replace(of, text="".join(c for at, c in enumerate(text) if at not in drop), names=names)


def recased(of: Text, chance: random.Random, upper: float, title: float, weight: float = 1.0) -> Text:
    """Return a text with shares of its lines in capitals, and with every word capitalised, as in headlines."""
    lines = []
    for line in of.text.split("\n"):
        way = chance.random()
        lines.append(_upper(line) if way < upper else _titled(line) if way < upper + title else line)
    return replace(of, text="\n".join(lines), weight=of.weight * weight)


def _upper(text: str) -> str:
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def _titled(line: str) -> str:
    return WORD.sub(lambda m: _upper(m[0][0]) + m[0][1:] if m[0] not in SMALL and m[0].islower() else m[0], line)


def forms(of: list[Text], chance: random.Random) -> list[Text]:
    """Return annotated texts as they are, as they were printed, and in capitals."""
    printed = [detokenised(text) for text in of]
    cased = [recased(text, chance, 0.6, 0.4, 0.4) for text in of[::2] + printed[1::2]]
    return of + [recased(text, chance, 0.12, 0.08) for text in printed] + cased


# -- clusters of words -------------------------------------------------------------------------------------------------

VOCABULARY, CONTEXTS, DIMENSIONS, FINE, COARSE = 40_000, 6_000, 100, 1000, 128
LEAST_COUNT, ROUNDS = 3, 12
NUMBER = 7  # all numbers are one word
STEPS = (1, -1, 2, -2)
MARKUP = re.compile(r"<[^>]+>")


def clusters() -> dict[int, int]:
    """Return the clusters of words, coarse and fine in one number, by what stands beside them in news."""
    texts = [text for group in news().values() for text in group]
    texts += [MARKUP.sub(" ", f"{r.get('lead') or ''} {r.get('html') or ''}")[:6000] for r in releases()]
    texts += [r["text"] for r in rows(CORPORA / "quotes/polnear_train.jsonl.gz")]
    texts = sorted(set(texts)) + [text.text for text in annotated("conllpp_train")]
    words, sentence = _words(texts)
    keys, number, counts = np.unique(words, return_inverse=True, return_counts=True)
    order = np.lexsort((keys, -counts))
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys))
    chance = np.random.default_rng(3)
    vectors = _vectors(_beside(rank[number], sentence), chance)
    fine, centres = _means(vectors, FINE, chance)
    coarse, _ = _means(centres, COARSE, chance)
    told = zip(keys[order][:VOCABULARY].tolist(), counts[order].tolist(), fine.tolist(), strict=False)
    return {
        key: int(coarse[near]) + 1 | near + 1 << 8
        for key, count, near in told
        if count >= LEAST_COUNT and key != NUMBER
    }


def _words(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the words of texts in a row, and the number of the sentence each stands in."""
    words, starts = [], []
    for at in range(0, len(texts), 2000):
        told = tokens(pa.array(texts[at : at + 2000], pa.large_string()))
        words.append(np.where(told.bits & t.HAS_DIGIT != 0, np.uint64(NUMBER), told.word))
        starts.append(told.bits & t.SENTENCE_START != 0)
    return np.concatenate(words), np.cumsum(np.concatenate(starts))


def _beside(words: np.ndarray, sentence: np.ndarray) -> csr_matrix:
    """Count which words stand how near beside each."""
    table = csr_matrix((VOCABULARY, len(STEPS) * CONTEXTS), dtype=np.float32)
    for column, step in enumerate(STEPS):
        here, there = (slice(None, -step), slice(step, None)) if step > 0 else (slice(-step, None), slice(None, step))
        own, other = words[here], words[there]
        keep = (own < VOCABULARY) & (other < CONTEXTS) & (sentence[here] == sentence[there])
        ones = np.ones(int(keep.sum()), np.float32)
        table += coo_matrix((ones, (own[keep], other[keep] + column * CONTEXTS)), shape=table.shape).tocsr()
    return table


def _vectors(table: csr_matrix, chance: np.random.Generator) -> np.ndarray:
    """Return vectors of unit length: positive pointwise mutual information, by its first singular vectors."""
    table = table.tocoo()
    of_row, of_column = np.asarray(table.sum(1)).ravel(), np.asarray(table.sum(0)).ravel() ** 0.75
    told = np.log(table.data * of_column.sum() / (of_row[table.row] * of_column[table.col]))
    keep = told > 0
    table = coo_matrix((told[keep], (table.row[keep], table.col[keep])), shape=table.shape).tocsr().astype(np.float32)
    start = chance.standard_normal(min(table.shape)).astype(np.float32)
    left, sizes, _ = svds(table, k=DIMENSIONS, v0=start)
    found = left * np.sqrt(sizes)
    return (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def _means(vectors: np.ndarray, count: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest of so many centres for each vector, and the centres (spherical k-means)."""
    centres = vectors[chance.choice(len(vectors), count, replace=False)]
    for _ in range(ROUNDS):
        near = (vectors @ centres.T).argmax(1)
        sums = np.zeros_like(centres)
        np.add.at(sums, near, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), centres)
    return near, centres


# -- batches -----------------------------------------------------------------------------------------------------------


class Batch:
    """Texts as the model sees them: features, `gold` labels of the tokens in windows, `weight` of each window."""

    def __init__(self, texts: list[Text], known: WordTables):
        told = tokens(pa.array([text.text for text in texts], pa.large_string()))
        found = extract_features(told, known)
        labels, doubt = np.zeros(len(told.word), np.int8), np.zeros(len(told.word), bool)
        for number, text in enumerate(texts):
            for start, end, kind in text.names:
                _label(labels, *_tokens_of(told, number, start, end), kind)
            for start, end, _ in text.doubts:
                first, past = _tokens_of(told, number, start, end)
                doubt[first:past] = True
        self.features, self.gold = found, labels[found.token_index]
        begins = found.window_start[:-1]
        of_text = np.array([text.weight for text in texts], np.float32)
        weight = of_text[np.searchsorted(told.text_token, found.token_index[begins], side="right") - 1]
        doubtful = np.add.reduceat(doubt[found.token_index].astype(np.int32), begins) > 0
        self.weight = np.where(doubtful, weight * DOUBT_WEIGHT, weight).astype(np.float32)
        _mend(self.gold, found.window_start)


def _tokens_of(told: t.Tokens, number: int, start: int, end: int) -> tuple[int, int]:
    """Return the half-open range of the tokens of a text that a span touches."""
    low, high = told.text_token[number], told.text_token[number + 1]
    first = low + int(np.searchsorted(told.end[low:high], start, side="right"))
    return first, low + int(np.searchsorted(told.start[low:high], end, side="left"))


def _label(labels: np.ndarray, first: int, past: int, kind: int) -> None:
    base = 1 + 4 * kind
    if past - first == 1:
        labels[first] = base + UNIT
    elif past > first:
        labels[first:past] = base + INSIDE
        labels[first], labels[past - 1] = base + BEGIN, base + LAST


def batches(texts: list[Text], known: WordTables) -> list[Batch]:
    """Return texts in batches."""
    return [Batch(texts[at : at + tagger.BATCH_TEXTS], known) for at in range(0, len(texts), tagger.BATCH_TEXTS)]


# -- training ----------------------------------------------------------------------------------------------------------


@compiled
def _mend(gold, window):
    """Take away the labels of a name that a window cuts."""
    for number in range(len(window) - 1):
        low, high = window[number], window[number + 1]
        at = low
        while at < high:
            label = gold[at]
            place = (label - 1) % 4
            if label == 0 or place == UNIT:
                at += 1
                continue
            end = at
            if place == BEGIN:
                end = at + 1
                while end < high and gold[end] == label + INSIDE:
                    end += 1
                if end < high and gold[end] == label + LAST:
                    at = end + 1
                    continue
            gold[at : max(end, at + 1)] = 0
            at = max(end, at + 1)


@compiled
def learn(rows, counts, window, gold, weight, order, table, squares, links, link_squares, may, rate, left_out, seed):
    """Go once over the windows in order: AdaGrad on the negative log-likelihood, some features left out at random."""
    most = 1
    for number in range(len(window) - 1):
        most = max(most, window[number + 1] - window[number])
    scores = np.empty((most, LABEL_COUNT), np.float32)
    forward, backward = np.empty((most, LABEL_COUNT), np.float32), np.empty((most, LABEL_COUNT), np.float32)
    used, n_used = np.empty((most, rows.shape[1]), np.int32), np.empty(most, np.int32)
    powers = np.exp(links)
    delta = np.empty(LABEL_COUNT, np.float32)
    link_delta = np.zeros((LABEL_COUNT, LABEL_COUNT), np.float32)
    state = np.uint64(seed * 2 + 1)
    limit = np.uint64(left_out * 65536)
    loss, since = 0.0, 0
    for number in order:
        low, size = window[number], window[number + 1] - window[number]
        if size == 0 or weight[number] == 0:
            continue
        gold_score = np.float32(0)
        for token in range(size):
            n = 0
            for k in range(counts[low + token]):
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                if k == 0 or (state & np.uint64(65535)) >= limit:
                    used[token, n] = rows[low + token, k]
                    n += 1
            n_used[token] = n
            for label in range(LABEL_COUNT):
                scores[token, label] = 0
            for k in range(n):
                row = table[used[token, k]]
                for label in range(LABEL_COUNT):
                    scores[token, label] += row[label]
            gold_score += scores[token, gold[low + token]]
            if token:
                gold_score += links[gold[low + token - 1], gold[low + token]]
        total = crf.sum_forward_backward(scores, powers, 0, size, forward, backward)
        loss += (total - gold_score) * weight[number]
        for token in range(size):
            norm = np.float32(0)
            for label in range(LABEL_COUNT):
                delta[label] = forward[token, label] * backward[token, label]
                norm += delta[label]
            norm = max(norm, np.float32(1e-30))
            for label in range(LABEL_COUNT):
                delta[label] /= norm
            delta[gold[low + token]] -= np.float32(1)
            for label in range(LABEL_COUNT):
                delta[label] *= weight[number]
            for k in range(n_used[token]):
                row, square = table[used[token, k]], squares[used[token, k]]
                for label in range(LABEL_COUNT):
                    square[label] += delta[label] * delta[label]
                    row[label] -= rate * delta[label] / np.sqrt(square[label])
            if token:
                norm = np.float32(0)
                for before in range(LABEL_COUNT):
                    for after in range(LABEL_COUNT):
                        if may[before, after]:
                            link_delta[before, after] = (
                                forward[token - 1, before]
                                * powers[before, after]
                                * scores[token, after]
                                * backward[token, after]
                            )
                            norm += link_delta[before, after]
                norm = max(norm, np.float32(1e-30))
                for before in range(LABEL_COUNT):
                    for after in range(LABEL_COUNT):
                        if may[before, after]:
                            d = link_delta[before, after] / norm
                            if before == gold[low + token - 1] and after == gold[low + token]:
                                d -= np.float32(1)
                            d *= weight[number]
                            link_squares[before, after] += d * d
                            links[before, after] -= rate * d / np.sqrt(link_squares[before, after])
        since += 1
        if since == 8:
            since = 0
            for before in range(LABEL_COUNT):
                for after in range(LABEL_COUNT):
                    powers[before, after] = np.exp(links[before, after])
    return loss


RATE, LEFT_OUT, EPOCHS = 0.03, 0.15, 8
TOP_SHARE = 0.9999  # of the weights that one byte holds; the few above are cut


def train(of: list[Batch], known: WordTables, version: str = "trained") -> tagger.Model:
    """Return a model: weights averaged over the second half of the epochs, in whole numbers of one byte."""
    table, links = np.zeros((1 << ROW_BITS, LABEL_COUNT), np.float32), np.zeros((LABEL_COUNT, LABEL_COUNT), np.float32)
    squares, link_squares = np.full_like(table, 0.1), np.ones_like(links)
    total, total_links, taken = np.zeros_like(table), np.zeros_like(links), 0
    may, chance = crf.list_transitions(), np.random.default_rng(7)
    for epoch in range(EPOCHS):
        for at in chance.permutation(len(of)):
            batch, found = of[at], of[at].features
            order = chance.permutation(len(found.window_start) - 1)
            learn(found.rows, found.counts, found.window_start, batch.gold, batch.weight, order, table, squares, links,
                  link_squares, may, np.float32(RATE), LEFT_OUT, int(chance.integers(1 << 30)))  # fmt: skip
        if epoch >= EPOCHS // 2:
            total, total_links, taken = total + table, total_links + links, taken + 1
    return _in_bytes(total / taken, total_links / taken, known, version)


def _in_bytes(table: np.ndarray, links: np.ndarray, known: WordTables, version: str) -> tagger.Model:
    scale = float(np.quantile(np.abs(table[table != 0]), TOP_SHARE)) / 127
    weights = Weights(np.clip(np.rint(table / scale), -127, 127).astype(np.int8), links, scale)
    return tagger.Model(weights, known, np.array([[1.0, 0.0]] * len(crf.KINDS)), version)


def usable(of: tagger.Model) -> tagger.Model:
    """Return a trained model with its weights as the tagger wants them."""
    return of._replace(weights=of.weights._replace(rows=crf.pack_weights(of.weights.rows)))


# -- measuring ---------------------------------------------------------------------------------------------------------

Finder = Callable[[list[Text]], list[set[tuple[int, int, int]]]]


def by_model(model: tagger.Model) -> Finder:
    """Return what finds names by a model of ours."""

    def find(texts: list[Text]) -> list[set[tuple[int, int, int]]]:
        read = tagger.tag_texts(pa.array([text.text for text in texts], pa.large_string()), model)
        return [{(tag.start, tag.end, crf.KINDS.index(tag.entity_type)) for tag in one.tags} for one in read]

    return find


def by_spacy(name: str) -> Finder:
    """Return what finds names by a model of spaCy."""
    import spacy

    model = spacy.load(name, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"])

    def find(texts: list[Text]) -> list[set[tuple[int, int, int]]]:
        read = model.pipe([text.text for text in texts], batch_size=10)
        return [mapped(text.text, _entities(one)) for text, one in zip(texts, read, strict=True)]

    return find


def counts(texts: list[Text], find: Finder) -> np.ndarray:
    """Return for each kind how many names are right, found and true, as the acceptance counts."""
    told = np.zeros((len(SHOWN), 3), np.int64)
    for text, mine in zip(texts, find(texts), strict=True):
        gold = set(text.names)
        for kind in range(len(SHOWN)):
            ours, true = {n for n in mine if n[2] == kind}, {n for n in gold if n[2] == kind}
            told[kind] += (len(ours & true), len(ours), len(true))
    return told


def show(title: str, told: np.ndarray) -> None:
    """Print precision, recall and F1, and F1 by kind."""
    right, found, true = told.sum(0)
    kinds = "  ".join(f"{name}={_f1(row):.4f}" for name, row in zip(SHOWN, told, strict=True))
    print(f"{title:36} gold={true} precision={right / max(found, 1):.4f} recall={right / max(true, 1):.4f} "
          f"f1={_f1(told.sum(0)):.4f}  {kinds}", flush=True)  # fmt: skip


def _f1(row: np.ndarray) -> float:
    return 2 * row[0] / max(row[1] + row[2], 1)


def dev_forms() -> dict[str, list[Text]]:
    """Return the development corpus as it is, as it was printed, in capitals, and as headlines."""
    dev, chance = annotated("conllpp_dev"), random.Random(SEED)
    return {
        "conllpp_dev": dev,
        "conllpp_dev, detokenised": [detokenised(text) for text in dev],
        "conllpp_dev, upper case": [recased(text, chance, 1, 0) for text in dev],
        "conllpp_dev, headlines": [recased(text, chance, 0, 1) for text in dev],
    }


# -- calibration -------------------------------------------------------------------------------------------------------


def judged(texts: list[Text], model: tagger.Model) -> list[tuple[int, float, bool]]:
    """Return kind, confidence and whether it is right of each name found."""
    read = tagger.tag_texts(pa.array([text.text for text in texts], pa.large_string()), model)
    return [
        (kind, tag.confidence, (tag.start, tag.end, kind) in set(text.names))
        for text, one in zip(texts, read, strict=True)
        for tag in one.tags
        for kind in (crf.KINDS.index(tag.entity_type),)
    ]


def calibration(told: list[tuple[int, float, bool]]) -> np.ndarray:
    """Return slope and shift for each kind: logistic regression of being right on the log odds of the model."""
    found = np.tile([1.0, 0.0], (len(crf.KINDS), 1))
    for kind in range(len(SHOWN)):
        sure = np.clip([row[1] for row in told if row[0] == kind], 1e-6, 1 - 1e-6)
        right = np.array([row[2] for row in told if row[0] == kind], float)
        columns = np.stack([np.log(sure / (1 - sure)), np.ones_like(sure)], 1)
        for _ in range(30):  # Newton's steps
            said = 1 / (1 + np.exp(-columns @ found[kind]))
            bend = columns.T @ (columns * (said * (1 - said))[:, None]) + np.eye(2) * 1e-3
            found[kind] += np.linalg.solve(bend, columns.T @ (right - said))
    return found.round(4)


def show_calibration(told: list[tuple[int, float, bool]]) -> None:
    """Print how often names are right by how sure the model was."""
    sure, right = np.array([row[1] for row in told]), np.array([row[2] for row in told])
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 0.98), (0.98, 1.01)):
        inside = (sure >= low) & (sure < high)
        if inside.any():
            print(f"  confidence {low:.2f} to {min(high, 1):.2f}: names={inside.sum()} "
                  f"said={sure[inside].mean():.3f} right={right[inside].mean():.3f}")  # fmt: skip


# -- verbs -------------------------------------------------------------------------------------------------------------


def prepared(path: Path) -> tuple[dict[int, int], WordTables, list[Batch]]:
    """Return the clusters, the lists with them, and the batches that every training has: CoNLL++ and silver."""
    began = time.monotonic()
    told = clusters()
    known, chance = WordTables(*build_word_tables(), *build_table(told)), random.Random(SEED)
    texts = forms(annotated("conllpp_train"), chance) + [recased(text, chance, 0.02, 0.06) for text in silver(path)]
    found = batches(texts, known)
    print(f"{len(told)} words in clusters, {len(texts)} texts, {time.monotonic() - began:.0f} s", flush=True)
    return told, known, found


WIKI_WEIGHT = 4.0  # wikigold has a sixth of CoNLL++'s texts; at 6 it gains nothing and news lose .001


def encyclopedic(texts: list[Text], known: WordTables) -> list[Batch]:
    """Return the batches of wikigold's texts, which weigh more as they are and as they were printed."""
    made = forms(texts, random.Random(SEED))
    weighed = [replace(text, weight=text.weight * WIKI_WEIGHT) for text in made[: 2 * len(texts)]]
    return batches(weighed + made[2 * len(texts) :], known)


def folds(path: Path) -> None:
    """Print figures without wikigold in training, then of wikigold in five folds, and how sure the model was."""
    _, known, found = prepared(path)
    wiki = annotated("wikigold")
    model = usable(train(found, known))
    for title, texts in dev_forms().items():
        show(title, counts(texts, by_model(model)))
    show("wikigold, none of it in training", counts(wiki, by_model(model)))
    sure = judged(annotated("conllpp_dev"), model)
    total = np.zeros((len(SHOWN), 3), np.int64)
    for fold in range(FOLDS):
        rest = [text for number, text in enumerate(wiki) if number % FOLDS != fold]
        model = usable(train(found + encyclopedic(rest, known), known))
        total += counts(wiki[fold::FOLDS], by_model(model))
        sure += judged(wiki[fold::FOLDS], model)
    show("wikigold, five folds", total)
    even, odd = sure[::2], sure[1::2]
    fitted = calibration(even)
    print("as the model says:")
    show_calibration(odd)
    print("calibrated on the other half:")
    show_calibration([(kind, float(recalibrated(kind, said, fitted)), right) for kind, said, right in odd])


def recalibrated(kind: int, said: float, by: np.ndarray) -> float:
    """Return a confidence by a calibration."""
    said = min(max(said, 1e-6), 1 - 1e-6)
    return 1 / (1 + np.exp(-(by[kind][0] * np.log(said / (1 - said)) + by[kind][1])))


def ship(path: Path) -> None:
    """Train on CoNLL++, wikigold and silver, calibrate on what was left out, write the model."""
    told, known, found = prepared(path)
    wiki = annotated("wikigold")
    without = usable(train(found, known))
    model = train(found + encyclopedic(wiki, known), known, "crf-2")
    ready = usable(model)
    dev = dev_forms()
    fitted = calibration(judged(dev["conllpp_dev, detokenised"], ready) + judged(wiki, without))
    words = sorted(told)
    np.savez_compressed(
        tagger.MODEL_PATH, rows=model.weights.rows, links=model.weights.transitions, scale=model.weights.scale,
        words=np.array(words, np.uint64), clusters=np.array([told[word] for word in words], np.int32),
        calibration=fitted, version=model.version,
    )  # fmt: skip
    print(f"{tagger.MODEL_PATH.name}: {tagger.MODEL_PATH.stat().st_size} bytes, calibration {fitted.tolist()}")
    for title, texts in dev.items():
        show(title, counts(texts, by_model(ready)))


def compare(names: list[str]) -> None:
    """Print the figures of the shipped model beside spaCy's, whose labels follow other guidelines."""
    finders = {"newsmill": by_model(tagger.load_model())} | {Path(name).name: by_spacy(name) for name in names}
    for title, texts in (dev_forms() | {"wikigold": annotated("wikigold")}).items():
        for name, find in finders.items():
            show(f"{title}: {name}", counts(texts, find))


def main() -> int:
    """Label, measure, ship or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("label", "folds", "ship", "compare"))
    parser.add_argument("told", nargs="+", help="the silver file, models of spaCy")
    asked = parser.parse_args()
    if not CORPORA.exists():
        raise SystemExit(f"no corpora in {CORPORA}: the model is trained where they stand beside the checkout")
    if asked.verb == "compare":
        compare(asked.told)
    elif asked.verb == "label":
        label(Path(asked.told[0]), *asked.told[1:3])
    else:
        {"folds": folds, "ship": ship}[asked.verb](Path(asked.told[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
