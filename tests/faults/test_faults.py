"""Faults at any step of a night: a clear message, whole tables for readers, and the same tables after a retry.

The seed of the draw is in the name of each test; FAULT_SEED sets it.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from night_runs import ROOT, environment, write_articles
from small_nights import make_pages
from websites import File, serve

from newsmill.steps import list_rows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NIGHTS = ("2026-03-02", "2026-03-03")
DRAWN, DRAWN_LONG = 14, 300
STEPS = [step.name for row in list_rows() for step in row]
KINDS = {
    "full": 3, "read-only": 2, "broken": 3, "kill": 4, "kill-later": 2, "end": 2, "file-limit": 2, "disk-limit": 2,
    "flip": 2, "clock": 1, "cut": 1, "outage": 1,
}  # fmt: skip
"""Kinds of faults, each with its share of the draw."""
WHOLE_NIGHT_SHARE = 1 / 8
"""Share of the faults after which the whole night is run again, six seconds, and not the step alone."""


@dataclass(frozen=True)
class DrawnFault:
    """A fault as the engine reads it."""

    kind: str
    step: str
    share: float
    retries: str


def choose_seed() -> int:
    """Return the given seed, or a random one that all processes of this run of tests share."""
    shared = os.environ.get("PYTEST_XDIST_TESTRUNUID") or random.SystemRandom().randbytes(8).hex()
    return int(os.environ.get("FAULT_SEED") or int(shared, 16) % 100_000)


def draw_faults(seed: int, count: int) -> Iterator[DrawnFault]:
    """Draw faults of all kinds at all steps; a fault of the network is one of the fetch."""
    dice = random.Random(seed)
    for _ in range(count):
        (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
        step = "fetch" if kind in ("cut", "outage") else dice.choice(STEPS)
        is_night = dice.random() < WHOLE_NIGHT_SHARE or kind in ("flip", "outage")
        yield DrawnFault(kind, step, round(dice.random(), 4), "night" if is_night and kind != "clock" else "task")


class Trials:
    """The engine in a process of its own, with the dumps on a web server of this one."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.server, self.site = serve()
        for night in NIGHTS:
            write_articles(folder / f"{night}.jsonl", make_pages(night))
            self.site.file(f"/{night}.jsonl", (folder / f"{night}.jsonl").read_bytes())
        addresses = [f"{self.site.address}/{night}.jsonl" for night in NIGHTS]
        engine, errors = ROOT / "tests" / "fault_engine.py", folder / "errors.txt"
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", engine, folder, *addresses],
            env=environment() | {"PYTHONPATH": f"{ROOT / 'include'}:{ROOT / 'tests'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors.open("w"),
            text=True,
        )
        assert self._answer() is True, errors.read_text()

    def judge(self, fault: DrawnFault) -> list[str]:
        """Let the engine try a fault; return what is wrong."""
        path = f"/{NIGHTS[1]}.jsonl"
        whole = self.site.answers[path]
        if fault.kind == "cut":
            self.site.then(path, File(whole.data, cut=int(fault.share * len(whole.data))), whole)
        elif fault.kind == "outage":
            self.site.says(path, 503)
        self.process.stdin.write(json.dumps(asdict(fault)) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        while isinstance(answer, str):  # the engine is about to retry
            self.site.answers[path] = whole
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            answer = self._answer()
        return answer

    def _answer(self) -> object:
        line = self.process.stdout.readline()
        assert line, self.folder.joinpath("errors.txt").read_text()
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def trials(tmp_path_factory) -> Iterator[Trials]:
    opened = Trials(tmp_path_factory.mktemp("faults"))
    yield opened
    opened.close()


def name_fault(fault: DrawnFault) -> str:
    return f"{fault.kind} at {fault.share} of {fault.step}, {fault.retries} again"


def as_params(seed: int, count: int, *marks: pytest.MarkDecorator) -> list:
    return [
        pytest.param(fault, id=f"seed {seed}, {number}: {name_fault(fault)}", marks=marks)
        for number, fault in enumerate(draw_faults(seed, count), 1)
    ]


@pytest.mark.parametrize("fault", as_params(choose_seed(), DRAWN))
def test_a_night_survives_a_drawn_fault(trials, fault):
    assert trials.judge(fault) == []


@pytest.mark.parametrize("fault", as_params(choose_seed() + 1, DRAWN_LONG, pytest.mark.long))
def test_a_night_survives_all_faults(trials, fault):
    assert trials.judge(fault) == []
