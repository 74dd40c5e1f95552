"""Speed of cleaning per core: newsmill compared with datatrove's Gopher and C4 filters, on the same texts in turn.

    python benchmarks/speed/clean.py [--turns N] [--articles N] [--pages N] [--peer-share S]

Two kinds of text: articles of 3 kB, cut together from the bodies of news corpora, and whole pages as text dumps with
their boilerplate, made distinct by a changed word in every line. The corpora are outside the project, next to the
checkout; datatrove comes with requirements-bench.txt. Each measurement is a separate process on a single core, warmed
up before the clock starts, and each turn runs both sides: compare the ratios, for the rates depend on the machine and
the load. Rates are shown by processor time, hardly changed by other load, and by wall clock.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"
BODIES = (("reuters21578", "body"), ("bbc", "text"), ("fnc1_bodies", "body"), ("wikinews", "text"))
PAGES = "main_text/l3s.jsonl.gz"
ARTICLE_CHARS = 3000
AIMS = {"articles": 5000, "pages": 1000}
CONTENT = {"articles": "article", "pages": "page"}
PART_ROWS = 1000  # rows of a table, as in a part of a night
WARM_UP = 20


# -- the texts --------------------------------------------------------------------------------------------------------


def make_articles(count: int) -> list[str]:
    """Return texts of ARTICLE_CHARS: bodies of the corpora in turn, each joined to the next until it is long enough."""
    streams = [[row[field] for row in _read_rows(f"volume/{name}.jsonl.gz") if row[field]] for name, field in BODIES]
    bodies = (body.strip() for group in zip(*(cycle(stream) for stream in streams), strict=False) for body in group)
    return list(islice(_join_bodies(bodies), count))


def _join_bodies(bodies: Iterator[str]) -> Iterator[str]:
    text = ""
    for body in bodies:
        text = f"{text}\n\n{body}" if text else body
        while len(text) >= ARTICLE_CHARS:
            edge = text.rfind(" ", 0, ARTICLE_CHARS + 1)
            edge = edge if edge > 0 else ARTICLE_CHARS
            yield text[:edge]
            text = text[edge:].lstrip()


def make_pages(count: int) -> list[str]:
    """Return whole pages; beyond the size of the corpus, a word of every line changes from copy to copy."""
    dumps = [row["dump_resiliparse"] for row in _read_rows(PAGES) if row["dump_resiliparse"]]
    return [_vary_page(dumps[i % len(dumps)], i // len(dumps)) for i in range(count)]


def _vary_page(page: str, copy: int) -> str:
    return "\n".join(_change_word(line, copy) for line in page.split("\n")) if copy else page


def _change_word(line: str, copy: int) -> str:
    """Replace a word of a line by a word unique to the copy."""
    words = line.split(" ")
    i = (copy * 7) % len(words)
    return " ".join((*words[:i], f"{words[i]}{copy}", *words[i + 1 :])) if words[i].isalpha() else line


def _read_rows(path: str) -> list[dict]:
    file = CORPORA / path
    if not file.exists():
        raise SystemExit(f"{file} is not there: the corpora are outside the project, next to its checkout")
    with gzip.open(file, "rt", encoding="utf8") as lines:
        return [json.loads(line) for line in lines]


TEXTS: dict[str, Callable[[int], list[str]]] = {"articles": make_articles, "pages": make_pages}


# -- the two sides ----------------------------------------------------------------------------------------------------


def run_newsmill(texts: list[str], kind: str) -> Callable[[], int]:
    """Return a run of newsmill's stage over the texts as Arrow tables, counting the kept articles."""
    from newsmill.cleaning.clean import clean
    from newsmill.relations import KNOWN_BOILERPLATE, RECORD_DECISIONS
    from newsmill.stage import MARK

    tables = [_table(texts[start : start + PART_ROWS], kind) for start in range(0, len(texts), PART_ROWS)]
    known, decided = KNOWN_BOILERPLATE.empty(), RECORD_DECISIONS.empty()
    clean(tables[0].slice(0, WARM_UP), known, decided)
    return lambda: sum(clean(table, known, decided)[0].column(MARK).null_count for table in tables)


