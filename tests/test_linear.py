"""Work of every stage grows linearly with the text, counted in processes that run the kernels as Python."""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from plain_python import write_word_tables
from work_counter import CountedPattern

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 2.6
"""Most growth from the second to the third of three texts, as a multiple of that from the first to the second: 2 is
linear, 4 quadratic.

Half of it fails on linear work, twice of it on none. The shortest text must fill the windows of the stages, such as the
200 tokens of a sentence: below, work grows faster than the text.
"""
CASES = [
    ("read", "html", 800, ("unclosed tags", "tag openers", "comments", "nested lists", "entities open")),
    ("read", "head", 800, ("json escaped", "long blanks")),
    ("survey", "text", 600, ("legal lines", "list items", "sentences")),
    ("clean", "text", 300, ("legal lines", "list items and colons")),
    ("clean", "text", 1500, ("sentences again",)),
    ("minhash", "text", 400, ("sentences", "people")),
    ("mentions", "text", 150, ("initials and name", "names listed", "people")),
    ("quotes", "text", 3000, ("not authorised to speak",)),
    ("quotes", "text", 1500, ("short quotations",)),
    ("quotes", "text", 400, ("hyphens", "open curly quotes", "nested brackets")),
    ("dates", "text", 200, ("hyphens", "prices", "em dashes", "dates", "people")),
    ("places", "text", 1500, ("counties", "places nested")),
]


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict[tuple[str, str, str], dict[str, list[int]]]:
    """Return the work and the memory of each case at three lengths."""
    keys = [(stage, pattern, form) for stage, form, _, patterns in CASES for pattern in patterns]
    lengths = [[chars, 2 * chars, 4 * chars] for _, _, chars, patterns in CASES for _ in patterns]
    cases = [(*key, chars) for key, chars in zip(keys, lengths, strict=True)]
    tables = write_word_tables(tmp_path_factory.mktemp("plain") / "word_tables.npz")
    command = [sys.executable, "-W", "ignore", "tests/plain_python.py", str(tables), "tests/work_counter.py"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(cases), text=True,
        capture_output=True, check=False,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT / "include")},
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return dict(zip(keys, map(json.loads, done.stdout.splitlines()), strict=True))


def _growth(counts: list[int]) -> float:
    """Return the growth to the longest text as a multiple of the growth before; 2 is linear, 4 quadratic."""
    less, more, most = counts
    return (most - more) / max(more - less, 1)


@pytest.mark.parametrize(("stage", "form"), dict.fromkeys((stage, form) for stage, form, _, _ in CASES))
def test_work_grows_with_the_text_alone(measured, stage, form):
    grown = {key[1]: _growth(counts["work"]) for key, counts in measured.items() if key[::2] == (stage, form)}
    assert {pattern: growth for pattern, growth in grown.items() if growth > LIMIT} == {}


def test_the_memory_for_endings_of_names_grows_with_the_text_alone(measured):
    # the endings of one long name were all made: in C, where no line is counted
    assert _growth(measured["mentions", "initials and name", "text"]["peaks"]) < LIMIT


@pytest.mark.parametrize(
    "pattern",
    [r"a*b|c+", r"(?:ab?)+c", r"\b\w+\b(?= x)", r"(?<=a)b*?c", r"[^\s,]{2,3}+,", r"(?i:Ab+)", r"^x|y$", r"(?>a+|b)c",
     r"a(?!b)(?:c|d){0,2}"],
)  # fmt: skip
def test_the_counted_search_finds_what_a_regex_finds(pattern):
    regex, letters = re.compile(pattern), random.Random(1)
    counted = CountedPattern(regex)
    for text in ("".join(letters.choices("abcxy ,AB\n", k=12)) for _ in range(200)):
        match = regex.search(text)
        assert counted.steps_of(text, 0, len(text), True)[1] == (match.span() if match else None)


def test_steps_differ_for_a_search_from_every_start_and_one_that_reads_once():
    def steps(pattern: str) -> list[int]:
        counted = CountedPattern(re.compile(pattern))
        return [counted.steps_of("-" * chars, 0, chars, True)[0] for chars in (100, 200, 400)]

    assert _growth(steps("-(?=-*x)")) > 3.5
    assert _growth(steps("-(?=-{0,8}x)")) < 2.1
