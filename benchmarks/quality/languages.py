"""Main text in other languages: F1 of the kept text of whole pages written for this benchmark, by language.

    python benchmarks/quality/languages.py             every language, and all of them
    python benchmarks/quality/languages.py --show de   the lines of the German pages with a wrong label

The pages are in tests/cleaning/languages, a file per language; the sign before each line is the true label.
"""

import argparse
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean

import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

from newsmill.cleaning.clean import clean  # noqa: E402
from newsmill.relations import KNOWN_BOILERPLATE, PAGES, RECORD_DECISIONS  # noqa: E402 - the project is no installed package

FOLDER = ROOT / "tests" / "cleaning" / "languages"
TITLE, ARTICLE, AGAIN, AROUND = SIGNS = "#+~-"
WANTED = {TITLE: ("title",), ARTICLE: ("kept",)}
WITHOUT_SPACES = ("ja", "zh")
WORD, CHARACTER = re.compile(r"\w+"), re.compile(r"\w")
BLANK = {
    **dict.fromkeys(PAGES.schema.names),
    "dump": "pages",
    "dump_file": "pages/a.txt",
    "source_id": "pages.example",
    "is_wire": False,
    "content": "page",
    "encoding": "utf-8",
    "repairs": [],
    "declared_authors": [],
}


@dataclass(frozen=True)
class Page:
    """A page with lines labelled by hand."""

    language: str
    name: str
    signed_lines: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """Return the page as in a dump."""
        return "\n".join(line for _, line in self.signed_lines)

    @cached_property
    def article(self) -> tuple[str, ...]:
        """Return the lines of the article, without its title."""
        return self.signed(ARTICLE)

    @cached_property
    def title(self) -> str:
        """Return the headline."""
        return self.signed(TITLE)[0]

    def signed(self, sign: str) -> tuple[str, ...]:
        """Return the lines with a sign."""
        return tuple(line for line_sign, line in self.signed_lines if line_sign == sign)


@dataclass(frozen=True)
class Outcome:
    """The result of cleaning a page: the row of the article, and the rows of the blocks."""

    article: dict
    blocks: list[dict]

    def labels(self) -> Iterator[str]:
        """Yield the label of each line: the reason, or kept."""
        for block in self.blocks:
            for _ in range(block["line_start"], block["line_end"] + 1):
                yield block["reason"] or block["disposition"]


def pages() -> list[Page]:
    """Return the pages of all languages."""
    return [
        Page(path.stem, page["name"], tuple(map(_split_sign, page["text"].splitlines())))
        for path in sorted(FOLDER.glob("*.toml"))
        for page in tomllib.loads(path.read_text(encoding="utf8"))["pages"]
    ]


def _split_sign(line: str) -> tuple[str, str]:
    sign = line[:1]
    if not sign or sign not in SIGNS or line[1:2] not in ("", " "):
        raise ValueError(f"a line begins with one of {' '.join(SIGNS)} and a space, not with {line[:20]!r}")
    return sign, line[2:]


def outcomes(texts: list[str]) -> list[Outcome]:
    """Clean pages in one batch."""
    rows = [
        {**BLANK, "page_id": f"p{n}", "document_id": f"d{n}", "record_no": n + 1, "page_text": text}
        for n, text in enumerate(texts)
    ]
    pages = pa.Table.from_pylist(rows, PAGES.schema)
    articles, blocks, _ = clean(pages, KNOWN_BOILERPLATE.empty(), RECORD_DECISIONS.empty())
    blocks_of: dict[str, list[dict]] = {row["page_id"]: [] for row in rows}
    for block in blocks.to_pylist():
        blocks_of[block["page_id"]].append(block)
    return [Outcome(article, blocks_of[article["page_id"]]) for article in articles.to_pylist()]


def f1(text: str, truth: str, language: str) -> float:
    """Return F1 over the words of two texts as bags; over characters in scripts without spaces."""
    unit = CHARACTER if language in WITHOUT_SPACES else WORD
    kept, wanted = Counter(unit.findall(text.lower())), Counter(unit.findall(truth.lower()))
    hit = (kept & wanted).total()
    return 2 * hit / (kept.total() + wanted.total()) if hit else 0.0


def score(page: Page, outcome: Outcome) -> float:
    """Return F1 of the kept text of a page."""
    return f1(outcome.article["text"], "\n".join(page.article), page.language)


def faults(page: Page, outcome: Outcome) -> Iterator[str]:
    """Yield the lines with a wrong label."""
    for (sign, line), label in zip(page.signed_lines, outcome.labels(), strict=True):
        allowed = WANTED.get(sign)
        if line.strip() and (label not in allowed if allowed else label in ("kept", "title")):
            yield f"{sign} {label:12} {line[:90]}"


def main() -> int:
    """Print the mean F1 of each language, and of all pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    written = pages()
    languages = list(dict.fromkeys(page.language for page in written))
    parser.add_argument("--show", choices=languages, help="list the lines of this language that went wrong")
    args = parser.parse_args()
    results = outcomes([page.text for page in written])
    scores = [score(page, outcome) for page, outcome in zip(written, results, strict=True)]
    titled = [page.title == outcome.article["title"] for page, outcome in zip(written, results, strict=True)]
    for language in languages:
        own = [n for n, page in enumerate(written) if page.language == language]
        print(f"{language}  {fmean(scores[n] for n in own):.4f}  titles {sum(titled[n] for n in own)}/{len(own)}")
    print(f"all {fmean(scores):.4f}  titles {sum(titled)}/{len(written)}  lowest {min(scores):.4f}")
    for page, outcome, page_score in zip(written, results, scores, strict=True):
        if page.language == args.show:
            print(f"\n{page.name}: {page_score:.4f}", *faults(page, outcome), sep="\n    ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
