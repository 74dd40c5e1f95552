"""Progress of a night or a fetch, shown to a person."""

from typing import Self

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


class StepProgress:
    """Progress of a night: bars on a terminal, a line for each step elsewhere."""

    def __init__(self, console: Console):
        columns = (TextColumn("{task.description:<10}", markup=False), BarColumn(), MofNCompleteColumn())
        self.bars = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def begin(self, step: str, total: int) -> TaskID:
        """Announce a step with a number of units."""
        if self.bars.disable:
            print_line(self.bars.console, f"{step}: {total} to do")
        return self.bars.add_task(step, total=total)

    def advance(self, task: TaskID) -> None:
        """Count a unit as done."""
        self.bars.advance(task)


class FetchProgress:
    """Progress of a fetch: bytes and files on a terminal, nothing elsewhere, because the log has the figures."""

    def __init__(self, console: Console, name: str):
        self.name, self.files, self.ended = escape_controls(name), 0, 0
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self.bars = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
        self.task = self.bars.add_task(self.name, total=None)

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def begin(self, files: int, size: int | None) -> None:
        """Start with a number of files, and the sum of the known sizes."""
        self.files = files
        self.bars.update(self.task, total=size or None, description=f"{self.name} 0/{files}")

    def came(self, size: int) -> None:
        """Advance the bar by downloaded bytes."""
        self.bars.advance(self.task, size)

    def done(self) -> None:
        """Count a file as finished."""
        self.ended += 1
        self.bars.update(self.task, description=f"{self.name} {self.ended}/{self.files}")
