"""A dry run of a night: it works on links, shows what would change, and leaves the home as it was."""

import errno
import hashlib
import os
from datetime import date
from pathlib import Path

import pytest
from night_runs import run_command

from newsmill import dry_run
from newsmill.errors import Permanent
from newsmill.locks import hold_lock
from newsmill.runs import Run
from newsmill.warehouse import snapshots

NIGHT = date(2026, 3, 3)


def hash_files(home: Path) -> dict[str, str]:
    files = (path for path in home.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.slow
def test_a_dry_run_says_what_a_night_would_fetch_reject_and_change_and_changes_no_byte(first_night_home):
    home, before = first_night_home, hash_files(first_night_home)
    text = run_command(home, "night", "2026-03-03", "--dry-run", "--jobs", "1").stdout
    assert hash_files(home) == before and not (home / ".dry_run").exists()
    assert "metro-pages: 18 files, 18 new (" in text and "nothing is published" in text
    assert "read: 57 rows read, 53 written, 4 rejected" in text and "clean: 3 of metro-pages: error_page" in text
    assert "2026-03-03: new night" in text and "rows before" in text and "dw.fact_quote: `added: " in text


@pytest.fixture
def home(tmp_path) -> Path:
    home = tmp_path / "home"
    for name in (
        "landing/2026-03-02/quay.json",
        "landing/2026-03-02/quay/a.txt",
        "landing/.index/quay.parquet",
        "landing/2026-03-03/.quay/partial",
        "lake/pages/night=2026-03-02/part-a.parquet",
        "lake/pages/night=2026-03-02/.part-b.parquet.77",
        "lake/.accepted/run/pages/night=2026-03-02/part-a.parquet",
        "warehouse/snapshots/run.duckdb",
        "quarantine.toml",
        ".rebuild.lock",
    ):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    snapshots.point_link_to(home / "warehouse", "run")
    return home


def test_a_copy_has_the_finished_files_the_decisions_and_the_served_snapshot(home):
    with dry_run.open_copy(Run(home, NIGHT, "2026-03-03-try")) as trial:
        owner = snapshots.owner_path(trial.warehouse, trial.run_id)
        copied = {
            str(path.relative_to(trial.home)) for path in trial.home.rglob("*") if path.is_file() and path != owner
        }
        assert snapshots.is_owned(trial.warehouse, trial.run_id)
        assert copied == {
            "landing/2026-03-02/quay.json",
            "landing/2026-03-02/quay/a.txt",
            "landing/.index/quay.parquet",
            "lake/pages/night=2026-03-02/part-a.parquet",
            "lake/.accepted/run/pages/night=2026-03-02/part-a.parquet",
            "warehouse/snapshots/run.duckdb",
            "warehouse/news.duckdb",
            "quarantine.toml",
        }
        assert (trial.user_home, trial.origin) == (home, home) and snapshots.current_snapshot(trial.warehouse) == "run"
    assert not (home / ".dry_run").exists() and (home / "landing/2026-03-02/quay/a.txt").exists()


def test_where_no_hard_link_can_be_made_files_are_linked_by_name(home, monkeypatch):
    def refuse(source, target):
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "link", refuse)
    with dry_run.open_copy(Run(home, NIGHT, "2026-03-03-try")) as trial:
        part = trial.home / "lake/pages/night=2026-03-02/part-a.parquet"
        assert part.is_symlink() and part.read_text() == "lake/pages/night=2026-03-02/part-a.parquet"
    assert (home / "lake/pages/night=2026-03-02/part-a.parquet").exists()


def test_copies_of_killed_dry_runs_are_removed_and_those_of_living_ones_and_of_airflow_stay(home):
    copies = {name: home / ".dry_run" / name for name in ("killed", "living", "airflow", "lost")}
    owners = {name: snapshots.owner_path(copy / "warehouse", name) for name, copy in copies.items()}
    for owner in owners.values():
        owner.parent.mkdir(parents=True)
    owners["killed"].touch()
    owners["lost"].parent.rmdir()
    os.utime(copies["lost"], (0, 0))
    with hold_lock(owners["living"]):
        dry_run.remove_abandoned(home)
    assert sorted(path.name for path in (home / ".dry_run").iterdir()) == ["airflow", "living"]


def test_the_copy_is_private_and_of_a_home_that_was_not_there_nothing_stays(tmp_path):
    run = Run(tmp_path / "new" / "home", NIGHT, "2026-03-03-try")
    with pytest.raises(Permanent, match=f"look into {run.home}/lake"), dry_run.open_copy(run) as trial:
        assert {path.stat().st_mode & 0o777 for path in (run.home, trial.home.parent, trial.home)} == {0o700}
        raise Permanent(f"look into {trial.home}/lake")
    assert not run.home.exists()


def test_only_a_copy_is_ever_removed(home):
    with pytest.raises(ValueError, match="is no copy"):
        dry_run.remove_copy(Run(home, NIGHT, "2026-03-03-try"))
    assert home.exists()
