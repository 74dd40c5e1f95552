"""Digests of all columns of the lake and of the star, made by one process from two folders of dumps.

    python tests/digests.py HOME PAGES ARTICLES

Runs the steps of a night up to the load in this process: no pool, no Great Expectations. Writes JSON: `columns` maps
night.relation.column to (rows, digest), `compiled` counts the functions compiled, `kernels` maps each compiled function
to its use.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from newsmill import compiled, pipeline
from newsmill.runs import Run
from newsmill.warehouse import model, snapshots

NIGHT = date(2026, 3, 2)
CLOCKED = ("ops.", "quality_results", "receipts", "runs", "snapshots")
LEFT_OUT = {"check", "audit", "publish"}


def make_nights(home: Path, pages: Path, articles: Path) -> dict[str, tuple[int, str]]:
    """Run a night over each folder of dumps; return the digest of every column."""
    digests = {}
    for content, folder in (("page", pages), ("article", articles)):
        run = Run(home / content, NIGHT, content, sources=(str(folder),), content=content)
        run_steps(run)
        digests |= {f"{content}.{name}": digest for name, digest in (*digest_lake(run), *digest_star(run))}
    return digests


def run_steps(run: Run) -> None:
    """Run every step but the gates, unit by unit."""
    for step in (step for row in pipeline.steps() for step in row if step.name not in LEFT_OUT):
        for unit in [None] if step.over == "night" else pipeline.UNITS[step.over](run):
            step.work(run, unit)


def digest_lake(run: Run) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield (relation.column, digest) for the relations of the night in the lake."""
    for name in run.lake.names():
        if not name.startswith(CLOCKED):
            files = sorted(str(file) for file in (run.lake.root / name).rglob("*.parquet"))
            with duckdb.connect() as con:
                yield from digest_columns(con, name, f"read_parquet({files})")


def digest_star(run: Run) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield (table.column, digest) for the tables of the staging copy without clock times."""
    with duckdb.connect(str(snapshots.staging_path(run.warehouse, run.run_id)), read_only=True) as con:
        for table in (declared.table for declared in model.tables() if declared.load != "view"):
            if not table.startswith(CLOCKED):
                yield from digest_columns(con, table, table)


def digest_columns(con: duckdb.DuckDBPyConnection, name: str, source: str) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield (name.column, (rows, digest)); rows are sorted by all columns."""
    table = con.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {source} ORDER BY ALL").to_arrow_table()
    for column in table.column_names:
        yield f"{name}.{column}", (table.num_rows, digest_texts(table.column(column)))


def digest_texts(column: pa.ChunkedArray) -> str:
    """Return the SHA-256 of a column of text."""
    values = "\x1e".join("\x00" if value is None else value for value in column.to_pylist())
    return hashlib.sha256(values.encode("utf8", "surrogatepass")).hexdigest()[:16]


def describe_kernels() -> dict[str, str]:
    """Return each compiled function with its use: inlined into callers, used, or not used."""
    return {f"{kernel.__module__}.{kernel.__qualname__}": _use(kernel) for kernel in compiled.KERNELS}


def _use(kernel) -> str:
    if kernel.targetoptions.get("inline") == "always":
        return "inlined"
    return "used" if kernel.signatures else "not used"


if __name__ == "__main__":
    columns = make_nights(*map(Path, sys.argv[1:4]))
    json.dump({"columns": columns, "compiled": compiled.count_compiled(), "kernels": describe_kernels()}, sys.stdout)
