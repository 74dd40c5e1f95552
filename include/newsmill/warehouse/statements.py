"""Pieces of SQL that several modules write."""

from collections.abc import Iterable, Iterator, Mapping


def quoted(text: object) -> str:
    """Return a text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def same(columns: Iterable[str], left: str, right: str) -> str:
    """Return the condition that two tables agree in some columns, nulls too."""
    return " AND ".join(f"{left}.{name} IS NOT DISTINCT FROM {right}.{name}" for name in columns)


def fitted(table: str, had: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    """Yield the statements that give a table, of columns and types it had, those that are wanted; more it may keep."""
    for name, kind in wanted.items():
        if name not in had:
            yield f"ALTER TABLE {table} ADD COLUMN {name} {kind}"
        elif had[name] != kind:
            yield f"ALTER TABLE {table} ALTER {name} TYPE {kind}"
