"""The parts of the lake as DuckDB views: the rows of some nights for the SELECT of a model."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from newsmill import relations
from newsmill.contracts import Relation
from newsmill.lake import Lake, check_parts
from newsmill.warehouse.model import Model
from newsmill.warehouse.statements import quote_literal

ListFiles = Callable[[Relation, date], list[Path]]


def create_lake_views(
    con: duckdb.DuckDBPyConnection, list_files: ListFiles, model: Model, nights: Iterable[date]
) -> None:
    """Create a view with a `night` column for each lake relation of a model, without withheld rows."""
    for name in model.reads:
        relation = relations.find_relation(name)
        rows = _parts_query(con, relation, _list_paths(list_files, relation, nights))
        if relation in relations.CHECKED and (paths := _list_paths(list_files, relations.withheld(relation), nights)):
            rows = _exclude_withheld(rows, _parts_query(con, relations.withheld(relation), paths), relation)
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")


def list_loaded_files(lake: Lake, runs: dict[date, str], relation: Relation, night: date) -> list[Path]:
    """List the files of a night from the run that the warehouse was loaded by."""
    return lake.files_of_run(relation, night, runs.get(night))


def list_read_nights(lake: Lake, model: Model) -> set[date]:
    """Return the nights in the lake of a model's relations."""
    return {night for name in model.reads for night in lake.nights(relations.find_relation(name))}


def _list_paths(list_files: ListFiles, relation: Relation, nights: Iterable[date]) -> list[str]:
    return [str(path) for night in sorted(nights) for path in check_parts(list_files(relation, night))]


def _exclude_withheld(rows: str, withheld: str, relation: Relation) -> str:
    """Return a SELECT without the withheld rows; only rows of pages with a withheld row are compared.

    Of equal rows EXCEPT ALL takes out as many as were withheld.
    """
    columns, page = ", ".join((*relation.schema.names, "night")), "USING (page_id, night)"
    return f"""
        SELECT {columns} FROM ({rows}) ANTI JOIN ({withheld}) {page} UNION ALL (
            SELECT {columns} FROM ({rows}) SEMI JOIN ({withheld}) {page} EXCEPT ALL SELECT {columns} FROM ({withheld})
        )"""


def _parts_query(con: duckdb.DuckDBPyConnection, relation: Relation, paths: Sequence[str]) -> str:
    """Return a SELECT of the rows of some part files; without files, of the relation's columns and no row."""
    if paths:
        listed = ", ".join(map(quote_literal, paths))
        rows = (
            f"SELECT * FROM read_parquet([{listed}], hive_partitioning = true, hive_types = {{'night': DATE}}, "
            "union_by_name = true)"
        )
        if "*" not in relation.name:
            return rows
        # files of an earlier version lack a column; those of many stages are small, and read whole
        return f"{rows} UNION ALL BY NAME ({_parts_query(con, relation, ())})"
    empty = f"empty_{relation.name.strip('*')}"
    con.register(empty, relation.empty())
    return f"SELECT *, NULL::DATE AS night FROM {empty}"
