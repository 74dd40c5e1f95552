"""Landed files are retired by age, and never those of a night that a kept snapshot holds."""

import shutil
from datetime import date

import pytest

from newsmill import runs
from newsmill.cli.command_line import main
from newsmill.errors import BrokenHome, Permanent
from newsmill.lake import Lake
from newsmill.runs import Run
from newsmill.warehouse import publish, retention, snapshots
from newsmill.warehouse.ducklake import SharedWarehouse

pytestmark = pytest.mark.slow
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))


@pytest.fixture
def home(house):
    """Return a home with Tuesday published, and files landed on three nights."""
    house.write(TUESDAY, {"article": "a"})
    house.load(TUESDAY)
    for night in (MONDAY, TUESDAY, WEDNESDAY):
        folder = house.home / "landing" / night.isoformat() / "press"
        folder.mkdir(parents=True)
        (folder / "pages.jsonl").write_text("{}")
    (house.home / "landing" / ".index").mkdir()
    return house.home


def landed(home) -> set[str]:
    return {path.name for path in (home / "landing").glob("[!.]*")}


def test_only_old_nights_that_no_snapshot_holds_are_removed(home, capsys):
    arguments = ["retire", "--before", "2026-03-04", "--home", str(home)]
    assert main([*arguments, "--dry-run"]) == 0
    assert capsys.readouterr().out == "to remove: 2026-03-02\n" and len(landed(home)) == 3
    assert main(arguments) == 0
    assert landed(home) == {"2026-03-03", "2026-03-04"}
    assert (home / "landing" / ".index").is_dir()
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith("removed: nothing\n")


def test_a_night_whose_run_has_not_ended_stays(home):
    runs.record_run(Run(home, MONDAY, "2026-03-02-manual-now"), "running", {})
    assert retention.retire_landings(home, WEDNESDAY) == []


def test_where_the_nights_of_a_snapshot_are_not_known_nothing_is_removed(home):
    (name,) = snapshots.list_snapshots(home / "warehouse")
    path = snapshots.snapshot_path(home / "warehouse", name)
    path.chmod(0o600)
    path.write_bytes(b"no database")
    with pytest.raises(Permanent, match="nothing was removed"):
        retention.retire_landings(home, WEDNESDAY)
    assert len(landed(home)) == 3


def test_where_machines_share_a_warehouse_nothing_is_removed(home):
    with pytest.raises(Permanent, match="share a warehouse"):
        retention.list_retirable(home, WEDNESDAY, SharedWarehouse("sqlite:/nowhere", "/nowhere/"))


@pytest.mark.parametrize("command", [["retire", "--before", "2026-03-04"], ["snapshots", "prune", "--keep", "1"]])
def test_without_its_warehouse_a_home_keeps_landed_files_and_lake_and_names_the_command(home, command, capsys):
    parts = sorted((home / "lake" / ".accepted").rglob("*.parquet"))
    shutil.rmtree(home / "warehouse")
    assert main([*command, "--home", str(home)]) == 1
    assert "the warehouse is missing" in (message := capsys.readouterr().err) and "rebuild --from load" in message
    assert landed(home) == {"2026-03-02", "2026-03-03", "2026-03-04"}
    assert parts and sorted((home / "lake" / ".accepted").rglob("*.parquet")) == parts
    assert not (home / "warehouse").exists()


def test_where_machines_share_a_warehouse_a_home_without_snapshots_keeps_its_lake(home):
    parts = sorted((home / "lake" / ".accepted").rglob("*.parquet"))
    shutil.rmtree(home / "warehouse")
    shared = SharedWarehouse("sqlite:/nowhere", "/nowhere/")
    assert publish.prune_snapshots(home / "warehouse", Lake(home / "lake"), 1, shared) == []
    assert parts and sorted((home / "lake" / ".accepted").rglob("*.parquet")) == parts


def test_after_its_lake_is_lost_a_home_keeps_its_landed_files(home):
    shutil.rmtree(home / "lake")
    with pytest.raises(BrokenHome, match="it holds nothing of 1 nights"):
        retention.retire_landings(home, WEDNESDAY)
    assert len(landed(home)) == 3
