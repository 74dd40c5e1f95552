"""Models loaded at once, so far as none waits for another: each in a lane, which is a connection of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import date
from graphlib import TopologicalSorter

import duckdb

from newsmill.warehouse.model import Model

LANES = 2
"""Models at once: one alone keeps two processors busy for two thirds of the time, and more take more memory."""
HANDED = "load"
"""The database in memory of what models of one load hand each other: what is temporary only its connection sees."""

FEW_ROWS = 5_000
"""So many rows that another table names are looked up one by one; of more DuckDB looks through the whole table."""
INTERRUPT_SECONDS = 0.1
_OF_A_LANE = f"""
SET preserve_insertion_order = true; SET TimeZone = 'UTC'; SET enable_progress_bar = false;
SET dynamic_or_filter_threshold = {FEW_ROWS};
"""
# A checkpoint would number rows anew while another lane holds their numbers. A lane works itself: with as many threads
# beside it as there are processors they would wait for each other. Several models read the same parts of the lake.
_OF_ALL = """
SET checkpoint_threshold = '1 TB'; SET parquet_metadata_cache = true; SET external_threads = {}; ATTACH ':memory:' AS {}
"""
_AS_BEFORE = "RESET checkpoint_threshold; RESET parquet_metadata_cache; RESET external_threads; DETACH {}"

Load = Callable[[duckdb.DuckDBPyConnection, Model], set[date]]


@contextmanager
def lanes(con: duckdb.DuckDBPyConnection) -> Iterator[list[duckdb.DuckDBPyConnection]]:
    """Lend connections to the database of another; all of them find what stands in HANDED by its name."""
    own, path, processors = con.execute(
        "SELECT current_database(), current_setting('search_path'), current_setting('threads')"
    ).fetchone()
    con.execute(_OF_ALL.format(min(LANES, processors), HANDED))
    lent = [con.cursor() for _ in range(LANES)]
    try:
        for each in (con, *lent):
            each.execute(f"""{_OF_A_LANE} SET search_path = '"{own}",{HANDED}'""")
        yield lent
    finally:
        for each in lent:
            each.close()
        con.execute(f"SET search_path = '{path}'; {_AS_BEFORE.format(HANDED)}")


def abreast(
    wanted: Sequence[Model], lent: Sequence[duckdb.DuckDBPyConnection], load: Load
) -> Iterator[tuple[Model, set[date]]]:
    """Load each model when all it refers to are loaded, and yield it as it ends with the nights that it changed.

    Of those that need not wait the one that most others wait for, one behind another, comes first, then the one that
    refers to most. `wanted` are in order; what the caller does with one that is yielded is done before any that refers
    to it begins.
    """
    by_table, behind = {model.table: model for model in wanted}, _behind(wanted)

    def rank(table: str) -> tuple[int, int, str]:
        return -behind[table], -len(by_table[table].refs), table

    sorter = TopologicalSorter({table: by_table.keys() & set(model.refs) for table, model in by_table.items()})
    sorter.prepare()
    ready, idle, begun = set(), list(lent), {}
    with ThreadPoolExecutor(len(lent)) as pool:
        try:
            while sorter.is_active():
                ready.update(sorter.get_ready())
                for table in sorted(ready, key=rank)[: len(idle)]:
                    lane = idle.pop()
                    begun[pool.submit(load, lane, by_table[table])] = table, lane
                    ready.remove(table)
                for ended in wait(begun, return_when=FIRST_COMPLETED).done:
                    table, lane = begun.pop(ended)
                    yield by_table[table], ended.result()
                    sorter.done(table)
                    idle.append(lane)
        except BaseException:
            while wait(begun, timeout=INTERRUPT_SECONDS).not_done:  # between two statements nobody hears it
                for lane in lent:
                    lane.interrupt()
            raise


def _behind(wanted: Sequence[Model]) -> dict[str, int]:
    """Return how many models wait for each, one behind another."""
    longest: dict[str, int] = {}
    for model in reversed(wanted):
        waiting = (longest[other.table] for other in wanted if model.table in other.refs)
        longest[model.table] = 1 + max(waiting, default=-1)
    return longest
