"""Tells a person how far the night is."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Steps:
    """Tells how far the night is: bars on a terminal, a line for each step elsewhere."""

    def __init__(self, console: Console):
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bars = Progress(*columns, console=console, disable=not console.is_terminal)

    def __enter__(self) -> "Steps":
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def begin(self, step: str, total: int) -> TaskID:
        """Announce a step of so many units."""
        if self.bars.disable:
            self.bars.console.print(f"{step}: {total} to do", highlight=False)
        return self.bars.add_task(step, total=total)

    def advance(self, task: TaskID) -> None:
        """Count one unit as done."""
        self.bars.advance(task)
