"""Fragments of SQL, and queries of a single row, for several modules."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import duckdb


def quote_literal(text: object) -> str:
    """Return a text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def match_columns(columns: Iterable[str], left: str, right: str) -> str:
    """Return the condition for equal values of two tables in some columns, nulls included."""
    return " AND ".join(f"{left}.{name} IS NOT DISTINCT FROM {right}.{name}" for name in columns)


def alter_statements(table: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Yield the statements to turn the column types `old` of a table into `new`; no column is dropped."""
    for name, kind in new.items():
        if name not in old:
            yield f"ALTER TABLE {table} ADD COLUMN {name} {kind}"
        elif old[name] != kind:
            yield f"ALTER TABLE {table} ALTER {name} TYPE {kind}"


def fetch_row(con: duckdb.DuckDBPyConnection, sql: str, *args: object) -> tuple[Any, ...]:
    """Return the first row of a query that always has a row, such as a query for a count or a COPY."""
    row = con.execute(sql, args).fetchone()
    assert row is not None, f"no row: {sql}"
    return row


def fetch_value(con: duckdb.DuckDBPyConnection, sql: str, *args: object) -> Any:
    """Return the first column of the first row of a query that always has a row."""
    return fetch_row(con, sql, *args)[0]
