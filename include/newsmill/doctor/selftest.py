"""Compares what the compiled kernels of this machine answer about the sample page with the expected answers.

    python -m newsmill.doctor.selftest          print, as JSON, how many kernels were compiled and what differs
    make pin-selftest                           write the answers of plain Python as the expected ones

Pin after rules or models changed on purpose, and read the difference before you commit it. The expected answers are
those of the code as Python runs it, so no compiler has a part in them. A process that compiles may answer otherwise
than one that loads from the cache, as every later process does: both are asked.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from newsmill import compiled
from newsmill.errors import Permanent

EXPECTED = Path(__file__).with_name("answers.json")
TOLERANCE = 0.002
"""Of numbers with decimals: the last bits of a logarithm are the C library's. Whole numbers and words must be equal."""


class WrongKernels(Permanent):
    """The compiled kernels of this machine answer otherwise than they must."""


def require_sound_kernels() -> None:
    """Raise WrongKernels unless the kernels that this machine would load passed the self-test."""
    if compiled.is_proven():
        return
    if differences := run_selftest():
        raise WrongKernels(*explain_differences(differences))
    compiled.note_proven()


def run_selftest() -> list[str]:
    """Ask a new process, and one more if that had to compile; return what differs, a line each."""
    outcome = _ask_process()
    if outcome["compiled"] and not outcome["differences"]:
        outcome = _ask_process()
    return outcome["differences"]


def compare(answers: dict, expected: dict) -> Iterator[str]:
    """Yield a line for each expected name whose answer differs; a name without an expected answer is not pinned yet."""
    for name in expected:
        if not _equal(answers.get(name), expected.get(name)):
            yield f"{name}: {_first_difference(answers.get(name), expected.get(name))}"


def _equal(answer: object, expected: object) -> bool:
    if isinstance(answer, float) and isinstance(expected, float):
        return abs(answer - expected) <= TOLERANCE
    if isinstance(answer, list) and isinstance(expected, list):
        return len(answer) == len(expected) and all(map(_equal, answer, expected))
    return type(answer) is type(expected) and answer == expected


def _first_difference(answer: object, expected: object) -> str:
    if isinstance(answer, list) and isinstance(expected, list) and len(answer) == len(expected):
        row = next(row for row, pair in enumerate(zip(answer, expected, strict=True)) if not _equal(*pair))
        return f"[{row}] {_first_difference(answer[row], expected[row])}"
    return f"expected {_shorten(expected)}, this machine answers {_shorten(answer)}"


def _shorten(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _ask_process() -> dict:
    paths = [str(compiled.PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-W", "ignore", "-m", __name__]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"killed by signal {-done.returncode}"]
        return {"compiled": 0, "differences": [f"the self-test did not end: {lines[-1]}"]}
    return json.loads(done.stdout)


def explain_differences(differences: list[str]) -> list[str]:
    """Return the lines for a person: what differs, what is safe and what to do."""
    found = compiled.describe()
    return [
        f"the compiled kernels answer wrongly on this machine ({found.processor}, numba {found.numba}); nothing was "
        "written, and what is published stays as it is",
        *(f"  {difference}" for difference in differences),
        f"  remove {found.cache} and run again; if it fails again, set NUMBA_CPU_NAME=generic and report these lines",
    ]


def main() -> None:
    """Answer as a process of its own."""
    from newsmill.doctor.answers import run_kernels

    if "--pin" in sys.argv[1:]:
        answers = run_kernels()
        lines = [f"{json.dumps(name)}: [\n{_lines(rows)}\n]" for name, rows in answers.items()]
        EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf8")
        return
    expected = read_expected()
    differences = [*compare(run_kernels(expected), expected)]
    json.dump({"compiled": compiled.count_compiled(), "differences": differences}, sys.stdout)


def read_expected() -> dict:
    """Return the expected answers by name."""
    return json.loads(EXPECTED.read_text(encoding="utf8"))


def _lines(rows: list) -> str:
    return ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


if __name__ == "__main__":
    main()
