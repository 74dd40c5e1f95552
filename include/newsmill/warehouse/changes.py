"""Records in a staging copy the rows changed by loads, for the audit and for publishing to a shared warehouse."""

from collections.abc import Iterable, Mapping
from datetime import date

import duckdb

from newsmill.warehouse.model import Model
from newsmill.warehouse.statements import fetch_value
from newsmill.warehouse.table_columns import list_tables_with_night

SCHEMA = "change"


def record_changes(con: duckdb.DuckDBPyConnection, changed: Mapping[Model, Iterable[date]]) -> None:
    """Record the changed nights of each table, or the changed keys of a table without nights.

    Call this while the load's scratch database is attached: the keys come from the deleted and inserted rows there.
    """
    with_night = list_tables_with_night(con)
    con.execute(
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}; "
        f"CREATE TABLE IF NOT EXISTS {SCHEMA}.night (table_name VARCHAR, night DATE)"
    )
    nights = [(model.table, night) for model in changed if model.table in with_night for night in changed[model]]
    tables, dates = [table for table, _ in nights], [night for _, night in nights]
    con.execute(f"INSERT INTO {SCHEMA}.night SELECT unnest($1::VARCHAR[]), unnest($2::DATE[])", [tables, dates])
    for model in (model for model in changed if model.table not in with_night):
        key = ", ".join(model.row_key)
        rows = f"SELECT {key} FROM deleted_{model.name} UNION SELECT {key} FROM inserted_{model.name}"
        con.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{model.name} AS SELECT {key} FROM {model.table} LIMIT 0")
        con.execute(f"INSERT INTO {SCHEMA}.{model.name} {rows}")


def changed_rows_condition(con: duckdb.DuckDBPyConnection, model: Model) -> str:
    """Return the condition for the possibly changed rows of a table; all rows, where no change is recorded."""
    tables = fetch_value(con, "SELECT list(table_name) FROM duckdb_tables() WHERE schema_name = $1", SCHEMA)
    if model.name in (tables or ()):
        key = ", ".join(model.row_key)
        return f"({key}) IN (SELECT ({key}) FROM {SCHEMA}.{model.name})"
    return f"night IN (SELECT night FROM {SCHEMA}.night WHERE table_name = '{model.table}')" if tables else "true"


def drop_changes(con: duckdb.DuckDBPyConnection) -> None:
    """Drop all records of changes: a finalized file keeps none."""
    con.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
