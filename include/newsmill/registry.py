"""Finds the stages of a package by themselves: the only dynamic import of the project."""

import importlib
import pkgutil
from types import ModuleType

from newsmill.errors import BrokenContract
from newsmill.stage import Stage


def discover(package: ModuleType) -> dict[str, Stage]:
    """Return each module's stage by name, in order; a module holds one stage that bears its name and its relation's."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        declared = getattr(importlib.import_module(f"{package.__name__}.{module}"), module, None)
        if not isinstance(declared, Stage) or declared.writes[0].name != module:
            raise BrokenContract(
                f"{package.__name__}/{module}.py must define a stage named {module} that writes the relation {module}"
            )
        found[module] = declared
    return found
