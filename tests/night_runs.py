"""Commands of newsmill in separate processes, and queries on the warehouse afterwards."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb

from newsmill.warehouse.model import tables

ROOT = Path(__file__).resolve().parents[1]
INCLUDE = ROOT / "include"
TABLES_OF_RUNS = {"ops.run", "ops.stage_receipt", "ops.quality_result", "ops.snapshot", "mart.run_health"}
"""Tables with ids and clock times of runs, which differ each time."""


def copy_product(folder: Path) -> Path:
    """Copy the package with its compiled functions, for tests that change it; return the folder for PYTHONPATH."""
    include = folder / "include"
    shutil.copytree(INCLUDE / "newsmill", include / "newsmill")
    return include


def write_articles(path: Path, rows: Iterable[dict]) -> None:
    """Write records as a JSONL dump."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")


def command(home: Path, *arguments: str) -> list[str]:
    """Return the command line of newsmill on a home."""
    return [sys.executable, "-m", "newsmill", *arguments, "--home", str(home)]


def environment(include: Path = INCLUDE, **variables: str) -> dict[str, str]:
    """Return the environment of a process that imports newsmill from a folder."""
    return os.environ | {"PYTHONPATH": str(include)} | variables


def run_command(home: Path, *arguments: str, include: Path = INCLUDE) -> subprocess.CompletedProcess:
    """Run a command of newsmill, and assert that it succeeds."""
    done = subprocess.run(command(home, *arguments), env=environment(include), capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def ask(home: Path, sql: str, *values: object) -> list[tuple]:
    """Return the rows of a query on the published warehouse."""
    with duckdb.connect(str(home / "warehouse" / "news.duckdb"), read_only=True) as con:
        return con.execute(sql, values).fetchall()


def fingerprints(home: Path) -> dict[str, tuple]:
    """Hash every table without data on runs: the same rows give the same hash in any order."""
    rows = "SELECT CAST(t AS VARCHAR) AS row FROM {} AS t"
    sql = f"SELECT count(*), md5(string_agg(row, chr(10) ORDER BY row)) FROM ({rows})"
    names = [model.table for model in tables() if model.table not in TABLES_OF_RUNS]
    return {table: ask(home, sql.format(table))[0] for table in names}
