"""Trains the model of lines on labelled pages and measures it on sites it has not seen.

    python benchmarks/quality/train_lines.py folds        figures of five folds by site, and of each corpus by the other
    python benchmarks/quality/train_lines.py ship         train on everything, write cleaning/line_model.json
    python benchmarks/quality/train_lines.py importance   what each column gains in the shipped model's training

The corpora stand outside the project, beside its checkout. The same corpora give the same file, bit for bit.
"""

import argparse
import codecs
import gzip
import hashlib
import json
import random
import re
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import lightgbm
import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

from newsmill.cleaning import cleaned_batch, line_features, line_model, segmentation  # noqa: E402
from newsmill.cleaning.block_scores import score_blocks  # noqa: E402
from newsmill.cleaning.body import body  # noqa: E402
from newsmill.cleaning.label_propagation import propagate_labels  # noqa: E402
from newsmill.cleaning.lexicon import lexicon  # noqa: E402
from newsmill.cleaning.phrases import FUNCTION_WORDS  # noqa: E402
from newsmill.cleaning.repetition import merge_instances  # noqa: E402
from newsmill.cleaning.segmentation import Blocks  # noqa: E402
from newsmill.cleaning.wording import classify_wording  # noqa: E402
from newsmill.nlp import characters, line_markup  # noqa: E402
from newsmill.nlp.scan import scan  # noqa: E402
from newsmill.nlp.trees import LEAF  # noqa: E402
from newsmill.readers import html_text  # noqa: E402

CORPORA = ROOT.parent / "shared" / "corpora" / "main_text"
RENDERINGS = ("dump_resiliparse", "dump_inscriptis")
MARKED = "html"
SCORED = (RENDERINGS[0], MARKED)
FOLDS, PARTS = 5, 4
SEED = 11
WORD = re.compile(r"\w+")

# -- pages and their labels ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of a page, how many words it has, the share of them that is text, and its marks, 0 for none."""

    text: str
    words: float
    share: float
    mark: int = 0


@dataclass(frozen=True)
class Page:
    """A rendering of a labelled page.

    `truth` counts the words of its text, `title` is what markup declares, `weight` what it weighs in training.
    """

    corpus: str
    rendering: str
    site: str
    lines: tuple[Line, ...]
    truth: Counter
    title: str | None = None
    weight: float = 1.0
    is_made: bool = False

    @property
    def text(self) -> str:
        """Return the page as it is read."""
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def core(self) -> tuple[int, int]:
        """Return the half-open range of lines from the first of the text to the last; (0, 0) where it has none."""
        inside = [at for at, line in enumerate(self.lines) if line.share > 0.5 and line.words >= LEAD_WORDS]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, as the scorer counts them."""
    return WORD.findall(text.lower())


def rows(name: str) -> list[dict]:
    """Return the rows of a corpus of pages."""
    with gzip.open(CORPORA / f"{name}.jsonl.gz", "rt", encoding="utf8") as file:
        return [json.loads(line) for line in file]


def site_of(url: str | None) -> str:
    """Return the registered domain of an address, near enough to keep a site's pages together."""
    parts = (urlsplit(url or "").hostname or "").lower().split(".")
    is_two_part = (
        len(parts) > 2 and len(parts[-1]) == 2 and (len(parts[-2]) < 3 or parts[-2] in ("com", "org", "gov", "net"))
    )
    return ".".join(parts[-3:] if is_two_part else parts[-2:])


def pages() -> list[Page]:
    """Return all renderings of all labelled pages, those of newsmill's own reader with their marks."""
    headlines = {
        row["id"]: [text for label, text in row["blocks"] if label == "headline"] for row in rows("l3s_blocks")
    }
    found = []
    for corpus in ("aeb", "l3s"):
        for row in rows(corpus):
            truth, site = Counter(words_of(row["truth_body"])), site_of(row["url"])
            if truth:
                dumps = [(name, row[name].replace("\r\n", "\n"), None, None) for name in RENDERINGS]
                for rendering, text, marks, title in (*dumps, *_from_markup(corpus, row["id"])):
                    told = labelled(text, row["truth_body"], headlines.get(row["id"], []), marks)
                    found.append(Page(corpus, rendering, site, told, truth, title))
    return found


