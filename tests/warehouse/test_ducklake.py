"""A shared warehouse: several machines, each with a home, end in the same tables as one machine with one file."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import fsspec
import postgres
import pytest
import stores
from ports import free_port

from newsmill import pipeline, runs, settings
from newsmill.errors import Permanent, StaleStagingCopy, Transient, WriterBusy
from newsmill.runs import Run
from newsmill.warehouse import ducklake, extensions, loader, publish, snapshots
from newsmill.warehouse.ducklake import SharedWarehouse
from newsmill.warehouse.model import tables

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"
STORY = " ".join(f"The {n} ferries of the strait stay in port." for n in range(40))
RULES = {"clean": "1"}
NIGHTS = "SELECT DISTINCT CAST(night AS VARCHAR) FROM dw.fact_text_block ORDER BY 1"
# Loads and publishes a night; where another was first, again, as the pipeline does.
WRITE = """
import json, sys
from datetime import date
from pathlib import Path
from newsmill import runs
from newsmill.errors import StaleStagingCopy
from newsmill.runs import Run
from newsmill.warehouse import loader, publish
from newsmill.warehouse.ducklake import SharedWarehouse

home, night, place = Path(sys.argv[1]), sys.argv[2], SharedWarehouse(*json.loads(sys.argv[3]))
run = Run(home, date.fromisoformat(night), f"{night}-{home.name}")
runs.record_run(run, "running", {})
for _ in range(8):
    try:
        loader.load(run, shared=place)
        publish.publish(run, {}, 3, place)
        break
    except StaleStagingCopy:
        print("stale", flush=True)
else:
    sys.exit("never was this one first")
"""
# Dies at the count-th call of a function.
DIE = (
    """
import os, signal, sys
from newsmill.warehouse import ducklake, snapshots

home_of, name, count = sys.argv[4].split(".")[0], sys.argv[4].split(".")[1], [int(sys.argv[5])]
module = {"ducklake": ducklake, "snapshots": snapshots}[home_of]
real = getattr(module, name)

def dying(*arguments):
    count[0] -= 1
    if count[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)

setattr(module, name, dying)
"""
    + WRITE
)
# In one transaction each time: every table must hold as many rows as the published state says of itself.
READ = """
import json, sys
from pathlib import Path
import duckdb
from newsmill.warehouse import extensions

attach, stop, rounds, seen = sys.argv[1], Path(sys.argv[2]), 0, set()
while not stop.exists():
    with duckdb.connect() as con:
        for name in ("ducklake", "sqlite_scanner", "postgres_scanner"):
            extensions.load_extension(con, name)
        con.execute(f"{attach}; USE newsmill; BEGIN")
        snapshot, expected = con.execute("SELECT snapshot, row_counts FROM ops.snapshot WHERE is_current").fetchone()
        counts = {table: con.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in expected}
        con.execute("COMMIT")
    differing = {table: (expected[table], n) for table, n in counts.items() if expected[table] != n}
    assert counts == expected, (snapshot, differing)
    seen.add(snapshot)
    rounds += 1
    print("read", flush=True) if rounds == 1 else None
