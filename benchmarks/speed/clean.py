"""Speed of cleaning a core: newsmill's beside datatrove's Gopher and C4 filters, on the same texts in turn.

    python benchmarks/speed/clean.py [--turns N] [--articles N] [--pages N] [--peer-share S]

Two kinds of text: articles of 3 kB, cut together from the bodies of news corpora, and whole pages as text dumps with
their furniture, told apart by a changed word in every line. The corpora stand outside the project, beside its checkout;
datatrove comes with requirements-bench.txt. Each measurement is a process of its own on one core, warmed up before its
clock starts, and each turn runs both sides: compare the ratios, for the rates depend on the machine and its neighbours.
Rates are printed by processor time, which a busy neighbour hardly touches, and by the clock on the wall.
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
PART_ROWS = 1000  # of a table handed to the stage, as a part of a night
WARM_UP = 20


# -- the texts ---------------------------------------------------------------------------------------------------------


def articles(count: int) -> list[str]:
    """Return texts of ARTICLE_CHARS: bodies of the corpora in turn, each joined to the next until it is long enough."""
    streams = [[row[field] for row in _rows(f"volume/{name}.jsonl.gz") if row[field]] for name, field in BODIES]
    bodies = (body.strip() for group in zip(*(cycle(stream) for stream in streams), strict=False) for body in group)
    return list(islice(_joined(bodies), count))


def _joined(bodies: Iterator[str]) -> Iterator[str]:
    text = ""
    for body in bodies:
        text = f"{text}\n\n{body}" if text else body
        while len(text) >= ARTICLE_CHARS:
            edge = text.rfind(" ", 0, ARTICLE_CHARS + 1)
            edge = edge if edge > 0 else ARTICLE_CHARS
            yield text[:edge]
            text = text[edge:].lstrip()


def pages(count: int) -> list[str]:
    """Return whole pages; where there are more than the corpus has, a word of every line changes from copy to copy."""
    dumps = [row["dump_resiliparse"] for row in _rows(PAGES) if row["dump_resiliparse"]]
    return [_varied(dumps[number % len(dumps)], number // len(dumps)) for number in range(count)]


def _varied(page: str, copy: int) -> str:
    return "\n".join(_with_word(line, copy) for line in page.split("\n")) if copy else page


def _with_word(line: str, copy: int) -> str:
    """Replace a word of a line by another that no other copy has."""
    words = line.split(" ")
    at = (copy * 7) % len(words)
    return " ".join((*words[:at], f"{words[at]}{copy}", *words[at + 1 :])) if words[at].isalpha() else line


def _rows(path: str) -> list[dict]:
    file = CORPORA / path
    if not file.exists():
        raise SystemExit(f"{file} is not there: the corpora stand outside the project, beside its checkout")
    with gzip.open(file, "rt", encoding="utf8") as lines:
        return [json.loads(line) for line in lines]


TEXTS: dict[str, Callable[[int], list[str]]] = {"articles": articles, "pages": pages}


# -- the two sides -----------------------------------------------------------------------------------------------------


def newsmill(texts: list[str], kind: str) -> Callable[[], int]:
    """Return a run of newsmill's stage over the texts as Arrow tables, which counts the articles kept."""
    from newsmill.cleaning.clean import clean
    from newsmill.relations import FURNITURE
    from newsmill.stage import MARK

    tables = [_table(texts[start : start + PART_ROWS], kind) for start in range(0, len(texts), PART_ROWS)]
    known = FURNITURE.empty()
    clean(tables[0].slice(0, WARM_UP), known)
    return lambda: sum(clean(table, known)[0].column(MARK).null_count for table in tables)


def _table(texts: list[str], kind: str):
    import pyarrow as pa

    from newsmill.relations import PAGES as RELATION

    told = {
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
        {**told, "page_id": f"speed#{number}", "document_id": str(number), "record_no": number, "page_text": text}
        for number, text in enumerate(texts)
    ]
    return pa.Table.from_pylist(rows, RELATION.schema)


def datatrove(texts: list[str], kind: str) -> Callable[[], int]:
    """Return a run of the three filters over the texts, each text through all of them until one turns it away."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import C4QualityFilter, GopherQualityFilter, GopherRepetitionFilter

    filters = (GopherRepetitionFilter(), GopherQualityFilter(), C4QualityFilter())

    def keeps(text: str) -> bool:
        document = Document(text=text, id="")
        return all(told.filter(document) is True for told in filters)

    for text in texts[:WARM_UP]:
        for told in filters:
            told.filter(Document(text=text, id=""))
    return lambda: sum(map(keeps, texts))


SIDES = {"newsmill": newsmill, "datatrove": datatrove}


# -- the clock ---------------------------------------------------------------------------------------------------------


def one(side: str, kind: str, count: int) -> dict:
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


def _apart(side: str, kind: str, count: int) -> dict:
    """Measure in a process of its own, on one core."""
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


def compare(kind: str, count: int, peer_count: int, turns: int) -> None:
    """Measure both sides in turn and print the median of their rates and of the ratio, each with all turns."""
    told: dict[str, list[dict]] = {side: [] for side in SIDES}
    for _ in range(turns):
        for side in SIDES:
            told[side].append(_apart(side, kind, count if side == "newsmill" else peer_count))
    print(f"\n{kind}: {told['newsmill'][0]['chars']:,.0f} characters each, aim {AIMS[kind]:,} a second of one core")
    for side, runs in told.items():
        print(
            f"  {side:10} a second of processor {_of(runs, 'rate')}, of the wall clock {_of(runs, 'by_wall')},"
            f" keeps {runs[0]['kept']:.3f}"
        )
    ratios = [{"ratio": ours["rate"] / theirs["rate"]} for ours, theirs in zip(*told.values(), strict=True)]
    print(f"  ratio, by processor time {_of(ratios, 'ratio', 1)}", flush=True)


def _of(runs: list[dict], figure: str, digits: int = 0) -> str:
    """Return the median of a figure, and that of each turn."""
    figures = [run[figure] for run in runs]
    return f"{median(figures):,.{digits}f} ({', '.join(f'{one:,.{digits}f}' for one in figures)})"


def main() -> None:
    """Compare both sides on both kinds of text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3, help="turns of both sides (default 3)")
    parser.add_argument("--articles", type=int, default=10_000, help="texts of 3 kB (default 10,000)")
    parser.add_argument("--pages", type=int, default=3_000, help="whole pages (default 3,000)")
    parser.add_argument("--peer-share", type=float, default=0.05, help="of the texts that the slower peer reads")
    parser.add_argument("--one", nargs=3, metavar=("SIDE", "KIND", "COUNT"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        print(json.dumps(one(told.one[0], told.one[1], int(told.one[2]))))
        return
    for kind, count in (("articles", told.articles), ("pages", told.pages)):
        compare(kind, count, max(int(count * told.peer_share), WARM_UP), told.turns)


if __name__ == "__main__":
    main()
