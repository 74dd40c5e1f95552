"""Loads independent models in parallel, each on a separate connection."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import date
from graphlib import TopologicalSorter

import duckdb

from newsmill.warehouse.model import Model
from newsmill.warehouse.statements import fetch_row, fetch_value

CONNECTIONS = 2
"""Models at once: one alone keeps two processors busy for two thirds of the time, and more take more memory."""
SCRATCH = "scratch"
"""The in-memory database for tables of all connections of a load: a temporary table belongs to one connection."""

MAX_LOOKUP_ROWS = 5_000
"""Row ids to look up one by one; with more, DuckDB scans the whole table."""
INTERRUPT_SECONDS = 0.1
LONE_SECONDS = 0.1
"""A model alone for longer gets the processors of the idle connections: to start threads takes a tenth of that."""
_CONNECTION_SETTINGS = f"""
SET preserve_insertion_order = true; SET TimeZone = 'UTC'; SET enable_progress_bar = false;
SET dynamic_or_filter_threshold = {MAX_LOOKUP_ROWS};
"""
# A checkpoint would renumber rows while another connection has their row ids. Each connection works in a thread of
# its own: with as many threads of DuckDB as processors in addition, they would wait for each other. Several models read
# the same parts of the lake.
_DATABASE_SETTINGS = """
SET checkpoint_threshold = '1 TB'; SET parquet_metadata_cache = true; SET external_threads = {}; ATTACH ':memory:' AS {}
"""
_PROCESSORS = "SELECT current_setting('threads')"
_RESET_SETTINGS = "RESET checkpoint_threshold; RESET parquet_metadata_cache; RESET external_threads; DETACH {}"

LoadModel = Callable[[duckdb.DuckDBPyConnection, Model], set[date]]


@contextmanager
def open_connections(con: duckdb.DuckDBPyConnection) -> Iterator[list[duckdb.DuckDBPyConnection]]:
    """Open a pool of connections to a connection's database; all find tables of SCRATCH by the bare name."""
    database, search_path, processors = fetch_row(
        con, "SELECT current_database(), current_setting('search_path'), current_setting('threads')"
    )
    con.execute(_DATABASE_SETTINGS.format(min(CONNECTIONS, processors), SCRATCH))
    pool = [con.cursor() for _ in range(CONNECTIONS)]
    try:
        for each in (con, *pool):
            each.execute(f"""{_CONNECTION_SETTINGS} SET search_path = '"{database}",{SCRATCH}'""")
        yield pool
    finally:
        for each in pool:
            each.close()
        con.execute(f"SET search_path = '{search_path}'; {_RESET_SETTINGS.format(SCRATCH)}")


def run_parallel(
    models: Sequence[Model], connections: Sequence[duckdb.DuckDBPyConnection], load: LoadModel
) -> Iterator[tuple[Model, set[date]]]:
    """Load each model after all its references, and yield the model with its changed nights.

    Start the ready model with the longest critical path, then the model with most references. `models` are in an order
    of references. The caller handles a yielded model before any model with a reference to it starts. A model that none
    can start next to has all processors.
    """
    by_table, longest_waits = {model.table: model for model in models}, _longest_waits(models)

    def rank(table: str) -> tuple[int, int, str]:
        return -longest_waits[table], -len(by_table[table].refs), table

    sorter = TopologicalSorter({table: by_table.keys() & set(model.refs) for table, model in by_table.items()})
    sorter.prepare()
    ready: set[str] = set()
    idle, working = list(connections), len(connections)
    running: dict[Future[set[date]], tuple[str, duckdb.DuckDBPyConnection]] = {}
    with ThreadPoolExecutor(len(connections)) as pool:
        try:
            while sorter.is_active():
                ready.update(sorter.get_ready())
                for table in sorted(ready, key=rank)[: len(idle)]:
                    connection = idle.pop()
                    running[pool.submit(load, connection, by_table[table])] = table, connection
                    ready.remove(table)
                if len(running) > working:
                    working = _share_processors(connections[0].cursor(), len(running))
                elif len(running) < working and not wait(running, LONE_SECONDS, FIRST_COMPLETED).done:
                    working = _share_processors(idle[-1], len(running))
                for ended in wait(running, return_when=FIRST_COMPLETED).done:
                    table, connection = running.pop(ended)
                    yield by_table[table], ended.result()
                    sorter.done(table)
                    idle.append(connection)
        except BaseException:
            while wait(running, timeout=INTERRUPT_SECONDS).not_done:  # an interrupt between two statements is lost
                for connection in connections:
                    connection.interrupt()
            raise


def _share_processors(connection: duckdb.DuckDBPyConnection, working: int) -> int:
    """Leave the processors without a working connection to threads of DuckDB; return the number of connections."""
    connection.execute(f"SET external_threads = {min(working, fetch_value(connection, _PROCESSORS))}")
    return working


def _longest_waits(models: Sequence[Model]) -> dict[str, int]:
    """Return for each table the length of the critical path: the longest chain of models waiting for the table."""
    longest: dict[str, int] = {}
    for model in reversed(models):
        waiting = (longest[other.table] for other in models if model.table in other.refs)
        longest[model.table] = 1 + max(waiting, default=-1)
    return longest
