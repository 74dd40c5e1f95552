"""Runs the SQL blocks of a Markdown page and writes each result below."""

import re
from pathlib import Path

import duckdb

from newsmill.errors import Permanent
from newsmill.warehouse import snapshots

_BLOCK = re.compile(r"^```sql\n(?P<sql>.*?)^```\n(?:\n(?:\|[^\n]*\n)+)?", re.MULTILINE | re.DOTALL)


def answer(page: str, warehouse: Path) -> str:
    """Return the page with the result of each SQL block as a table below it; Permanent if a block fails."""
    with snapshots.open_published(warehouse) as con:
        con.execute("SET TimeZone = 'UTC'")
        return _BLOCK.sub(lambda block: f"```sql\n{block['sql']}```\n\n{_render_result(con, block['sql'])}", page)


def _render_result(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        result = con.execute(sql)
    except duckdb.Error as error:
        raise Permanent(str(error), "", *sql.splitlines()) from error
    head = [column[0] for column in result.description]
    rows = [head, ["---"] * len(head), *([_format_cell(value) for value in row] for row in result.fetchall())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _format_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(map(_format_cell, value))
    return str(value).replace("|", "\\|").replace("\n", " ")
