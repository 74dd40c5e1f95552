"""Memory of a night of one large file: the most of all its processes together, for each step.

    python benchmarks/speed/memory.py [--megabytes N] [--jobs N]

Writes a file of generated press text, runs a night over it, and adds up the proportional set sizes of the processes
(/proc/PID/smaps_rollup), so that pages that forks share count once. A step lasts until the next is announced.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

ROOT = Path(__file__).resolve().parents[2]
PAUSE_SECONDS = 0.25
SYLLABLES = "ba co de fi gu la me no pi ru sa te vo wi za her mon tal dren sor".split()
FRAMES = (
    "The {} of {} agreed on Monday to {} the {} before the {} {}.",
    '"We will {} the {} {} as soon as the {} allows it", said {}, who leads the {} of {}.',
    "In {} the {} {} {} since 2019, according to the {}.",
    "{} said that the {} had {} {} in {} and would {} again.",
)


def write_dump(path: Path, megabytes: int) -> int:
    """Write records of three kilobytes each; return their number."""
    dice, count = random.Random(20260302), 0
    words = ["".join(dice.choices(SYLLABLES, k=dice.randint(1, 4))) for _ in range(40_000)]
    with path.open("w", encoding="utf8") as dump:
        while dump.tell() < megabytes * 1_000_000:
            count += 1
            dump.write(json.dumps(make_record(dice, words, count)) + "\n")
    return count


def make_record(dice: random.Random, words: list[str], number: int) -> dict:
    """Return a page of some twenty sentences in paragraphs."""
    paragraphs = [" ".join(fill(dice, words) for _ in range(3)) for _ in range(dice.randint(8, 16))]
    title = fill(dice, words)[:80]
    return {"url": f"https://paper{number % 40}.example/{number}", "title": title, "text": "\n\n".join(paragraphs)}


def fill(dice: random.Random, words: list[str]) -> str:
    """Fill a frame with words, a third of them as names; frequent words are frequent."""
    frame = dice.choice(FRAMES)
    chosen = [words[int(len(words) * dice.random() ** 4)] for _ in range(frame.count("{}"))]
    return frame.format(*(word.title() if dice.random() < 0.3 else word for word in chosen))


def run_night(dump: Path, home: Path, jobs: str) -> dict[str, tuple[int, str]]:
    """Run a night; return for each step the most bytes of all processes, and the largest ones then."""
    command = [sys.executable, "-m", "newsmill", "night", "2026-03-02", "--source", str(dump), "--content", "article"]
    process = subprocess.Popen(
        [*command, "--home", str(home), "--jobs", jobs],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "include")},
    )
    step, peaks = ["start"], {}
    threading.Thread(target=lambda: [step.append(line) for line in process.stderr], daemon=True).start()
    while process.poll() is None:
        sizes = sorted(list_sizes(process.pid), reverse=True)
        name = step[-1].partition(":")[0]
        if sum(sizes) > peaks.get(name, (0, ""))[0]:
            peaks[name] = sum(sizes), " + ".join(f"{size / 1e6:.0f}" for size in sizes[:4])
        time.sleep(PAUSE_SECONDS)
    assert process.returncode == 0, step[-5:]
    return peaks


def list_sizes(pid: int) -> Iterator[int]:
    """Yield the proportional set size of a process and of its descendants."""
    try:
        processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in processes:
        try:
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        yield next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def main() -> None:
    """Run the night and print the peaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--jobs", default="2", help="processes at once")
    args = parser.parse_args()
    with TemporaryDirectory(prefix="newsmill-memory-") as folder:
        dump = Path(folder) / "press.jsonl"
        print(f"{write_dump(dump, args.megabytes)} records, {args.megabytes} MB, {args.jobs} processes", flush=True)
        started = time.monotonic()
        peaks = run_night(dump, Path(folder) / "home", args.jobs)
        print(f"{time.monotonic() - started:.0f} s")
    for name, (size, largest) in peaks.items():
        print(f"{name:12} {size / 1e6:8.0f} MB  ({largest})")


if __name__ == "__main__":
    main()
