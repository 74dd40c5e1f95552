"""Finds the extractors among the rooms of a package: the only dynamic import of the project."""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from newsmill.errors import BrokenContract
from newsmill.stage import Stage


def discover_extractors(package: ModuleType) -> dict[str, Stage]:
    """Return the extractors of a package by name, in order.

    A room with a module of its own name is an extractor: `quotes/quotes.py` holds the stage `quotes`, which writes the
    relation `quotes`.
    """
    found = {}
    for room in sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg):
        if any(Path(folder, room, f"{room}.py").is_file() for folder in package.__path__):
            found[room] = _stage_of(package.__name__, room)
    return found


def _stage_of(package: str, room: str) -> Stage:
    stage = getattr(importlib.import_module(f"{package}.{room}.{room}"), room, None)
    if not isinstance(stage, Stage) or stage.writes[0].name != room:
        raise BrokenContract(
            f"{package}/{room}/{room}.py must define a stage named {room} that writes the relation {room}"
        )
    return stage
