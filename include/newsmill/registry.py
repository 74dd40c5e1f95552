"""Finds the stages of the extractors among the rooms of a package."""

import importlib
from collections.abc import Iterable, Mapping
from types import ModuleType

from newsmill.errors import BrokenContract
from newsmill.extractors import Extractor, extractor_rooms, read_declarations
from newsmill.relations import EXTRACTED
from newsmill.stage import Stage


def discover_extractors(package: ModuleType) -> dict[str, Stage]:
    """Return the stages of a package's extractors by name, in order.

    A room with a module of the same name is an extractor: `quotes/quotes.py` holds the stage `quotes`, writer of the
    relation `quotes`.
    """
    stages = {room: _import_stage(package.__name__, room) for room in extractor_rooms(package)}
    check_predecessors(stages, read_declarations(package))
    return stages


def check_predecessors(stages: Mapping[str, Stage], declarations: Iterable[Extractor]) -> None:
    """Raise BrokenContract for a stage that reads rows of an extractor and does not declare the extractor."""
    declared = {extractor.name: extractor for extractor in declarations}
    for name, stage in stages.items():
        if others := (stage.read_names & stages.keys()) - _list_predecessors(name, declared):
            raise BrokenContract(
                f"the extractor {name} reads {', '.join(sorted(others))}, and runs after its predecessors alone: "
                f"declare it as `container` or `reads` in {name}/__init__.py"
            )


def _list_predecessors(name: str, declared: Mapping[str, Extractor]) -> set[str]:
    """List the extractors read by an extractor, those read by them, and so on."""
    direct = declared[name].predecessors
    return {*direct}.union(*(_list_predecessors(other, declared) for other in direct))


def _import_stage(package: str, room: str) -> Stage:
    stage = getattr(importlib.import_module(f"{package}.{room}.{room}"), room, None)
    if not isinstance(stage, Stage) or stage.writes[0] != EXTRACTED.get(room):
        raise BrokenContract(
            f"{package}/{room}/{room}.py must define a stage named {room} that writes the relation {room}, as "
            f"{package}/{room}/__init__.py declares it"
        )
    return stage
