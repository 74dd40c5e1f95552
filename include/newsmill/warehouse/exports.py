"""Exports tables and marts for other programs: a folder of Parquet, CSV or Arrow files with a manifest."""

import difflib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from newsmill.errors import Permanent, Transient
from newsmill.locks import hold_lock
from newsmill.warehouse import snapshots
from newsmill.warehouse.statements import fetch_value, quote_literal

FORMATS = ("parquet", "csv", "arrow")
MANIFEST, MAKER, ALL = "manifest.json", "newsmill export", "all"
BATCH_ROWS, MEMORY = 100_000, "1GB"
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the code page of the machine
_FORMULA_START = "^[-=+@\t\r'']"  # starts of a formula in a spreadsheet, and the apostrophe that marks text
_TABLES = """
    SELECT schema_name || '.' || table_name AS name, comment FROM duckdb_tables()
    WHERE database_name = current_database() AND schema_name IN ('dw', 'ops')
    UNION ALL
    SELECT schema_name || '.' || view_name, comment FROM duckdb_views()
    WHERE database_name = current_database() AND schema_name = 'mart'
    ORDER BY name"""


@dataclass(frozen=True)
class ExportRequest:
    """A request for an export: names of tables or `all`; `nights` are a first and a last night, both included.

    Of tables without a `night` all rows are exported, into one file whatever the value of `by_night`.
    """

    names: tuple[str, ...]
    to: Path
    format: str = "parquet"
    by_night: bool = False
    nights: tuple[date, date] | None = None
    snapshot: str | None = None


def export(
    warehouse: Path,
    order: ExportRequest,
    begin: Callable[[Sequence[str]], object] = lambda names: None,
    done: Callable[[str, int], object] = lambda name, rows: None,
) -> dict[str, Any]:
    """Write an export in place of an earlier export, and return the manifest.

    Call `begin` with the tables before the first is written, and `done` with each table and the number of its rows.
    Until all are written, the folder stays unchanged.
    """
    if order.by_night and order.format != "parquet":
        raise Permanent(f"an export by night is written as parquet, not as {order.format}; leave out --partition-by")
    file = snapshots.find_snapshot(warehouse, order.snapshot)
    with _replace_folder(order.to) as folder, snapshots.open_snapshot(file) as con:
        con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        con.execute(f"SET memory_limit = '{MEMORY}'; SET temp_directory = {quote_literal(folder / '.tmp')}")
        meanings = dict(con.execute(_TABLES).fetchall())
        names = _resolve_tables(order.names, list(meanings))
        begin(names)
        entries = []
        for name in names:
            entries.append(_write_table(con, order, folder, name, meanings[name]))
            done(name, entries[-1]["rows"])
        manifest = {
            "made_by": MAKER,
            "snapshot": file.stem,
            "format": order.format,
            "nights": [night.isoformat() for night in order.nights] if order.nights else None,
            "tables": entries,
        }
        shutil.rmtree(folder / ".tmp", ignore_errors=True)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf8")
    return manifest


def _resolve_tables(names: Sequence[str], known: list[str]) -> list[str]:
    """Return the tables to export, each once; Permanent for an unknown name, with similar ones."""
    for name in names:
        if name != ALL and name not in known:
            near = [table for table in known if table.split(".")[1] == name]
            near = near or difflib.get_close_matches(name, known, n=2)
            advice = f"do you mean {' or '.join(near)}?" if near else f"there are: {', '.join(known)}"
            raise Permanent(f"there is no table {name}; {advice}")
    return known if ALL in names else list(dict.fromkeys(names))


# -- one table


