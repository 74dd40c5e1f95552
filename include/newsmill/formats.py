"""Dump formats: the value to declare a format in a reader module, and all names without an import of readers."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

AUTO = "auto"
READERS = Path(__file__).parent / "readers"
_MARK = "\nFORMATS = "


@dataclass(frozen=True)
class Format:
    """A dump format, declared in the tuple FORMATS of its reader module.

    `read` takes an unpacked file and a name, and yields records and rejects. A file is recognized by `opening`, a
    pattern at the first bytes, or by `recognizes`, a test of the first bytes of a text of no other format and of
    the field names of the source, None for all known names; a format with neither is read only where sources.toml
    names it. `has_standalone_records` marks a format with
    records readable alone, from byte ranges.
    """

    name: str
    read: Callable
    opening: re.Pattern[bytes] | None = None
    recognizes: Callable[[bytes, Any], bool] | None = None
    has_standalone_records: bool = False


def reader_modules() -> list[str]:
    """List the modules of readers/ with declared formats."""
    return sorted(path.stem for path in READERS.glob("*.py") if _MARK in path.read_text(encoding="utf8"))


@cache
def format_names() -> tuple[str, ...]:
    """Return the names of all formats, sorted.

    The names are parsed from the source, in milliseconds: readers import a compiler and libraries, and sources/ may not
    import readers.
    """
    return tuple(sorted(name for module in reader_modules() for name in _declared_names(READERS / f"{module}.py")))


def _declared_names(path: Path) -> list[str]:
    """Return the names in the calls `Format("name", …)` of a module's declaration, the last statement."""
    _, _, declaration = path.read_text(encoding="utf8").partition(_MARK)
    calls = (node for node in ast.walk(ast.parse(declaration)) if isinstance(node, ast.Call))
    return [ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == Format.__name__]
