"""Shared fixtures: the corpora, a home with the sample nights, and a run in an empty home."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import hypothesis
import pytest

from newsmill.runs import Run

hypothesis.settings.register_profile("newsmill", deadline=None)  # a first call may compile
hypothesis.settings.load_profile("newsmill")

ROOT = Path(__file__).resolve().parents[1]
for name in [name for name in os.environ if name.startswith("NEWSMILL_")]:
    del os.environ[name]  # `make test` sets the user's data folder: no test may write there


@pytest.fixture
def corpora() -> Path:
    """Return the folder of real text with human annotations; skip without one."""
    folder = ROOT.parent / "shared" / "corpora"
    if not folder.is_dir():
        pytest.skip("the corpora are not next to this checkout")
    return folder


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory) -> Path:
    """Run both sample nights in order, once for all read-only tests."""
    home = tmp_path_factory.mktemp("samples")
    for night in ("2026-03-02", "2026-03-03"):
        done = subprocess.run(
            [sys.executable, "-m", "newsmill", "night", night, "--home", str(home)],
            env=os.environ | {"PYTHONPATH": str(ROOT / "include")},
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture
def run(tmp_path) -> Run:
    """Return a run of one night in an empty home."""
    return Run(tmp_path / "home", date(2026, 3, 2), "2026-03-02-test")
