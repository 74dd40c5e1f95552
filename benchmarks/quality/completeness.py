"""Warnings of truncated and overcomplete texts against human truth: how many cut pages are found, and how precisely.

    python benchmarks/quality/completeness.py           pages as they are, and pages with boxes between paragraphs
    python benchmarks/quality/completeness.py --list    name the pages of each kind, too

A page is cut if its kept text holds under six tenths of the words of the truth, and of its runs of four words: a truth
with a passage twice is not cut. A page is overfull if under six tenths of the kept words are of the truth. Pages
without a word of the truth are left out, as are those that keep fewer words than an article: they are rejected.

The corpora are outside the project, next to its checkout.
"""

import argparse
import gzip
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

from newsmill.cleaning.body import extract_body  # noqa: E402
from newsmill.cleaning.cleaned_batch import PageBatch, clean_batch  # noqa: E402
from newsmill.cleaning.completeness import LOST_SHARE, Completeness, estimate_completeness  # noqa: E402
from newsmill.cleaning.verdicts import MIN_ARTICLE_WORDS  # noqa: E402
from newsmill.readers.html_text import read_html  # noqa: E402

CORPORA = ROOT.parent / "shared" / "corpora" / "main_text"
WORD, WIDE = re.compile(r"\w+"), re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
GRAM, BATCH_PAGES, SEED = 4, 100, 7
PARAGRAPH_CHARS = 120  # of a paragraph that a box may follow
BETWEEN_BOXES = (2, 4)  # paragraphs between two boxes
HEADLINES = (
    "Harbour board delays vote on new pier",
    "Why the old tram is coming back",
    "Five walks for a wet weekend",
    "What changes in May",
    "Storm damage closes coastal road for a week",
    "Teachers reach pay deal after long talks",
    "The baker who feeds a whole valley",
)
BOXES = (
    '<div class="r-box"><h3>Read next</h3><ul><li><a href="/1">{}</a></li><li><a href="/2">{}</a></li></ul></div>',
    '<div class="ad-slot"><span>Advertisement</span></div><div class="wd-more"><p><a href="/3">{}</a> {}</p></div>',
    '<aside class="promo"><h3>{}</h3><p>{} Sign up to get our morning letter.</p><button>Join</button></aside>',
)


