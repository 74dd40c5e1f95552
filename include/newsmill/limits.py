"""Time limits of a stage for the documents of a part, and the retries in slices after an overrun.

A compiled kernel or a regular expression cannot be interrupted; only the whole process can be ended. So a stage reports
to a watcher (newsmill/workers.py) the documents about to begin, and the seconds allowed. After an overrun the watcher
ends the process. Another process repeats the part in slices, and a slow slice document by document; results of finished
slices are kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

SLICE = 64
"""Documents of a slice. At twice as many, more documents are repeated for each slow one; at half, a stage is called
twice as often.
"""
FIRST_CALL_SECONDS = 10.0
"""Extra seconds for the first call of a process, to load models and word lists: 1 to 2 s on an idle machine.

At half, a cold disk may cost a sound document; at twice, each slow part is noticed 10 s later.
"""
SECONDS_PER_MB = 4.0
"""Expected at most for a million bytes of input: twenty times the 0.2 s of quotes, the slowest extractor, on BBC news.

At twice as much a part with a slow document is noticed later; at half, pages of many small blocks may be tried twice.
"""


@dataclass(frozen=True)
class Overrun:
    """Documents of a part, from `start` to before `end`, that took a stage longer than the limit."""

    start: int
    end: int


def _report_nothing(_start: int, _end: int, _seconds: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Attempt:
    """An attempt of a stage at a part: whole at first, in slices after an overrun.

    `split` holds the starts of slices to repeat document by document, `slow` the documents to leave out, and `folder`
    the results of slices. `report` sends the watcher the next documents and the seconds allowed.
    """

    seconds: float
    folder: Path | None = None
    split: frozenset[int] = frozenset()
    slow: frozenset[int] = frozenset()
    report: Callable[[int, int, float], None] = field(default=_report_nothing, compare=False)

    def next_attempt(self, overrun: Overrun, folder: Path) -> "Attempt":
        """Return the next attempt, with smaller slices at the place of the overrun."""
        if self.folder is None:
            return replace(self, folder=folder)
        if overrun.end - overrun.start > 1:
            return replace(self, split=self.split | {overrun.start})
        return replace(self, slow=self.slow | {overrun.start})

    def slices(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield the bounds of each call of the stage."""
        for start in range(0, count, SLICE):
            end = min(start + SLICE, count)
            yield from ((n, n + 1) for n in range(start, end)) if start in self.split else ((start, end),)

    def begin(self, start: int, rows: pa.Table) -> None:
        """Report the start of the stage on some rows."""
        count = rows.num_rows
        self.report(start, start + count, self.seconds + (rows.nbytes / 1e6 * SECONDS_PER_MB if count > 1 else 0))

    def keep(self, bounds: tuple[int, int], tables: tuple[pa.Table, ...]) -> None:
        """Store the result of a slice for a later attempt."""
        for i, table in enumerate(tables):
            temporary = str(self._file(bounds, i, ".part"))
            with pa.OSFile(temporary, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        for i in range(len(tables)):
            self._file(bounds, i, ".part").replace(self._file(bounds, i))

    def kept(self, bounds: tuple[int, int], count: int) -> tuple[pa.Table, ...] | None:
        """Return the `count` tables stored for a slice by an earlier attempt, or None."""
        files = [self._file(bounds, i) for i in range(count)]
        if not all(file.exists() for file in files):
            return None
        return tuple(pa.ipc.open_file(pa.memory_map(str(file))).read_all() for file in files)

    def _file(self, bounds: tuple[int, int], table_no: int, ending: str = "") -> Path:
        assert self.folder is not None  # an attempt without a folder runs the whole part, and stores no slice
        return self.folder / f"{bounds[0]}-{bounds[1]}-{table_no}.arrow{ending}"


_CURRENT: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def current_attempt() -> Attempt | None:
    """Return the attempt under watch; None without a watcher."""
    return _CURRENT.get()


@contextmanager
def watch_attempt(attempt: Attempt) -> Iterator[None]:
    """Let the stages called within report to the watcher of the attempt."""
    token = _CURRENT.set(attempt)
    try:
        yield
    finally:
        _CURRENT.reset(token)
