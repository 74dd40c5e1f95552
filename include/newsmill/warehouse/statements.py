"""Fragments of SQL for several modules."""

from collections.abc import Iterable, Iterator, Mapping


def quote_literal(text: object) -> str:
    """Return a text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def match_columns(columns: Iterable[str], left: str, right: str) -> str:
    """Return the condition for equal values of two tables in some columns, nulls included."""
    return " AND ".join(f"{left}.{name} IS NOT DISTINCT FROM {right}.{name}" for name in columns)


def alter_statements(table: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Yield the statements to turn the column types `old` of a table into `new`; no column is dropped."""
    for name, kind in new.items():
        if name not in old:
            yield f"ALTER TABLE {table} ADD COLUMN {name} {kind}"
        elif old[name] != kind:
            yield f"ALTER TABLE {table} ALTER {name} TYPE {kind}"
