"""Copies of large files share blocks where possible, are refused without room, and report a full disk."""

import os
import random
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from newsmill.errors import DiskFull
from newsmill.warehouse import disk, loader, snapshots

pytestmark = pytest.mark.slow

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
MEGABYTE = 1024 * 1024


@contextmanager
def mounted(folder: Path, *options: str):
    """Mount something on a folder for a test, or skip the test with the error of mount."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def sharing(tmp_path):
    """Return a folder on a file system that can share blocks between files."""
    image, maker = tmp_path / "xfs.img", shutil.which("mkfs.xfs")
    if os.geteuid() != 0 or maker is None:
        pytest.skip("to make an XFS in a file takes root and mkfs.xfs (apt install xfsprogs)")
    with image.open("wb") as file:
        file.truncate(400 * MEGABYTE)
    subprocess.run([maker, "-q", "-m", "reflink=1", str(image)], check=True)
    with mounted(tmp_path / "xfs", "-o", "loop", str(image)) as folder:
        yield folder


@pytest.fixture
def small(tmp_path):
    """Return a folder on a disk of 48 MB."""
    if os.geteuid() != 0:
        pytest.skip("to mount a small disk takes root")
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=48m", "none") as folder:
        yield folder


def test_a_copy_is_the_same_and_what_is_written_to_it_leaves_the_first_alone(tmp_path):
    first, copy = tmp_path / "first", tmp_path / "copy"
    first.write_bytes(os.urandom(3 * MEGABYTE + 7))
    disk.clone(first, copy)
    before = first.read_bytes()
    assert copy.read_bytes() == before
    with copy.open("r+b") as file:
        file.write(b"changed")
    assert first.read_bytes() == before


def test_where_blocks_can_be_shared_a_copy_takes_no_room(sharing):
    first, copy = sharing / "first", sharing / "copy"
    first.write_bytes(os.urandom(150 * MEGABYTE))
    os.sync()
    free = shutil.disk_usage(sharing).free
    disk.clone(first, copy)
    os.sync()
    assert free - shutil.disk_usage(sharing).free < MEGABYTE
    assert copy.read_bytes() == first.read_bytes()
    with copy.open("r+b") as file:
        file.write(b"changed")
    assert first.read_bytes()[:7] != b"changed"


def test_a_copy_that_shares_its_blocks_is_made_where_a_whole_one_would_not_fit(sharing):
    (sharing / "first").write_bytes(os.urandom(200 * MEGABYTE))
    disk.clone(sharing / "first", sharing / "copy")
    assert (sharing / "copy").stat().st_size == 200 * MEGABYTE


def test_a_copy_that_would_not_fit_is_refused_before_a_byte_is_written(small):
    (small / "first").write_bytes(bytes(30 * MEGABYTE))
    with pytest.raises(DiskFull, match=r"has 0\.02 GB free.*prune --keep 1"):
        disk.clone(small / "first", small / "copy")
    assert not (small / "copy").exists()


def test_a_warehouse_that_would_not_fit_twice_is_not_copied_ahead_and_leaves_nothing(small):
    published = snapshots.snapshot_path(small, "monday")
    published.parent.mkdir()
    published.write_bytes(bytes(30 * MEGABYTE))
    snapshots.point_link_to(small, "monday")
    with pytest.raises(DiskFull, match="make room"):
        snapshots.copy_ahead(small, "tuesday")
    assert list(snapshots.snapshot_folder(small).iterdir()) == [published]


def test_a_disk_that_fills_up_while_a_night_is_loaded_leaves_the_served_snapshot(house, small):
    house.write(MONDAY, {"article": "a", "text": "Written on Monday."})
    house.load(MONDAY)
    (small / "warehouse").mkdir()
    shutil.copytree(house.warehouse, small / "warehouse", symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(house.warehouse)
    house.warehouse.symlink_to(small / "warehouse")
    served = house.fingerprints()
    size = snapshots.snapshot_path(house.warehouse, snapshots.current_snapshot(house.warehouse)).stat().st_size
    with (small / "filler").open("wb") as file:  # room for the copy, and not for what comes into it
        file.write(bytes(shutil.disk_usage(small).free - int(size * disk.SPACE_FACTOR) - 64 * 1024))
    house.write(TUESDAY, *({"article": f"b{n}", "text": noise(n)} for n in range(600)))
    with pytest.raises(DiskFull, match="the disk is full"):
        loader.load(house.run(TUESDAY))
    assert house.fingerprints() == served
    (small / "filler").unlink()
    house.load(TUESDAY)
    assert house.ask("SELECT count(*) FROM dw.dim_article") == [(601,)]


def noise(seed: int) -> str:
    """Return a text that compression does not shrink."""
    dice = random.Random(seed)
    return " ".join(f"{dice.getrandbits(60):x}" for _ in range(400)) + "."


LIMITED = """
import resource, sys
from pathlib import Path
from newsmill.errors import DiskFull
from newsmill.warehouse import disk
import duckdb
resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))
try:
    with disk.report_full_disk(Path(sys.argv[1])), duckdb.connect(str(Path(sys.argv[1]) / "big.duckdb")) as con:
        con.execute("CREATE TABLE t AS SELECT md5(i::VARCHAR) || md5((i * 7)::VARCHAR) AS x FROM range(500000) r(i)")
except DiskFull as error:
    print("no room:", error)
"""


def test_what_duckdb_says_of_a_full_disk_is_understood(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(disk.__file__).parents[2])},
    )
    assert done.stdout.startswith("no room:"), done.stderr


def test_other_complaints_of_duckdb_stay_what_they_are(tmp_path):
    with pytest.raises(duckdb.CatalogException), disk.report_full_disk(tmp_path), duckdb.connect() as con:
        con.execute("FROM nowhere")
