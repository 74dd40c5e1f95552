"""Compares newsmill with trafilatura from HTML to the article's text: pages per second of one core, and F1.

    python benchmarks/speed/markup.py            three rounds each over the pages of main_text/aeb_html
    python benchmarks/speed/markup.py --turns 1

newsmill reads text, metadata and line markup, and cleans the page; trafilatura extracts text only. Both run in this
process, after a warm-up, in turn; rates are of processor time and of wall-clock time. The model was trained on these
pages, so the F1 here is too high: `train_lines.py folds` gives F1 on unseen sites. The corpora are in a folder next to
the checkout; trafilatura is in requirements-bench.txt.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

import numpy as np
import pyarrow as pa
import trafilatura

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpora" / "main_text"
AIM = 10  # target: this many times the pages per second of trafilatura
WARM_UP = 10
sys.path[:0] = [str(ROOT / "include"), str(ROOT / "benchmarks" / "quality")]

from dirt import f1  # noqa: E402 - the project is no installed package

from newsmill.cleaning.body import extract_body  # noqa: E402
from newsmill.cleaning.cleaned_batch import PageBatch, clean_batch  # noqa: E402
from newsmill.readers import html_text  # noqa: E402


def extract_by_newsmill(pages: list[bytes]) -> list[str]:
    """Return the cleaned article of each page."""
    read = [html_text.read_html(page) for page in pages]
    marks = pa.array([list(page.marks) for page in read], pa.list_(pa.int64()))
    titles = pa.array([page.title for page in read], pa.string())
    done = clean_batch(PageBatch(pa.array([page.text for page in read]), titles, np.zeros(len(pages), bool), marks))
    kept = extract_body(done.labels, done.blocks, done.scanned)
    ranges, edges = kept.ranges.tolist(), kept.page_range.tolist()
    return [
        "".join(page.text[start:end] for start, end, _ in ranges[edges[i] : edges[i + 1]])
        for i, page in enumerate(read)
    ]


def extract_by_trafilatura(pages: list[bytes]) -> list[str]:
    """Return trafilatura's text of each page."""
    return [trafilatura.extract(page) or "" for page in pages]


def time_extraction(extract: Callable[[list[bytes]], list[str]], pages: list[bytes]) -> tuple[float, float, list[str]]:
    """Return (pages per second of processor time, pages per second of wall-clock time, texts)."""
    wall, begun = time.perf_counter(), time.process_time()
    texts = extract(pages)
    return len(pages) / (time.process_time() - begun), len(pages) / (time.perf_counter() - wall), texts


def main() -> int:
    """Print rates, ratio and F1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3, help="timed rounds of each program (default: 3)")
    args = parser.parse_args()
    with gzip.open(CORPUS / "aeb.jsonl.gz", "rt", encoding="utf8") as lines:
        rows = [json.loads(line) for line in lines]
    pages = [gzip.decompress((CORPUS / "aeb_html" / f"{row['id']}.html.gz").read_bytes()) for row in rows]
    extract_by_newsmill(pages)  # compiles kernels and loads the model
    extract_by_trafilatura(pages[:WARM_UP])
    rates: dict[str, list[float]] = {"newsmill": [], "trafilatura": []}
    for _ in range(args.turns):
        for name, extract in (("newsmill", extract_by_newsmill), ("trafilatura", extract_by_trafilatura)):
            rate, by_wall, texts = time_extraction(extract, pages)
            rates[name].append(rate)
            score = mean(f1(text, row["truth_body"]) for text, row in zip(texts, rows, strict=True))
            print(
                f"{name:12} pages a second of processor {rate:.1f}, of the wall clock {by_wall:.1f}; F1 {score:.4f}",
                flush=True,
            )
    ratios = [ours / theirs for ours, theirs in zip(*rates.values(), strict=True)]
    print(
        f"ratio, by processor time {median(ratios):.1f} ({', '.join(f'{ratio:.1f}' for ratio in ratios)}),"
        f" target at least {AIM}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
