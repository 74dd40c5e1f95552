"""Injected dirt: the F1 lost by a real page with added dirt, by kind.

    python benchmarks/quality/dirt.py             every kind of dirt over both corpora of main text
    python benchmarks/quality/dirt.py --show repeated --worst 5

The page is compared with and without dirt, so other errors of cleaning cancel out. The corpora are outside the project,
next to the checkout.
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

from newsmill.cleaning.body import extract_body  # noqa: E402 - the project is no installed package
from newsmill.cleaning.cleaned_batch import PageBatch, clean_batch  # noqa: E402

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
    """The lines of a page, and whether each is part of the article."""

    def __init__(self, text: str, truth: str):
        self.lines, self.truth = text.split("\n"), truth
        known = set(_list_triples(truth))
        self.is_body = [_known_share(line, known) >= BODY_SHARE for line in self.lines]
        inside = [i for i, is_body in enumerate(self.is_body) if is_body]
        self.first, self.past = (inside[0], inside[-1] + 1) if inside else (0, 0)

    def around(self, before: tuple, inside: list[str], after: tuple) -> str:
        """Return the page with `inside` in place of the article, and lines before and after."""
        return "\n".join([*before, *self.lines[: self.first], *inside, *after, *self.lines[self.past :]])

    @property
    def article(self) -> list[str]:
        """Return the lines from the first of the article to the last."""
        return self.lines[self.first : self.past]


def _list_triples(text: str) -> Iterator[tuple]:
    words = WORD.findall(text.lower())
    return zip(words, words[1:], words[2:], strict=False)


def _known_share(line: str, known: set) -> float:
    triples = list(_list_triples(line))
    return sum(triple in known for triple in triples) / len(triples) if triples else 0.0


def _double_lines(lines: list[str]) -> list[str]:
    return [again for line in lines for again in (line, line)]


def _repeat_around_menu(page: Page) -> list[str]:
    menu = [line for line in page.lines[: page.first] if line.strip()][:12]
    return [*page.article, "", *menu, "", *page.article]


DIRT: dict[str, Callable[[Page], str]] = {
    "banner": lambda page: page.around(BANNER, page.article, ()),
    "disclaimer": lambda page: page.around((), page.article, DISCLAIMER),
    "comment stub": lambda page: page.around((), page.article, COMMENTS),
    "body twice": lambda page: page.around((), [*page.article, *page.article], ()),
    "body four times": lambda page: page.around((), page.article * 4, ()),
    "lines doubled": lambda page: page.around((), _double_lines(page.article), ()),
    "body and half of it": lambda page: page.around((), [*page.article, *page.article[: len(page.article) // 2]], ()),
    "half of it and body": lambda page: page.around((), [*page.article[len(page.article) // 2 :], *page.article], ()),
    "twice with a menu between": lambda page: page.around((), _repeat_around_menu(page), ()),
    "whole page twice": lambda page: "\n".join([*page.lines, *page.lines]),
    "all at once": lambda page: page.around(BANNER, [*page.article, *page.article], (*DISCLAIMER, *COMMENTS)),
}


def pages() -> list[Page]:
    """Return the pages with an article, of both corpora."""
    rows = []
    for corpus in CORPORA:
        with gzip.open(SHARED / "corpora" / "main_text" / f"{corpus}.jsonl.gz", "rt", encoding="utf8") as lines:
            rows += [json.loads(line) for line in lines]
    pages_of = [Page(row["dump_resiliparse"], row["truth_body"]) for row in rows]
    return [page for page in pages_of if page.past > page.first]


def texts_of(dumps: list[str]) -> list[str]:
    """Return the article of each page as kept by newsmill."""
    none = pa.nulls(len(dumps), pa.string())
    cleaned_pages = clean_batch(PageBatch(pa.array(dumps), none, np.zeros(len(dumps), bool)))
    kept = extract_body(cleaned_pages.labels, cleaned_pages.blocks, cleaned_pages.scanned)
    covered = (cleaned_pages.labels.end - cleaned_pages.labels.start).sum()
    assert covered == sum(map(len, dumps)), "a line is not accounted for"
    return [
        "".join(dump[start:end] for start, end, _ in kept.ranges[low:high].tolist())
        for dump, (low, high) in zip(dumps, pairwise(kept.page_range.tolist()), strict=True)
    ]


def f1(text: str, truth: str) -> float:
    """Return F1 over the words of two texts as bags, as in the acceptance measure."""
    kept, wanted = Counter(WORD.findall(text.lower())), Counter(WORD.findall(truth.lower()))
    hit = sum((kept & wanted).values())
    return 2 * hit / (kept.total() + wanted.total()) if hit else 0.0


def main() -> int:
    """Print the mean F1 of all pages with each kind of dirt, and the loss."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", choices=DIRT, help="list the pages that lose most by this kind of dirt")
    parser.add_argument("--worst", type=int, default=10, help="how many of them (default: 10)")
    args = parser.parse_args()
    real_pages = pages()
    clean = [
        f1(text, page.truth)
        for text, page in zip(texts_of(["\n".join(p.lines) for p in real_pages]), real_pages, strict=True)
    ]
    print(f"{len(real_pages)} pages\n{'as they are':28}{np.mean(clean):.4f}")
    for name, dirty in DIRT.items():
        texts = texts_of([dirty(page) for page in real_pages])
        scores = [f1(text, page.truth) for text, page in zip(texts, real_pages, strict=True)]
        losses = np.array(clean) - np.array(scores)
        print(
            f"{name:28}{np.mean(scores):.4f}  loses {losses.mean():+.4f}  "
            f"pages that lose over .05: {(losses > 0.05).sum()}"
        )
        if name == args.show:
            for i in np.argsort(-losses)[: args.worst].tolist():
                print(f"    page {i}: {clean[i]:.3f} → {scores[i]:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
