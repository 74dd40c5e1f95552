"""Injected dirt: how much F1 the same real page loses when dirt is added to it, kind by kind.

    python benchmarks/quality/dirt.py             every kind of dirt over both corpora of main text
    python benchmarks/quality/dirt.py --show repeated --worst 5

A page without its dirt is the measure of the page with it, so what cleaning does not know of the page itself counts
on neither side. The corpora stand outside the project, beside its checkout.
"""

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
sys.path.insert(0, str(ROOT / "include"))

from newsmill.cleaning.body import body  # noqa: E402 - the project is no installed package
from newsmill.cleaning.cleaned_batch import Batch, cleaned  # noqa: E402

CORPORA = ("aeb", "l3s")
WORD = re.compile(r"\w+")
BODY_SHARE = 0.7
BANNER = ("503 Service Unavailable", "Sorry! Our server could not load this page.", "Please try again later.", "")
DISCLAIMER = (
    "",
    "Legal Disclaimer:",
    "The information on this site is provided as it stands. The publisher accepts no liability",
    "for the accuracy of its content, nor for pages of others to which it may be linked.",
    "",
)
COMMENTS = ("", "Comments", "No comments yet", "Log in to post a comment")


class Page:
    """The lines of a page, and which of them are its article."""

    def __init__(self, text: str, truth: str):
        self.lines, self.truth = text.split("\n"), truth
        known = set(_triples(truth))
        self.is_body = [_share(line, known) >= BODY_SHARE for line in self.lines]
        inside = [number for number, is_body in enumerate(self.is_body) if is_body]
        self.first, self.past = (inside[0], inside[-1] + 1) if inside else (0, 0)

    def around(self, before: tuple, inside: list[str], after: tuple) -> str:
        """Return the page with something else for its article, and lines before and after it."""
        return "\n".join([*before, *self.lines[: self.first], *inside, *after, *self.lines[self.past :]])

    @property
    def article(self) -> list[str]:
        """Return the lines from the first of the article to the last."""
        return self.lines[self.first : self.past]


def _triples(text: str) -> Iterator[tuple]:
    words = WORD.findall(text.lower())
    return zip(words, words[1:], words[2:], strict=False)


def _share(line: str, known: set) -> float:
    found = list(_triples(line))
    return sum(triple in known for triple in found) / len(found) if found else 0.0


def _twice_each(lines: list[str]) -> list[str]:
    return [again for line in lines for again in (line, line)]


def _with_furniture(page: Page) -> list[str]:
    menu = [line for line in page.lines[: page.first] if line.strip()][:12]
    return [*page.article, "", *menu, "", *page.article]


DIRT: dict[str, Callable[[Page], str]] = {
    "banner": lambda page: page.around(BANNER, page.article, ()),
    "disclaimer": lambda page: page.around((), page.article, DISCLAIMER),
    "comment stub": lambda page: page.around((), page.article, COMMENTS),
    "body twice": lambda page: page.around((), [*page.article, *page.article], ()),
    "body four times": lambda page: page.around((), page.article * 4, ()),
    "lines doubled": lambda page: page.around((), _twice_each(page.article), ()),
    "body and half of it": lambda page: page.around((), [*page.article, *page.article[: len(page.article) // 2]], ()),
    "half of it and body": lambda page: page.around((), [*page.article[len(page.article) // 2 :], *page.article], ()),
    "twice with a menu between": lambda page: page.around((), _with_furniture(page), ()),
    "whole page twice": lambda page: "\n".join([*page.lines, *page.lines]),
    "all at once": lambda page: page.around(BANNER, [*page.article, *page.article], (*DISCLAIMER, *COMMENTS)),
}


def pages() -> list[Page]:
    """Return the pages of both corpora that have an article."""
    rows = []
    for corpus in CORPORA:
        with gzip.open(SHARED / "corpora" / "main_text" / f"{corpus}.jsonl.gz", "rt", encoding="utf8") as lines:
            rows += [json.loads(line) for line in lines]
    found = [Page(row["dump_resiliparse"], row["truth_body"]) for row in rows]
    return [page for page in found if page.past > page.first]


def texts_of(dumps: list[str]) -> list[str]:
    """Return the article of each page as newsmill keeps it."""
    none = pa.nulls(len(dumps), pa.string())
    done = cleaned(Batch(pa.array(dumps), none, np.zeros(len(dumps), bool)))
    kept = body(done.ledger, done.blocks, done.scanned)
    covered = (done.ledger.end - done.ledger.start).sum()
    assert covered == sum(map(len, dumps)), "a line is not accounted for"
    return [
        "".join(dump[start:end] for start, end, _ in kept.ranges[first:past].tolist())
        for dump, (first, past) in zip(dumps, pairwise(kept.page_range.tolist()), strict=True)
    ]


def f1(text: str, truth: str) -> float:
    """Return F1 over the words of two texts as bags, as the acceptance measure takes it."""
    said, true = Counter(WORD.findall(text.lower())), Counter(WORD.findall(truth.lower()))
    hit = sum((said & true).values())
    return 2 * hit / (said.total() + true.total()) if hit else 0.0


def main() -> int:
    """Print the mean F1 of all pages with each kind of dirt, and what it loses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", choices=DIRT, help="list the pages that lose most by this kind of dirt")
    parser.add_argument("--worst", type=int, default=10, help="how many of them (default: 10)")
    told = parser.parse_args()
    found = pages()
    clean = [
        f1(text, page.truth) for text, page in zip(texts_of(["\n".join(p.lines) for p in found]), found, strict=True)
    ]
    print(f"{len(found)} pages\n{'as they are':28}{np.mean(clean):.4f}")
    for name, dirty in DIRT.items():
        texts = texts_of([dirty(page) for page in found])
        scores = [f1(text, page.truth) for text, page in zip(texts, found, strict=True)]
        lost = np.array(clean) - np.array(scores)
        print(
            f"{name:28}{np.mean(scores):.4f}  loses {lost.mean():+.4f}  pages that lose over .05: {(lost > 0.05).sum()}"
        )
        if name == told.show:
            for number in np.argsort(-lost)[: told.worst].tolist():
                print(f"    page {number}: {clean[number]:.3f} → {scores[number]:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
