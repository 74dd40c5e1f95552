"""Records in a staging copy the rows changed by loads, for the audit and for publishing to a shared warehouse."""

from collections.abc import Iterable
from datetime import date

import duckdb

from newsmill.warehouse.model import Model
from newsmill.warehouse.statements import fetch_value

SCHEMA = "change"


def record_changes(con: duckdb.DuckDBPyConnection, model: Model, nights: Iterable[date]) -> None:
    """Record the changed nights of a table, or the changed keys of a table without nights.

    Call this while the load's scratch database is attached: the keys come from the deleted and inserted rows there.
    """
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    if "night" in [row[0] for row in con.execute(f"DESCRIBE {model.table}").fetchall()]:
        con.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.night (table_name VARCHAR, night DATE)")
        con.execute(f"INSERT INTO {SCHEMA}.night SELECT $1, unnest($2::DATE[])", [model.table, sorted(nights)])
    else:
        key = ", ".join(model.row_key)
        changed = f"SELECT {key} FROM deleted_{model.name} UNION SELECT {key} FROM inserted_{model.name}"
        con.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{model.name} AS SELECT {key} FROM {model.table} LIMIT 0")
        con.execute(f"INSERT INTO {SCHEMA}.{model.name} {changed}")


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
