"""What the loads of a draft changed: kept in the draft until it is sealed, for the audit and for a shared warehouse."""

from collections.abc import Iterable
from datetime import date

import duckdb

from newsmill.warehouse.model import Model

SCHEMA = "change"


def note(con: duckdb.DuckDBPyConnection, model: Model, nights: Iterable[date]) -> None:
    """Keep in the draft which nights of a table a load changed, or which keys; call it while the load's notes stand."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    if "night" in [row[0] for row in con.execute(f"DESCRIBE {model.table}").fetchall()]:
        con.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.night (table_name VARCHAR, night DATE)")
        con.execute(f"INSERT INTO {SCHEMA}.night SELECT $1, unnest($2::DATE[])", [model.table, sorted(nights)])
    else:
        key = ", ".join(model.row_key)
        found = f"SELECT {key} FROM gone_{model.name} UNION SELECT {key} FROM come_{model.name}"
        con.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{model.name} AS SELECT {key} FROM {model.table} LIMIT 0")
        con.execute(f"INSERT INTO {SCHEMA}.{model.name} {found}")


def changed(con: duckdb.DuckDBPyConnection, model: Model) -> str:
    """Return the condition for the rows of a table that the draft may have changed; all, where nothing was noted."""
    noted = con.execute("SELECT list(table_name) FROM duckdb_tables() WHERE schema_name = $1", [SCHEMA]).fetchone()[0]
    if model.name in (noted or ()):
        key = ", ".join(model.row_key)
        return f"({key}) IN (SELECT ({key}) FROM {SCHEMA}.{model.name})"
    return f"night IN (SELECT night FROM {SCHEMA}.night WHERE table_name = '{model.table}')" if noted else "true"


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """Drop all notes: what is sealed has no draft's past."""
    con.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
