"""Rows from Python functions for SQL models: the header field `-- calls:` of a model names the function."""

from collections.abc import Callable, Iterator

import duckdb
import pyarrow as pa

from newsmill.warehouse import near_duplicates, search_index
from newsmill.warehouse.model import Model

YieldTables = Callable[[duckdb.DuckDBPyConnection], Iterator[pa.Table]]
_FUNCTIONS: dict[str, tuple[pa.Schema, YieldTables]] = {
    "candidate_pairs": (near_duplicates.CANDIDATE_SCHEMA, near_duplicates.yield_candidate_pairs),
    "stop_words": (search_index.STOP_WORD_SCHEMA, search_index.yield_stop_words),
    "text_pairs": (near_duplicates.TEXT_PAIR_SCHEMA, near_duplicates.yield_text_pairs),
    "term_counts": (search_index.POSTING_SCHEMA, search_index.yield_term_counts),
}
"""By name the columns, and the function yielding tables of rows; for a temporary model, a single table."""


def register_no_rows(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Register an empty table under the name of a model's function, for DuckDB to describe the SELECT."""
    if model.calls:
        con.register(model.calls, _FUNCTIONS[model.calls][0].empty_table())


def register_rows(con: duckdb.DuckDBPyConnection, model: Model) -> Iterator[None]:
    """Register in turn each table of a model's function; yield once for a model without a function."""
    if not model.calls:
        yield
        return
    for table in _FUNCTIONS[model.calls][1](con):
        con.register(model.calls, table)
        yield
        con.unregister(model.calls)
