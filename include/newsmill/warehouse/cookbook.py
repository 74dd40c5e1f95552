"""Pages that ask and answer: runs the SQL of a Markdown page and writes what came back below each block."""

import re
from pathlib import Path

import duckdb

from newsmill.errors import Permanent
from newsmill.warehouse import snapshots

_BLOCK = re.compile(r"^```sql\n(?P<sql>.*?)^```\n(?:\n(?:\|[^\n]*\n)+)?", re.MULTILINE | re.DOTALL)


def answer(page: str, warehouse: Path) -> str:
    """Return the page with each result made anew, as a table below its SQL; Permanent if a block fails."""
    with snapshots.reading(warehouse) as con:
        con.execute("SET TimeZone = 'UTC'")
        return _BLOCK.sub(lambda block: f"```sql\n{block['sql']}```\n\n{_table(con, block['sql'])}", page)


def _table(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        found = con.execute(sql)
    except duckdb.Error as error:
        raise Permanent(str(error), "", *sql.splitlines()) from error
    head = [column[0] for column in found.description]
    rows = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in found.fetchall())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return str(value).replace("|", "\\|").replace("\n", " ")
