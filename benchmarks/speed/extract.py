"""Speed of each extractor on one core, and of all together: documents of 3 kB a second, by processor time.

    python benchmarks/speed/extract.py [NAME …] [--turns N] [--articles N]

The texts are those of clean.py, with their sources described there. Each measurement is a separate process on one core,
with a warm-up before the clock starts. Without names, all extractors are measured in turn, and all together. For an
extractor that reads another's output, the time of the other is left out.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from statistics import median

from clean import PART_ROWS, ROOT, WARM_UP, make_articles

sys.path.insert(0, str(ROOT / "include"))

from newsmill.contracts import Night, conform

NIGHT = date(2026, 3, 5)
ALL = "together"
PUBLISHED = datetime(2026, 3, 4, tzinfo=UTC)


def measure_extractor(name: str, count: int) -> dict:
    """Measure one extractor in this process."""
    import pyarrow as pa

    from newsmill.pipeline import group_into_rows, load_extractors

    stages = [stage for row in group_into_rows(load_extractors().values()) for stage in row]
    tables = [_tabulate_articles(texts, pa) for texts in _split_into_parts(make_articles(count))]
    _run_stages(stages, tables[0].slice(0, WARM_UP), set())
    timed = {stage.name for stage in stages} if name == ALL else {name}
    measured = [_run_stages(stages, table, timed) for table in tables]
    seconds, rows = (sum(column) for column in zip(*measured, strict=True))
    return {"rate": count / seconds, "rows": rows / count}


def _run_stages(stages: list, articles, timed: set[str]) -> tuple[float, int]:
    """Run stages in order over one part; return the processor time and the rows of the stages in `timed`."""
    written, seconds, rows = {"articles": articles}, 0.0, 0
    for stage in stages:
        tables = [NIGHT if isinstance(source, Night) else written[getattr(source, "relation", source).name]
                  for source in stage.reads]  # fmt: skip
        start = time.process_time()
        (table,) = stage(*tables)
        if stage.name in timed:
            seconds, rows = seconds + time.process_time() - start, rows + table.num_rows
        written[stage.writes[0].name] = conform(table, stage.writes[0])
    return seconds, rows


def _split_into_parts(texts: list[str]) -> list[list[str]]:
    return [texts[start : start + PART_ROWS] for start in range(0, len(texts), PART_ROWS)]


def _tabulate_articles(texts: list[str], pa):
    ids = [f"speed#{i}" for i in range(len(texts))]
    ranges = [[{"page_char_start": 0, "page_char_end": len(text), "line_start": 1}] for text in texts]
    published = pa.array([PUBLISHED] * len(texts), pa.timestamp("us", tz="UTC"))
    return pa.table(
        {
            "page_id": ids,
            "article_id": ids,
            "language": ["en"] * len(texts),
            "published_at": published,
            "source_id": ["speed.example"] * len(texts),
            "name": ["The Speed"] * len(texts),
            "domain": ["speed.example"] * len(texts),
            "country_code": pa.nulls(len(texts), pa.string()),
            "text": texts,
            "ranges": ranges,
        }
    )


def _measure_in_process(name: str, count: int) -> dict:
    command = [sys.executable, __file__, "--one", name, "--articles", str(count)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS", "NUMBA_NUM_THREADS"), "1")
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | threads | {"PYTHONPATH": str(ROOT / "include")},
    )
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Measure the extractors named, or all, turn by turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="extractors (default: all)")
    parser.add_argument("--turns", type=int, default=3, help="turns (default 3)")
    parser.add_argument("--articles", type=int, default=3000, help="texts of 3 kB (default 3,000)")
    parser.add_argument("--one", metavar="NAME", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure_extractor(args.one, args.articles)))
        return
    if not args.names:
        from newsmill.pipeline import load_extractors

        args.names = [*load_extractors(), ALL]
    turns = [{name: _measure_in_process(name, args.articles) for name in args.names} for _ in range(args.turns)]
    for name in args.names:
        rates = [turn[name]["rate"] for turn in turns]
        print(
            f"{name:10} {median(rates):8,.0f} documents a second of one core ({', '.join(f'{r:,.0f}' for r in rates)}),"
            f" {turns[0][name]['rows']:.1f} rows each"
        )


if __name__ == "__main__":
    main()