def _write_table(
    con: duckdb.DuckDBPyConnection, order: ExportRequest, folder: Path, name: str, meaning: str | None
) -> dict[str, Any]:
    """Write the files of a table; return the entry of the manifest."""
    columns = con.execute(f"DESCRIBE {name}").fetchall()
    comments = dict(
        con.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE database_name = current_database() "
            "AND schema_name || '.' || table_name = $1",
            [name],
        ).fetchall()
    )
    kinds = {column: kind for column, kind, *_ in columns}
    by_night = order.by_night and "night" in kinds
    source = f"SELECT * FROM {name}"
    if order.nights and "night" in kinds:
        source += f" WHERE night BETWEEN DATE '{order.nights[0]}' AND DATE '{order.nights[1]}'"
    try:
        rows = _WRITERS["by night" if by_night else order.format](con, source, kinds, folder / name)
    except (duckdb.IOException, duckdb.OutOfMemoryException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise Transient(f"{name} was not written, {order.to} stays as it was: {reason}; try again") from None
    by_night = by_night and rows > 0
    return {
        "name": name,
        "meaning": meaning,
        "rows": rows,
        "partitioned_by": "night" if by_night else None,
        "columns": [{"name": column, "type": kind, "meaning": comments.get(column)} for column, kind in kinds.items()],
        "files": [
            _describe_file(path, folder) for path in sorted(folder.rglob("*")) if _belongs_to(path, folder, name)
        ],
    }


def _belongs_to(path: Path, folder: Path, name: str) -> bool:
    top = path.relative_to(folder).parts[0]
    return path.is_file() and (top == name or top.rpartition(".")[0] == name)


def _describe_file(path: Path, folder: Path) -> dict[str, Any]:
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": digest}


def _write_parquet(con: duckdb.DuckDBPyConnection, source: str, _kinds: dict[str, str], path: Path) -> int:
    to = path.with_name(f"{path.name}.parquet")
    return fetch_value(con, f"COPY ({source}) TO {quote_literal(to)} (FORMAT parquet, COMPRESSION zstd)")


def _write_parquet_by_night(con: duckdb.DuckDBPyConnection, source: str, kinds: dict[str, str], path: Path) -> int:
    """Write a folder for each night, with Hive's names; for a table without rows, a single file with the columns."""
    if fetch_value(con, f"SELECT NOT EXISTS ({source})"):
        return _write_parquet(con, source, kinds, path)
    sql = f"""
        COPY ({source}) TO {quote_literal(path)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (night),
            FILENAME_PATTERN 'part-{{i}}')"""
    return fetch_value(con, sql)


def _write_csv(con: duckdb.DuckDBPyConnection, source: str, kinds: dict[str, str], path: Path) -> int:
    """Write CSV for Excel: lists as JSON, and an apostrophe before a text with the start of a formula."""
    first = next(iter(kinds))
    headers = {name: (BYTE_ORDER_MARK if name == first else "") + name for name in kinds}
    cells = ", ".join(f'{_csv_cell_sql(name, kind)} AS "{headers[name]}"' for name, kind in kinds.items())
    to = path.with_name(f"{path.name}.csv")
    return fetch_value(con, f"COPY (SELECT {cells} FROM ({source})) TO {quote_literal(to)} (FORMAT csv, HEADER)")


def _csv_cell_sql(name: str, kind: str) -> str:
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"CAST(to_json({name}) AS VARCHAR)"
    if kind == "VARCHAR":
        return f"CASE WHEN regexp_matches({name}, '{_FORMULA_START}') THEN '''' || {name} ELSE {name} END"
    return name


def _write_arrow(con: duckdb.DuckDBPyConnection, source: str, _kinds: dict[str, str], path: Path) -> int:
    """Write a file of record batches, with one batch in memory."""
    rows, batches = 0, con.execute(source).to_arrow_reader(BATCH_ROWS)
    with pa.ipc.new_file(str(path.with_name(f"{path.name}.arrow")), batches.schema) as out:
        for batch in batches:
            out.write_batch(batch)
            rows += batch.num_rows
    return rows


_WRITERS = {"parquet": _write_parquet, "by night": _write_parquet_by_night, "csv": _write_csv, "arrow": _write_arrow}


# -- one folder


@contextmanager
def _replace_folder(to: Path) -> Iterator[Path]:
    """Create an empty folder; replace another folder by it when the block ends, or remove it if the block fails.

    A folder cannot be swapped in one step. A kill between the two renames leaves the old folder under a hidden name,
    and the next export puts the folder back.
    """
    new, old = (to.with_name(f".{to.name}.{state}") for state in ("draft", "old"))
    busy = Transient(f"another process is writing an export to {to}; try again later")
    with hold_lock(to.with_name(f".{to.name}.lock"), 0, busy):
        if old.exists() and not to.exists():
            os.replace(old, to)
        _refuse_unknown_folder(to)
        for folder in (new, old):
            shutil.rmtree(folder, ignore_errors=True)
        new.mkdir(parents=True)
        try:
            yield new
            if to.exists():
                os.replace(to, old)
            os.replace(new, to)
        finally:
            for folder in (new, old):
                shutil.rmtree(folder, ignore_errors=True)
            to.with_name(f".{to.name}.lock").unlink(missing_ok=True)


def _refuse_unknown_folder(to: Path) -> None:
    """Refuse to replace a folder of other files than an export's."""
    if not to.exists() or (to.is_dir() and not any(to.iterdir())):
        return
    try:
        made_by = json.loads((to / MANIFEST).read_text(encoding="utf8"))["made_by"]
    except (OSError, ValueError, KeyError, TypeError):
        made_by = None
    if made_by != MAKER:
        raise Permanent(f"{to} is there already and is no export; name another folder, or remove it yourself")
