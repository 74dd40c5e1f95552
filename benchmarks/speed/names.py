"""Speed of finding names on one core: newsmill next to spaCy's models, on the same texts in turn, tokenising included.

    python benchmarks/speed/names.py [--turns N] [--articles N] MODEL…

MODEL is the name or the folder of a spaCy model of English, small and medium. Such models are for comparison only; no
requirement of the project includes them. Each measurement is a process of its own on one core, warmed up before the
clock starts; spaCy runs only the parts needed for names. Rates are by processor time: compare the ratios.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from clean import articles  # noqa: E402

NEWSMILL = "newsmill"
REQUIRED_RATIO = 150
"""Required speed, as a multiple of spaCy's small model."""
WARM_UP_TEXTS = 20
NEWSMILL_REPEATS = 10
"""Repeated readings of the texts by newsmill: a single reading is too short to measure."""
EXCLUDED_PIPES = ["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"]


def make_newsmill_run(texts: list[str]) -> Callable[[], int]:
    """Return a function that runs newsmill's tagger over the texts, as an Arrow array, and counts the names."""
    import pyarrow as pa

    from newsmill.mentions.tagger import tag_texts

    column = pa.array(texts, pa.large_string())
    tag_texts(column.slice(0, WARM_UP_TEXTS))
    return lambda: sum(len(tagged.tags) for tagged in tag_texts(column))


def make_spacy_run(name: str, texts: list[str]) -> Callable[[], int]:
    """Return a function that runs a spaCy model over the texts and counts the names."""
    import spacy as library

    model = library.load(name, exclude=EXCLUDED_PIPES)
    list(model.pipe(texts[:WARM_UP_TEXTS]))
    return lambda: sum(len(document.ents) for document in model.pipe(texts, batch_size=32))


def measure_side(side: str, count: int) -> dict:
    """Measure one side in this process."""
    texts = articles(count)
    run, times = (make_newsmill_run(texts), NEWSMILL_REPEATS) if side == NEWSMILL else (make_spacy_run(side, texts), 1)
    start = time.process_time()
    names = [run() for _ in range(times)]
    seconds = (time.process_time() - start) / times
    return {"rate": count / seconds, "names": names[0] / count}


def _measure_in_process(side: str, count: int) -> dict:
    """Measure one side in a process of its own, on one core."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS", "NUMBA_NUM_THREADS"), "1")
    process = subprocess.run(
        [sys.executable, __file__, "--one", side, "--articles", str(count)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | threads | {"PYTHONPATH": str(ROOT / "include")},
    )
    if process.returncode:
        raise SystemExit(f"{side} failed:\n{process.stderr}")
    return json.loads(process.stdout.splitlines()[-1])


def compare_sides(models: list[str], count: int, turns: int) -> None:
    """Measure all sides in turn; print the median of the rates and of the ratios, each with all turns."""
    runs_by_side: dict[str, list[dict]] = {side: [] for side in (NEWSMILL, *models)}
    for _ in range(turns):
        for side in runs_by_side:
            runs_by_side[side].append(_measure_in_process(side, count))
    print(
        f"{count} articles of 3 kB, a second of processor; required: {REQUIRED_RATIO} times the small model", flush=True
    )
    for side, runs in runs_by_side.items():
        ratios = [ours["rate"] / theirs["rate"] for ours, theirs in zip(runs_by_side[NEWSMILL], runs, strict=True)]
        rates = _format_median([run["rate"] for run in runs])
        print(f"  {Path(side).name:28} {rates}, newsmill is {_format_median(ratios)} times as fast,"
              f" {runs[0]['names']:.1f} names an article", flush=True)  # fmt: skip


def _format_median(figures: list[float]) -> str:
    """Return the median of figures, and all figures in brackets."""
    return f"{median(figures):,.1f} ({', '.join(f'{one:,.1f}' for one in figures)})"


def main() -> None:
    """Compare newsmill with each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="names or folders of spaCy models")
    parser.add_argument("--turns", type=int, default=3, help="turns of all sides (default 3)")
    parser.add_argument("--articles", type=int, default=300, help="texts of 3 kB (default 300)")
    parser.add_argument("--one", metavar="SIDE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure_side(args.one, args.articles)))
        return
    compare_sides(args.models, args.articles, args.turns)


if __name__ == "__main__":
    main()
