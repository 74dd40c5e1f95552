"""The data dictionary: every table and column with a meaning, written from the models and the glossary."""

import duckdb

from newsmill.warehouse import loader
from newsmill.warehouse.model import Model, models
from newsmill.warehouse.table_columns import find_meaning

_TITLES = {"dw": "Dimensions, facts and bridges", "mart": "Marts", "search": "The index of words", "ops": "Operations"}
_LOADS = {
    "replace_night": "a night's rows are replaced together",
    "merge": "rows that differ are merged in",
    "latest": "each row comes from the latest night with it",
    "scd2": "a new version where a tracked column changes",
    "view": "a view",
    "table macro": "a table macro",
    "macro": "a macro",
}


def markdown() -> str:
    """Return the whole dictionary as Markdown, from a warehouse with no rows."""
    with loader.open_empty_warehouse() as con:
        chapters = [_write_chapter(con, schema, title) for schema, title in _TITLES.items()]
    head = "# Data dictionary\n\nMade from the contracts by `make dictionary`; do not edit by hand.\n"
    return "\n".join([head, *chapters])


def _write_chapter(con: duckdb.DuckDBPyConnection, schema: str, title: str) -> str:
    tables = sorted((m for m in models() if m.schema == schema), key=lambda m: m.name)
    return "\n".join([f"## {title}\n", *(_describe_table(con, model) for model in tables)])


def _describe_table(con: duckdb.DuckDBPyConnection, model: Model) -> str:
    if model.load == "macro":
        return f"### {model.table}({model.arguments})\n\n{model.meaning}\n"
    grain = ", ".join(model.row_grain)
    called = f"({model.arguments})" if model.is_macro else ""
    lines = [
        f"### {model.table}{called}\n",
        f"{model.meaning}\n",
        f"Grain: {grain}. Load: {_LOADS[model.load]}.\n",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for name, kind, *_ in con.execute(f"DESCRIBE FROM {_build_example(model)}").fetchall():
        lines.append(f"| `{name}` | {kind} | {find_meaning(model.table, name)} |")
    return "\n".join(lines) + "\n"


def _build_example(model: Model) -> str:
    """Return a source for a SELECT: a table, or a macro with NULL for each argument without a default."""
    needed = [name for name in model.arguments.split(",") if ":=" not in name]
    return f"{model.table}({', '.join('NULL' for _ in needed)})" if model.is_macro else model.table
