"""Independent models are loaded at once, and each model after all its references."""

import re
import threading
import time

import duckdb
import pytest

from newsmill.warehouse.model import Model, models
from newsmill.warehouse.parallel_load import CONNECTIONS, LONE_SECONDS, SCRATCH, open_connections, run_parallel
from newsmill.warehouse.statements import fetch_value

BY_TABLE = {model.table: model for model in models()}
LOADED = [model for model in models() if not model.is_view_or_macro]


def model(name: str, *refs: str) -> Model:
    return Model("dw", name, "", ("a",), "merge", "", refs=tuple(f"dw.{ref}" for ref in refs))


@pytest.fixture
def connections():
    """Return the connections of a load."""
    with duckdb.connect() as con, open_connections(con) as connections:
        yield connections


def ahead(model: Model) -> set[str]:
    """Return the tables that are loaded before a model."""
    return {name for ref in model.refs for name in {ref, *ahead(BY_TABLE[ref])}}


@pytest.mark.parametrize("model", LOADED, ids=lambda model: model.table)
def test_a_model_refers_to_all_that_it_looks_at(model):
    text = " ".join([model.sql, model.scope, model.nights, model.affected_keys, model.observed])
    text = re.sub(r"--.*|'[^']*'", "", text)
    looked_at = {name for name in BY_TABLE if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w(])", text)}
    looked_at |= {f"dw.{name}" for name in re.findall(r"\b(?:deleted|inserted)_(\w+)", text)}
    assert looked_at & {loaded.table for loaded in LOADED} <= ahead(model) | {model.table}
    views = {name for name in looked_at if BY_TABLE[name].load == "temporary view"}
    assert views <= {
        *model.refs,
        *(name for ref in model.refs for name in BY_TABLE[ref].refs),
    }  # each connection creates these
    if model.seen_in:  # is looked at as it was before the night
        assert model.table in ahead(BY_TABLE[model.seen_in])


def test_none_begins_before_what_it_refers_to_and_what_the_caller_does_with_that_are_done(connections):
    begun, noted = {}, set()
    selected = [model("a"), model("b", "a"), model("c", "a"), model("d", "b", "c"), model("e")]

    def load(_connection, model):
        begun[model.table] = set(noted)
        return set()

    for loaded, _ in run_parallel(selected, connections, load):
        noted.add(loaded.table)
    assert noted == {each.table for each in selected}
    assert all(set(each.refs) <= begun[each.table] for each in selected)


def test_models_that_need_not_wait_are_loaded_at_once_and_no_more_than_there_are_connections(connections):
    at_once = threading.Barrier(CONNECTIONS, timeout=20)
    busy = set()

    def load(connection, _model):
        assert connection not in busy
        busy.add(connection)
        at_once.wait()
        busy.remove(connection)
        return set()

    loaded = list(run_parallel([model(name) for name in "abcdefgh"[: 4 * CONNECTIONS]], connections, load))
    assert len(loaded) == 4 * CONNECTIONS


def test_a_model_that_none_can_start_next_to_has_the_processors_of_idle_connections(connections):
    at_once, counts = threading.Barrier(2, timeout=20), {}
    connections[0].execute("SET threads = 4")

    def load(connection, model):
        if model.name in ("a", "b"):
            at_once.wait()
        else:
            time.sleep(10 * LONE_SECONDS)
        counts[model.name] = fetch_value(connection, "SELECT current_setting('external_threads')")
        return set()

    list(run_parallel([model("a"), model("b"), model("c", "a", "b"), model("d", "c")], connections, load))
    assert counts == {"a": CONNECTIONS, "b": CONNECTIONS, "c": 1, "d": 1}


def test_the_one_that_most_wait_for_comes_first(connections):
    order = []
    selected = [model("a"), model("b"), model("c", "b"), model("d", "c")]
    for loaded, _ in run_parallel(
        selected, connections[:1], lambda _connection, model: order.append(model.name) or set()
    ):
        assert loaded.name == order[-1]
    assert order == ["b", "c", "d", "a"]


def test_one_that_fails_ends_the_others_and_is_raised(connections):
    started = []

    def load(connection, model):
        started.append(model.name)
        if model.name == "a":
            connection.execute("SELECT error('no such light')")
        connection.execute("SELECT count(*) FROM range(1000000) AS one, range(1000000) AS other")
        return set()

    with pytest.raises(duckdb.InvalidInputException, match="no such light"):
        list(run_parallel([model("a"), model("b"), model("c", "a")], connections, load))
    assert "c" not in started


def test_a_caller_that_fails_ends_what_is_being_loaded(connections):
    def load(connection, model):
        if model.name == "b":
            connection.execute("SELECT count(*) FROM range(1000000) AS one, range(1000000) AS other")
        return set()

    loaded = run_parallel([model("a"), model("b")], connections, load)
    assert next(loaded)[0].name == "a"
    loaded.close()


def test_connections_share_the_scratch_database_and_leave_the_first_connection_as_it_was(tmp_path):
    settings = (
        "SELECT name, value FROM duckdb_settings() "
        "WHERE name IN ('search_path', 'external_threads', 'checkpoint_threshold')"
    )
    with duckdb.connect(str(tmp_path / "a house.duckdb")) as con:
        before = con.execute(settings).fetchall()
        with open_connections(con) as connections:
            connections[0].execute(f"CREATE TABLE {SCRATCH}.seen AS SELECT 1 AS one")
            connections[1].execute("CREATE TABLE kept AS FROM seen")
            assert con.execute("SELECT one FROM seen").fetchall() == [(1,)]
        assert con.execute(settings).fetchall() == before
        assert con.execute("FROM kept").fetchall() == [(1,)]
        with pytest.raises(duckdb.CatalogException):
            con.execute("FROM seen")
