"""Titles, authors, days and publishers of pages: newsmill compared with trafilatura and newspaper4k on the same pages.

    python benchmarks/quality/fields.py                 a night over the pages, then each peer page by page
    python benchmarks/quality/fields.py --errors title  list newsmill's errors of a field, too

A field is right if it equals the truth: titles and publishers without case, accents and signs, authors as a set of
names, the day of publication in the publisher's zone. A page without a truth for a field does not count for it. Truth
of titles, authors and days comes with the corpus, in a folder next to the checkout; publishers.toml has the names of
its publishers. newsmill reads the pages as one dump, so it sees other pages of a site; trafilatura and newspaper4k, in
requirements-bench.txt, see one page at a time. No model of newsmill reads these fields.
"""

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import newspaper
import trafilatura

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

from newsmill.site_hosts import fold_name, host_of  # noqa: E402 - the project is no installed package

CORPUS = ROOT.parent / "shared" / "corpora" / "main_text"
NAMES = tomllib.loads(Path(__file__).with_name("publishers.toml").read_text("utf-8"))
NIGHT = "2026-09-30"  # after every page
SQL = """
    SELECT document_id, title, authors, CAST(published_day AS VARCHAR) AS day, source.name AS publisher
    FROM dw.dim_article AS article LEFT JOIN dw.dim_source AS source
      ON source.source_id = article.source_id AND source.is_current
"""
Fields = dict[str, Any]


def read_pages() -> Iterator[Fields]:
    """Yield each page with its markup and its truth."""
    with gzip.open(CORPUS / "modern.jsonl.gz", "rt", encoding="utf-8") as lines:
        for page in map(json.loads, lines):
            page["html"] = gzip.decompress((CORPUS / "modern_html" / f"{page['id']}.html.gz").read_bytes())
            yield page


def read_by_newsmill(pages: list[Fields]) -> dict[str, Fields]:
    """Return the fields of each page, from the warehouse after a night."""
    with tempfile.TemporaryDirectory() as folder:
        dump, home = Path(folder, "pages.jsonl"), Path(folder, "home")
        records = ({"id": p["id"], "url": p["url"], "html": p["html"].decode("utf-8", "replace")} for p in pages)
        dump.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
        night = [sys.executable, "-m", "newsmill", "night", NIGHT, "--source", dump, "--content", "page"]
        subprocess.run([*night, "--home", home], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with closing(duckdb.connect(str(home / "warehouse" / "news.duckdb"), read_only=True)) as warehouse:
            rows = warehouse.execute(SQL).fetchall()
    return {row[0]: dict(zip(("title", "authors", "day", "publisher"), row[1:], strict=True)) for row in rows}


def read_by_trafilatura(page: Fields) -> Fields:
    """Return trafilatura's metadata of a page."""
    document = trafilatura.bare_extraction(page["html"], url=page["url"], with_metadata=True)
    read = document.as_dict() if document else {}
    authors = (read.get("author") or "").split("; ")
    return {"title": read.get("title"), "authors": authors, "day": read.get("date"), "publisher": read.get("sitename")}


def read_by_newspaper(page: Fields) -> Fields:
    """Return newspaper4k's metadata of a page."""
    article = newspaper.Article(page["url"], fetch_images=False)
    article.download(input_html=page["html"].decode("utf-8", "replace"))
    try:
        article.parse()
    except (ImportError, LookupError):  # a language of which it has no tokenizer
        return {}
    day = article.publish_date and article.publish_date.strftime("%Y-%m-%d")
    return {"title": article.title, "authors": article.authors, "day": day, "publisher": article.meta_site_name}


def fold_names(names: Iterable[str] | None) -> set[str]:
    """Return names without case, accents, signs and a leading article."""
    return {fold_name(re.sub(r"^the\s", "", name, flags=re.IGNORECASE)) for name in names or []} - {""}


def list_authors(authors: str | list[str] | None) -> list[str]:
    """Return the authors of the corpus one by one: a part of it has them in one line."""
    return re.split(r";|,| and ", authors) if isinstance(authors, str) else authors or []


def judge(page: Fields, read: Fields) -> Iterator[tuple[str, bool, bool, object]]:
    """Yield field, whether it was given, whether it is right, and the truth, for each field with a truth."""
    truths: dict[str, set[str]] = {
        "title": fold_names([page["title"]]),
        "authors": fold_names(list_authors(page["authors"])),
        "day": {page["published_at"][:10]} if page["published_at"][:1].isdigit() else set(),
        "publisher": fold_names(NAMES[(host_of(page["url"]) or "")]),
    }
    given = {
        "title": fold_names([read.get("title") or ""]),
        "authors": fold_names(read.get("authors")),
        "day": {read["day"]} if read.get("day") else set(),
        "publisher": fold_names([read.get("publisher") or ""]),
    }
    for field, truth in truths.items():
        if truth:
            is_right = bool(given[field] & truth) if field == "publisher" else given[field] == truth
            yield field, bool(given[field]), is_right, page.get(field, truth)


def compare(pages: list[Fields], errors: str | None) -> None:
    """Print how many fields each reader gives and has right."""
    ours = read_by_newsmill(pages)
    readers: dict[str, Callable[[Fields], Fields]] = {
        "newsmill": lambda page: ours.get(page["id"], {}),
        f"trafilatura {trafilatura.__version__}": read_by_trafilatura,
        f"newspaper4k {newspaper.__version__}": read_by_newspaper,
    }
    print(f"{'field':10} {'reader':20} {'pages':>6} {'given':>6} {'right':>6} {'share':>6}")
    for name, read in readers.items():
        counts: dict[str, list[int]] = {}
        for page in pages:
            fields = read(page)
            for field, is_given, is_right, truth in judge(page, fields):
                count = counts.setdefault(field, [0, 0, 0])
                count[:] = count[0] + 1, count[1] + is_given, count[2] + is_right
                if field == errors and name == "newsmill" and not is_right:
                    print(f"  {page['url']}\n    {truth}\n    {fields.get(field)}")
        for field, (total, given, right) in counts.items():
            print(f"{field:10} {name:20} {total:6} {given:6} {right:6} {right / total:6.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", choices=("title", "authors", "day", "publisher"), help="list newsmill's errors")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of dates in zones that a peer does not know
    compare(list(read_pages()), arguments.errors)
