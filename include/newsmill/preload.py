"""Loads all modules of a night at once, for a process that forks the processes of tasks."""

import sys

from newsmill import pipeline, shares, workers  # noqa: F401  # tasks import these besides the pipeline
from newsmill.quality import gate


def load_modules() -> int:
    """Import every module that a step needs, and return the number of new modules."""
    before = len(sys.modules)
    pipeline.hash_rules()  # imports the extractors; a run then records the rules in memory, not those of an edited file
    gate.import_great_expectations()
    return len(sys.modules) - before