def _from_markup(corpus: str, name: str) -> Iterable[tuple[str, str, list[int], str | None]]:
    path = CORPORA / f"{corpus}_html" / f"{name}.html.gz"
    if path.exists():
        read = html_text.page(gzip.decompress(path.read_bytes()))
        yield MARKED, read.text, list(read.marks), read.title


GRAM = 4
SHORT_WORDS = 12  # of a line that only its order tells, not its wording
LEAD_WORDS, SURE_WORDS = 6, 8
MIN_SHARE, LIKELY_SHARE = 0.2, 0.3
NEAR = 2


def labelled(page: str, truth: str, headlines: Iterable[str], found: list[int] | None = None) -> tuple[Line, ...]:
    """Return the lines of a page with the share of their words that the truth says; a headline is no text.

    Long lines are told by their runs of four words, short ones by the order of all words, and only beside other text.
    """
    texts = page.split("\n")
    words = [words_of(text) for text in texts]
    by_gram, by_order = _covered([word for line in words for word in line], words_of(truth))
    shares, at = [], 0
    for line in words:
        end = at + len(line)
        shares.append(_share(by_gram[at:end], by_order[at:end]) if line else 0.0)
        at = end
    shares = _without_strays([len(line) for line in words], shares)
    told = {" ".join(words_of(headline)) for headline in headlines}
    return tuple(
        Line(text, len(line), 0.0 if line and " ".join(line) in told else share, mark)
        for text, line, share, mark in zip(texts, words, shares, found or [0] * len(texts), strict=True)
    )


