"""Train the line model on labelled pages, and measure the model on unseen sites.

    python benchmarks/quality/train_lines.py folds        figures of five folds by site, and of each corpus by others
    python benchmarks/quality/train_lines.py ship         train on everything, write cleaning/line_model.json
    python benchmarks/quality/train_lines.py importance   the gain of each column in training the shipped model

The corpora are outside the project, next to the checkout. The same corpora give the same file, bit for bit.
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

from newsmill.cleaning import block_features, cleaned_batch, line_features, line_model, segmentation  # noqa: E402
from newsmill.cleaning.block_scores import score_blocks  # noqa: E402
from newsmill.cleaning.body import extract_body  # noqa: E402
from newsmill.cleaning.label_propagation import propagate_labels  # noqa: E402
from newsmill.cleaning.lexicon import load_lexicon  # noqa: E402
from newsmill.cleaning.phrases import FUNCTION_WORDS  # noqa: E402
from newsmill.cleaning.repetition import merge_instances  # noqa: E402
from newsmill.cleaning.segmentation import Blocks  # noqa: E402
from newsmill.cleaning.wording import classify_wording  # noqa: E402
from newsmill.nlp import characters, line_markup  # noqa: E402
from newsmill.nlp.scan import scan  # noqa: E402
from newsmill.nlp.trees import LEAF  # noqa: E402
from newsmill.readers import html_text  # noqa: E402

CORPORA = ROOT.parent / "shared" / "corpora" / "main_text"
CORPUS_NAMES = ("aeb", "l3s", "modern")
RENDERINGS = ("dump_resiliparse", "dump_inscriptis")  # of the pages of 2012 to 2026 the first alone
MARKED = "html"
SCORED = (RENDERINGS[0], MARKED)
FOLDS, PARTS = 5, 4
SEED = 11
WORD = re.compile(r"\w+")

# -- pages and their labels -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of a page: the number of words, the share of text, and the markup flags, 0 for none."""

    text: str
    words: float
    share: float
    mark: int = 0


@dataclass(frozen=True)
class Page:
    """A rendering of a labelled page.

    `truth` counts the words of the text, `title` is declared in markup, `weight` is for training: 0 where the truth is
    cut short.
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
        """Return the half-open range of lines from the first of the text to the last; (0, 0) if the page has none."""
        text_lines = [i for i, line in enumerate(self.lines) if line.share > 0.5 and line.words >= LEAD_WORDS]
        return (text_lines[0], text_lines[-1] + 1) if text_lines else (0, 0)


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case, as the scorer counts them."""
    return WORD.findall(text.lower())


def read_rows(name: str) -> list[dict]:
    """Return the rows of a corpus of pages."""
    with gzip.open(CORPORA / f"{name}.jsonl.gz", "rt", encoding="utf8") as file:
        return [json.loads(line) for line in file]


def find_site(url: str | None) -> str:
    """Return the registered domain of an address, near enough to keep a site's pages together."""
    parts = (urlsplit(url or "").hostname or "").lower().split(".")
    is_two_part = (
        len(parts) > 2 and len(parts[-1]) == 2 and (len(parts[-2]) < 3 or parts[-2] in ("com", "org", "gov", "net"))
    )
    return ".".join(parts[-3:] if is_two_part else parts[-2:])


def read_pages() -> list[Page]:
    """Return all renderings of all labelled pages; renderings by newsmill's own reader have markup flags."""
    headlines = {
        row["id"]: [text for label, text in row["blocks"] if label == "headline"] for row in read_rows("l3s_blocks")
    }
    pages = []
    for corpus in CORPUS_NAMES:
        for row in read_rows(corpus):
            truth, site = Counter(split_words(row["truth_body"])), find_site(row["url"])
            if truth:
                names = [name for name in RENDERINGS if name in row]
                renderings = [(name, row[name].replace("\r\n", "\n"), None, None) for name in names]
                same = []
                for rendering, text, marks, title in (*renderings, *_read_markup(corpus, row["id"])):
                    lines = label_lines(text, row["truth_body"], headlines.get(row["id"], []), marks)
                    same.append(Page(corpus, rendering, site, lines, truth, title))
                pages += [replace(page, weight=0.0) for page in same] if is_cut_short(same[-1].lines) else same
    return pages