@dataclass(frozen=True)
class Page:
    """A page as read, with the truth; `marks` is None for a text dump."""

    name: str
    truth: str
    text: str
    marks: tuple[int, ...] | None = None
    title: str | None = None
    metadata: tuple[dict, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a page kept of the truth, and its warnings."""

    page: Page
    is_cut: bool
    is_overfull: bool
    warns_of_cut: bool
    warns_of_excess: bool


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case; in a script without spaces, its characters."""
    words = WORD.findall(text.lower())
    return [part for word in words for part in (word if WIDE.search(word) else (word,))]


def list_grams(words: list[str]) -> set[tuple]:
    """Return the distinct runs of four words."""
    return set(zip(*(words[start:] for start in range(GRAM)), strict=False))


def read_rows(corpus: str) -> Iterator[dict]:
    """Yield the rows of a corpus with a truth."""
    with gzip.open(CORPORA / f"{corpus}.jsonl.gz", "rt", encoding="utf8") as file:
        yield from (row for row in map(json.loads, file) if split_words(row["truth_body"]))


def read_texts(corpus: str, change: Callable[[str], str]) -> Iterator[Page]:
    """Yield the text dumps of a corpus, changed."""
    for row in read_rows(corpus):
        text = row["dump_resiliparse"].replace("\r\n", "\n")
        yield Page(f"{corpus}/{row['id']}", row["truth_body"], change(text))


def read_markup(corpus: str, change: Callable[[str], str]) -> Iterator[Page]:
    """Yield the pages of a corpus as read from their HTML, changed."""
    for row in read_rows(corpus):
        markup = gzip.decompress((CORPORA / f"{corpus}_html" / f"{row['id']}.html.gz").read_bytes())
        changed = markup if change is unchanged else change(markup.decode("latin-1")).encode("latin-1")
        read = read_html(changed)
        entries = (dict(zip(("field", "value", "method", "confidence"), row, strict=True)) for row in read.metadata)
        marks, metadata = tuple(map(int, read.marks)), tuple(entries)
        yield Page(f"{corpus}/{row['id']}", row["truth_body"], read.text, marks, read.title, metadata)


def unchanged(text: str) -> str:
    """Return a page as it is."""
    return text


class BoxMaker:
    """Puts boxes between the paragraphs of pages, each in a container of its own: bodies in several holders."""

    def __init__(self, between: int):
        self.between, self.random = between, random.Random(SEED)

    def split_markup(self, markup: str) -> str:
        """Close the containers after every few paragraphs, and put boxes between them."""
        return self._insert(re.split(r"(?<=</p>)", markup, flags=re.IGNORECASE), "", self._make_box)

    def split_text(self, text: str) -> str:
        """Put teasers between the lines of a text dump."""
        return self._insert(text.split("\n"), "\n", self._make_teasers)

    def _insert(self, pieces: list[str], joint: str, make: Callable[[], str]) -> str:
        inserted, count = [], 0
        for piece in pieces:
            inserted.append(piece)
            count += len(piece) > PARAGRAPH_CHARS
            if len(piece) > PARAGRAPH_CHARS and count % self.between == 0:
                inserted.append(make())
        return joint.join(inserted)

    def _make_box(self) -> str:
        boxes = [self.random.choice(BOXES).format(*self._choose(2)) for _ in range(self.random.randint(1, 3))]
        return f'</div></div>{"".join(boxes)}<div class="c-wrap"><div class="blk">'

    def _make_teasers(self) -> str:
        return "\n".join(["", self.random.choice(("Read next", "Advertisement", "Related")), *self._choose(4), ""])

    def _choose(self, count: int) -> list[str]:
        return self.random.sample(HEADLINES, count)


def judge(pages: Iterable[Page]) -> list[Outcome]:
    """Clean the pages, and compare kept text and warnings with the truth."""
    listed, outcomes = list(pages), []
    for start in range(0, len(listed), BATCH_PAGES):
        batch = listed[start : start + BATCH_PAGES]
        texts, completeness = _clean(batch)
        outcomes += [
            outcome
            for page, kept, cut, excess in zip(
                batch, texts, completeness.is_truncated, completeness.is_overcomplete, strict=True
            )
            if (outcome := _compare(page, kept, bool(cut), bool(excess)))
        ]
    return outcomes


def _clean(batch: list[Page]) -> tuple[list[str], Completeness]:
    marks = pa.array([page.marks for page in batch], pa.list_(pa.int64()))
    titles = pa.array([page.title for page in batch], pa.string())
    texts = pa.array([page.text for page in batch])
    cleaned = clean_batch(PageBatch(texts, titles, np.zeros(len(batch), bool), marks))
    kept = extract_body(cleaned.labels, cleaned.blocks, cleaned.scanned)
    ranges = [kept.ranges[start:end].tolist() for start, end in pairwise(kept.page_range.tolist())]
    bodies = [
        "".join(page.text[start:end] for start, end, _ in spans) for page, spans in zip(batch, ranges, strict=True)
    ]
    return bodies, estimate_completeness(cleaned, bodies, [page.metadata for page in batch], kept.word_counts)


def _compare(page: Page, kept: str, warns_of_cut: bool, warns_of_excess: bool) -> Outcome | None:
    true_words, words = split_words(page.truth), split_words(kept)
    if len(words) < MIN_ARTICLE_WORDS:
        return None
    shared = sum((Counter(true_words) & Counter(words)).values())
    true_grams = list_grams(true_words)
    has_lost_grams = len(true_grams & list_grams(words)) < LOST_SHARE * len(true_grams)
    is_cut = shared < LOST_SHARE * len(true_words) and has_lost_grams
    return Outcome(page, is_cut, shared < LOST_SHARE * len(words), warns_of_cut, warns_of_excess)


def report(name: str, outcomes: list[Outcome], names_pages: bool) -> None:
    """Print how many pages of each kind there are, and how many of them are warned of."""
    print(f"{name:34}{len(outcomes):5} pages", end="")
    for kind, is_so, warns in (("cut", "is_cut", "warns_of_cut"), ("overfull", "is_overfull", "warns_of_excess")):
        real = [outcome for outcome in outcomes if getattr(outcome, is_so)]
        warned = [outcome for outcome in outcomes if getattr(outcome, warns)]
        right = [outcome for outcome in real if getattr(outcome, warns)]
        print(f"   {kind} {len(real):3}: found {len(right):3}, warned {len(warned):3}", end="")
        if names_pages:
            wrong = [outcome for outcome in warned if not getattr(outcome, is_so)]
            missed = [outcome for outcome in real if not getattr(outcome, warns)]
            for label, listed in (("missed", missed), ("wrong", wrong)):
                print(f"\n    {label}: {' '.join(outcome.page.name for outcome in listed) or 'none'}", end="")
    print()


def main() -> int:
    """Print the figures of each corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="name the missed pages and the wrong warnings")
    args = parser.parse_args()
    for corpus in ("modern", "aeb"):
        report(f"{corpus}, HTML", judge(read_markup(corpus, unchanged)), args.list)
    for corpus in ("modern", "aeb", "l3s"):
        report(f"{corpus}, text", judge(read_texts(corpus, unchanged)), args.list)
    for between in BETWEEN_BOXES:
        for corpus in ("modern", "aeb"):
            made = BoxMaker(between)
            name = f"{corpus}, a box each {between} paragraphs"
            report(f"{name}, HTML", judge(read_markup(corpus, made.split_markup)), False)
            report(f"{name}, text", judge(read_texts(corpus, made.split_text)), False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
