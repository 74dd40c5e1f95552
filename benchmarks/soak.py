"""Many nights with faults, late and repeated nights, compared with the same nights undisturbed and in order.

    python benchmarks/soak.py [--nights N] [--seed N] [--plot FILE.svg]

Each night is small and runs in a fork; a fault from `tests/fault_engine.py` strikes at a random step of every other
night, which is then run again. At the end the nights that are marked as stale run again, as an operator would, and all
tables are compared. The output has disk, memory, open files and seconds of each night; `--plot` draws them.
"""

import argparse
import os
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "include"), str(ROOT / "tests")]

import duckdb  # noqa: E402
from fault_engine import (  # noqa: E402
    STEPS,
    Fault,
    Sound,
    begin_fault,
    digest_published,
    list_leftovers,
    make_run,
    measure,
    perform,
    perform_rest,
    work_in_fork,
)
from small_nights import write_dump  # noqa: E402

from newsmill import pipeline, preload  # noqa: E402
from newsmill.runs import Run  # noqa: E402
from newsmill.warehouse import snapshots  # noqa: E402
from newsmill.warehouse.leftovers import remove_leftovers  # noqa: E402

FIRST = date(2026, 3, 2)
KINDS = ("full", "read-only", "broken", "kill", "kill-later", "end", "file-limit")
LATE_SHARE, REPEATED_SHARE, FAULT_SHARE = 0.15, 0.1, 0.5
OPERATIONS, SECONDS = 100, 1.0
"""Operations and seconds of a step, about: a fault beyond the end of a step strikes none."""


class Measured(NamedTuple):
    """A night that was run: the bytes of the home, memory and open files of the process, and seconds."""

    night: date
    disk: int
    memory: int
    files: int
    seconds: float


def order_nights(nights: Sequence[date], dice: random.Random) -> list[date]:
    """Return the nights in the order in which they run: some late by up to four nights, some twice."""
    places = {night: number + (dice.randint(2, 4) if dice.random() < LATE_SHARE else 0) for number, night in
              enumerate(nights)}  # fmt: skip
    order = sorted(nights, key=lambda night: (places[night], night))
    for night in nights:
        if dice.random() < REPEATED_SHARE:
            order.insert(dice.randint(order.index(night) + 1, len(order)), night)
    return order


def run_night(run: Run, fault: Fault | None) -> Measured:
    """Run a night, with a fault from the beginning of its step on."""
    started = time.monotonic()
    pipeline.begin_run(run)
    with snapshots.own_run_files(run.warehouse, run.run_id):
        if fault is None:
            perform_rest(run, STEPS)
        else:
            perform(run, STEPS[: STEPS.index(fault.step)])
            begin_fault(fault, run.home, Sound(run.home, {}, OPERATIONS, SECONDS))
            perform_rest(run, STEPS[STEPS.index(fault.step) :])
    memory, files = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, len(os.listdir("/proc/self/fd"))
    return Measured(run.night, measure(run.home), memory, files, time.monotonic() - started)


def run_nights(home: Path, order: Sequence[date], dumps: Path, dice: random.Random | None) -> Iterator[Measured]:
    """Run nights one after another, with faults where there are dice."""
    work = home.parent / "work"
    for night in order:
        dump = str(dumps / f"{night}.jsonl")
        if dice and dice.random() < FAULT_SHARE:
            fault = Fault(dice.choice(KINDS), dice.choice(STEPS), dice.random(), "night")
            status, _, _ = work_in_fork(partial(begin_night, home, night, dump, fault), work)
            print(f"{night} {fault.kind} at {fault.share:.2f} of {fault.step}: status {status}", flush=True)
        status, message, measured = work_in_fork(partial(begin_night, home, night, dump, None), work)
        assert status == 0, message
        numbers = f"{measured.disk / 1e6:6.1f} MB  {measured.memory / 1e6:6.0f} MB  {measured.files} files"
        print(f"{night} {numbers}  {measured.seconds:5.1f} s", flush=True)
        yield measured


def begin_night(home: Path, night: date, dump: str, fault: Fault | None) -> Measured:
    """Run a night as a new run."""
    return run_night(make_run(home, night, dump), fault)


def list_stale(home: Path) -> list[date]:
    """List the nights that were cleaned without the history that they should have had."""
    with duckdb.connect(str(home / "warehouse" / snapshots.LINK), read_only=True) as con:
        return [row[0] for row in con.execute("SELECT night FROM mart.run_health WHERE is_stale ORDER BY 1").fetchall()]


def draw_plot(measured: Sequence[Measured]) -> str:
    """Return an SVG with a line for each measure, from zero to its highest value."""
    lines = []
    for number, (name, unit, scale) in enumerate(
        (("disk", "MB", 1e6), ("memory", "MB", 1e6), ("files", "files", 1), ("seconds", "s", 1))
    ):
        values = [getattr(one, name) / scale for one in measured]
        top = 20 + 110 * number
        points = " ".join(
            f"{60 + 700 * i / max(len(values) - 1, 1):.1f},{top + 80 - 80 * value / max(values):.1f}"
            for i, value in enumerate(values)
        )
        lines.append(f'<text x="60" y="{top - 4}">{name}: at most {max(values):,.1f} {unit}</text>')
        lines.append(f'<polyline points="{points}" fill="none" stroke="black"/>')
    body = "\n".join(lines)
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="470" font-size="12">\n{body}\n</svg>\n'


def main() -> None:
    """Run the nights twice, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    args = parser.parse_args()
    nights, dice = [FIRST + timedelta(days=day) for day in range(args.nights)], random.Random(args.seed)
    preload.load_modules()
    with TemporaryDirectory(prefix="newsmill-soak-") as folder:
        for night in nights:
            write_dump(Path(folder), str(night))
        disturbed, quiet = Path(folder) / "disturbed" / "home", Path(folder) / "quiet" / "home"
        measured = list(run_nights(disturbed, order_nights(nights, dice), Path(folder), dice))
        stale = list_stale(disturbed)
        print(f"{len(stale)} stale nights run again")
        list(run_nights(disturbed, stale, Path(folder), None))
        remove_leftovers(disturbed)
        left = list_leftovers(disturbed)
        list(run_nights(quiet, nights, Path(folder), None))
        served, expected = digest_published(disturbed), digest_published(quiet)
    differing = sorted(name for name in expected if served[name] != expected[name])
    print(f"{len(nights)} nights, seed {args.seed}: {len(expected) - len(differing)} of {len(expected)} tables equal")
    print(*(f"differs: {name}" for name in differing), *left, sep="\n")
    if args.plot:
        args.plot.write_text(draw_plot(measured), encoding="utf8")
    sys.exit(bool(differing or left))


if __name__ == "__main__":
    main()
