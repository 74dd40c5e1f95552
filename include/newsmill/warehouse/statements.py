"""Pieces of SQL that several modules write."""

from collections.abc import Iterable


def quoted(text: object) -> str:
    """Return a text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def same(columns: Iterable[str], left: str, right: str) -> str:
    """Return the condition that two tables agree in some columns, nulls too."""
    return " AND ".join(f"{left}.{name} IS NOT DISTINCT FROM {right}.{name}" for name in columns)
