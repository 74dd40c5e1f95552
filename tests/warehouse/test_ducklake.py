"""A warehouse that machines share: each with a home of its own, they end in what one machine with one file would have."""

from contextlib import closing

import duckdb
import postgres
import pytest
from duckdb_extensions import import_extension

from newsmill import runs
from newsmill.warehouse import ducklake, loader, publish
from newsmill.warehouse.ducklake import Shared

MONDAY, TUESDAY, WEDNESDAY = "2026-03-02", "2026-03-03", "2026-03-04"
STORY = " ".join(f"The {n} ferries of the strait stay in port." for n in range(40))


def pages(night: str) -> list[dict]:
    """Return a night whose articles change over nights and copy each other, so that each night touches rows of others."""
    return [
        {"article": "a", "text": f"Told on {night}.", "title": "A"},
        {"article": night, "text": f"Only on {night} did the council meet.", "mentions": ["council"],
         "quotes": [{"text": "did the council meet", "speaker": "council"}]},
        {"article": f"copy-{night}", "source": f"{night}.example", "text": STORY, "title": "Ferries"},
    ]


@pytest.fixture(scope="module")
def server():
    with postgres.server() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgres"])
def shared(request, tmp_path, monkeypatch) -> Shared:
    """Return an empty shared warehouse, its data in a folder."""
    data = f"{tmp_path}/data/"
    if request.param == "sqlite":
        return Shared(f"sqlite:{tmp_path}/catalog.sqlite", data)
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    found = request.getfixturevalue("server").create(f"lake_{abs(hash(request.node.nodeid))}")
    return Shared(found.removeprefix("ducklake:"), data)


def load(house, place, *nights):
    for night in nights:
        run = house.run(night)
        runs.record(run, "running", {"clean": "1"})
        loader.load(run, place)
        publish.publish(run, {"clean": "1"}, 3, place)
    return run


def reader(place):
    con = duckdb.connect()
    for name in ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs"):
        import_extension(name, con=con)
    con.execute(f"{place.attach}; USE newsmill; SET TimeZone = 'UTC'")
    return con


def test_two_machines(houses, shared, fingerprints):
    one, two, alone = houses(), houses(), houses()
    for night, house in ((MONDAY, one), (TUESDAY, two), (WEDNESDAY, one)):
        house.write(night, *pages(night))
        alone.write(night, *pages(night))
        load(house, shared, night)
    alone.load(MONDAY, TUESDAY, WEDNESDAY)
    want = alone.fingerprints()
    with closing(reader(shared)) as con:
        got = fingerprints(con)
    bad = [t for t in want if t != "mart.run_health" and want[t] != got[t]]
    assert bad == []
    have = one.fingerprints()
    assert [t for t in want if t != "mart.run_health" and want[t] != have[t]] == []
