"""Tells a person how far the night is."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from newsmill.escaping import escape_controls
from newsmill.terminal import print_line


class Steps:
    """Tells how far the night is: bars on a terminal, a line for each step elsewhere."""

    def __init__(self, console: Console):
        columns = (TextColumn("{task.description:<10}", markup=False), BarColumn(), MofNCompleteColumn())
        self.bars = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)

    def __enter__(self) -> "Steps":
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def begin(self, step: str, total: int) -> TaskID:
        """Announce a step of so many units."""
        if self.bars.disable:
            print_line(self.bars.console, f"{step}: {total} to do")
        return self.bars.add_task(step, total=total)

    def advance(self, task: TaskID) -> None:
        """Count one unit as done."""
        self.bars.advance(task)


class Bytes:
    """Tells how far a fetch is: bytes and files on a terminal, nothing elsewhere, where the log tells it."""

    def __init__(self, console: Console, name: str):
        self.name, self.files, self.ended = escape_controls(name), 0, 0
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self.bars = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
        self.task = self.bars.add_task(self.name, total=None)

    def __enter__(self) -> "Bytes":
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def begin(self, files: int, size: int | None) -> None:
        """Hear how many files there are, and their bytes as far as they are told."""
        self.files = files
        self.bars.update(self.task, total=size or None, description=f"{self.name} 0/{files}")

    def came(self, size: int) -> None:
        """Move the bar by bytes that came."""
        self.bars.advance(self.task, size)

    def done(self) -> None:
        """Count one file as dealt with."""
        self.ended += 1
        self.bars.update(self.task, description=f"{self.name} {self.ended}/{self.files}")
