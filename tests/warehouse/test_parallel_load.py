"""Models that do not wait for each other are loaded at once, and none before what it refers to."""

import re
import threading

import duckdb
import pytest

from newsmill.warehouse.model import Model, models
from newsmill.warehouse.parallel_load import CONNECTIONS, SCRATCH, open_connections, run_parallel

BY_TABLE = {model.table: model for model in models()}
LOADED = [model for model in models() if not model.is_laid]


def model(name: str, *refs: str) -> Model:
    return Model("dw", name, "", ("a",), "merge", "", refs=tuple(f"dw.{ref}" for ref in refs))


@pytest.fixture
def lent():
    with duckdb.connect() as con, open_connections(con) as lent:
        yield lent


def ahead(model: Model) -> set[str]:
    """Return the tables that are loaded before a model."""
    return {name for ref in model.refs for name in {ref, *ahead(BY_TABLE[ref])}}


@pytest.mark.parametrize("model", LOADED, ids=lambda model: model.table)
def test_a_model_refers_to_all_that_it_looks_at(model):
    told = " ".join([model.sql, model.scope, model.nights, model.touches, model.observed])
    told = re.sub(r"--.*|'[^']*'", "", told)
    looked_at = {name for name in BY_TABLE if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w(])", told)}
    looked_at |= {f"dw.{name}" for name in re.findall(r"\b(?:gone|come)_(\w+)", told)}
    assert looked_at & {loaded.table for loaded in LOADED} <= ahead(model) | {model.table}
    views = {name for name in looked_at if BY_TABLE[name].load == "temporary view"}
    assert views <= {*model.refs, *(name for ref in model.refs for name in BY_TABLE[ref].refs)}  # a lane lays these
    if model.seen_in:  # is looked at as it was before the night
        assert model.table in ahead(BY_TABLE[model.seen_in])


def test_none_begins_before_what_it_refers_to_and_what_the_caller_does_with_that_are_done(lent):
    begun, noted = {}, set()
    wanted = [model("a"), model("b", "a"), model("c", "a"), model("d", "b", "c"), model("e")]

    def load(_lane, model):
        begun[model.table] = set(noted)
        return set()

    for loaded, _ in run_parallel(wanted, lent, load):
        noted.add(loaded.table)
    assert noted == {each.table for each in wanted}
    assert all(set(each.refs) <= begun[each.table] for each in wanted)


def test_models_that_need_not_wait_are_loaded_at_once_and_no_more_than_there_are_lanes(lent):
    at_once = threading.Barrier(CONNECTIONS, timeout=20)
    in_lane = set()

    def load(lane, _model):
        assert lane not in in_lane
        in_lane.add(lane)
        at_once.wait()
        in_lane.remove(lane)
        return set()

    assert (
        len(list(run_parallel([model(name) for name in "abcdefgh"[: 4 * CONNECTIONS]], lent, load))) == 4 * CONNECTIONS
    )


def test_the_one_that_most_wait_for_comes_first(lent):
    order = []
    wanted = [model("a"), model("b"), model("c", "b"), model("d", "c")]
    for loaded, _ in run_parallel(wanted, lent[:1], lambda _lane, model: order.append(model.name) or set()):
        assert loaded.name == order[-1]
    assert order == ["b", "c", "d", "a"]


def test_one_that_fails_ends_the_others_and_is_told(lent):
    started = []

    def load(lane, model):
        started.append(model.name)
        if model.name == "a":
            lane.execute("SELECT error('no such light')")
        lane.execute("SELECT count(*) FROM range(1000000) AS one, range(1000000) AS other")
        return set()

    with pytest.raises(duckdb.InvalidInputException, match="no such light"):
        list(run_parallel([model("a"), model("b"), model("c", "a")], lent, load))
    assert "c" not in started


def test_a_caller_that_fails_ends_what_is_being_loaded(lent):
    def load(lane, model):
        if model.name == "b":
            lane.execute("SELECT count(*) FROM range(1000000) AS one, range(1000000) AS other")
        return set()

    loaded = run_parallel([model("a"), model("b")], lent, load)
    assert next(loaded)[0].name == "a"
    loaded.close()


def test_lanes_share_what_is_handed_on_and_leave_the_connection_as_it_was(tmp_path):
    told = (
        "SELECT name, value FROM duckdb_settings() "
        "WHERE name IN ('search_path', 'external_threads', 'checkpoint_threshold')"
    )
    with duckdb.connect(str(tmp_path / "a house.duckdb")) as con:
        before = con.execute(told).fetchall()
        with open_connections(con) as lent:
            lent[0].execute(f"CREATE TABLE {SCRATCH}.seen AS SELECT 1 AS one")
            lent[1].execute("CREATE TABLE kept AS FROM seen")
            assert con.execute("SELECT one FROM seen").fetchall() == [(1,)]
        assert con.execute(told).fetchall() == before
        assert con.execute("FROM kept").fetchall() == [(1,)]
        with pytest.raises(duckdb.CatalogException):
            con.execute("FROM seen")