print(json.dumps({"rounds": rounds, "seen": sorted(seen)}))
"""


def pages(night: str) -> list[dict]:
    """Return pages that change over nights and copy each other, so that each night changes rows of other nights."""
    return [
        {"article": "a", "text": f"Written on {night}.", "title": "A"},
        {
            "article": night,
            "text": f"Only on {night} did the council meet.",
            "mentions": ["council"],
            "quotes": [{"text": "did the council meet", "speaker": "council"}],
        },
        {"article": f"copy-{night}", "source": f"{night}.example", "text": STORY, "title": "Ferries"},
    ]


def corrected(night: str) -> list[dict]:
    return [{"article": "a", "text": f"Corrected on {night}.", "title": "A"}]


@pytest.fixture(scope="module")
def server():
    with postgres.server() as running:
        yield running


@pytest.fixture
def of_sqlite(tmp_path) -> SharedWarehouse:
    """Return an empty shared warehouse: an SQLite catalog, and all data in files.

    By default DuckLake keeps small inserts in the catalog, as the Postgres catalog of these tests does.
    """
    place = SharedWarehouse(f"sqlite:{tmp_path}/lake/catalog.sqlite", f"{tmp_path}/lake/data/")
    with closing(duckdb.connect()) as con, ducklake.attach_shared(con, place):
        con.execute(f"CALL {ducklake.DATABASE}.set_option('data_inlining_row_limit', 0)")
    return place


@pytest.fixture(params=["sqlite", "postgres"])
def shared(request, tmp_path, monkeypatch) -> SharedWarehouse:
    """Return an empty shared warehouse of either kind of catalog, the data in a folder."""
    if request.param == "sqlite":
        return request.getfixturevalue("of_sqlite")
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    setting = request.getfixturevalue("server").create(f"lake_{tmp_path.name}")
    return SharedWarehouse(setting.removeprefix("ducklake:"), f"{tmp_path}/data/")


def load_staging(house, place: SharedWarehouse, night: str):
    """Load a night into a staging copy; return its run."""
    run = house.run(night)
    runs.record_run(run, "running", RULES)
    loader.load(run, shared=place)
    return run


def load(house, place: SharedWarehouse, *nights: str) -> None:
    for night in nights:
        publish.publish(load_staging(house, place, night), RULES, 3, place)


def reader(place: SharedWarehouse) -> duckdb.DuckDBPyConnection:
    """Connect as the documentation shows it to readers."""
    con = duckdb.connect()
    for name in ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs"):
        extensions.load_extension(con, name)
    con.execute(f"{place.attach}; USE newsmill; SET TimeZone = 'UTC'")
    return con


def ask(place: SharedWarehouse, sql: str) -> list[tuple]:
    with closing(reader(place)) as con:
        return con.execute(sql).fetchall()


def column(place: SharedWarehouse, sql: str) -> list:
    return [row[0] for row in ask(place, sql)]


@pytest.fixture
def hashes(fingerprints):
    """Return a function that hashes the rows of each table and mart of a shared warehouse, or of a house.

    `run_health` is left out: runs have other names and times.
    """

    def of(place: SharedWarehouse | None = None, house=None) -> dict[str, tuple]:
        if house:
            return {name: rows for name, rows in house.fingerprints().items() if name != "mart.run_health"}
        with closing(reader(place)) as con:
            return {name: rows for name, rows in fingerprints(con).items() if name != "mart.run_health"}

    return of


@pytest.fixture
def alone(houses, hashes):
    """Return a function to load nights on one machine with one file, and hash the tables."""

    def of(**nights: list[dict]) -> dict[str, tuple]:
        house = houses()
        for night, written in nights.items():
            house.write(night.replace("_", "-")[1:], *written)
        house.load(*(night.replace("_", "-")[1:] for night in nights))
        return hashes(house=house)

    return lambda nights: of(**{"n" + night.replace("-", "_"): written for night, written in nights.items()})


def child(script: str, *args) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "include")}
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def as_json(place: SharedWarehouse) -> str:
    return json.dumps([place.catalog, place.data])


def test_machines_that_take_turns_end_in_the_tables_of_one_machine_though_a_night_is_late(
    houses, shared, alone, hashes
):
    one, two, three = houses(), houses(), houses()
    for night, house in ((MONDAY, one), (WEDNESDAY, two), (TUESDAY, three)):
        house.write(night, *pages(night))
        load(house, shared, night)
    load(one, shared, MONDAY)
    assert hashes(shared) == alone({night: pages(night) for night in (MONDAY, TUESDAY, WEDNESDAY)}) == hashes(house=one)


def test_a_file_warehouse_moves_whole_at_its_next_publish(houses, of_sqlite, alone, hashes):
    house, newcomer = houses(), houses()
    for night in (MONDAY, TUESDAY):
        house.write(night, *pages(night))
    house.load(MONDAY)
    load(house, of_sqlite, TUESDAY)
    newcomer.write(WEDNESDAY, *pages(WEDNESDAY))
    load(newcomer, of_sqlite, WEDNESDAY)
    assert hashes(of_sqlite) == alone({night: pages(night) for night in (MONDAY, TUESDAY, WEDNESDAY)})


def test_a_staging_copy_of_an_older_version_is_refused_and_loading_again_helps(houses, of_sqlite):
    one, two = houses(), houses()
    for night, house in ((MONDAY, one), (TUESDAY, one), (WEDNESDAY, two)):
        house.write(night, *pages(night))
    load(one, of_sqlite, MONDAY)
    stale = load_staging(one, of_sqlite, TUESDAY)
    load(two, of_sqlite, WEDNESDAY)
    with pytest.raises(StaleStagingCopy, match="load it again"):
        publish.publish(stale, RULES, 3, of_sqlite)
    assert column(of_sqlite, NIGHTS) == [MONDAY, WEDNESDAY]
    loader.load(stale, shared=of_sqlite)
    publish.publish(stale, RULES, 3, of_sqlite)
    assert column(of_sqlite, NIGHTS) == [MONDAY, TUESDAY, WEDNESDAY]


@pytest.mark.slow
def test_two_processes_that_write_at_once_both_land_and_a_reader_sees_whole_nights_only(
    houses, shared, alone, hashes, tmp_path
):
    first, one, two = houses(), houses(), houses()
    for night, house in ((MONDAY, first), (TUESDAY, one), (WEDNESDAY, two)):
        house.write(night, *pages(night))
    load(first, shared, MONDAY)
    reading = child(READ, shared.attach, tmp_path / "stop")
    try:
        assert reading.stdout.readline() == "read\n", reading.stderr.read()
        nights = ((one, TUESDAY), (two, WEDNESDAY))
        writing = [child(WRITE, house.home, night, as_json(shared)) for house, night in nights]
        for process in writing:
            _, errors = process.communicate(timeout=240)
            assert process.returncode == 0, errors
        (tmp_path / "stop").touch()
        out, errors = reading.communicate(timeout=60)
    finally:
        reading.kill()
    assert reading.returncode == 0, errors
    assert json.loads(out)["rounds"] > 1
    assert hashes(shared) == alone({night: pages(night) for night in (MONDAY, TUESDAY, WEDNESDAY)})
    assert ask(shared, "SELECT count(*), count(*) FILTER (is_current) FROM ops.snapshot") == [(3, 1)]


BEFORE_COMMIT = (("ducklake._replace_differing_rows", 3), ("ducklake._label_commit", 1))
AFTER_COMMIT = (("ducklake._record_base", 1), ("snapshots.publish_snapshot", 1))


@pytest.mark.slow
def test_a_publish_killed_at_any_moment_leaves_the_last_state_or_the_new_one_whole(houses, of_sqlite, alone, hashes):
    house = houses()
    for night in (MONDAY, TUESDAY):
        house.write(night, *pages(night))
    load(house, of_sqlite, MONDAY)
    before = hashes(of_sqlite)
    for name, count in BEFORE_COMMIT:
        assert die(house, of_sqlite, TUESDAY, name, count) == -signal.SIGKILL
        assert hashes(of_sqlite) == before, name
    after = alone({night: pages(night) for night in (MONDAY, TUESDAY)})
    for name, count in AFTER_COMMIT:
        assert die(house, of_sqlite, TUESDAY, name, count) == -signal.SIGKILL
        assert hashes(of_sqlite) == after, name
    load(house, of_sqlite, TUESDAY)
    assert hashes(of_sqlite) == after == hashes(house=house)


def die(house, place: SharedWarehouse, night: str, name: str, count: int) -> int:
    process = child(DIE, house.home, night, as_json(place), name, count)
    process.communicate(timeout=120)
    return process.returncode


@pytest.mark.slow
def test_a_publish_killed_at_its_commit_is_there_or_not(houses, request, tmp_path, monkeypatch, hashes):
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    setting = request.getfixturevalue("server").create("killed")
    shared = SharedWarehouse(setting.removeprefix("ducklake:"), f"{tmp_path}/data/")
    house = houses()
    house.write(MONDAY, *pages(MONDAY))
    load(house, shared, MONDAY)
    house.write(MONDAY, *corrected(MONDAY))
    run = load_staging(house, shared, MONDAY)
    states = {json.dumps(hashes(shared))}
    for _ in range(2):
        process = child(COMMIT_AND_DIE, house.home, run.run_id, as_json(shared))
        process.communicate(timeout=120)
        states.add(json.dumps(hashes(shared)))
    load(house, shared, MONDAY)
    states.add(json.dumps(hashes(shared)))
    assert len(states) == 2


# Another thread kills this process a moment after the commit began.
COMMIT_AND_DIE = """
import json, os, random, signal, sys, threading, time
from datetime import date
from pathlib import Path
from newsmill.runs import Run
from newsmill.warehouse import ducklake, publish
from newsmill.warehouse.ducklake import SharedWarehouse

