"""Speed of finding names a core: newsmill's beside spaCy's models, on the same texts in turn, tokenising included.

    python benchmarks/speed/names.py [--turns N] [--articles N] MODEL…

MODEL is the name or the folder of a spaCy model of English, small and medium; such models are for comparison only and
come with none of our requirements. Each measurement is a process of its own on one core, warmed up before its clock
starts; spaCy runs with nothing but what its names need. Rates are by processor time: compare the ratios.
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
ASKED = 150
WARM_UP = 20
TIMES = 10  # newsmill reads the texts so often: once is over too soon to be measured
LEFT_OUT = ["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"]


def newsmill(texts: list[str]) -> Callable[[], int]:
    """Return a run of newsmill's tagger over the texts as an Arrow array, which counts the names."""
    import pyarrow as pa

    from newsmill.mentions.tagger import tag_texts

    column = pa.array(texts, pa.large_string())
    tag_texts(column.slice(0, WARM_UP))
    return lambda: sum(len(reading.tags) for reading in tag_texts(column))


def spacy(name: str, texts: list[str]) -> Callable[[], int]:
    """Return a run of a spaCy model's names over the texts, which counts them."""
    import spacy as library

    model = library.load(name, exclude=LEFT_OUT)
    list(model.pipe(texts[:WARM_UP]))
    return lambda: sum(len(read.ents) for read in model.pipe(texts, batch_size=32))


def one(side: str, count: int) -> dict:
    """Measure one side in this process."""
    texts = articles(count)
    run, times = (newsmill(texts), TIMES) if side == NEWSMILL else (spacy(side, texts), 1)
    start = time.process_time()
    names = [run() for _ in range(times)]
    seconds = (time.process_time() - start) / times
    return {"rate": count / seconds, "names": names[0] / count}


def _apart(side: str, count: int) -> dict:
    """Measure in a process of its own, on one core."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_IO_THREADS", "NUMBA_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, __file__, "--one", side, "--articles", str(count)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | threads | {"PYTHONPATH": str(ROOT / "include")},
    )
    if done.returncode:
        raise SystemExit(f"{side} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(models: list[str], count: int, turns: int) -> None:
    """Measure all sides in turn and print the median of their rates and of the ratios, each with all turns."""
    told: dict[str, list[dict]] = {side: [] for side in (NEWSMILL, *models)}
    for _ in range(turns):
        for side in told:
            told[side].append(_apart(side, count))
    print(f"{count} articles of 3 kB, a second of processor; asked: {ASKED} times the small model", flush=True)
    for side, runs in told.items():
        ratios = [ours["rate"] / theirs["rate"] for ours, theirs in zip(told[NEWSMILL], runs, strict=True)]
        print(f"  {Path(side).name:28} {_of([run['rate'] for run in runs])}, newsmill is {_of(ratios)} times as fast,"
              f" {runs[0]['names']:.1f} names an article", flush=True)  # fmt: skip


def _of(figures: list[float]) -> str:
    return f"{median(figures):,.1f} ({', '.join(f'{one:,.1f}' for one in figures)})"


def main() -> None:
    """Compare newsmill with each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="names or folders of spaCy models")
    parser.add_argument("--turns", type=int, default=3, help="turns of all sides (default 3)")
    parser.add_argument("--articles", type=int, default=300, help="texts of 3 kB (default 300)")
    parser.add_argument("--one", metavar="SIDE", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        print(json.dumps(one(told.one, told.articles)))
        return
    compare(told.models, told.articles, told.turns)


if __name__ == "__main__":
    main()
