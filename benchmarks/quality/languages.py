"""Main text in other languages: F1 of what cleaning keeps of whole pages that were written for it, by language.

    python benchmarks/quality/languages.py             every language, and all of them
    python benchmarks/quality/languages.py --show de   which lines of the German pages met another fate than they should

The pages stand in tests/cleaning/languages, a file a language; the sign before each line tells what it is.
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
from newsmill.relations import FURNITURE, PAGES  # noqa: E402 - the project is no installed package

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
    """A page of which it is known, line by line, what is its article."""

    language: str
    name: str
    signed_lines: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """Return the page as a dump would hold it."""
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
        """Return the lines before which a sign stands."""
        return tuple(line for told, line in self.signed_lines if told == sign)


@dataclass(frozen=True)
class Outcome:
    """What cleaning made of a page: the row of its article, and the rows of its blocks."""

    article: dict
    blocks: list[dict]

    def fates(self) -> Iterator[str]:
        """Yield for each line why it went, or kept."""
        for block in self.blocks:
            for _ in range(block["line_start"], block["line_end"] + 1):
                yield block["reason"] or block["disposition"]


def pages() -> list[Page]:
    """Return the pages of all languages."""
    return [
        Page(path.stem, told["name"], tuple(map(_signed, told["text"].splitlines())))
        for path in sorted(FOLDER.glob("*.toml"))
        for told in tomllib.loads(path.read_text(encoding="utf8"))["pages"]
    ]


def _signed(line: str) -> tuple[str, str]:
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
    articles, blocks = clean(pa.Table.from_pylist(rows, PAGES.schema), FURNITURE.empty())
    told: dict[str, list[dict]] = {row["page_id"]: [] for row in rows}
    for block in blocks.to_pylist():
        told[block["page_id"]].append(block)
    return [Outcome(article, told[article["page_id"]]) for article in articles.to_pylist()]


def f1(text: str, truth: str, language: str) -> float:
    """Return F1 over the words of two texts as bags; over their characters where no space parts the words."""
    unit = CHARACTER if language in WITHOUT_SPACES else WORD
    said, true = Counter(unit.findall(text.lower())), Counter(unit.findall(truth.lower()))
    hit = (said & true).total()
    return 2 * hit / (said.total() + true.total()) if hit else 0.0


def score(page: Page, outcome: Outcome) -> float:
    """Return F1 of the text that was kept of a page."""
    return f1(outcome.article["text"], "\n".join(page.article), page.language)


def faults(page: Page, outcome: Outcome) -> Iterator[str]:
    """Yield the lines that met another fate than they should."""
    for (sign, line), fate in zip(page.signed_lines, outcome.fates(), strict=True):
        should = WANTED.get(sign)
        if line.strip() and (fate not in should if should else fate in ("kept", "title")):
            yield f"{sign} {fate:12} {line[:90]}"


def main() -> int:
    """Print the mean F1 of each language, and of all pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found = pages()
    languages = list(dict.fromkeys(page.language for page in found))
    parser.add_argument("--show", choices=languages, help="list the lines of this language that went wrong")
    told = parser.parse_args()
    done = outcomes([page.text for page in found])
    scores = [score(page, outcome) for page, outcome in zip(found, done, strict=True)]
    titled = [page.title == outcome.article["title"] for page, outcome in zip(found, done, strict=True)]
    for language in languages:
        mine = [n for n, page in enumerate(found) if page.language == language]
        print(f"{language}  {fmean(scores[n] for n in mine):.4f}  titles {sum(titled[n] for n in mine)}/{len(mine)}")
    print(f"all {fmean(scores):.4f}  titles {sum(titled)}/{len(found)}  lowest {min(scores):.4f}")
    for page, outcome, one in zip(found, done, scores, strict=True):
        if page.language == told.show:
            print(f"\n{page.name}: {one:.4f}", *faults(page, outcome), sep="\n    ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
