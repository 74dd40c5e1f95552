"""Growth of each stage's time with text length, on short strings repeated thousands of times, worst first.

    python benchmarks/speed/linear.py [--chars N] [--stages NAME …] [--patterns NAME …] [--worst N]

Each pattern of repeated_patterns.py is read as plain text, in paragraphs of HTML and in the head of a page, at three
lengths: N, 4 N and 16 N characters. Each stage is timed alone, by processor time. The ratio compares a length with a
quarter of it, and the larger of the two ratios counts: 4 is linear, 16 is quadratic. A measurement longer than --limit
ends its process and counts as `over`. Times below --floor are too short for a ratio. Compare ratios, not seconds:
others may use the machine, and the first text of a size pays for memory.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from repeated_patterns import FORMS, NAMES, make_page

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "include"))

NIGHT = date(2026, 3, 5)
STEPS = (1, 4, 16)
LINEAR = 6.0  # a ratio of a length to a quarter of it: 4 is linear, 16 quadratic; noise takes up the rest
SHORT_SECONDS, REPEATS = 0.1, 3  # a shorter measurement is repeated and the least taken: others use the machine
WARM_UP, WARM_UP_CHARS = ("short quotations", "places listed", "dates", "sentence lines"), 2000


class Case(NamedTuple):
    """One measurement: a stage on a pattern in a form at a length."""

    stage: str
    pattern: str
    form: str
    chars: int


class Growth(NamedTuple):
    """Seconds of one stage on one pattern and form at each length; null above the limit."""

    stage: str
    pattern: str
    form: str
    seconds: tuple[float | None, ...]

    def ratio(self, floor: float) -> float:
        """Return the largest ratio of a length's seconds to those of a quarter of it; infinite above the limit."""
        if None in self.seconds:
            return float("inf")
        pairs = zip(self.seconds, self.seconds[1:], strict=False)
        return max((more / less for less, more in pairs if less >= floor), default=0.0)


# -- the stages --------------------------------------------------------------------------------------------------------


def read_page(form: str, data: bytes) -> tuple[str, list[int] | None]:
    """Return the text of a page and its line markup flags, as from the readers."""
    from newsmill.readers import html_text
    from newsmill.readers.fix_text import decode_text

    if form != "text":
        read = html_text.read_html(data)
        return read.text, list(read.marks)
    return decode_text(data)[0], None


def prepare_stage(stage: str, form: str, data: bytes) -> Callable[[], object]:
    """Return a call of a stage on a page, with prepared inputs."""
    from newsmill.cleaning.clean import clean
    from newsmill.cleaning.survey import survey
    from newsmill.dates.dates import dates
    from newsmill.dedup.minhash import minhash
    from newsmill.mentions.mentions import mentions
    from newsmill.places.places import places
    from newsmill.quotes.quotes import quotes
    from newsmill.relations import KNOWN_BOILERPLATE, RECORD_DECISIONS

    if stage == "read":
        return lambda: read_page(form, data)
    text, marks = read_page(form, data)
    if stage == "survey":
        return partial(survey, tabulate_page(text, marks, "page"))
    if stage in ("clean", "clean_article"):
        content = "page" if stage == "clean" else "article"
        return partial(clean, tabulate_page(text, marks, content), KNOWN_BOILERPLATE.empty(), RECORD_DECISIONS.empty())
    article = tabulate_article(text)
    if stage in ("places", "quotes"):
        return partial({"places": places, "quotes": quotes}[stage], article, mentions(article)[0])
    if stage == "dates":
        return partial(dates, article, NIGHT)
    return partial({"minhash": minhash, "mentions": mentions}[stage], article)


def tabulate_page(text: str, marks: list[int] | None, content: str) -> pa.Table:
    """Return one scraped page as input of the stages."""
    from newsmill.relations import PAGES

    row = {
        "page_id": "p",
        "document_id": "d",
        "record_no": 1,
        "dump": "linear",
        "dump_file": "linear/a",
        "source_id": "linear.example",
        "is_wire": False,
        "content": content,
        "page_text": text,
        "line_marks": marks,
        "encoding": "utf-8",
        "repairs": [],
        "declared_authors": [],
        "metadata": [],
    }
    return pa.Table.from_pylist([row], PAGES.schema)


def tabulate_article(text: str) -> pa.Table:
    """Return one article of the whole text as input of the stages."""
    from newsmill.relations import ARTICLES

    row = {
        "page_id": "p",
        "article_id": "a",
        "language": "en",
        "name": "The Linear",
        "domain": "linear.example",
        "text": text,
        "text_sha256": "0" * 64,
        "ranges": [{"page_char_start": 0, "page_char_end": len(text), "line_start": 1}],
    }
    return pa.Table.from_pylist([row], ARTICLES.schema)


STAGES = ("read", "survey", "clean", "clean_article", "minhash", "mentions", "quotes", "dates", "places")

