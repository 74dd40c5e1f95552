"""Readers may query everything in the warehouse, and do nothing else."""

import subprocess
from contextlib import closing

import duckdb
import pytest

from newsmill.errors import Permanent
from newsmill.warehouse import extensions, snapshots, sql_shell

pytestmark = pytest.mark.slow

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
FORBIDDEN = (
    "COPY dw.dim_article TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.parquet'",
    "EXPORT DATABASE '{folder}/out'",
    "ATTACH '{folder}/other.duckdb'",
    "ATTACH '{warehouse}' AS again (READ_WRITE)",
    "FROM read_csv('/etc/passwd')",
    "FROM read_text('/etc/hostname')",
    "FROM read_blob('/etc/hostname')",
    "FROM read_parquet('{folder}/*.parquet')",
    "FROM glob('/*')",
    "FROM '/etc/passwd'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{extension}'",
    "INSERT INTO dw.dim_date SELECT * FROM dw.dim_date",
    "DELETE FROM dw.dim_article",
    "UPDATE dw.dim_article SET title = 'No'",
    "DROP TABLE dw.dim_article",
    "CREATE TABLE dw.more AS SELECT 1",
    "CREATE OR REPLACE MACRO mart.cite(a, b) AS TABLE SELECT 1",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET memory_limit = '1TB'",
    "SET temp_directory = '{folder}'",
    "RESET enable_external_access",
    "PRAGMA enable_profiling = 'json'",
    "PRAGMA profiling_output = '{folder}/profile.json'",
)
DOT_COMMANDS = (
    ".shell ls",
    ".output {folder}/out.txt",
    ".read /etc/passwd",
    ".open {folder}/new.duckdb",
    ".import /etc/passwd t",
)


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory, make_house):
    """Return a house with two nights published."""
    house = make_house(tmp_path_factory.mktemp("reading") / "home")
    for night in (MONDAY, TUESDAY):
        house.write(night, {"article": night, "title": night})
        house.load(night)
    return house


def spelled(statement: str, house, folder) -> str:
    return statement.format(folder=folder, warehouse=house.published, extension=extensions.extension_path("fts"))


def shell(house, *arguments: str, snapshot: str | None = None, said: str | None = None) -> subprocess.CompletedProcess:
    command = sql_shell.shell_command(house.home, snapshot, arguments)
    return subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False)


def test_a_reader_sees_all_that_is_published_and_may_reckon_with_it(two_nights):
    with closing(sql_shell.connect_read_only(two_nights.home)) as con:
        assert con.execute("SELECT count(*) FROM dw.dim_article").fetchone() == (2,)
        con.execute("CREATE TEMP TABLE mine AS FROM mart.run_health")
        assert con.execute("SELECT count(*) FROM mine").fetchone() == (2,)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_a_reader_can_change_load_and_reach_nothing(two_nights, tmp_path, statement):
    with closing(sql_shell.connect_read_only(two_nights.home)) as con, pytest.raises(duckdb.Error):
        con.execute(spelled(statement, two_nights, tmp_path)).fetchall()
    assert not list(tmp_path.iterdir())


def test_a_shell_can_change_load_and_reach_nothing(two_nights, tmp_path):
    for statement in FORBIDDEN:
        done = shell(two_nights, "-c", spelled(statement, two_nights, tmp_path))
        assert done.returncode != 0 and "Error" in done.stderr, (statement, done.stdout)
    done = shell(two_nights, said="\n".join(command.format(folder=tmp_path) for command in DOT_COMMANDS))
    assert done.stderr.count("cannot be used in -safe mode") == len(DOT_COMMANDS)
    assert not list(tmp_path.iterdir())


def test_a_snapshot_is_read_by_its_name(two_nights):
    first, last = snapshots.list_snapshots(two_nights.warehouse)
    for name, nights in ((first, 1), (last, 2), (None, 2)):
        with closing(sql_shell.connect_read_only(two_nights.home, name)) as con:
            assert con.execute("SELECT count(DISTINCT night) FROM dw.fact_article").fetchone() == (nights,)
    done = shell(two_nights, "-csv", "-noheader", "-c", "SELECT count(*) FROM dw.fact_article", snapshot=first)
    assert done.stdout.strip() == "1"


def test_an_unknown_snapshot_is_refused_with_the_known_ones(two_nights, tmp_path):
    first, last = snapshots.list_snapshots(two_nights.warehouse)
    with pytest.raises(Permanent, match=f"no snapshot never; there are: {first}, {last}"):
        sql_shell.connect_read_only(two_nights.home, "never")
    with pytest.raises(Permanent, match="run a night first"):
        sql_shell.connect_read_only(tmp_path)
