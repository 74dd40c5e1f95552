"""Readers while nights are loaded: the served warehouse is always whole."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from newsmill.warehouse import snapshots

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"
PAGES_A_NIGHT = 20
READ = """
import json, sys, time
from pathlib import Path
import duckdb

published, stop, seen = Path(sys.argv[1]), Path(sys.argv[2]), set()
SQL = "SELECT list(n ORDER BY night) FROM (SELECT night, count(*) AS n FROM dw.fact_article GROUP BY night)"
kept = duckdb.connect(str(published), read_only=True)
first, rounds = kept.execute(SQL).fetchone()[0], 0
print("reading", flush=True)
while not stop.exists():
    assert kept.execute(SQL).fetchone()[0] == first
    with duckdb.connect(str(published), read_only=True) as con:
        seen.add(tuple(con.execute(SQL).fetchone()[0]))
    rounds += 1
print(json.dumps({"rounds": rounds, "first": first, "seen": sorted(seen)}))
"""
# Every reader counts all tables by itself and compares them with the row of checks that was finalized with the file.
READ_IN_PARALLEL = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import duckdb

published, stop, readers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
CHECKS = "SELECT snapshot, row_counts FROM ops.snapshot WHERE is_current"

def read(number):
    rounds, seen = 0, set()
    while not stop.exists() or not rounds:
        with duckdb.connect(str(published), read_only=True, config={"threads": 1}) as con:
            ((snapshot, checks),) = con.execute(CHECKS).fetchall()
            counted = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in checks)
            assert dict(con.execute(counted).fetchall()) == checks
        seen.add(snapshot)
        rounds += 1
        time.sleep(1.5)
    return rounds, seen

with ThreadPoolExecutor(readers) as pool:
    results = pool.map(read, range(readers))
    print("reading", flush=True)
    rounds, seen = zip(*results)
print(json.dumps({"rounds": rounds, "seen": sorted(set().union(*seen))}))
"""
PROCESSES, READERS = 10, 10


def child(script: str, *args) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "include")}
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def pages(night: str) -> list[dict]:
    changing = {"article": "always", "text": f"As of {night}."}
    return [*({"article": f"{night}-{n}"} for n in range(PAGES_A_NIGHT)), changing]


@pytest.fixture(scope="module")
def before(tmp_path_factory, make_house):
    """Return a house with Monday published and Tuesday in the lake, to be copied."""
    house = make_house(tmp_path_factory.mktemp("before") / "home")
    for night in (MONDAY, TUESDAY):
        house.write(night, *pages(night))
    house.load(MONDAY)
    return house


@pytest.fixture
def home(before, tmp_path, make_house):
    """Return a copy of the house for a single test."""
    shutil.copytree(before.home, tmp_path / "home", symlinks=True)
    return make_house(tmp_path / "home", 100)


def test_a_reader_in_another_process_sees_no_error_and_only_whole_nights(home, tmp_path):
    home.write(WEDNESDAY, *pages(WEDNESDAY))
    reader = child(READ, home.published, tmp_path / "stop")
    try:
        assert reader.stdout.readline() == "reading\n", reader.stderr.read()
        home.load(TUESDAY, WEDNESDAY, MONDAY)
        time.sleep(0.2)
        (tmp_path / "stop").touch()
        out, errors = reader.communicate(timeout=60)
    finally:
        reader.kill()
    assert reader.returncode == 0, errors
    result, night = json.loads(out), PAGES_A_NIGHT + 1
    assert result["first"] == [night] and result["rounds"] > 3
    assert {tuple(seen) for seen in result["seen"]} <= {(night,) * count for count in (1, 2, 3)}
    assert [night] * 3 in result["seen"]


def test_a_hundred_readers_see_no_error_and_no_torn_row_in_ten_publishes_and_a_rollback(home, tmp_path):
    nights = [f"2026-03-{day:02}" for day in range(3, 13)]
    for night in nights[1:]:
        home.write(night, *pages(night))
    children = [child(READ_IN_PARALLEL, home.published, tmp_path / "stop", READERS) for _ in range(PROCESSES)]
    try:
        for process in children:
            assert process.stdout.readline() == "reading\n", process.stderr.read()
        home.load(*nights[:8])
        before = snapshots.current_snapshot(home.warehouse)
        home.load(*nights[8:])
        with snapshots.writer_lock(home.warehouse):
            snapshots.point_link_to(home.warehouse, before)
        (tmp_path / "stop").touch()
        ended = [process.communicate(timeout=120) for process in children]
    finally:
        for process in children:
            process.kill()
    assert [process.returncode for process in children] == [0] * PROCESSES, [errors for _, errors in ended if errors]
    results = [json.loads(out.splitlines()[-1]) for out, _ in ended]
    assert all(len(one["rounds"]) == READERS and min(one["rounds"]) > 0 for one in results)
    assert len(set().union(*(one["seen"] for one in results))) > len(nights) // 2


def test_the_published_file_opens_read_only_and_refuses_to_be_written(home):
    reading = duckdb.connect(str(home.published), read_only=True)
    with reading as con, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute("DELETE FROM dw.fact_article")