# -- the clock ---------------------------------------------------------------------------------------------------------


def time_cases(cases: Sequence[Case], limit: int) -> Iterator[float]:
    """Yield the processor seconds of each case; a case above the limit ends this process."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    warm_up()
    for case in cases:
        run = prepare_stage(case.stage, case.form, make_page(case.pattern, case.form, case.chars))
        yield _least_seconds(run, limit)


def warm_up() -> None:
    """Compile, and read the models and the gazetteer, before a limit counts."""
    for form in FORMS:
        for pattern in WARM_UP:
            for stage in STAGES:
                prepare_stage(stage, form, make_page(pattern, form, WARM_UP_CHARS))()


def _least_seconds(run: Callable[[], object], limit: int) -> float:
    least = float("inf")
    for _ in range(REPEATS):
        signal.setitimer(signal.ITIMER_PROF, limit)  # of the processor: others may use the machine
        start = time.process_time()
        run()
        least = min(least, time.process_time() - start)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if least > SHORT_SECONDS:
            break
    return least


def measure_cases(cases: Sequence[Case], limit: int) -> Iterator[tuple[Case, float | None]]:
    """Yield each case with its seconds; after an overrun, continue in a new process."""
    left = [*cases]
    while left:
        command = [sys.executable, __file__, "--measure", "--limit", str(limit)]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        child.stdin.write(json.dumps(left))
        child.stdin.close()
        done = 0
        for line in child.stdout:
            yield left[done], float(line)
            done += 1
        code = child.wait()
        if code in (-signal.SIGPROF, -signal.SIGKILL):  # out of time, or out of memory
            over = left[done]
            while done < len(left) and left[done][:3] == over[:3]:  # a longer text takes no less
                yield left[done], None
                done += 1
        elif code:
            raise SystemExit(f"the measurement of {' '.join(map(str, left[done]))} ended with {code}; see above")
        left = left[done:]


def measure_growth(stages: Sequence[str], patterns: Sequence[str], chars: int, limit: int) -> Iterator[Growth]:
    """Yield how each stage grows on each pattern and form."""
    cases = [
        Case(stage, pattern, form, chars * step)
        for pattern in patterns
        for form in FORMS
        for stage in stages
        for step in STEPS
        if form != "head" or stage == "read"
    ]
    seconds: list[float | None] = []
    for case, taken in measure_cases(cases, limit):
        seconds.append(taken)
        if len(seconds) == len(STEPS):
            yield Growth(case.stage, case.pattern, case.form, tuple(seconds))
            seconds = []


def print_growths(growths: Sequence[Growth], floor: float, worst: int) -> None:
    """Print the ratios of each stage, then those of the worst patterns."""
    ranked = sorted(growths, key=lambda growth: (-growth.ratio(floor), -(growth.seconds[0] or 0)))
    print(f"stage          over  ratio above {LINEAR:.0f}  worst ratio")
    for stage in dict.fromkeys(growth.stage for growth in growths):
        ratios = [growth.ratio(floor) for growth in ranked if growth.stage == stage]
        finite = [ratio for ratio in ratios if ratio < float("inf")]
        above, worst_ratio = sum(ratio > LINEAR for ratio in finite), max(finite, default=0)
        print(f"{stage:14} {len(ratios) - len(finite):4} {above:14} {worst_ratio:12.1f}")
    print("\nratio  stage          pattern                       form  seconds at each length")
    for growth in ranked[:worst]:
        seconds = "  ".join("over" if taken is None else f"{taken:.4f}" for taken in growth.seconds)
        print(f"{growth.ratio(floor):5.1f}  {growth.stage:14} {growth.pattern:29} {growth.form:5} {seconds}")


def main() -> None:
    """Measure the stages and patterns given, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chars", type=int, default=16_000, help="the shortest length (default 16,000)")
    parser.add_argument("--stages", nargs="*", default=STAGES, choices=STAGES, metavar="NAME", help="default: all")
    parser.add_argument("--patterns", nargs="*", default=NAMES, choices=NAMES, metavar="NAME", help="default: all")
    parser.add_argument("--limit", type=int, default=10, help="seconds of one measurement (default 10)")
    parser.add_argument("--floor", type=float, default=0.004, help="shortest time of a ratio (default .004)")
    parser.add_argument("--worst", type=int, default=40, help="patterns to print (default 40)")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        for seconds in time_cases([Case(*case) for case in json.load(sys.stdin)], args.limit):
            print(seconds, flush=True)
        return
    growths: list[Growth] = []
    for growth in measure_growth(args.stages, args.patterns, args.chars, args.limit):
        growths.append(growth)
        if growth.ratio(args.floor) > LINEAR:
            print(f"{growth.pattern} ({growth.form}), {growth.stage}: {growth.seconds}", file=sys.stderr, flush=True)
    print_growths(growths, args.floor, args.worst)


if __name__ == "__main__":
    main()