def _table(texts: list[str], kind: str):
    import pyarrow as pa

    from newsmill.relations import PAGES as RELATION

    fields = {
        "dump": "speed",
        "dump_file": "speed/texts",
        "source_id": "speed.example",
        "is_wire": False,
        "content": CONTENT[kind],
        "encoding": "utf-8",
        "repairs": [],
        "declared_authors": [],
        "metadata": [],
    }
    rows = [
        {**fields, "page_id": f"speed#{i}", "document_id": str(i), "record_no": i, "page_text": text}
        for i, text in enumerate(texts)
    ]
    return pa.Table.from_pylist(rows, RELATION.schema)


def run_datatrove(texts: list[str], kind: str) -> Callable[[], int]:
    """Return a run of the three filters over the texts, each text through all of them until the first rejection."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import C4QualityFilter, GopherQualityFilter, GopherRepetitionFilter

    filters = (GopherRepetitionFilter(), GopherQualityFilter(), C4QualityFilter())

    def keeps(text: str) -> bool:
        document = Document(text=text, id="")
        return all(quality_filter.filter(document) is True for quality_filter in filters)

    for text in texts[:WARM_UP]:
        for quality_filter in filters:
            quality_filter.filter(Document(text=text, id=""))
    return lambda: sum(map(keeps, texts))


SIDES = {"newsmill": run_newsmill, "datatrove": run_datatrove}


# -- the clock --------------------------------------------------------------------------------------------------------


def measure_side(side: str, kind: str, count: int) -> dict:
    """Measure one side on one kind of text in this process."""
    texts = TEXTS[kind](count)
    run = SIDES[side](texts, kind)
    wall, start = time.perf_counter(), time.process_time()
    kept = run()
    seconds, waited = time.process_time() - start, time.perf_counter() - wall
    count = len(texts)
    return {
        "rate": count / seconds,
        "by_wall": count / waited,
        "kept": kept / count,
        "chars": sum(map(len, texts)) / count,
    }


def _measure_in_process(side: str, kind: str, count: int) -> dict:
    """Measure in a separate process, on a single core."""
    command = [sys.executable, __file__, "--one", side, kind, str(count)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS", "NUMBA_NUM_THREADS"), "1")
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | threads | {"PYTHONPATH": str(ROOT / "include")},
    )
    if done.returncode:
        raise SystemExit(f"{side} failed on {kind}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compare_sides(kind: str, count: int, peer_count: int, turns: int) -> None:
    """Measure both sides in turn and print the median of the rates and of the ratio, each with all turns."""
    results: dict[str, list[dict]] = {side: [] for side in SIDES}
    for _ in range(turns):
        for side in SIDES:
            results[side].append(_measure_in_process(side, kind, count if side == "newsmill" else peer_count))
    print(f"\n{kind}: {results['newsmill'][0]['chars']:,.0f} characters each, aim {AIMS[kind]:,} a second of one core")
    for side, runs in results.items():
        print(
            f"  {side:10} a second of processor {_format_turns(runs, 'rate')},"
            f" of the wall clock {_format_turns(runs, 'by_wall')}, keeps {runs[0]['kept']:.3f}"
        )
    ratios = [{"ratio": ours["rate"] / theirs["rate"]} for ours, theirs in zip(*results.values(), strict=True)]
    print(f"  ratio, by processor time {_format_turns(ratios, 'ratio', 1)}", flush=True)


def _format_turns(runs: list[dict], figure: str, digits: int = 0) -> str:
    """Return the median of a figure, and the figure of each turn."""
    figures = [run[figure] for run in runs]
    return f"{median(figures):,.{digits}f} ({', '.join(f'{value:,.{digits}f}' for value in figures)})"


def main() -> None:
    """Compare both sides on both kinds of text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3, help="turns of both sides (default 3)")
    parser.add_argument("--articles", type=int, default=10_000, help="texts of 3 kB (default 10,000)")
    parser.add_argument("--pages", type=int, default=3_000, help="whole pages (default 3,000)")
    parser.add_argument("--peer-share", type=float, default=0.05, help="of the texts that the slower peer reads")
    parser.add_argument("--one", nargs=3, metavar=("SIDE", "KIND", "COUNT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure_side(args.one[0], args.one[1], int(args.one[2]))))
        return
    for kind, count in (("articles", args.articles), ("pages", args.pages)):
        compare_sides(kind, count, max(int(count * args.peer_share), WARM_UP), args.turns)


if __name__ == "__main__":
    main()
