"""Output for people: lines and tables on a console, with control characters escaped."""

import sys
import traceback
from collections.abc import Iterable, Sequence
from types import TracebackType

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from newsmill.escaping import escape_controls


def print_line(console: Console, line: str | Text, style: str | None = None) -> None:
    """Print a text as a single unbroken line; styles are kept where nothing needs escaping."""
    escaped = escape_controls(line)
    shown = line if isinstance(line, Text) and line.plain == escaped else escaped
    console.print(shown, style=style, highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_lines(console: Console, text: str) -> None:
    """Print the lines of a text of our own, each escaped."""
    for line in text.split("\n"):
        print_line(console, line)


def print_table(console: Console, title: str | None, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows below column names; missing values stay empty."""
    table = Table(title=f"\n{title}" if title else None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(Text(escape_controls(name)))
    for row in rows:
        table.add_row(*(Text("" if value is None else escape_controls(value)) for value in row))
    console.print(table)


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an unexpected error as Python does, each line escaped: set as `sys.excepthook`."""
    for part in traceback.format_exception(kind, error, trace):
        for line in part.rstrip("\n").split("\n"):
            print(escape_controls(line), file=sys.stderr)
