"""Shared fixtures: the corpora, a home with the sample nights, and a run in an empty home."""

import os
import shutil
from datetime import date
from pathlib import Path

import hypothesis
import pytest
from night_runs import run_command

from newsmill.locks import hold_lock
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
def sample_home(tmp_path_factory, worker_id) -> Path:
    """Run both sample nights in order, once for all read-only tests of all workers."""
    own = tmp_path_factory.getbasetemp()
    folder = own if worker_id == "master" else own.parent
    home, complete = folder / "sample_nights", folder / "sample_nights_are_complete"
    with hold_lock(folder / "sample_nights.lock"):
        if not complete.exists():
            run_command(home, "night", "2026-03-02")
            shutil.copytree(home, folder / "first_sample_night", symlinks=True)
            run_command(home, "night", "2026-03-03")
            complete.touch()
    return home


@pytest.fixture
def first_night_home(sample_home, tmp_path) -> Path:
    """Return a home with the first sample night, for a single test."""
    return shutil.copytree(sample_home.with_name("first_sample_night"), tmp_path / "home", symlinks=True)


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory):
    """Set Airflow's environment before the import, with a separate database."""
    folder = tmp_path_factory.mktemp("airflow")
    settings = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
    with pytest.MonkeyPatch.context() as environment:  # an Airflow that a later test starts must not inherit it
        for name, value in settings.items():
            environment.setenv(name, value)
        yield folder


@pytest.fixture
def decisions_file(tmp_path, monkeypatch) -> Path:
    """Return an empty file of decisions that settings lead to."""
    path = tmp_path / "decisions.toml"
    path.touch()
    monkeypatch.setenv("NEWSMILL_DECISIONS", str(path))
    return path


@pytest.fixture
def run(tmp_path) -> Run:
    """Return a run of one night in an empty home."""
    return Run(tmp_path / "home", date(2026, 3, 2), "2026-03-02-test")
