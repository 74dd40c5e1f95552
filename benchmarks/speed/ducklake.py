"""Measures publishing: a night into the file of one machine, and into a DuckLake that machines share.

    python benchmarks/speed/ducklake.py [--articles N] [--catalog ducklake:postgres:… --data PLACE] [--keep FOLDER]

A small night with a tenth of the articles comes first, then the measured night. Both are invented, each article of some
300 words with names, quotations, dates and places. The steps before the load run once. Without --catalog the catalog is
SQLite and the data a folder next to the file. --keep names a folder that keeps the nights for the next time.
"""

import argparse
import json
import random
import resource
import shutil
import time
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from newsmill import night as nights
from newsmill import pipeline, runs, settings, workers
from newsmill.progress import StepProgress
from newsmill.runs import Run
from newsmill.warehouse import ducklake, loader, publish

NIGHTS = (date(2026, 3, 2), date(2026, 3, 3))
WORDS = "harbour council ferry budget strike water school bridge market court valley winter fishing signal".split()
GIVEN = "Ada Ben Clara Dov Edith Femi Greta Hugo Ines Jonas Kira Lars Mona Nils Olga Petra Rosa Sven Tilda Uwe".split()
FAMILY = "Aldous Brandt Castell Dorn Ekman Falk Garnier Holm Ibsen Jarvis Keller Lund Moreau Novak Prout".split()
PLACES = "Oslo London Paris Warsaw Madrid Lisbon Vienna Dublin Prague Athens Nairobi Lagos Quito Lima Seoul".split()
SENTENCES = 20
WAREHOUSE_STEPS = ("copy", "check", "load", "audit", "publish")


def main() -> None:
    """Make the nights and print the seconds of each step into a file and into a lake."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--catalog", default="ducklake:sqlite:catalog.sqlite")
    parser.add_argument("--data", default="data")
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    with nullcontext(args.keep) if args.keep else TemporaryDirectory(prefix="newsmill-ducklake-") as name:
        folder = Path(name)
        made = [
            prepare_run(folder / f"articles-{args.articles}", night, count)
            for night, count in zip(NIGHTS, (args.articles // 10, args.articles), strict=True)
        ]
        with TemporaryDirectory(prefix="publish-", dir=folder) as trial:
            place = ducklake.shared_warehouse(
                settings.read(
                    {
                        "NEWSMILL_ROOT": trial,
                        "NEWSMILL_WAREHOUSE": args.catalog,
                        "NEWSMILL_WAREHOUSE_DATA": args.data,
                    }
                )
            )
            heads = f"{'articles':>9}{'load, s':>9}{'publish, s':>12}{'processor, s':>14}{'MB':>8}"
            print(f"{'into':<6}{'night':<12}{heads}")
            for into, there in (("file", None), ("lake", place)):
                for run in made:
                    measure_night(into, replace(run, home=Path(trial) / into), run.home, there)


def prepare_run(home: Path, night: date, count: int) -> Run:
    """Return the run of an invented night with all steps before the load; an existing one is kept as it is."""
    run = Run(home, night, f"{night}-bench", sources=(str(home / f"{night}.jsonl"),), content="article")
    if not (home / f"{night}.done").exists():
        home.mkdir(parents=True, exist_ok=True)
        write_invented_night(home / f"{night}.jsonl", night, count)
        runs.record_run(run, "running", {})
        with StepProgress(Console(quiet=True)) as progress, workers.open_pool(nights.count_processors()) as pool:
            for row in pipeline.steps():
                if doing := [step for step in row if step.name not in WAREHOUSE_STEPS]:
                    nights.run_row(run, doing, pipeline.UNITS, pool, progress)
        (home / f"{night}.done").touch()
    return run


def write_invented_night(file: Path, night: date, count: int) -> None:
    """Write articles that have little in common but names."""
    dice = random.Random(night.toordinal())
    with file.open("w", encoding="utf8") as out:
        for number in range(count):
            text = "\n".join(invent_sentence(dice) for _ in range(SENTENCES))
            row = {
                "url": f"https://paper{number % 40}.example/{night}/{number}",
                "text": text,
                "title": " ".join(dice.sample(WORDS, 5)),
                "published_at": f"{night}T08:00:00Z",
            }
            out.write(json.dumps(row) + "\n")


def invent_sentence(dice: random.Random) -> str:
    """Return a sentence; one in three quotes a person."""
    plain = " ".join(dice.choices(WORDS, k=12)) + f" {dice.randrange(10**6)}"
    if dice.random() < 1 / 3:
        speaker = f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"
        return f"“The {plain},” said {speaker} in {dice.choice(PLACES)} on Monday."
    return f"The {plain} near {dice.choice(PLACES)} last week."


def measure_night(into: str, run: Run, prepared_home: Path, there: ducklake.SharedWarehouse | None) -> None:
    """Load and publish a night in a home of its own, and print seconds and bytes."""
    if not (run.home / "lake").exists():
        shutil.copytree(prepared_home / "lake", run.home / "lake")
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    receipt = loader.load(run, shared=there)
    loaded = time.perf_counter()
    publish.publish(run, {}, 3, there)
    ended, now = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    processor = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    articles = run.lake.read(pipeline.PAGES, run.night).num_rows
    print(
        f"{into:<6}{run.night!s:<12}{articles:>9,}{loaded - began:>9.1f}{ended - loaded:>12.1f}{processor:>14.1f}"
        f"{receipt.bytes / 1e6:>8,.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