MIN_TEMPLATE_SHARE, MIN_COVERED_SHARE = 0.2, 0.6


def is_cut_short(lines: tuple[Line, ...]) -> bool:
    """Report whether much of the truth's own templates is outside the truth: the rest of a body that was cut short.

    Such pages are measured and not trained on. Without markup no page is reported.
    """
    inside, total = Counter(), Counter()
    for line in lines:
        is_linked = (line.mark & line_markup.LINK_PERCENT) >> line_markup.LINK_SHIFT >= 50
        if line.mark and line.words >= SURE_WORDS and not is_linked:
            template = line.mark >> line_markup.TEMPLATE_SHIFT
            inside[template] += line.words * line.share
            total[template] += line.words
    main = [template for template in inside if inside[template] > MIN_TEMPLATE_SHARE * inside.total()]
    return sum(inside[one] for one in main) < MIN_COVERED_SHARE * sum(total[one] for one in main)


def _read_markup(corpus: str, name: str) -> Iterable[tuple[str, str, list[int], str | None]]:
    path = CORPORA / f"{corpus}_html" / f"{name}.html.gz"
    if path.exists():
        read = html_text.read_html(gzip.decompress(path.read_bytes()))
        yield MARKED, read.text, list(read.marks), read.title


GRAM = 4
SHORT_WORDS = 12  # of a line that is matched by word order instead of four-word runs
LEAD_WORDS, SURE_WORDS = 6, 8
MIN_SHARE, LIKELY_SHARE = 0.2, 0.3
NEAR = 2


def label_lines(page: str, truth: str, headlines: Iterable[str], marks: list[int] | None = None) -> tuple[Line, ...]:
    """Return the lines of a page with the share of words in the truth; a headline is no text.

    Long lines are matched by runs of four words, short lines by the order of all words, and only near other text.
    """
    texts = page.split("\n")
    words = [split_words(text) for text in texts]
    by_gram, by_order = _find_covered([word for line in words for word in line], split_words(truth))
    shares, start = [], 0
    for line in words:
        end = start + len(line)
        shares.append(_line_share(by_gram[start:end], by_order[start:end]) if line else 0.0)
        start = end
    shares = _remove_strays([len(line) for line in words], shares)
    headline_words = {" ".join(split_words(headline)) for headline in headlines}
    return tuple(
        Line(text, len(line), 0.0 if line and " ".join(line) in headline_words else share, mark)
        for text, line, share, mark in zip(texts, words, shares, marks or [0] * len(texts), strict=True)
    )


