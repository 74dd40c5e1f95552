"""Loads all modules of a night at once, for a process that forks the processes of tasks."""

import sys

from newsmill import shares, workers
from newsmill.quality import gate

NEEDED = (shares, workers, gate)
"""The rooms whose imports a task needs; the pipeline imports all stages."""


def load_modules() -> int:
    """Import every module that a step needs, and return the number of new modules; nothing computes."""
    before = len(sys.modules)
    gate.import_great_expectations()
    return len(sys.modules) - before
