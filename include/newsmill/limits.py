"""How long a stage may take over the documents of a part, and how it goes over them again when it took longer.

A compiled kernel or a regular expression cannot be interrupted, only the process it runs in. So a stage reports to its
watcher (newsmill/workers.py) what it begins and how long that may take. When the watcher has ended the process, another
goes over the part in slices, and over a slice that took too long document by document; what slices gave is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

SLICE = 64
"""Documents of a slice. At twice as many more are gone over again for each slow one; at half a stage is called twice as
often."""
FIRST_CALL_SECONDS = 10.0
"""Added for the first call of a process, which loads models and word lists: 1 to 2 s on an idle machine.

At half a cold disk may cost a sound document; at twice each slow part is noticed 10 s later.
"""
SECONDS_PER_MB = 4.0
"""Expected at most for a million bytes of input: twenty times the 0.2 s of quotes, the slowest extractor, on BBC news.

At twice as much a part with a slow document is noticed later; at half, pages of many small blocks may be tried twice.
"""


@dataclass(frozen=True)
class Overrun:
    """Documents of a part over which a stage took longer than it may: from `start` to before `end`."""

    start: int
    end: int


def _ignore(_start: int, _end: int, _seconds: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Attempt:
    """One try of a stage over a part: at once, or, when that took too long, in slices.

    `split` holds the starts of slices that are gone over document by document, `slow` the documents to leave out, and
    `folder` what slices gave. `report` sends the watcher which documents begin and the seconds they may take.
    """

    seconds: float
    folder: Path | None = None
    split: frozenset[int] = frozenset()
    slow: frozenset[int] = frozenset()
    report: Callable[[int, int, float], None] = field(default=_ignore, compare=False)

    def after(self, overrun: Overrun, folder: Path) -> "Attempt":
        """Return the next try, which is more careful where this one took too long."""
        if self.folder is None:
            return replace(self, folder=folder)
        if overrun.end - overrun.start > 1:
            return replace(self, split=self.split | {overrun.start})
        return replace(self, slow=self.slow | {overrun.start})

    def slices(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield the bounds of what a stage goes over in one call."""
        for start in range(0, count, SLICE):
            end = min(start + SLICE, count)
            yield from ((n, n + 1) for n in range(start, end)) if start in self.split else ((start, end),)

    def begin(self, start: int, rows: pa.Table) -> None:
        """Report that a stage is called with these rows."""
        count = rows.num_rows
        self.report(start, start + count, self.seconds + (rows.nbytes / 1e6 * SECONDS_PER_MB if count > 1 else 0))

    def keep(self, bounds: tuple[int, int], tables: tuple[pa.Table, ...]) -> None:
        """Keep what a slice gave for a later try."""
        for number, table in enumerate(tables):
            draft = str(self._file(bounds, number, ".part"))
            with pa.OSFile(draft, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        for number in range(len(tables)):
            self._file(bounds, number, ".part").replace(self._file(bounds, number))

    def kept(self, bounds: tuple[int, int], count: int) -> tuple[pa.Table, ...] | None:
        """Return the `count` tables that an earlier try kept of a slice; None if it did not come so far."""
        files = [self._file(bounds, number) for number in range(count)]
        if not all(file.exists() for file in files):
            return None
        return tuple(pa.ipc.open_file(pa.memory_map(str(file))).read_all() for file in files)

    def _file(self, bounds: tuple[int, int], number: int, ending: str = "") -> Path:
        return self.folder / f"{bounds[0]}-{bounds[1]}-{number}.arrow{ending}"


_CURRENT: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def current() -> Attempt | None:
    """Return the try that a watcher looks after; None where nobody does."""
    return _CURRENT.get()


@contextmanager
def watched(attempt: Attempt) -> Iterator[None]:
    """Let stages that run meanwhile report to the watcher of this try."""
    token = _CURRENT.set(attempt)
    try:
        yield
    finally:
        _CURRENT.reset(token)
