"""Declarations of the extractors: each room states once, in `__init__.py`, the facts for all other rooms.

A room is an extractor if a module has the room's name, such as `quotes/quotes.py`. From the value `EXTRACTOR` in
`quotes/__init__.py` come the relation of the lake and the suite, the gate, the withheld rows, the suite of the fact
table, the branch of `mart.cite`, the diagram of the star and the self-test (docs/extending.md).
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

import newsmill
from newsmill.contracts import SPAN_COLUMNS, Column
from newsmill.errors import BrokenContract
from newsmill.expectations import Expectation

DECLARATION = "EXTRACTOR"
SURFACE = "surface"
"""The default text column of an extractor; short enough to be checked and shown whole."""
SPAN = " ".join(SPAN_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Extractor:
    """The declaration of an extractor: relation of the lake, fact table and the checks on both.

    `name` is the room, `fact` the singular in `dw.fact_<fact>`, and `noun` names a row in a sentence: "the quotation".
    `columns` lists the relation's columns in order, `?` behind nullable ones; `glossary` defines new ones.
    `text` is the column with the characters of the span. `container` names the extractor of containing spans:
    a row is withheld together with the containing row. `reads` names another extractor whose rows are read.
    `links` maps key columns of the fact table to referenced
    tables, and `dimensions` the extractor's own dimension tables to their suites. The suites of relation
    and fact start with the checks of spans, shares and keys; the two `…_expectations` are added. `pinned_columns` are
    compared by the self-test; without any, all columns are.
    """

    name: str
    meaning: str
    fact: str
    noun: str
    columns: str
    grain: str = "page_id char_start"
    text: str = SURFACE
    glossary: tuple[Column, ...] = ()
    container: str = ""
    reads: str = ""
    links: Mapping[str, str] = field(default_factory=dict, hash=False)
    dimensions: Mapping[str, tuple[Expectation, ...]] = field(default_factory=dict, hash=False)
    lake_expectations: tuple[Expectation, ...] = ()
    table_expectations: tuple[Expectation, ...] = ()
    pinned_columns: str = ""

    @property
    def fact_table(self) -> str:
        """Return the name of the fact table, without schema."""
        return f"fact_{self.fact}"

    @property
    def key(self) -> str:
        """Return the name of the fact table's key."""
        return f"{self.fact}_key"

    @property
    def predecessors(self) -> tuple[str, ...]:
        """Return the extractors whose rows are read, by the names in `container` and `reads`."""
        return tuple(name for name in (self.container, self.reads) if name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the columns of the relation, in order."""
        return tuple(name.rstrip("?") for name in self.columns.split())

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Return the prefixes of the row's spans: "" for the row, then parts such as `cue_`."""
        start = SPAN_COLUMNS[0]
        prefixes = (name.removesuffix(start) for name in self.column_names if name.endswith(start))
        return tuple(prefix for prefix in prefixes if not prefix.endswith("page_"))

    @property
    def confidence_columns(self) -> tuple[str, ...]:
        """Return the columns with a confidence from 0 to 1."""
        return tuple(name for name in self.column_names if name == "confidence" or name.endswith("_confidence"))

    @property
    def length_column(self) -> str:
        """Return the derived column of the check with the length of a span, in characters."""
        return f"{self.text.removesuffix('_text')}_chars"

    @property
    def compared_columns(self) -> tuple[str, ...]:
        """Return the columns compared by the self-test."""
        ids = ("page_id", "article_id")
        return tuple(self.pinned_columns.split()) or tuple(name for name in self.column_names if name not in ids)


def framed(columns: str) -> str:
    """Return the columns of a relation of spans: the common columns around the given ones."""
    return f"page_id article_id {SURFACE} {SPAN} {columns} sentence_index confidence rule"


def optional_span(prefix: str) -> str:
    """Return the nullable columns of the span of a part."""
    return " ".join(f"{prefix}_{name}?" for name in SPAN_COLUMNS)


@cache
def extractors() -> tuple[Extractor, ...]:
    """Return the declarations, each after its predecessors."""
    return read_declarations(newsmill)


def read_declarations(package: ModuleType) -> tuple[Extractor, ...]:
    """Read the declarations of a package; BrokenContract names the file with a missing or wrong one."""
    declared = {room: _read_declaration(package, room) for room in extractor_rooms(package)}
    for extractor in declared.values():
        for problem in _list_problems(extractor, declared):
            raise BrokenContract(f"{package.__name__}/{extractor.name}/__init__.py: {problem}")
    waits = {name: extractor.predecessors for name, extractor in declared.items()}
    try:
        order = list(TopologicalSorter(waits).static_order())
    except CycleError as error:
        raise BrokenContract(
            f"the extractors {error.args[1]} contain or read each other; remove one `container` or `reads`"
        ) from error
    return tuple(declared[name] for name in order)


def extractor_rooms(package: ModuleType) -> list[str]:
    """List the rooms of a package with a module of the same name."""
    rooms = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg)
    return [room for room in rooms if any(Path(folder, room, f"{room}.py").is_file() for folder in package.__path__)]


def _read_declaration(package: ModuleType, room: str) -> Extractor:
    declared = getattr(importlib.import_module(f"{package.__name__}.{room}"), DECLARATION, None)
    if not isinstance(declared, Extractor) or declared.name != room:
        raise BrokenContract(
            f"{package.__name__}/{room}/__init__.py must declare {DECLARATION}, an Extractor named {room!r}: "
            "docs/extending.md lists its fields"
        )
    return declared


def _list_problems(extractor: Extractor, declared: Mapping[str, Extractor]) -> Iterator[str]:
    required = ("page_id", "article_id", extractor.text, *SPAN_COLUMNS, "sentence_index", "rule")
    if missing := _list_missing(required, extractor.column_names):
        yield f"the columns {missing} are missing; a relation of spans has them all"
    if missing := _list_missing(extractor.grain.split(), extractor.column_names):
        yield f"the grain names {missing}, which are no columns of the relation"
    if missing := _list_missing(extractor.compared_columns, extractor.column_names):
        yield f"pinned_columns names {missing}, which are no columns of the relation"
    for field_name in ("container", "reads"):
        if (name := getattr(extractor, field_name)) and name not in declared:
            yield f"{field_name} is {name!r}; expected one of {', '.join(declared)}"


def _list_missing(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the unknown names."""
    known = set(known)
    return [name for name in names if name not in known]
