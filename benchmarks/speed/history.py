"""Nights in a row by `newsmill night`, as whole processes: does a night cost more as the history grows?

    python benchmarks/speed/history.py DUMP [--nights 20] [--articles 1225]

DUMP is a file of JSON lines; night after night takes the next articles. A small night comes first, so that compiled
code is in memory. The output is the seconds of each night, the slope, and the steps of the first and the last night.
"""

import argparse
import gzip
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FIRST_NIGHT = date(2026, 1, 1)


def read_lines(dump: Path) -> Iterator[str]:
    """Yield the lines of a dump, gzipped or not."""
    opened = gzip.open if dump.suffix == ".gz" else open
    with opened(dump, "rt", encoding="utf8") as file:
        yield from file


def time_night(night: object, home: Path, options: Iterable[str], environment: Mapping[str, str]) -> float:
    """Run a night by `newsmill night` with more options and variables; return the seconds of the whole process.

    Python may cache its compiled modules, as in every run by `make`: importing them anew takes 10 s a process.
    """
    command = [sys.executable, "-m", "newsmill", "night", str(night), *options, "--home", str(home)]
    variables = os.environ | {"PYTHONPATH": str(ROOT / "include")} | environment
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    subprocess.run(command, check=True, env=variables, capture_output=True)
    return time.perf_counter() - start


def list_steps(home: Path, night: date) -> str:
    """Return the seconds of each step of a night, the longest first; those over parts are sums over processes."""
    with duckdb.connect(str(home / "warehouse" / "news.duckdb"), read_only=True) as con:
        steps = con.execute(
            "SELECT stage, sum(seconds) FROM ops.stage_receipt WHERE night = ? GROUP BY stage ORDER BY 2 DESC", [night]
        ).fetchall()
    return ", ".join(f"{step} {seconds:.1f}" for step, seconds in steps)


def main() -> None:
    """Measure the nights and print the slope."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--nights", type=int, default=20)
    parser.add_argument("--articles", type=int, default=1225)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, dump = Path(folder) / "home", Path(folder) / "night.jsonl"
        lines = read_lines(options.dump)
        dump.write_text("".join(itertools.islice(lines, 20)), encoding="utf8")
        source = ["--source", str(dump)]
        time_night(FIRST_NIGHT - timedelta(days=1), Path(folder) / "warm", source, {})
        nights, seconds = [FIRST_NIGHT + timedelta(days=number) for number in range(options.nights)], []
        for night in nights:
            dump.write_text("".join(itertools.islice(lines, options.articles)), encoding="utf8")
            seconds.append(time_night(night, home, source, {}))
            print(f"{night}: {seconds[-1]:.1f} s", flush=True)
        slope = np.polyfit(np.arange(len(seconds)), seconds, 1)[0] if len(seconds) > 1 else 0.0
        print(f"first {seconds[0]:.1f} s, last {seconds[-1]:.1f} s, slope {slope:.3f} s a night")
        print(f"steps of the first night: {list_steps(home, nights[0])}")
        print(f"steps of the last night: {list_steps(home, nights[-1])}")


if __name__ == "__main__":
    main()
