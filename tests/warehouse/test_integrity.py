"""The state of a home that a load or publish needs, and the order of its snapshots."""

import os
import shutil
import subprocess

import duckdb
import pytest

from newsmill import runs
from newsmill.errors import BrokenHome, DamagedFile, FileLocked, Permanent, UnreadableFile
from newsmill.locks import hold_lock
from newsmill.temporary_files import remove_dead, replacing_file, replacing_folder
from newsmill.warehouse import integrity, loader, publish, repair, snapshot_files, snapshots

pytestmark = pytest.mark.slow

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"


@pytest.fixture
def published(house):
    """Return a house with Monday published and Tuesday in its lake."""
    for night in (MONDAY, TUESDAY):
        house.write(night, {"article": "a", "text": f"Rain on {night}."})
    house.load(MONDAY)
    return house


def replace_link_by_file(house) -> bytes:
    link = house.published
    content = link.read_bytes()
    link.unlink()
    link.write_bytes(content)
    return content


def test_a_file_in_the_place_of_the_link_is_neither_loaded_onto_nor_replaced(published):
    run = published.run(TUESDAY)
    loader.load(run)
    content = replace_link_by_file(published)
    with pytest.raises(BrokenHome, match=r"this is a file.*snapshots adopt"):
        publish.publish(run, {}, keep=1)
    with pytest.raises(BrokenHome, match="this is a file"):
        loader.load(published.run(TUESDAY))
    with pytest.raises(BrokenHome, match="this is a file"):
        snapshots.point_link_to(published.warehouse, snapshots.list_snapshots(published.warehouse)[0])
    with pytest.raises(BrokenHome, match="this is a file"):
        publish.prune_snapshots(published.warehouse, published.lake, keep=1)
    assert published.published.read_bytes() == content
    name = repair.adopt_file(published.home, published.published)
    assert snapshots.current_snapshot(published.warehouse) == name
    published.load(TUESDAY)
    assert published.column("SELECT count(DISTINCT night) FROM dw.fact_article") == [2]


def test_snapshots_without_a_link_and_a_ledger_without_snapshots_are_refused(published):
    published.published.unlink()
    with pytest.raises(Permanent, match="snapshots serve"):
        publish.prune_snapshots(published.warehouse, published.lake, keep=1)
    with pytest.raises(BrokenHome, match=r"link is missing.*snapshots serve"):
        loader.load(published.run(TUESDAY))
    shutil.rmtree(published.warehouse)
    with pytest.raises(BrokenHome, match=r"warehouse is missing.*rebuild --from load"):
        loader.load(published.run(TUESDAY))


def test_a_night_that_the_lake_lost_is_refused_until_the_loss_is_accepted(published):
    shutil.rmtree(published.home / "lake")
    with pytest.raises(BrokenHome, match=r"it holds nothing of 1 nights.*accept-loss"):
        integrity.check_lake(published.home)
    assert repair.accept_loss(published.home)[0] == f"the lake of the night {MONDAY}"
    integrity.check_home(published.home)
    published.write(TUESDAY, {"article": "b", "text": "Snow."})
    published.load(TUESDAY)
    assert published.column("SELECT count(DISTINCT night) FROM dw.fact_article") == [2]


def test_a_first_night_and_one_that_failed_before_any_publish_are_not_refused(house):
    integrity.check_home(house.home)
    runs.record_run(house.run(MONDAY), "gate_closed", {})
    integrity.check_home(house.home)


def test_numbers_order_snapshots_and_runs_whatever_clock_and_file_times_say(published):
    published.load(TUESDAY, MONDAY)
    names = snapshots.list_snapshots(published.warehouse)
    for number, name in enumerate(reversed(names)):
        os.utime(snapshots.snapshot_path(published.warehouse, name), (number, number))
    assert snapshots.list_snapshots(published.warehouse) == names
    assert names[-1] == snapshots.current_snapshot(published.warehouse)
    assert published.ask("SELECT snapshot, snapshot_no FROM ops.snapshot ORDER BY snapshot_no") == [
        (name, number) for number, name in enumerate(names, 1)
    ]
    assert published.ask("SELECT CAST(night AS VARCHAR), run_no FROM ops.run ORDER BY ALL") == [
        (MONDAY, 1),
        (MONDAY, 2),
        (TUESDAY, 1),
    ]


