"""The steps of a night in order, by name: light, because every parse of the DAG file imports this module.

`pipeline.steps` adds the work. The extractors come from the declarations of the rooms.
"""

from typing import NamedTuple

from newsmill.extractors import Extractor, extractors

NIGHT, DUMP, BUNDLE, PART = "night", "dump", "bundle", "part"


class StepName(NamedTuple):
    """A step of the night; `over` names the unit of work: a dump, a bundle of files, a part of pages, or the night."""

    name: str
    over: str
    meaning: str


_BEFORE_EXTRACTION = (
    (StepName("fetch", DUMP, "Copy the files of a dump for this night into the landing folder, byte for byte."),),
    (StepName("read", BUNDLE, "Decode a batch of landed files into pages, with text repaired once."),),
    (StepName("survey", PART, "Count the blocks of the pages, for the boilerplate to be learned."),),
    (StepName("learn", NIGHT, "Learn the boilerplate of each source from this night and the published nights."),),
    (StepName("clean", PART, "Keep the article of each page, and give a reason for every line left out."),),
    (
        StepName("minhash", PART, "Compute a MinHash signature of each text, for copies to be found by."),
        StepName("dedupe", NIGHT, "Keep one capture of each article, and the first instance of each text."),
    ),
)
_COPY = StepName("copy", NIGHT, "Copy the published warehouse for the load, while the extractors run.")
_AFTER_EXTRACTION = (
    (StepName("check", NIGHT, "Withhold faulty rows, with reasons; too many stop the night."),),
    (StepName("load", NIGHT, "Load the night into the copy of the published warehouse."),),
    (StepName("audit", NIGHT, "Verify the staging copy: grain, references, intervals, expectations."),),
    (StepName("publish", NIGHT, "Finalize the staging copy and publish it; readers never see half a night."),),
)


def list_rows() -> list[list[StepName]]:
    """Return the night in running order; the steps of a row may run concurrently.

    The warehouse is copied while extractors run: copying waits for the disk, extractors for processors.
    """
    first, *later = list_extractor_rows()
    rows = (*_BEFORE_EXTRACTION, [*first, _COPY], *later, *_AFTER_EXTRACTION)
    return [list(row) for row in rows]


def list_names_before(name: str) -> list[str]:
    """List the steps of the rows before a step."""
    rows = [[step.name for step in row] for row in list_rows()]
    row_no = next(number for number, row in enumerate(rows) if name in row)
    return [other for row in rows[:row_no] for other in row]


def list_extractor_rows() -> list[list[StepName]]:
    """Return the extractors in running order: each in the row after all extractors whose rows are read."""
    depths: dict[str, int] = {}
    for extractor in extractors():
        depths[extractor.name] = max((depths[name] + 1 for name in extractor.predecessors), default=0)
    rows: list[list[StepName]] = [[] for _ in range(max(depths.values()) + 1)]
    for extractor in sorted(extractors(), key=lambda extractor: extractor.name):
        rows[depths[extractor.name]].append(_describe(extractor))
    return rows


def find_step(name: str) -> StepName:
    """Return a step by name."""
    return next(step for row in list_rows() for step in row if step.name == name)


def _describe(extractor: Extractor) -> StepName:
    return StepName(extractor.name, PART, f"Extract {extractor.name}. A row is: {extractor.meaning}")
