"""Compares the answers of the machine's compiled kernels on the sample page with the expected answers.

    python -m newsmill.doctor.selftest          write to stdout, as JSON, the compiled kernels and the differences
    make pin-selftest                           write the answers of plain Python as the expected ones

Pin after rules or models changed on purpose, and read the difference before the commit. The expected answers come from
plain Python, without a compiler. A compiling process may answer otherwise than a later process loading from the
cache: both are tested. An extractor without expected answers does not run here, so an extractor under development stops
no night; a test asks for `make pin-selftest`.
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
"""Allowed difference of decimals: the last bits of a logarithm depend on the C library. All else must be equal."""


class WrongKernels(Permanent):
    """The compiled kernels of the machine give other answers than expected."""


def require_sound_kernels() -> None:
    """Raise WrongKernels unless the machine's kernels passed the self-test."""
    if compiled.is_verified():
        return
    if differences := run_selftest():
        raise WrongKernels(*explain_differences(differences))
    compiled.record_verified()


def run_selftest() -> list[str]:
    """Run the test in a new process, and again after a compiling process; return a line for each difference."""
    outcome = _ask_process()
    if outcome["compiled"] and not outcome["differences"]:
        outcome = _ask_process()
    return outcome["differences"]


def compare_answers(answers: dict, expected: dict) -> Iterator[str]:
    """Yield a line for each expected name with another answer; names without an expected answer are not pinned yet."""
    for name in expected:
        if not _is_equal(answers.get(name), expected.get(name)):
            yield f"{name}: {_describe_first_difference(answers.get(name), expected.get(name))}"


def _is_equal(answer: object, expected: object) -> bool:
    if isinstance(answer, float) and isinstance(expected, float):
        return abs(answer - expected) <= TOLERANCE
    if isinstance(answer, list) and isinstance(expected, list):
        return len(answer) == len(expected) and all(map(_is_equal, answer, expected))
    return type(answer) is type(expected) and answer == expected


def _describe_first_difference(answer: object, expected: object) -> str:
    if isinstance(answer, list) and isinstance(expected, list) and len(answer) == len(expected):
        row = next(row for row, pair in enumerate(zip(answer, expected, strict=True)) if not _is_equal(*pair))
        return f"[{row}] {_describe_first_difference(answer[row], expected[row])}"
    return f"expected {_shorten_json(expected)}, this machine answers {_shorten_json(answer)}"


def _shorten_json(value: object) -> str:
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
    """Return the message for a person: differences, state of the data, and remedy."""
    machine = compiled.describe_compiler()
    return [
        f"the compiled kernels answer wrongly on this machine ({machine.processor}, numba {machine.numba}); nothing "
        "was written, and what is published stays as it is",
        *(f"  {difference}" for difference in differences),
        f"  remove {machine.cache} and run again; if it fails again, set NUMBA_CPU_NAME=generic and report these lines",
    ]


def main() -> None:
    """Run as a separate process."""
    from newsmill.doctor.answers import run_kernels

    if "--pin" in sys.argv[1:]:
        answers = run_kernels()
        lines = [f"{json.dumps(name)}: [\n{_format_rows(rows)}\n]" for name, rows in answers.items()]
        EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf8")
        return
    expected = read_expected()
    differences = [*compare_answers(run_kernels(expected), expected)]
    json.dump({"compiled": compiled.count_compiled(), "differences": differences}, sys.stdout)


def read_expected() -> dict:
    """Return the expected answers by name."""
    return json.loads(EXPECTED.read_text(encoding="utf8"))


def _format_rows(rows: list) -> str:
    return ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


if __name__ == "__main__":
    main()
