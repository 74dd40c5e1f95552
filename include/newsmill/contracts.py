"""Contracts of tables: the grain, the type and meaning of every column, and the check of a table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.errors import BrokenContract

TEXT, BOOL, DATE = pa.string(), pa.bool_(), pa.date32()
INT, LONG, REAL = pa.int32(), pa.int64(), pa.float64()
SPAN_COLUMNS = ("char_start", "char_end", "page_char_start", "page_char_end", "line_start", "line_end")
"""The columns of a span: in the article's text, in the page, and in lines of the page."""


@dataclass(frozen=True)
class Column:
    """A column name with its type and meaning, the same in all tables; `values` lists a closed vocabulary."""

    name: str
    type: pa.DataType
    meaning: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """A table of the lake: `grain` names the identifying columns, `optional` the nullable ones."""

    name: str
    meaning: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    optional: frozenset[str] = frozenset()

    @cached_property
    def schema(self) -> pa.Schema:
        """Return the Arrow schema, in the declared order."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.name in self.optional) for c in self.columns])

    def past(self, days: int) -> "Lookback":
        """Read this relation on the nights of the given number of days before the current night."""
        return Lookback(self, days)

    @property
    def latest(self) -> "Previous":
        """Read this relation on the latest night before the current night."""
        return Previous(self)

    @property
    def learned(self) -> "AsOf":
        """Read this relation as of the run's `learned` night; empty for a run that learns from the current night."""
        return AsOf(self)

    @property
    def whole(self) -> "AllParts":
        """Read all parts of the night in a stage that runs by part."""
        return AllParts(self)

    def among(self, listed: "Relation", columns: str = "") -> "SemiJoin":
        """Read the rows with a key in another relation of the night; the key is the other relation's grain.

        With `columns` read these alone: of the hundred columns of articles an extractor needs a handful.
        """
        return SemiJoin(self, listed, tuple(columns.split()))

    def empty(self) -> pa.Table:
        """Return a table of this shape with no rows."""
        return self.schema.empty_table()


@dataclass(frozen=True)
class Lookback:
    """A relation on the nights of the last days, as loaded into the warehouse; lazy, with a `night` column."""

    relation: Relation
    days: int


@dataclass(frozen=True)
class Previous:
    """A relation on the latest loaded night before the current night; lazy, with a `night` column."""

    relation: Relation


@dataclass(frozen=True)
class AsOf:
    """A relation on the run's `learned` night; lazy, with a `night` column, empty if the run has no such night."""

    relation: Relation


@dataclass(frozen=True)
class AllParts:
    """A relation on the current night, with all parts in a single table."""

    relation: Relation


@dataclass(frozen=True)
class SemiJoin:
    """The rows of a relation with a key in `listed`; all columns, if none are named."""

    relation: Relation
    listed: Relation
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Night:
    """The date of the current night."""


NIGHT = Night()
RelationInput = Relation | Lookback | Previous | AsOf | AllParts | SemiJoin
StageInput = RelationInput | Night


def get_relation(source: RelationInput) -> Relation:
    """Return the relation that a stage reads for an input."""
    return source if isinstance(source, Relation) else source.relation


def span_columns(prefix: str, noun: str) -> tuple[Column, ...]:
    """Declare the columns of a span of something, `prefix` empty for the row's own."""
    return (
        Column(f"{prefix}char_start", INT, f"First character of {noun} in the article's text."),
        Column(f"{prefix}char_end", INT, f"Character after the last of {noun} in the article's text."),
        Column(f"{prefix}page_char_start", INT, f"First character of {noun} in the page as it was read."),
        Column(f"{prefix}page_char_end", INT, f"Character after the last of {noun} in the page as it was read."),
        Column(f"{prefix}line_start", INT, f"Line of the page, from 1, on which {noun} begins."),
        Column(f"{prefix}line_end", INT, f"Line of the page, from 1, on which {noun} ends."),
    )


def key_column(name: str, noun: str) -> Column:
    """Declare a warehouse key."""
    meaning = f"Warehouse key of {noun}: 63 bits of SHA-256 over its natural key; -1 is unknown."
    return Column(f"{name}_key", LONG, meaning)


def declare_relation(name: str, meaning: str, grain: str, columns: str, glossary: Mapping[str, Column]) -> Relation:
    """Declare a relation from names of the glossary; a name with `?` behind it may be null."""
    words = columns.split()
    return Relation(
        name=name,
        meaning=meaning,
        grain=tuple(grain.split()),
        columns=tuple(glossary[word.rstrip("?")] for word in words),
        optional=frozenset(word.rstrip("?") for word in words if word.endswith("?")),
    )


def conform(table: pa.Table, to: Relation) -> pa.Table:
    """Return the table in the relation's order and types; BrokenContract names the first violation."""
    missing = [name for name in to.schema.names if name not in table.column_names]
    if missing:
        raise BrokenContract(
            f"{to.name}: the columns {missing} are missing; the stage must write every declared column"
        )
    lenient = pa.schema([field.with_nullable(True) for field in to.schema])
    try:
        fitted = table.select(to.schema.names).cast(lenient)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise BrokenContract(f"{to.name}: {error}; see the declared types in newsmill/relations.py") from error
    for violation in _list_violations(fitted, to):
        raise BrokenContract(f"{to.name}: {violation}")
    return fitted.cast(to.schema)


def _list_violations(table: pa.Table, to: Relation) -> Iterable[str]:
    for column in to.columns:
        values = table.column(column.name)
        if values.null_count and column.name not in to.optional:
            yield f"{column.name} is null in {values.null_count} of {len(values)} rows and is not declared optional"
        if column.values:
            unknown = sorted(set(pc.unique(values).to_pylist()) - {*column.values, None})
            if unknown:
                yield f"{column.name} holds {unknown[:5]}, which is none of {list(column.values)}"