def _covered(page: list[str], truth: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tell for each word of a page whether a run of words around it, or its place in order, is found in the truth."""
    grams = set(zip(*(truth[start:] for start in range(GRAM)), strict=False))
    by_gram, by_order = np.zeros(len(page), bool), np.zeros(len(page), bool)
    for start in range(len(page) - GRAM + 1):
        if tuple(page[start : start + GRAM]) in grams:
            by_gram[start : start + GRAM] = True
    for match in SequenceMatcher(None, page, truth, autojunk=False).get_matching_blocks():
        by_order[match.a : match.a + match.size] = True
    return by_gram, by_order | by_gram


def _share(by_gram: np.ndarray, by_order: np.ndarray) -> float:
    share, ordered = float(by_gram.mean()), float(by_order.mean())
    if len(by_gram) < SHORT_WORDS and ordered == 1.0:
        share = 1.0
    elif len(by_gram) >= SHORT_WORDS and share > 0.4:
        share = max(share, ordered)
    return share if share > MIN_SHARE else 0.0


def _without_strays(counts: list[int], shares: list[float]) -> list[float]:
    """Keep a short line's share only where a chain of likely lines leads to a sure one."""
    filled = [at for at, count in enumerate(counts) if count]
    is_text = {at: shares[at] > 0.5 and counts[at] >= SURE_WORDS for at in filled}
    if not any(is_text.values()):
        return shares
    is_growing = True
    while is_growing:
        is_growing = False
        for place, at in enumerate(filled):
            near = filled[max(place - NEAR, 0) : place + NEAR + 1]
            if not is_text[at] and shares[at] > LIKELY_SHARE and any(is_text[other] for other in near):
                is_text[at] = is_growing = True
    return [share if is_text.get(at) else 0.0 for at, share in enumerate(shares)]


# -- pages made from pages -------------------------------------------------------------------------------------------

MADE_WEIGHT = 0.6
MADE_OF_MARKED = 3  # pages, of each page with markup: they are few
BLANK = Line("", 0, 0.0)


def made(page: Page, others: list[Page], chance: random.Random, times: int = 1) -> list[Page]:
    """Return a page's text in other surroundings, and the page in words no list knows; none where it has no text.

    Where a page is taken `times` as often, what is made of it weighs as much less.
    """
    start, end = page.core
    if start == end:
        return []
    found = []
    body, above, below = page.lines[start:end], page.lines[:start], page.lines[end:]
    way = chance.choice((_transplanted, _injected, _injected, _shortened, _as_is))
    above, below = way(above, below, chance.choice(others), chance)
    found.append((MADE_WEIGHT, (*above, *body, *below)))
    if chance.random() < FOREIGN_SHARE:
        found.append((FOREIGN_WEIGHT, _foreign(page.lines, chance)))
    return [
        replace(page, lines=_unmarked(_relaid(rows, chance), chance), weight=weight / times, is_made=True)
        for weight, rows in found
    ]


def _as_is(above, below, other, chance):
    return above, below


def _transplanted(above, below, other, chance):
    """Put a text between what surrounds another; what stood right above it, its headline, comes along."""
    start, end = other.core
    if start == end:
        return above, below
    lead = chance.randint(0, 6)
    high = max(start - chance.randint(0, 4), 0)
    return (*other.lines[:high], *(above[-lead:] if lead else ())), _apart(other.lines[end:])


def _injected(above, below, other, chance):
    """Add furniture of another page above and below, at the far end or right beside the text."""
    extra, more = _furniture(other, chance), _furniture(other, chance)
    if chance.random() < 0.6:
        near = chance.randint(0, 6) if chance.random() < 0.5 else len(above)
        cut = max(len(above) - near, 0)
        above = (*above[:cut], *extra, BLANK, *above[cut:])
    if chance.random() < 0.7:
        below = (*below, BLANK, *more) if chance.random() < 0.5 else (BLANK, *more, BLANK, *below)
    return above, below


def _shortened(above, below, other, chance):
    if above and chance.random() < 0.6:
        above = above[chance.randint(0, len(above)) :]
    if below and chance.random() < 0.6:
        below = below[: chance.randint(0, len(below))]
    return above, below


def _furniture(page: Page, chance: random.Random) -> tuple[Line, ...]:
    start, end = page.core
    low, high = chance.choice(((0, start), (end, len(page.lines))))
    if start == end or high - low < 4:
        return ()
    count = chance.randint(3, min(60, high - low))
    at = chance.randint(low, high - count)
    return _apart(page.lines[at : at + count])


SHARED = line_markup.LEVELS << line_markup.SHARED_SHIFT
LEVEL = line_markup.LEVELS << line_markup.DEPTH_SHIFT


def _apart(rows: tuple[Line, ...]) -> tuple[Line, ...]:
    """Let lines that came to another page share with the line before only what holds them all."""
    filled = [at for at, row in enumerate(rows) if row.mark]
    if not filled:
        return rows
    lowest = min(rows[at].mark & SHARED for at in filled)
    first = replace(rows[filled[0]], mark=rows[filled[0]].mark & ~SHARED | lowest)
    return (*rows[: filled[0]], first, *rows[filled[0] + 1 :])


def _relaid(rows: tuple[Line, ...], chance: random.Random) -> tuple[Line, ...]:
    """Lay a page out otherwise: without blank lines or with more of them, without indents, wrapped."""
    way = chance.random()
    if way < 0.15:
        rows = tuple(row for row in rows if row.text.strip())
    elif way < 0.25:
        rows = tuple(part for row in rows for part in ((row, BLANK) if row.text.strip() else (row,)))
    if chance.random() < 0.3:
        rows = tuple(replace(row, text=row.text.strip()) for row in rows)
    if chance.random() < 0.12:
        width = chance.randint(60, 110)
        rows = tuple(part for row in rows for part in _wrapped(row, width))
    return rows


def _wrapped(row: Line, width: int) -> list[Line]:
    parts = textwrap.wrap(row.text, width, break_long_words=False, break_on_hyphens=False)
    if len(parts) < 2:
        return [row]
    counts = [len(part.split()) for part in parts]
    levels = (row.mark & LEVEL) >> line_markup.DEPTH_SHIFT << line_markup.SHARED_SHIFT
    inner = row.mark & ~SHARED | levels
    return [
        Line(part, row.words * count / sum(counts), row.share, inner if number else row.mark)
        for number, (part, count) in enumerate(zip(parts, counts, strict=True))
    ]


HINTS = (
    line_markup.BODY_HINT
    | line_markup.RELATED_HINT
    | line_markup.COMMENT_HINT
    | line_markup.FURNITURE_HINT
    | line_markup.BYLINE_HINT
    | line_markup.CAPTION_HINT
)


NESTED_SHARE = 0.9  # of pages that tell how their elements are nested


def _unmarked(rows: tuple[Line, ...], chance: random.Random) -> tuple[Line, ...]:
    """Take marks away from some pages, as from sites that use other names or none but div."""
    way = chance.random()
    lost = HINTS if way < 0.25 else HINTS | line_markup.ARTICLE | line_markup.FRAME if way < 0.45 else 0
    if way > NESTED_SHARE:
        lost |= SHARED | LEVEL
    return tuple(replace(row, mark=row.mark & ~lost) for row in rows) if lost else rows


FOREIGN_SHARE, FOREIGN_WEIGHT = 0.1, 0.3


def _foreign(rows: tuple[Line, ...], chance: random.Random) -> tuple[Line, ...]:
    """Turn letters so that no list knows the words; the little words stay on some pages: their languages are listed."""
    keeps_little_words = chance.random() < 0.6

    def turned(match: re.Match) -> str:
        word = match[0]
        return word if keeps_little_words and word.lower() in FUNCTION_WORDS else codecs.encode(word, "rot13")

    return tuple(replace(row, text=WORD.sub(turned, row.text)) for row in rows)


# -- batches ---------------------------------------------------------------------------------------------------------


class Batch:
    """Pages as the engine sees them, with the share of each block that is text and what it weighs in training."""

    def __init__(self, of: list[Page]):
        self.pages = of
        texts = pa.array([page.text for page in of], pa.large_string())
        self.scanned, known = scan(texts), lexicon()
        blocks = segmentation.split_blocks(self.scanned, characters.classes(), known)
        classify_wording(blocks, self.scanned, known)
        self.blocks: Blocks = merge_instances(propagate_labels(blocks, self.scanned))[0]
        self.weights, self.runs = score_blocks(self.blocks)
        self.marks = np.array([line.mark for page in of for line in _read_lines(page)], np.int64)
        self.share = np.concatenate([_block_shares(page, self.table(at)) for at, page in enumerate(of)])
        self.page = self.blocks.table[:, segmentation.PAGE]
        self.weight = self._weight()
        self.first = self.seen = None

    def table(self, number: int) -> np.ndarray:
        """Return the blocks of a page."""
        return self.blocks.table[self.blocks.page_block[number] : self.blocks.page_block[number + 1]]

    def _weight(self) -> np.ndarray:
        """Every page weighs the same, whatever its length; within it, words do, furniture of few words a little."""
        counts = self.blocks.table[:, segmentation.WORD_COUNT]
        lengths = np.bincount(self.page, self.share * counts, len(self.pages))
        of_page = np.array([page.weight for page in self.pages])[self.page]
        return (np.minimum(counts, 80) ** 0.8 / np.maximum(lengths, 100)[self.page] ** 0.8 * 100 + 0.02) * of_page

    def features(self, words: line_model.WordWeights) -> np.ndarray:
        """Return the columns of the first look."""
        return line_model.compute_features(self.blocks, self.scanned, self.weights, self.runs, words, self.marks)


def _read_lines(page: Page) -> tuple[Line, ...]:
    """Return the lines that a scan counts: an empty one at the end is none."""
    return page.lines if page.lines[-1].text else page.lines[:-1]


def _block_shares(page: Page, table: np.ndarray) -> np.ndarray:
    out = np.zeros(len(table), np.float32)
    for at, block in enumerate(table):
        rows = page.lines[block[segmentation.LINE_START] - 1 : block[segmentation.LINE_END]]
        if total := sum(row.words for row in rows):
            out[at] = sum(row.words * row.share for row in rows) / total
    return out


def number_of(site: str, salt: str, of: int) -> int:
    """Return a number below `of` that depends on the site alone."""
    return int(hashlib.md5((salt + site).encode()).hexdigest(), 16) % of


class Data(NamedTuple):
    """Batches by fold and part: all renderings as text, and the pages that came with markup."""

    text: dict[tuple[int, int], Batch]
    markup: dict[tuple[int, int], Batch]

    def of(self, fold: int, is_wanted: bool = True) -> "Data":
        """Return the batches of a fold, or those of all others."""
        return Data(*({key: batch for key, batch in of.items() if (key[0] == fold) == is_wanted} for of in self))


def data_of(pages: list[Page]) -> Data:
    """Return pages and what is made of them; of the few with markup, more is made."""
    return Data(batches(pages, 1), batches([page for page in pages if page.rendering == MARKED], MADE_OF_MARKED))


def batches(of: list[Page], times: int) -> dict[tuple[int, int], Batch]:
    """Return pages, and `times` as many made of them, by fold and part; a site is in one fold and one part of it."""
    grouped = defaultdict(list)
    for page in of:
        grouped[number_of(page.site, "fold", FOLDS), number_of(page.site, "part", PARTS)].append(page)
    out = {}
    for key in sorted(grouped):
        chance = random.Random(f"{SEED} {key}")
        group = grouped[key]
        alike = defaultdict(list)
        for page in group:
            alike[page.rendering].append(page)
        out[key] = Batch(
            group
            + [new for page in group for _ in range(times) for new in made(page, alike[page.rendering], chance, times)]
        )
    return out


# -- training --------------------------------------------------------------------------------------------------------

WORDS_KEPT, MIN_SITES, PRIOR = 500, 8, 2.0
PARAMETERS = {
    "objective": "cross_entropy",
    "learning_rate": 0.08,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "min_sum_hessian_in_leaf": 1.0,
    "max_bin": 127,
    "seed": SEED,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


class Kind(NamedTuple):
    """One kind of page that trees are trained for: the columns of both looks, and how large the sums are."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    rounds: int
    leaves: int


KINDS = {
    "text": Kind(line_features.FIRST_STAGE, line_features.SECOND_STAGE, 90, 14),
    "markup": Kind(
        line_features.MARKUP_FIRST_STAGE, line_features.MARKUP_SECOND_STAGE, 130, 18
    ),  # on few pages more leaves do better, not worse
}


def train(on: Data) -> dict:
    """Return the model as it is written to lines.json.

    What words tell, and what the second look sees of the first, comes from sites other than those it is trained on.
    """
    _see(on)
    return {
        "words": word_weights(list(on.text.values())),
        **{name: _both_looks(by_part(of), KINDS[name]) for name, of in on._asdict().items() if of},
    }


def by_part(of: dict[tuple[int, int], Batch]) -> dict[int, list[Batch]]:
    """Return batches by the part that their sites are in."""
    return {part: [batch for (_, other), batch in of.items() if other == part] for part in range(PARTS)}


def _see(on: Data) -> None:
    """Fill the columns of the first look."""
    of_part = by_part(on.text)
    for part in range(PARTS):
        table = line_model.build_word_weights(
            word_weights([b for other, of in of_part.items() if other != part for b in of])
        )
        for batch in (*of_part[part], *by_part(on.markup)[part]):
            batch.seen = batch.features(table)


def _both_looks(of_part: dict[int, list[Batch]], kind: Kind) -> dict:
    """Return the trees of both looks for one kind of page."""
    everything = [batch for of in of_part.values() for batch in of]
    for part, mine in of_part.items():
        trees = line_model.build_trees(
            boosted([b for other, of in of_part.items() if other != part for b in of], kind.first, kind)
        )
        for batch in mine:
            any_kind = np.zeros(len(batch.seen), bool)
            surely = line_model.sum_trees_by_kind(batch.seen, any_kind, trees, trees)
            line_model.add_second_stage(batch.seen, surely, batch.blocks, batch.scanned)
    return {look: boosted(everything, getattr(kind, look), kind) for look in line_model.StageTrees._fields}


def word_weights(of: list[Batch]) -> dict[str, int]:
    """Return the words that tell most of whether a block is text: their log odds, in lines.WORD_UNITs."""
    inside, outside, sites = Counter(), Counter(), defaultdict(set)
    for batch in of:
        for words, counts, is_in in _word_counts(batch):
            (inside if is_in else outside).update(dict(zip(words, counts, strict=True)))
        for word, site in _word_sites(batch):
            sites[word].add(site)
    prior = sum(inside.values()) / (sum(inside.values()) + sum(outside.values()))
    weights = {}
    for word, found in sites.items():
        if len(found) >= MIN_SITES:
            odds = (inside[word] + PRIOR * prior) / (outside[word] + PRIOR * (1 - prior)) * (1 - prior) / prior
            weights[word] = float(np.clip(np.log(odds), -4, 4))
    telling = sorted(weights, key=lambda word: (-abs(weights[word]) * (inside[word] + outside[word]) ** 0.5, word))
    names = spelled(of)
    kept = [word for word in telling if word in names][:WORDS_KEPT]
    return {names[word]: round(weights[word] * line_model.WORD_UNIT) or 1 for word in sorted(kept, key=names.get)}


def _word_counts(batch: Batch):
    """Return (words, blocks that say each) inside the text and outside it; pages weigh by the root of their blocks."""
    if not hasattr(batch, "word_counts"):
        block, word = _words_by_block(batch)
        per_page = np.diff(batch.blocks.page_block)
        weight = (np.array([page.weight for page in batch.pages]) / np.sqrt(np.maximum(per_page, 1)))[batch.page[block]]
        found, at = np.unique(word, return_inverse=True)
        listed = found.tolist()
        batch.word_counts = [
            (listed, np.bincount(at, share * weight).tolist(), is_in)
            for share, is_in in ((batch.share[block], True), (1 - batch.share[block], False))
        ]
    return batch.word_counts


def _word_sites(batch: Batch) -> list[tuple[int, str]]:
    if not hasattr(batch, "word_sites"):
        page = np.repeat(np.arange(len(batch.pages)), np.diff(batch.scanned.page_word))
        pairs = np.unique(np.stack([batch.scanned.words, page.astype(np.uint64)]), axis=1)
        batch.word_sites = [
            (int(word), batch.pages[int(number)].site)
            for word, number in pairs.T
            if not batch.pages[int(number)].is_made
        ]
    return batch.word_sites


def _words_by_block(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Return (block, word) for each word of each block, once."""
    table = batch.blocks.table
    lengths = table[:, segmentation.END_WORD] - table[:, segmentation.FIRST_WORD]
    block = np.repeat(np.arange(len(table)), lengths)
    place = np.arange(len(block)) + (table[:, segmentation.FIRST_WORD] - np.cumsum(lengths) + lengths)[block]
    pairs = np.unique(np.stack([block.astype(np.uint64), batch.scanned.words[place]]), axis=1)
    return pairs[0].astype(np.int64), pairs[1]


def spelled(of: list[Batch]) -> dict[int, str]:
    """Return the spelling of every word of letters by its hash, of pages as they came."""
    out: dict[int, str] = {}
    for batch in of:
        if not hasattr(batch, "spelled"):
            told = sorted(
                {word for page in batch.pages if not page.is_made for word in words_of(page.text) if word.isalpha()}
            )
            read = scan(pa.array(told, pa.large_string()))
            is_one = np.diff(read.page_word) == 1
            batch.spelled = dict(
                zip(
                    read.words[read.page_word[:-1][is_one]].tolist(),
                    (word for word, one in zip(told, is_one, strict=True) if one),
                    strict=True,
                )
            )
        out.update(batch.spelled)
    return out


def boosted(of: list[Batch], names: tuple[str, ...], kind: Kind) -> dict:
    """Return boosted trees over the named columns, as lines.trees_of reads them."""
    booster = _booster(of, names, kind)
    trees = [_flat(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    used = sorted({feature for tree in trees for feature, _, _ in tree if feature >= 0})
    place = {feature: at for at, feature in enumerate(used)} | {LEAF: LEAF}
    return {
        "features": [names[feature] for feature in used],
        "trees": [
            [[place[node[0]] for node in tree], [node[1] for node in tree], [node[2] for node in tree]]
            for tree in trees
        ],
    }


def _booster(of: list[Batch], names: tuple[str, ...], kind: Kind) -> lightgbm.Booster:
    columns = [line_features.COLUMNS.index(name) for name in names]
    data = lightgbm.Dataset(
        np.vstack([batch.seen[:, columns] for batch in of]),
        np.concatenate([batch.share for batch in of]),
        weight=np.concatenate([batch.weight for batch in of]),
        feature_name=[f"c{at}" for at in range(len(names))],
    )
    return lightgbm.train(PARAMETERS | {"num_leaves": kind.leaves}, data, kind.rounds)


def _flat(node: dict) -> list[tuple[int, float, int]]:
    """Return the nodes of a tree, each with its column or LEAF, its value, and how far on its right branch begins."""
    if "leaf_value" in node:
        return [(LEAF, round(node["leaf_value"], 4), 0)]
    left, right = _flat(node["left_child"]), _flat(node["right_child"])
    return [(node["split_feature"], float(f"{node['threshold']:.5g}"), len(left) + 1), *left, *right]


# -- measuring -------------------------------------------------------------------------------------------------------


def measured(batch: Batch, trained: line_model.Model) -> list[tuple[Page, float, float, float]]:
    """Return each page as it came with precision, recall and F1 of the words that the whole of cleaning keeps."""
    of = [page for page in batch.pages if not page.is_made]
    texts = pa.array([page.text for page in of], pa.large_string())
    told = [[line.mark for line in _read_lines(page)] if page.rendering == MARKED else None for page in of]
    titles = pa.array([page.title for page in of], pa.string())
    asked = cleaned_batch.Batch(texts, titles, np.zeros(len(of), bool), pa.array(told, pa.list_(pa.int64())))
    done = cleaned_batch.cleaned(asked, trained)
    kept = body(done.ledger, done.blocks, done.scanned)
    out = []
    for page, (first, past) in zip(of, pairwise(kept.page_range.tolist()), strict=True):
        said = Counter(words_of("\n".join(page.text[start:end] for start, end, _ in kept.ranges[first:past].tolist())))
        out.append((page, *f1(said, page.truth)))
    return out


def f1(said: Counter, truth: Counter) -> tuple[float, float, float]:
    """Return precision, recall and F1 of words counted with their repetitions."""
    hits = (said & truth).total()
    precision, recall = hits / max(said.total(), 1), hits / max(truth.total(), 1)
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def show(
    title: str, found: list[tuple[Page, float, float, float]], keep: Callable[[Page], bool] = lambda page: True
) -> None:
    """Print the mean figures of each corpus and rendering."""
    groups = defaultdict(list)
    for page, *figures in found:
        if keep(page):
            groups[page.corpus, page.rendering].append(figures)
    for (corpus, rendering), figures in sorted(groups.items()):
        precision, recall, score = np.mean(figures, 0)
        print(
            f"{title:12} {corpus} {rendering.removeprefix('dump_'):11} pages={len(figures)} "
            f"precision={precision:.4f} recall={recall:.4f} f1={score:.4f}",
            flush=True,
        )


def folds(data: Data) -> None:
    """Print figures of pages whose sites the model has not seen, by five folds."""
    found = []
    for fold in range(FOLDS):
        trained = line_model.build_model(train(data.of(fold, is_wanted=False)))
        mine = [row for batch in data.of(fold).text.values() for row in measured(batch, trained)]
        show(f"fold {fold}", mine, lambda page: page.rendering in SCORED)
        found += mine
    show("all folds", found)


def across(everything: list[Page]) -> None:
    """Print figures of each corpus as text by a model of the other, sites in both left out of the training."""
    for of, by in (("aeb", "l3s"), ("l3s", "aeb")):
        mine = [page for page in everything if page.corpus == of and page.rendering != MARKED]
        sites = {page.site for page in mine}
        others = [page for page in everything if page.corpus == by and page.site not in sites]
        told = train(Data(batches(others, 1), {}))  # pages with markup are all of one corpus
        trained = line_model.build_model({"markup": told["text"], **told})
        show(f"by {by} alone", measured(Batch(mine), trained))


def ship(data: Data) -> None:
    """Train on everything and write the model, a tree a line."""
    told = train(data)
    with line_model.DATA.open("w", encoding="utf8") as file:
        file.write('{"words": ' + json.dumps(told["words"], ensure_ascii=False, separators=(",", ":")))
        for kind in KINDS:
            file.write(f',\n"{kind}": {{')
            file.write(",\n".join(f'"{look}": {_written(trees)}' for look, trees in told[kind].items()))
            file.write("}")
        file.write("}\n")
    print(f"{line_model.DATA.name}: {line_model.DATA.stat().st_size} bytes")


def _written(told: dict) -> str:
    trees = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in told["trees"])
    return f'{{"features": {json.dumps(told["features"])}, "trees": [\n{trees}\n]}}'


def importance(data: Data) -> None:
    """Print the share of the loss that each column takes away, of all four sums of trees."""
    train(data)
    for name, kind in KINDS.items():
        for look in line_model.StageTrees._fields:
            names = getattr(kind, look)
            gains = _booster(list(getattr(data, name).values()), names, kind).feature_importance("gain")
            shares = sorted(zip(gains / gains.sum(), names, strict=True), reverse=True)
            print(name, look, "  ".join(f"{column} {share:.3f}" for share, column in shares if share >= 0.004))


def main() -> int:
    """Measure, ship or explain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("folds", "ship", "importance"))
    verb = parser.parse_args().verb
    if not CORPORA.exists():
        raise SystemExit(f"no corpora in {CORPORA}: the model is trained where they stand beside the checkout")
    everything = pages()
    data = data_of(everything)
    if verb == "folds":
        folds(data)
        across(everything)
    else:
        {"ship": ship, "importance": importance}[verb](data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
