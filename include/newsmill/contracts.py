"""What a table promises: the grain, the type and the meaning of every column, and the check that it is so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.errors import BrokenContract

TEXT, BOOL, DATE = pa.string(), pa.bool_(), pa.date32()
INT, LONG, REAL = pa.int32(), pa.int64(), pa.float64()
SPAN_COLUMNS = ("char_start", "char_end", "page_char_start", "page_char_end", "line_start", "line_end")
"""The columns of a span: in the article's text, in its page, and the lines of the page."""


@dataclass(frozen=True)
class Column:
    """One name with one type and one meaning, wherever it stands; `values` closes its vocabulary."""

    name: str
    type: pa.DataType
    meaning: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """A table of the lake: `grain` names the columns that identify a row, `optional` those that may be null."""

    name: str
    meaning: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    optional: frozenset[str] = frozenset()

    @cached_property
    def schema(self) -> pa.Schema:
        """Return the Arrow schema, in the declared order."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.name in self.optional) for c in self.columns])

    def past(self, days: int) -> "Past":
        """Ask, in a stage's `reads`, for this relation on the nights of so many days before the one at hand."""
        return Past(self, days)

    @property
    def latest(self) -> "Latest":
        """Ask for this relation on the latest night before the one at hand."""
        return Latest(self)

    @property
    def learned(self) -> "Learned":
        """Ask for this relation on the night by whose knowledge the run is to clean, if that is not its own."""
        return Learned(self)

    @property
    def whole(self) -> "Whole":
        """Ask, in a stage that runs by part, for all parts of the night."""
        return Whole(self)

    def among(self, listed: "Relation") -> "Among":
        """Ask for the rows that another relation of the night lists, by the one column that identifies those."""
        return Among(self, listed)

    def empty(self) -> pa.Table:
        """Return a table of this shape with no rows."""
        return self.schema.empty_table()


@dataclass(frozen=True)
class Past:
    """A relation on the nights of some days before, as the warehouse holds them; lazy, with a `night` column."""

    relation: Relation
    days: int


@dataclass(frozen=True)
class Latest:
    """A relation on the latest night before that the warehouse holds; lazy, with a `night` column."""

    relation: Relation


@dataclass(frozen=True)
class Learned:
    """A relation on the night that the run names as `learned`; lazy, with a `night` column, empty if it names none."""

    relation: Relation


@dataclass(frozen=True)
class Whole:
    """A relation on the night at hand, all its parts in one table."""

    relation: Relation


@dataclass(frozen=True)
class Among:
    """The rows of a relation that another one lists; all of that, whichever part is at hand."""

    relation: Relation
    listed: Relation


@dataclass(frozen=True)
class Night:
    """The date of the night at hand."""


NIGHT = Night()
Source = Relation | Past | Latest | Learned | Whole | Among | Night


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


def relation(name: str, meaning: str, grain: str, columns: str, glossary: Mapping[str, Column]) -> Relation:
    """Declare a relation from names of the glossary; a `?` behind a name lets it be null."""
    words = columns.split()
    return Relation(
        name=name,
        meaning=meaning,
        grain=tuple(grain.split()),
        columns=tuple(glossary[word.rstrip("?")] for word in words),
        optional=frozenset(word.rstrip("?") for word in words if word.endswith("?")),
    )


def conform(table: pa.Table, to: Relation) -> pa.Table:
    """Return the table in the relation's order and types; BrokenContract says what does not fit."""
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
    for complaint in _complaints(fitted, to):
        raise BrokenContract(f"{to.name}: {complaint}")
    return fitted.cast(to.schema)


def _complaints(table: pa.Table, to: Relation) -> Iterable[str]:
    for column in to.columns:
        values = table.column(column.name)
        if values.null_count and column.name not in to.optional:
            yield f"{column.name} is null in {values.null_count} of {len(values)} rows and is not declared optional"
        if column.values:
            strange = sorted(set(pc.unique(values).to_pylist()) - {*column.values, None})
            if strange:
                yield f"{column.name} holds {strange[:5]}, which is none of {list(column.values)}"