real = ducklake._label_commit
def soon(*arguments):
    real(*arguments)
    threading.Timer(random.uniform(0.0, 0.15), lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
ducklake._label_commit = soon
run = Run(Path(sys.argv[1]), date.fromisoformat(sys.argv[2][:10]), sys.argv[2])
publish.publish(run, {}, 3, SharedWarehouse(*json.loads(sys.argv[3])))
time.sleep(1)
"""


def test_rolling_back_takes_a_night_out_for_all_machines_and_it_can_be_loaded_again(houses, shared, hashes):
    one, two = houses(), houses()
    for night in (MONDAY, TUESDAY):
        one.write(night, *pages(night))
    load(one, shared, MONDAY)
    first, before = ducklake.list_versions(shared)[-1].snapshot, hashes(shared)
    load(one, shared, TUESDAY)
    both = hashes(shared)
    ducklake.roll_back(shared, first)
    assert hashes(shared) == before
    assert column(shared, "SELECT snapshot FROM ops.snapshot WHERE is_current") == [first]
    assert [(version.how, version.snapshot == first) for version in ducklake.list_versions(shared)] == [
        ("publish", True),
        ("publish", False),
        ("rollback", True),
    ]
    two.write(TUESDAY, *pages(TUESDAY))
    load(two, shared, TUESDAY)
    assert hashes(shared) == both
    load(one, shared, MONDAY)
    assert hashes(shared) == both == hashes(house=one)


def test_rolling_back_to_an_unknown_snapshot_names_the_known_ones(houses, of_sqlite):
    with pytest.raises(Permanent, match="keeps no snapshot nowhere; it keeps: none"):
        ducklake.roll_back(of_sqlite, "nowhere")


def test_tidying_expires_old_versions_and_files_and_machines_behind_still_update(houses, of_sqlite, alone, hashes):
    one, two = houses(), houses()
    for house in (one, two):
        for night in (MONDAY, TUESDAY, WEDNESDAY):
            house.write(night, *pages(night))
    load(one, of_sqlite, MONDAY)
    first = ducklake.list_versions(of_sqlite)[0].snapshot
    load(two, of_sqlite, TUESDAY, MONDAY)
    before, files = hashes(of_sqlite), len(list(Path(of_sqlite.data).rglob("*.parquet")))
    expired = ducklake.expire_versions(of_sqlite, keep=1, unused_hours=0)
    assert len(expired) == 2 and first in expired
    assert hashes(of_sqlite) == before
    assert len(ducklake.list_versions(of_sqlite)) == 1
    assert len(list(Path(of_sqlite.data).rglob("*.parquet"))) < files
    assert ask(of_sqlite, "SELECT count(*) FROM ops.snapshot") == [(1,)]
    load(one, of_sqlite, WEDNESDAY)
    expected = alone({night: pages(night) for night in (MONDAY, TUESDAY, WEDNESDAY)})
    assert hashes(of_sqlite) == expected == hashes(house=one)


def test_tidying_leaves_files_to_those_who_may_still_read_them(houses, of_sqlite):
    house = houses()
    house.write(MONDAY, *pages(MONDAY))
    load(house, of_sqlite, MONDAY, MONDAY)
    files = set(Path(of_sqlite.data).rglob("*.parquet"))
    ducklake.expire_versions(of_sqlite, keep=1)
    assert files <= set(Path(of_sqlite.data).rglob("*.parquet"))


def test_an_equal_night_writes_no_row_of_dw(houses, of_sqlite):
    house = houses()
    house.write(MONDAY, *pages(MONDAY))
    load(house, of_sqlite, MONDAY, MONDAY)
    number = ducklake.list_versions(of_sqlite)[-1].number
    with closing(reader(of_sqlite)) as con:
        for model in (model for model in tables() if model.schema == "dw"):
            for feed in ("insertions", "deletions"):
                sql = f"FROM ducklake_table_{feed}('newsmill', 'dw', '{model.name}', {number}, {number})"
                assert con.execute(sql).fetchall() == [], model.table
        changes = con.execute("SELECT changes FROM newsmill.snapshots() ORDER BY snapshot_id").fetchall()[-1][0]
    assert not [change for change in changes if "created" in change or "altered" in change]


def test_a_column_that_a_model_gains_is_added_to_the_lake(houses, of_sqlite):
    house = houses()
    house.write(MONDAY, *pages(MONDAY))
    load(house, of_sqlite, MONDAY)
    with closing(duckdb.connect()) as con, ducklake.attach_shared(con, of_sqlite):
        con.execute(f"ALTER TABLE {ducklake.DATABASE}.dw.dim_date DROP COLUMN is_weekend")
        con.execute(f"DELETE FROM {ducklake.DATABASE}.dw.dim_date")
    newcomer = houses()
    newcomer.write(TUESDAY, *pages(TUESDAY))
    load(newcomer, of_sqlite, TUESDAY)
    assert column(of_sqlite, "SELECT is_weekend FROM dw.dim_date") == [False, False]


def test_the_lake_has_the_comments_the_marts_and_the_macros(houses, of_sqlite, key):
    house = houses()
    house.write(MONDAY, *pages(MONDAY))
    load(house, of_sqlite, MONDAY)
    comments = dict(
        ask(
            of_sqlite,
            """
        SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() WHERE NOT internal
        UNION ALL SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE schema_name = 'mart'""",
        )
    )
    assert {model.table: model.meaning for model in tables()}.items() <= comments.items()
    assert (
        ask(
            of_sqlite,
            """SELECT table_name, column_name FROM duckdb_columns() SEMI JOIN duckdb_tables()
        USING (database_name, schema_name, table_name)
        WHERE database_name = 'newsmill' AND schema_name IN ('dw', 'ops', 'search') AND comment IS NULL""",
        )
        == []
    )
    assert ask(of_sqlite, "SELECT dw.surrogate_key('x')") == [(key("x"),)]
    assert len(ask(of_sqlite, "FROM mart.search('council')")) == 1
    (quote,) = column(of_sqlite, "SELECT quote_key FROM dw.fact_quote")
    for sql in (f"FROM mart.cite('fact_quote', {quote})", "FROM mart.search('ferries')"):
        assert ask(of_sqlite, sql) == house.ask(sql)


def test_several_nights_of_one_draft_are_published_together(houses, of_sqlite, alone, hashes):
    house = houses()
    for night in (MONDAY, TUESDAY, WEDNESDAY):
        house.write(night, *pages(night))
    load(house, of_sqlite, MONDAY)
    last, other = load_staging(house, of_sqlite, WEDNESDAY), house.run(TUESDAY)
    runs.record_run(other, "running", RULES)
    loader.accept_parts(other)
    loader.load_into_staging(other, snapshots.staging_path(house.warehouse, last.run_id), shared=of_sqlite)
    publish.publish(last, RULES, 3, of_sqlite, [(other, RULES)])
    expected = alone({night: pages(night) for night in (MONDAY, TUESDAY, WEDNESDAY)})
    assert hashes(of_sqlite) == expected
    newcomer = houses()
    newcomer.write(MONDAY, *pages(MONDAY))
    load(newcomer, of_sqlite, MONDAY)
    assert hashes(of_sqlite) == expected


def test_a_file_that_was_published_to_alone_is_the_copy_of_no_shared_state_any_more(houses, of_sqlite, alone, hashes):
    house = houses()
    for night in (MONDAY, TUESDAY, WEDNESDAY):
        house.write(night, *pages(night))
    load(house, of_sqlite, MONDAY)
    house.load(TUESDAY)
    load(house, of_sqlite, WEDNESDAY)
    assert hashes(of_sqlite) == alone({night: pages(night) for night in (MONDAY, WEDNESDAY)}) == hashes(house=house)


def test_what_a_reader_attaches_cannot_be_written(houses, of_sqlite):
    house = houses()
    house.write(MONDAY, *pages(MONDAY))
    load(house, of_sqlite, MONDAY)
    with pytest.raises(duckdb.Error, match="read-only"):
        ask(of_sqlite, "DELETE FROM dw.fact_article")


def test_runs_of_one_night_on_two_machines_are_both_in_the_ledger(houses, of_sqlite):
    one, two = houses(), houses()
    one.write(MONDAY, *pages(MONDAY))
    load(one, of_sqlite, MONDAY)
    two.count = 50
    two.write(MONDAY, *corrected(MONDAY))
    load(two, of_sqlite, MONDAY)
    assert len(column(of_sqlite, "SELECT run_id FROM ops.run WHERE status = 'published'")) == 2
    assert column(of_sqlite, "SELECT text FROM dw.dim_article") == [f"Corrected on {MONDAY}."]


# -- the sample nights, by both catalogs, in a folder and in a bucket


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> list[Run]:
    """Return the runs of the two sample nights, up to the load, in a home to be copied."""
    home = tmp_path_factory.mktemp("samples") / "home"
    made = []
    for night in (MONDAY, TUESDAY):
        run = Run(home, date.fromisoformat(night), f"{night}-sample")
        runs.record_run(run, "running", RULES)
        for step in (step for row in pipeline.steps() for step in row if step.name not in WAREHOUSE_STEPS):
            for unit in [None] if step.over == "night" else pipeline.UNITS[step.over](run):
                step.work(run, unit)
        made.append(run)
    return made


WAREHOUSE_STEPS = ("copy", "check", "load", "audit", "publish")


@pytest.mark.slow
@pytest.mark.parametrize(("catalog", "store"), [("sqlite", "folder"), ("postgres", "bucket")])
def test_every_mart_of_the_sample_nights_is_the_same_in_a_file_and_in_a_lake(
    samples, catalog, store, tmp_path, make_house, fingerprints, monkeypatch, request
):
    place = SharedWarehouse(f"sqlite:{tmp_path}/catalog.sqlite", f"{tmp_path}/data/")
    if catalog == "postgres":
        monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
        place = replace(place, catalog=request.getfixturevalue("server").create("samples").removeprefix("ducklake:"))
    with stores.s3(tmp_path) if store == "bucket" else nullcontext() as address:
        if store == "bucket":
            keys = {"ACCESS_KEY_ID": stores.KEY, "SECRET_ACCESS_KEY": stores.SECRET, "ENDPOINT_URL": address}
            for name, value in keys.items():
                monkeypatch.setenv(f"AWS_{name}", value)
            fsspec.filesystem("s3", endpoint_url=address, skip_instance_cache=True).mkdir("news")
            place = replace(place, data="s3://news/lake/")
        for name, there in (("file", None), ("lake", place)):
            shutil.copytree(samples[0].home, tmp_path / name)
            for run in samples:
                loader.load(replace(run, home=tmp_path / name), shared=there)
                publish.publish(replace(run, home=tmp_path / name), RULES, 3, there)
        with closing(reader(place)) as con:
            if store == "bucket":
                ducklake.create_bucket_secret(con)
            actual = fingerprints(con)
    assert actual == make_house(tmp_path / "file").fingerprints()
    assert min(count for count, _ in (actual[f"mart.{model.name}"] for model in tables() if model.load == "view")) > 0


@pytest.mark.slow
def test_by_the_setting_alone_the_steps_of_the_pipeline_share_what_they_publish(houses, of_sqlite, monkeypatch):
    monkeypatch.setenv("NEWSMILL_WAREHOUSE", f"ducklake:{of_sqlite.catalog}")
    monkeypatch.setenv("NEWSMILL_WAREHOUSE_DATA", of_sqlite.data)
    one, two = houses(), houses()
    for house, night in ((one, MONDAY), (two, TUESDAY)):
        house.write(night, *pages(night))
    stale = one.run(MONDAY)
    runs.record_run(stale, "running", pipeline.collect_rule_versions())
    pipeline.run_step("load", stale, None)
    load(two, of_sqlite, TUESDAY)
    pipeline.run_step("audit", stale, None)
    pipeline.run_step("publish", stale, None)
    assert column(of_sqlite, NIGHTS) == [MONDAY, TUESDAY] == one.column(NIGHTS)


@pytest.mark.slow
def test_keys_that_a_bucket_refuses_say_so_and_are_never_shown(tmp_path, monkeypatch):
    with stores.s3(tmp_path) as address:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        place = SharedWarehouse(f"sqlite:{tmp_path}/catalog.sqlite", "s3://news/lake/")
        is_refused = pytest.raises(Permanent, match="turns the keys away")
        with is_refused as failed, closing(duckdb.connect()) as con, ducklake.attach_shared(con, place):
            con.execute(f"CREATE TABLE {ducklake.DATABASE}.t AS FROM range(1000)")
    assert "not-the-secret" not in str(failed.value)


# -- messages of errors


def test_a_wrong_password_says_so_and_is_never_shown(server, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "not-the-password")
    place = SharedWarehouse(server.setting("postgres").removeprefix("ducklake:"), f"{tmp_path}/")
    with pytest.raises(Permanent, match="set PGPASSWORD") as failed:
        ducklake.list_versions(place)
    assert "not-the-password" not in str(failed.value)


def test_a_database_that_is_not_there_says_so(server, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    place = SharedWarehouse(server.setting("nowhere").removeprefix("ducklake:"), f"{tmp_path}/")
    with pytest.raises(Permanent, match="no such database"):
        ducklake.list_versions(place)


def test_a_catalog_that_does_not_answer_may_answer_later(tmp_path):
    place = SharedWarehouse(f"postgres:host=127.0.0.1 port={free_port()} dbname=x", f"{tmp_path}/")
    with pytest.raises(Transient, match="does not answer"):
        ducklake.list_versions(place)


def test_a_file_that_is_no_catalog_says_so(tmp_path):
    (tmp_path / "catalog.sqlite").write_text("nothing of the kind " * 100)
    with pytest.raises(Permanent, match="correct NEWSMILL_WAREHOUSE"):
        ducklake.list_versions(SharedWarehouse(f"sqlite:{tmp_path}/catalog.sqlite", f"{tmp_path}/data/"))


def test_data_at_another_place_than_the_catalog_knows_says_so(houses, of_sqlite):
    ducklake.list_versions(of_sqlite)
    with pytest.raises(Permanent, match="NEWSMILL_WAREHOUSE_DATA"):
        ducklake.list_versions(SharedWarehouse(of_sqlite.catalog, of_sqlite.data + "elsewhere/"))


# Not in this process: SQLite's locks hold between processes, and the one in Python does not know of the one in DuckDB.
HOLD = """
import sqlite3, sys
con = sqlite3.connect(sys.argv[1])
con.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_locked_catalog_may_be_free_later(houses, of_sqlite, monkeypatch):
    monkeypatch.setattr(ducklake, "BUSY_MILLISECONDS", 100)
    house = houses()
    house.write(MONDAY, *pages(MONDAY))
    run = load_staging(house, of_sqlite, MONDAY)
    holding = child(HOLD, of_sqlite.sqlite)
    try:
        assert holding.stdout.readline() == "held\n"
        with pytest.raises(WriterBusy, match="try again later"):
            publish.publish(run, RULES, 3, of_sqlite)
    finally:
        holding.communicate(timeout=60)
    loader.load(run, shared=of_sqlite)
    publish.publish(run, RULES, 3, of_sqlite)
    assert column(of_sqlite, NIGHTS) == [MONDAY]


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"NEWSMILL_WAREHOUSE": "lake.sqlite"}, "must be ducklake:sqlite:FILE or"),
        ({"NEWSMILL_WAREHOUSE": "ducklake:mysql:host=x"}, "must be ducklake:sqlite:FILE or"),
        ({"NEWSMILL_WAREHOUSE": "ducklake:postgres:host=x password=hush"}, "set PGPASSWORD"),
        ({"NEWSMILL_WAREHOUSE": "ducklake:postgres:postgresql://ada:hush@host/lake"}, "set PGPASSWORD"),
        ({"NEWSMILL_WAREHOUSE": "ducklake:sqlite:lake.sqlite"}, "NEWSMILL_WAREHOUSE_DATA is missing"),
        ({"NEWSMILL_WAREHOUSE": "ducklake:sqlite:x", "NEWSMILL_WAREHOUSE_DATA": "ftp://x/y"}, "begin with s3://"),
    ],
)
def test_a_wrong_setting_says_what_is_expected_and_shows_no_password(environment, complaint):
    with pytest.raises(Permanent, match=complaint) as failed:
        settings.read(environment)
    assert "hush" not in str(failed.value)


def test_a_setting_is_a_place(tmp_path):
    environment = {
        "NEWSMILL_ROOT": str(tmp_path),
        "NEWSMILL_WAREHOUSE": "ducklake:sqlite:lake/catalog.sqlite",
        "NEWSMILL_WAREHOUSE_DATA": "s3://news/lake",
    }
    assert ducklake.shared_warehouse(settings.read(environment)) == SharedWarehouse(
        f"sqlite:{tmp_path}/lake/catalog.sqlite", "s3://news/lake/"
    )
    assert ducklake.shared_warehouse(settings.read({})) is None
