"""The tables of the warehouse with the types of the glossary: creation, new columns, comments."""

from collections.abc import Iterable, Sequence
from datetime import date

import duckdb
import pyarrow as pa

from newsmill.errors import BrokenContract
from newsmill.glossary import GLOSSARY
from newsmill.warehouse.model import Model
from newsmill.warehouse.row_functions import register_no_rows
from newsmill.warehouse.statements import alter_statements, fetch_value, quote_literal

_KINDS = {"view": "VIEW", "macro": "MACRO", "table macro": "MACRO TABLE"}


def create_or_alter_table(con: duckdb.DuckDBPyConnection, model: Model, source: str | None = None) -> None:
    """Create the table of a model with the glossary's types, or change the existing columns to match."""
    register_no_rows(con, model)
    names = list_columns(con, source or f"({model.sql})")
    _require_known(model.table, names)
    con.register("shape", pa.schema([(name, GLOSSARY[name].type) for name in names]).empty_table())
    columns = column_types(con, "shape")
    con.unregister("shape")
    if not table_exists(con, model.table):
        # Not CREATE TABLE AS FROM an empty Arrow table: of more than 122,880 rows inserted after it DuckDB 1.5 shows
        # none to this connection, though they are in the file.
        con.execute(f"CREATE TABLE {model.table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    for sql in alter_statements(model.table, column_types(con, model.table), columns):
        con.execute(sql)


def find_meaning(table: str, name: str) -> str:
    """Return the glossary's meaning of a column of a table or view; BrokenContract if the glossary lacks the name."""
    _require_known(table, [name])
    return GLOSSARY[name].meaning


def _require_known(table: str, names: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in GLOSSARY]:
        raise BrokenContract(f"{table}: {unknown} are not in newsmill/glossary.py; say there what they mean")


def write_comments(con: duckdb.DuckDBPyConnection, models: Sequence[Model]) -> None:
    """Write the meaning of tables and columns where the catalog has another or none."""
    for model in models:
        kind = _KINDS.get(model.load, "TABLE")
        con.execute(f"COMMENT ON {kind} {model.table} IS {quote_literal(model.meaning)}")
    sql = "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    tables = {model.table for model in models}
    for table, name, comment in con.execute(sql).fetchall():
        if table in tables and comment != (meaning := find_meaning(table, name)):
            con.execute(f"COMMENT ON COLUMN {table}.{name} IS {quote_literal(meaning)}")


def table_exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Return whether a table exists; the name includes the schema."""
    sql = "SELECT count(*) FROM duckdb_tables() WHERE schema_name || '.' || table_name = $1"
    return fetch_value(con, sql, table) > 0


def column_types(con: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """Return the type of each column of a table, or of a SELECT in parentheses."""
    return {name: kind for name, kind, *_ in con.execute(f"DESCRIBE FROM {source}").fetchall()}


def list_columns(con: duckdb.DuckDBPyConnection, source: str) -> list[str]:
    """List the columns of a table, or of a SELECT in parentheses."""
    return list(column_types(con, source))


def cast_columns(con: duckdb.DuckDBPyConnection, model: Model) -> str:
    """Return a SELECT list with all columns of a model cast to the types of the table."""
    return ", ".join(f"{name}::{kind} AS {name}" for name, kind in column_types(con, model.table).items())


def fetch_nights(con: duckdb.DuckDBPyConnection, sql: str, *args: object) -> set[date]:
    """Return the nights of a SELECT."""
    return {row[0] for row in con.execute(sql, args).fetchall()}


def list_tables_with_night(con: duckdb.DuckDBPyConnection) -> set[str]:
    """List the tables with a column `night`, each with the schema."""
    sql = (
        "SELECT schema_name || '.' || table_name FROM duckdb_columns() "
        "WHERE column_name = 'night' AND database_name = current_database()"
    )
    return {row[0] for row in con.execute(sql).fetchall()}


def count_night_rows(con: duckdb.DuckDBPyConnection, models: Iterable[Model], night: date) -> int:
    """Count the rows of a night in the tables with a column `night`."""
    with_night = list_tables_with_night(con)
    tables = [model.table for model in models if model.table in with_night]
    counts = [f"SELECT count(*) AS rows FROM {table} WHERE night = $1" for table in tables]
    return fetch_value(con, f"SELECT sum(rows) FROM ({' UNION ALL '.join(counts)})", night) if counts else 0
