"""Describes the difference of two warehouse files in Markdown, for a person who has to approve it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from newsmill.escaping import escape_controls, format_code
from newsmill.warehouse.diff import EXAMPLES, Difference, TableChange, compare_files
from newsmill.warehouse.time_travel import format_columns, format_row, group_by_cause

_KINDS = ("added", "removed", "changed")
SHOWN_LINES, SHOWN_EXAMPLES, SHOWN_CHARS = 40, 60, 300
"""Most lines of each list, and characters of a line: Airflow keeps the description in its database."""


def describe_difference(before: Path, after: Path) -> str:
    """Compare two files, and describe in Markdown the nights, decisions, counts of rows and some differing rows.

    All that a site wrote is code, in which nothing is a link, an image or a heading.
    """
    return format_difference(compare_files(before, after, examples=EXAMPLES))


def format_difference(difference: Difference) -> str:
    """Return a difference as Markdown."""
    if not difference.tables:
        columns = f"; not compared: {', '.join(difference.columns)}" if difference.columns else ""
        return f"No row differs{columns}."
    nights = [f"{change.night}: {escape_controls(change.why)}" for change in difference.nights]
    examples = [
        f"{table}: {_format_line(format_row(row))}" for table, rows in difference.examples.items() for row in rows
    ]
    kinds = {kind: _count(difference.tables, kind) for kind in _KINDS}
    parts = [
        f"In {len(difference.counts)} tables {_list_counts(kinds)}.",
        *list_under("Nights", nights),
        *list_under("Decisions", [_format_line(line) for line in difference.decisions]),
        *list_under("Columns that only one has, not compared", difference.columns),
        *list_under("Rows", list(_describe_tables(difference))),
        *list_under("For example", examples, SHOWN_EXAMPLES),
    ]
    return "\n\n".join(parts)


def _format_line(text: str) -> str:
    return format_code(text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…")


def list_under(title: str, lines: list[str], most: int = SHOWN_LINES) -> Iterator[str]:
    """Yield a title and a list of lines, cut after some; nothing without lines."""
    if lines:
        more = [f"and {len(lines) - most} more"] if len(lines) > most else []
        yield f"**{title}**"
        yield "\n".join(f"- {line}" for line in [*lines[:most], *more])


def _describe_tables(difference: Difference) -> Iterator[str]:
    """Yield a line for each table and reason: the rows before and after, and how many differ."""
    for (table, why), changes in group_by_cause(difference.tables).items():
        before, after = difference.counts[table]
        columns = format_columns(changes)
        yield (
            f"{table}: {before:,} rows before, {after:,} after; "
            f"{_list_counts({kind: _count(changes, kind) for kind in _KINDS})}"
            f"{f' ({columns})' if columns else ''}; {escape_controls(why)}"
        )


def _list_counts(kinds: dict[str, int]) -> str:
    """Return the kinds of differences that occur, in words."""
    counted = {kind: count for kind, count in kinds.items() if count}
    return ", ".join(f"{count:,} row{'s' * (count > 1)} {kind}" for kind, count in counted.items())


def _count(changes: Iterable[TableChange], kind: str) -> int:
    return sum(getattr(change, kind) for change in changes)
