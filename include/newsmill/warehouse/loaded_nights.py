"""The loaded nights of a warehouse file, the run of each, and runs not yet listed in `ops`."""

from datetime import date

import duckdb

from newsmill import relations
from newsmill.glossary import GLOSSARY
from newsmill.lake import Lake
from newsmill.warehouse.model import models
from newsmill.warehouse.table_columns import fetch_nights, table_exists

SEARCH = "search"
_CREATE_SCHEMAS = "".join(f"CREATE SCHEMA IF NOT EXISTS {name};" for name in ("dw", "mart", "ops", SEARCH))
_CREATE_LOADED_NIGHT = f"""
CREATE TABLE IF NOT EXISTS ops.loaded_night (night DATE, run_id VARCHAR);
COMMENT ON TABLE ops.loaded_night IS 'The run by which each night of this file was loaded.';
COMMENT ON COLUMN ops.loaded_night.night IS '{GLOSSARY["night"].meaning}';
COMMENT ON COLUMN ops.loaded_night.run_id IS '{GLOSSARY["run_id"].meaning}';
"""


def create_schemas(con: duckdb.DuckDBPyConnection) -> None:
    """Create the missing schemas of the warehouse."""
    con.execute(_CREATE_SCHEMAS)


def record_loaded_night(con: duckdb.DuckDBPyConnection, night: date, run_id: str) -> None:
    """Record the run of the facts of a night: later nights look back at the lake parts of this run."""
    con.execute(_CREATE_SCHEMAS + _CREATE_LOADED_NIGHT)
    con.execute("DELETE FROM ops.loaded_night WHERE night = $1", [night])
    con.execute("INSERT INTO ops.loaded_night VALUES ($1, $2)", [night, run_id])


def list_fact_nights(con: duckdb.DuckDBPyConnection) -> set[date]:
    """Return the nights with facts in the warehouse."""
    facts = [m.table for m in models() if m.schema == "dw" and m.load == "replace_night" and table_exists(con, m.table)]
    sql = " UNION ".join(f"SELECT DISTINCT night FROM {table}" for table in facts)
    return fetch_nights(con, sql) if facts else set()


def list_unrecorded_nights(con: duckdb.DuckDBPyConnection, lake: Lake) -> list[date]:
    """List the nights with an unpublished run missing in `ops.run`, or with an older status there."""
    con.register("recorded", lake.dataset(relations.RUNS, lake.nights(relations.RUNS)))
    rows = con.execute("""
        SELECT DISTINCT night FROM recorded WHERE status <> 'published' AND NOT EXISTS (
            FROM ops.run
            WHERE run.run_id = recorded.run_id AND (run.status = recorded.status OR recorded.status = 'running'))
        ORDER BY night""").fetchall()
    con.unregister("recorded")
    return [row[0] for row in rows]
