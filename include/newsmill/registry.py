"""Finds the stages of the extractors among the rooms of a package."""

import importlib
from types import ModuleType

from newsmill.errors import BrokenContract
from newsmill.extractors import extractor_rooms
from newsmill.relations import EXTRACTED
from newsmill.stage import Stage


def discover_extractors(package: ModuleType) -> dict[str, Stage]:
    """Return the stages of a package's extractors by name, in order.

    A room with a module of the same name is an extractor: `quotes/quotes.py` holds the stage `quotes`, writer of the
    relation `quotes`.
    """
    return {room: _import_stage(package.__name__, room) for room in extractor_rooms(package)}


def _import_stage(package: str, room: str) -> Stage:
    stage = getattr(importlib.import_module(f"{package}.{room}.{room}"), room, None)
    if not isinstance(stage, Stage) or stage.writes[0] != EXTRACTED.get(room):
        raise BrokenContract(
            f"{package}/{room}/{room}.py must define a stage named {room} that writes the relation {room}, as "
            f"{package}/{room}/__init__.py declares it"
        )
    return stage