def test_the_place_of_a_damaged_file_is_known_from_the_others(published):
    published.load(TUESDAY, MONDAY)
    names = snapshots.list_snapshots(published.warehouse)
    path = snapshots.snapshot_path(published.warehouse, names[1])
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    assert snapshots.list_snapshots(published.warehouse) == names
    assert snapshots.remove_old_snapshots(published.warehouse, keep=1) == names[:2]


def test_a_published_file_is_read_only_and_no_copy_of_it_is(published):
    name = snapshots.current_snapshot(published.warehouse)
    assert snapshots.snapshot_path(published.warehouse, name).stat().st_mode & 0o777 == 0o444
    loader.load(published.run(TUESDAY))
    (staging,) = snapshots.snapshot_folder(published.warehouse).glob("*.draft")
    assert staging.stat().st_mode & 0o200


@pytest.mark.parametrize(
    ("message", "kind", "words"),
    [
        (
            'IO Error: Could not set lock on file "/x": Conflicting lock is held in '
            "/usr/bin/tool (PID 71) by user ada. See",
            FileLocked,
            r"/usr/bin/tool \(process 71\) holds it open for writing",
        ),
        (
            "IO Error: Trying to read a database file with version number 99, "
            "but we can only read versions between 64 and 68",
            UnreadableFile,
            "another version of DuckDB wrote it",
        ),
        ('IO Error: Cannot open file "/x": Permission denied', UnreadableFile, "this user may not read it"),
        (
            "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2",
            DamagedFile,
            "checksum",
        ),
    ],
)
def test_a_lock_another_version_and_missing_rights_are_not_called_damage(message, kind, words, tmp_path):
    with (
        pytest.raises(Permanent if kind is not FileLocked else FileLocked, match=words) as caught,
        snapshot_files.translate_errors(tmp_path / "x.duckdb"),
    ):
        raise duckdb.IOException(message)
    assert type(caught.value) is kind


def test_temporary_files_of_ended_processes_go_and_those_of_live_or_locked_ones_stay(tmp_path):
    with subprocess.Popen(["true"]) as process:
        process.wait()
    dead, live = tmp_path / f".part.parquet.{process.pid}", tmp_path / f".part.parquet.{os.getpid()}"
    locked, other = tmp_path / f".index.{process.pid}", tmp_path / ".hidden"
    for path in (dead, live, locked, other):
        path.write_bytes(b"half")
    with hold_lock(locked, 0, RuntimeError()):
        assert remove_dead(tmp_path.iterdir()) == [dead]
    assert remove_dead(tmp_path.iterdir()) == [locked]
    assert sorted(tmp_path.iterdir()) == sorted([live, other])


def test_what_is_replaced_is_whole_or_as_it_was_and_leaves_nothing(tmp_path):
    file, folder = tmp_path / "file", tmp_path / "folder"
    for content in ("old", "new"):
        with replacing_file(file) as draft:
            draft.write_text(content)
        with replacing_folder(folder) as draft:
            draft.joinpath(content).write_text(content)
    for replacing, path in ((replacing_file, file), (replacing_folder, folder)):
        with pytest.raises(ValueError, match="stop"), replacing(path):
            raise ValueError("stop")
    assert file.read_text() == "new" and [path.name for path in folder.iterdir()] == ["new"]
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}


def test_a_lock_that_cannot_be_made_names_its_path_and_the_command_that_helps(tmp_path):
    (tmp_path / ".writer.lock").mkdir()
    with pytest.raises(Permanent, match=r"\.writer\.lock.*Is a directory.*run: mv "), snapshots.writer_lock(tmp_path):
        pass