def _find_covered(page: list[str], truth: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return for each word of a page whether the truth contains the run of words, and in the same order."""
    grams = set(zip(*(truth[start:] for start in range(GRAM)), strict=False))
    by_gram, by_order = np.zeros(len(page), bool), np.zeros(len(page), bool)
    for start in range(len(page) - GRAM + 1):
        if tuple(page[start : start + GRAM]) in grams:
            by_gram[start : start + GRAM] = True
    for match in SequenceMatcher(None, page, truth, autojunk=False).get_matching_blocks():
        by_order[match.a : match.a + match.size] = True
    return by_gram, by_order | by_gram


def _line_share(by_gram: np.ndarray, by_order: np.ndarray) -> float:
    share, ordered = float(by_gram.mean()), float(by_order.mean())
    if len(by_gram) < SHORT_WORDS and ordered == 1.0:
        share = 1.0
    elif len(by_gram) >= SHORT_WORDS and share > 0.4:
        share = max(share, ordered)
    return share if share > MIN_SHARE else 0.0


def _remove_strays(counts: list[int], shares: list[float]) -> list[float]:
    """Keep a short line's share only where adjacent likely lines connect the line to a certain line."""
    filled = [line for line, count in enumerate(counts) if count]
    is_text = {line: shares[line] > 0.5 and counts[line] >= SURE_WORDS for line in filled}
    if not any(is_text.values()):
        return shares
    is_growing = True
    while is_growing:
        is_growing = False
        for i, line in enumerate(filled):
            nearby = filled[max(i - NEAR, 0) : i + NEAR + 1]
            if not is_text[line] and shares[line] > LIKELY_SHARE and any(is_text[other] for other in nearby):
                is_text[line] = is_growing = True
    return [share if is_text.get(line) else 0.0 for line, share in enumerate(shares)]


# -- pages made from pages --------------------------------------------------------------------------------------------

MADE_WEIGHT = 0.6
MADE_OF_MARKED = 3  # pages, of each page with markup: they are few
BLANK = Line("", 0, 0.0)


def make_pages(page: Page, others: list[Page], chance: random.Random, times: int = 1) -> list[Page]:
    """Return a page's text in other surroundings, and the page in unknown words; no pages without text.

    Where a page is used `times` as often, each new page weighs as much less.
    """
    start, end = page.core
    if start == end or not page.weight:
        return []
    made = []
    text, above, below = page.lines[start:end], page.lines[:start], page.lines[end:]
    change = chance.choice((_transplant, _inject, _inject, _shorten, _keep_as_is))
    above, below = change(above, below, chance.choice(others), chance)
    if chance.random() < PARTED_SHARE:
        text = _part(text, chance.choice(others), chance)
    made.append((MADE_WEIGHT, (*above, *text, *below)))
    if chance.random() < FOREIGN_SHARE:
        made.append((FOREIGN_WEIGHT, _turn_letters(page.lines, chance)))
    return [
        replace(
            page, lines=_remove_marks(_change_layout(read_rows, chance), chance), weight=weight / times, is_made=True
        )
        for weight, read_rows in made
    ]


def _keep_as_is(above, below, other, chance):
    return above, below


def _transplant(above, below, other, chance):
    """Put a text between the surroundings of another; the headline right above moves along."""
    start, end = other.core
    if start == end:
        return above, below
    lead = chance.randint(0, 6)
    high = max(start - chance.randint(0, 4), 0)
    return (*other.lines[:high], *(above[-lead:] if lead else ())), _separate(other.lines[end:])


def _inject(above, below, other, chance):
    """Add boilerplate of another page above and below, at the far end or next to the text."""
    above_lines, below_lines = _draw_boilerplate(other, chance), _draw_boilerplate(other, chance)
    if chance.random() < 0.6:
        distance = chance.randint(0, 6) if chance.random() < 0.5 else len(above)
        split = max(len(above) - distance, 0)
        above = (*above[:split], *above_lines, BLANK, *above[split:])
    if chance.random() < 0.7:
        below = (*below, BLANK, *below_lines) if chance.random() < 0.5 else (BLANK, *below_lines, BLANK, *below)
    return above, below


PARTED_SHARE = 0.35
MAX_PARTS, MAX_BOX_LINES = 6, 12


def _part(text: tuple[Line, ...], other: Page, chance: random.Random) -> tuple[Line, ...]:
    """Spread a text over several containers, with boxes of another page's boilerplate between some of them."""
    filled = [i for i, line in enumerate(text) if i and line.words]
    cuts = sorted(chance.sample(filled, min(chance.randint(1, MAX_PARTS - 1), len(filled))))
    levels = chance.choice((1, 1, 2, 3))
    parted, last = [], 0
    for cut in cuts:
        parted += text[last:cut]
        if chance.random() < 0.6:
            parted += (BLANK, *_draw_boilerplate(other, chance)[:MAX_BOX_LINES], BLANK)
        shared = max(((text[cut].mark & SHARED) >> line_markup.SHARED_SHIFT) - levels, 0) << line_markup.SHARED_SHIFT
        parted.append(replace(text[cut], mark=text[cut].mark & ~SHARED | shared))
        last = cut + 1
    return (*parted, *text[last:])


def _shorten(above, below, other, chance):
    if above and chance.random() < 0.6:
        above = above[chance.randint(0, len(above)) :]
    if below and chance.random() < 0.6:
        below = below[: chance.randint(0, len(below))]
    return above, below


def _draw_boilerplate(page: Page, chance: random.Random) -> tuple[Line, ...]:
    """Draw a run of lines above or below the text of a page."""
    core_start, core_end = page.core
    low, high = chance.choice(((0, core_start), (core_end, len(page.lines))))
    if core_start == core_end or high - low < 4:
        return ()
    count = chance.randint(3, min(60, high - low))
    start = chance.randint(low, high - count)
    return _separate(page.lines[start : start + count])


SHARED = line_markup.MAX_DEPTH << line_markup.SHARED_SHIFT
LEVEL = line_markup.MAX_DEPTH << line_markup.DEPTH_SHIFT


def _separate(read_rows: tuple[Line, ...]) -> tuple[Line, ...]:
    """Let lines moved to another page share with the line above only the elements that contain all moved lines."""
    filled = [i for i, row in enumerate(read_rows) if row.mark]
    if not filled:
        return read_rows
    lowest = min(read_rows[i].mark & SHARED for i in filled)
    first = replace(read_rows[filled[0]], mark=read_rows[filled[0]].mark & ~SHARED | lowest)
    return (*read_rows[: filled[0]], first, *read_rows[filled[0] + 1 :])


def _change_layout(read_rows: tuple[Line, ...], chance: random.Random) -> tuple[Line, ...]:
    """Change the layout of a page: blank lines removed, added or doubled, indents removed, lines wrapped."""
    way = chance.random()
    if way < 0.15:
        read_rows = tuple(row for row in read_rows if row.text.strip())
    elif way < 0.25:
        read_rows = tuple(part for row in read_rows for part in ((row, BLANK) if row.text.strip() else (row,)))
    elif way < 0.35:
        read_rows = tuple(part for row in read_rows for part in ((row,) if row.text.strip() else (row, BLANK)))
    if chance.random() < 0.3:
        read_rows = tuple(replace(row, text=row.text.strip()) for row in read_rows)
    if chance.random() < 0.12:
        width = chance.randint(60, 110)
        read_rows = tuple(part for row in read_rows for part in _wrap_line(row, width))
    return read_rows


def _wrap_line(row: Line, width: int) -> list[Line]:
    parts = textwrap.wrap(row.text, width, break_long_words=False, break_on_hyphens=False)
    if len(parts) < 2:
        return [row]
    counts = [len(part.split()) for part in parts]
    levels = (row.mark & LEVEL) >> line_markup.DEPTH_SHIFT << line_markup.SHARED_SHIFT
    inner = row.mark & ~SHARED | levels
    return [
        Line(part, row.words * count / sum(counts), row.share, inner if i else row.mark)
        for i, (part, count) in enumerate(zip(parts, counts, strict=True))
    ]


HINTS = (
    line_markup.BODY_HINT
    | line_markup.RELATED_HINT
    | line_markup.COMMENT_HINT
    | line_markup.BOILERPLATE_HINT
    | line_markup.BYLINE_HINT
    | line_markup.CAPTION_HINT
)


NESTED_SHARE = 0.9  # of pages whose lines have depths


def _remove_marks(read_rows: tuple[Line, ...], chance: random.Random) -> tuple[Line, ...]:
    """Remove markup flags from some pages, as on sites with other class names or only div elements."""
    way = chance.random()
    removed = HINTS if way < 0.25 else HINTS | line_markup.ARTICLE | line_markup.PAGE_FRAME if way < 0.45 else 0
    if way > NESTED_SHARE:
        removed |= SHARED | LEVEL
    return tuple(replace(row, mark=row.mark & ~removed) for row in read_rows) if removed else read_rows


FOREIGN_SHARE, FOREIGN_WEIGHT = 0.1, 0.3


def _turn_letters(read_rows: tuple[Line, ...], chance: random.Random) -> tuple[Line, ...]:
    """Turn letters so that the words are unknown; on some pages keep the function words, as listed words."""
    keeps_little_words = chance.random() < 0.6

    def turn(match: re.Match) -> str:
        word = match[0]
        return word if keeps_little_words and word.lower() in FUNCTION_WORDS else codecs.encode(word, "rot13")

    return tuple(replace(row, text=WORD.sub(turn, row.text)) for row in read_rows)


# -- batches ----------------------------------------------------------------------------------------------------------


SHORT_LINE_WORDS, SHORT_LINES_IN_SAMPLE = 4, 3  # lines of menus, half of all blocks


class Batch:
    """Pages as cleaning reads them, with the text share and the training weight of each block."""

    def __init__(self, of: list[Page]):
        self.pages = of
        texts = pa.array([page.text for page in of], pa.large_string())
        self.scanned, known = scan(texts), load_lexicon()
        blocks = segmentation.split_blocks(self.scanned, characters.build_char_traits(), known)
        classify_wording(blocks, self.scanned, known)
        self.blocks: Blocks = merge_instances(propagate_labels(blocks, self.scanned))[0]
        self.weights, self.runs = score_blocks(self.blocks)
        self.marks = np.array([line.mark for page in of for line in _scanned_lines(page)], np.int64)
        self.share = np.concatenate([_compute_block_shares(page, self.table(i)) for i, page in enumerate(of)])
        self.page = self.blocks.table["page"]
        self.weight = self._weight()
        self.sampled, self.sampled_weight = self._sample()
        self.first = self.features = None

    def table(self, i: int) -> np.ndarray:
        """Return the blocks of a page."""
        return self.blocks.table[self.blocks.page_block[i] : self.blocks.page_block[i + 1]]

    def _weight(self) -> np.ndarray:
        """Return the training weights: equal for all pages, by words within a page, small for short boilerplate."""
        counts = self.blocks.table["word_count"]
        lengths = np.bincount(self.page, self.share * counts, len(self.pages))
        of_page = np.array([page.weight for page in self.pages])[self.page]
        return (np.minimum(counts, 80) ** 0.8 / np.maximum(lengths, 100)[self.page] ** 0.8 * 100 + 0.02) * of_page

    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the blocks to train on, and their weights: of the many short lines outside the text one in three."""
        is_short = (self.blocks.table["word_count"] <= SHORT_LINE_WORDS) & (self.share == 0)
        is_drawn = np.arange(len(is_short)) % SHORT_LINES_IN_SAMPLE == 0
        sampled = np.flatnonzero((self.weight > 0) & (~is_short | is_drawn))
        return sampled, self.weight[sampled] * np.where(is_short[sampled], SHORT_LINES_IN_SAMPLE, 1)

    def compute_features(self, words: block_features.WordWeights) -> np.ndarray:
        """Return the features of the first stage, as records."""
        return line_model.compute_features(self.blocks, self.scanned, self.weights, self.runs, words, self.marks)


def _scanned_lines(page: Page) -> tuple[Line, ...]:
    """Return the lines in a scan, without an empty last line."""
    return page.lines if page.lines[-1].text else page.lines[:-1]


def _compute_block_shares(page: Page, table: np.ndarray) -> np.ndarray:
    shares = np.zeros(len(table), np.float32)
    for i, block in enumerate(table):
        read_rows = page.lines[block.line_start - 1 : block.line_end]
        if total := sum(row.words for row in read_rows):
            shares[i] = sum(row.words * row.share for row in read_rows) / total
    return shares


def hash_site(site: str, salt: str, count: int) -> int:
    """Return a number below `of` that depends on the site alone."""
    return int(hashlib.md5((salt + site).encode()).hexdigest(), 16) % count


class Data(NamedTuple):
    """Batches by fold and part: all renderings as text, and the pages with markup."""

    text: dict[tuple[int, int], Batch]
    markup: dict[tuple[int, int], Batch]

    def of(self, fold: int, is_wanted: bool = True) -> "Data":
        """Return the batches of a fold, or of all others."""
        return Data(*({key: batch for key, batch in of.items() if (key[0] == fold) == is_wanted} for of in self))


def make_data(read_pages: list[Page]) -> Data:
    """Return pages and pages made of them; pages with markup are few, so more is made of each."""
    return Data(
        make_batches(read_pages, 1),
        make_batches([page for page in read_pages if page.rendering == MARKED], MADE_OF_MARKED),
    )


def make_batches(of: list[Page], times: int) -> dict[tuple[int, int], Batch]:
    """Return pages and `times` as many made of them, by fold and part; a site is within a single fold and part."""
    grouped = defaultdict(list)
    for page in of:
        grouped[hash_site(page.site, "fold", FOLDS), hash_site(page.site, "part", PARTS)].append(page)
    batches = {}
    for key in sorted(grouped):
        chance = random.Random(f"{SEED} {key}")
        group = grouped[key]
        alike = defaultdict(list)
        for page in group:
            if page.weight:
                alike[page.rendering].append(page)
        batches[key] = Batch(
            group
            + [
                new
                for page in group
                for _ in range(times)
                for new in make_pages(page, alike[page.rendering], chance, times)
            ]
        )
    return batches


# -- training ---------------------------------------------------------------------------------------------------------

WORDS_KEPT, MIN_SITES, PRIOR = 500, 8, 2.0
PARAMETERS = {
    "objective": "cross_entropy",
    "learning_rate": 0.1,
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
    """A kind of page with separate trees: the columns of both stages, and the size of the sums."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    rounds: int
    leaves: int


KINDS = {
    "text": Kind(line_features.FIRST_STAGE, line_features.SECOND_STAGE, 130, 18),
    "markup": Kind(
        line_features.MARKUP_FIRST_STAGE, line_features.MARKUP_SECOND_STAGE, 180, 24
    ),  # on few pages more leaves do better, not worse
}


def train_model(data: Data) -> dict:
    """Return the content of line_model.json.

    Word weights, and the first predictions for the second stage, come from other sites than the training sites.
    """
    _fill_first_stage(data)
    return {
        "words": compute_word_weights(list(data.text.values())),
        **{name: _train_stages(group_by_part(of), KINDS[name]) for name, of in data._asdict().items() if of},
    }


def group_by_part(of: dict[tuple[int, int], Batch]) -> dict[int, list[Batch]]:
    """Return batches by part."""
    return {part: [batch for (_, other), batch in of.items() if other == part] for part in range(PARTS)}


def _fill_first_stage(data: Data) -> None:
    """Fill the features of the first stage."""
    of_part = group_by_part(data.text)
    for part in range(PARTS):
        table = line_model.build_word_weights(
            compute_word_weights([b for other, of in of_part.items() if other != part for b in of])
        )
        for batch in (*of_part[part], *group_by_part(data.markup)[part]):
            batch.features = batch.compute_features(table)


def _train_stages(of_part: dict[int, list[Batch]], kind: Kind) -> dict:
    """Return the trees of both stages for one kind of page."""
    everything = [batch for of in of_part.values() for batch in of]
    for part, part_batches in of_part.items():
        trees = line_model.build_trees(
            boost_trees([b for other, of in of_part.items() if other != part for b in of], kind.first, kind)
        )
        for batch in part_batches:
            any_kind = np.zeros(len(batch.features), bool)
            matrix = line_features.view_as_matrix(batch.features)
            probability = line_model.sum_trees_by_kind(matrix, any_kind, trees, trees)
            line_model.add_second_stage(batch.features, probability, batch.blocks, batch.scanned)
    return {stage: boost_trees(everything, getattr(kind, stage), kind) for stage in line_model.StageTrees._fields}


def compute_word_weights(of: list[Batch]) -> dict[str, int]:
    """Return the words with the most evidence for or against text: their log odds, in block_features.WORD_UNITs."""
    inside, outside, sites = Counter(), Counter(), defaultdict(set)
    for batch in of:
        for words, counts, is_in in _count_words(batch):
            (inside if is_in else outside).update(dict(zip(words, counts, strict=True)))
        for word, site in _list_word_sites(batch):
            sites[word].add(site)
    prior = sum(inside.values()) / (sum(inside.values()) + sum(outside.values()))
    weights = {}
    for word, sites_of_word in sites.items():
        if len(sites_of_word) >= MIN_SITES:
            odds = (inside[word] + PRIOR * prior) / (outside[word] + PRIOR * (1 - prior)) * (1 - prior) / prior
            weights[word] = float(np.clip(np.log(odds), -4, 4))
    by_evidence = sorted(weights, key=lambda word: (-abs(weights[word]) * (inside[word] + outside[word]) ** 0.5, word))
    names = spell_words(of)
    kept = [word for word in by_evidence if word in names][:WORDS_KEPT]
    return {names[word]: round(weights[word] * block_features.WORD_UNIT) or 1 for word in sorted(kept, key=names.get)}


def _count_words(batch: Batch):
    """Return (words, weighted blocks) within the text and outside; a page counts by the root of the block count."""
    if not hasattr(batch, "word_counts"):
        block, word = _list_block_words(batch)
        per_page = np.diff(batch.blocks.page_block)
        weight = (np.array([page.weight for page in batch.pages]) / np.sqrt(np.maximum(per_page, 1)))[batch.page[block]]
        words, word_index = np.unique(word, return_inverse=True)
        listed = words.tolist()
        batch.word_counts = [
            (listed, np.bincount(word_index, share * weight).tolist(), is_in)
            for share, is_in in ((batch.share[block], True), (1 - batch.share[block], False))
        ]
    return batch.word_counts


def _list_word_sites(batch: Batch) -> list[tuple[int, str]]:
    if not hasattr(batch, "word_sites"):
        page = np.repeat(np.arange(len(batch.pages)), np.diff(batch.scanned.page_word))
        pairs = np.unique(np.stack([batch.scanned.words, page.astype(np.uint64)]), axis=1)
        batch.word_sites = [
            (int(word), batch.pages[int(i)].site) for word, i in pairs.T if not batch.pages[int(i)].is_made
        ]
    return batch.word_sites


def _list_block_words(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Return (block, word) for each word of each block, once."""
    table = batch.blocks.table
    lengths = table["end_word"] - table["first_word"]
    block = np.repeat(np.arange(len(table)), lengths)
    place = np.arange(len(block)) + (table["first_word"] - np.cumsum(lengths) + lengths)[block]
    pairs = np.unique(np.stack([block.astype(np.uint64), batch.scanned.words[place]]), axis=1)
    return pairs[0].astype(np.int64), pairs[1]


def spell_words(of: list[Batch]) -> dict[int, str]:
    """Return the spelling of every word of letters by hash, of original pages."""
    spelling: dict[int, str] = {}
    for batch in of:
        if not hasattr(batch, "spelled"):
            words = sorted(
                {word for page in batch.pages if not page.is_made for word in split_words(page.text) if word.isalpha()}
            )
            scanned = scan(pa.array(words, pa.large_string()))
            is_one = np.diff(scanned.page_word) == 1
            batch.spelled = dict(
                zip(
                    scanned.words[scanned.page_word[:-1][is_one]].tolist(),
                    (word for word, one in zip(words, is_one, strict=True) if one),
                    strict=True,
                )
            )
        spelling.update(batch.spelled)
    return spelling


def boost_trees(of: list[Batch], names: tuple[str, ...], kind: Kind) -> dict:
    """Return boosted trees over the named columns, in the form of trees.build_trees."""
    booster = _train_booster(of, names, kind)
    trees = [_flatten(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    used = sorted({feature for tree in trees for feature, _, _ in tree if feature >= 0})
    index = {feature: i for i, feature in enumerate(used)} | {LEAF: LEAF}
    return {
        "features": [names[feature] for feature in used],
        "trees": [
            [[index[node[0]] for node in tree], [node[1] for node in tree], [node[2] for node in tree]]
            for tree in trees
        ],
    }


def _train_booster(of: list[Batch], names: tuple[str, ...], kind: Kind) -> lightgbm.Booster:
    columns = [line_features.COLUMNS.index(name) for name in names]
    data = lightgbm.Dataset(
        np.vstack([line_features.view_as_matrix(batch.features)[batch.sampled][:, columns] for batch in of]),
        np.concatenate([batch.share[batch.sampled] for batch in of]),
        weight=np.concatenate([batch.sampled_weight for batch in of]),
        feature_name=[f"c{i}" for i in range(len(names))],
    )
    return lightgbm.train(PARAMETERS | {"num_leaves": kind.leaves}, data, kind.rounds)


def _flatten(node: dict) -> list[tuple[int, float, int]]:
    """Return the nodes of a tree: the column or LEAF, the value, and the distance to the right branch."""
    if "leaf_value" in node:
        return [(LEAF, round(node["leaf_value"], 4), 0)]
    left, right = _flatten(node["left_child"]), _flatten(node["right_child"])
    return [(node["split_feature"], float(f"{node['threshold']:.5g}"), len(left) + 1), *left, *right]


# -- measuring --------------------------------------------------------------------------------------------------------


def measure(batch: Batch, trained: line_model.Model) -> list[tuple[Page, float, float, float]]:
    """Return each original page with precision, recall and F1 of the kept words."""
    pages = [page for page in batch.pages if not page.is_made]
    texts = pa.array([page.text for page in pages], pa.large_string())
    marks = [[line.mark for line in _scanned_lines(page)] if page.rendering == MARKED else None for page in pages]
    titles = pa.array([page.title for page in pages], pa.string())
    batch_of_pages = cleaned_batch.PageBatch(
        texts, titles, np.zeros(len(pages), bool), pa.array(marks, pa.list_(pa.int64()))
    )
    cleaned = cleaned_batch.clean_batch(batch_of_pages, trained)
    kept = extract_body(cleaned.labels, cleaned.blocks, cleaned.scanned)
    figures = []
    for page, (low, high) in zip(pages, pairwise(kept.page_range.tolist()), strict=True):
        kept_words = Counter(
            split_words("\n".join(page.text[start:end] for start, end, _ in kept.ranges[low:high].tolist()))
        )
        figures.append((page, *score_words(kept_words, page.truth)))
    return figures


def score_words(kept: Counter, truth: Counter) -> tuple[float, float, float]:
    """Return precision, recall and F1 of words counted with their repetitions."""
    hits = (kept & truth).total()
    precision, recall = hits / max(kept.total(), 1), hits / max(truth.total(), 1)
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def print_figures(
    title: str,
    figures_of_pages: list[tuple[Page, float, float, float]],
    keep: Callable[[Page], bool] = lambda page: True,
) -> None:
    """Print the mean figures of each corpus and rendering."""
    groups = defaultdict(list)
    for page, *figures in figures_of_pages:
        if keep(page):
            groups[page.corpus, page.rendering].append(figures)
    for (corpus, rendering), figures in sorted(groups.items()):
        precision, recall, score = np.mean(figures, 0)
        below_half = sum(figure < 0.5 for _, _, figure in figures)
        print(
            f"{title:13} {corpus} {rendering.removeprefix('dump_'):11} pages={len(figures)} "
            f"precision={precision:.4f} recall={recall:.4f} f1={score:.4f} below_half={below_half}",
            flush=True,
        )


def print_folds(data: Data) -> None:
    """Print figures of pages of unseen sites, by five folds."""
    figures = []
    for fold in range(FOLDS):
        trained = line_model.build_model(train_model(data.of(fold, is_wanted=False)))
        fold_figures = [row for batch in data.of(fold).text.values() for row in measure(batch, trained)]
        print_figures(f"fold {fold}", fold_figures, lambda page: page.rendering in SCORED)
        figures += fold_figures
    print_figures("all folds", figures)
    print_figures("whole truths", figures, lambda page: page.weight > 0)


def print_across(everything: list[Page]) -> None:
    """Print figures of each corpus by a model of the others; shared sites are not used for training."""
    for corpus in CORPUS_NAMES:
        pages = [page for page in everything if page.corpus == corpus]
        sites = {page.site for page in pages}
        others = [page for page in everything if page.corpus != corpus and page.site not in sites]
        trained = line_model.build_model(train_model(make_data(others)))
        print_figures("by the others", measure(Batch(pages), trained), lambda page: page.rendering in SCORED)


def write_model(data: Data) -> None:
    """Train on everything and write the model, a tree a line."""
    content = train_model(data)
    with line_model.DATA.open("w", encoding="utf8") as file:
        file.write('{"words": ' + json.dumps(content["words"], ensure_ascii=False, separators=(",", ":")))
        for kind in KINDS:
            file.write(f',\n"{kind}": {{')
            file.write(",\n".join(f'"{stage}": {_format_trees(trees)}' for stage, trees in content[kind].items()))
            file.write("}")
        file.write("}\n")
    print(f"{line_model.DATA.name}: {line_model.DATA.stat().st_size} bytes")


def _format_trees(trees: dict) -> str:
    lines = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in trees["trees"])
    return f'{{"features": {json.dumps(trees["features"])}, "trees": [\n{lines}\n]}}'


def print_importance(data: Data) -> None:
    """Print the share of the loss that each column removes, for all four sums of trees."""
    train_model(data)
    for name, kind in KINDS.items():
        for stage in line_model.StageTrees._fields:
            names = getattr(kind, stage)
            gains = _train_booster(list(getattr(data, name).values()), names, kind).feature_importance("gain")
            shares = sorted(zip(gains / gains.sum(), names, strict=True), reverse=True)
            print(name, stage, "  ".join(f"{column} {share:.3f}" for share, column in shares if share >= 0.004))


def main() -> int:
    """Measure, ship or explain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("folds", "ship", "importance"))
    command = parser.parse_args().verb
    if not CORPORA.exists():
        raise SystemExit(f"no corpora in {CORPORA}: the model is trained where they are next to the checkout")
    everything = read_pages()
    data = make_data(everything)
    if command == "folds":
        print_folds(data)
        print_across(everything)
    else:
        {"ship": write_model, "importance": print_importance}[command](data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
