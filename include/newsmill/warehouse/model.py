"""A table of the warehouse is a header and a SELECT: this reads both from `sql/<schema>/<name>.sql`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from itertools import takewhile

from newsmill.errors import BrokenContract
from newsmill.extractors import Extractor, extractors

LOADS = ("replace_night", "merge", "latest", "scd2", "view", "temporary", "temporary view", "macro", "table macro")
FIELDS = (
    "grain",
    "reads",
    "refs",
    "load",
    "key",
    "tracks",
    "seen_in",
    "touches",
    "scope",
    "nights",
    "sorted",
    "arguments",
    "observed",
    "calls",
)
_OWN_KEYS = {
    "article_key": "dim_article",
    "from_article_key": "dim_article",
    "to_article_key": "dim_article",
    "text_key": "dim_text",
    "source_key": "dim_source",
    "story_key": "dim_story",
    "entity_key": "dim_entity",
    "boilerplate_key": "dim_boilerplate",
    "published_date_key": "dim_date",
    "ingest_date_key": "dim_date",
}
KEY_OF = _OWN_KEYS | {key: table for extractor in extractors() for key, table in extractor.links.items()}
"""The table that a key refers to, in every table with the key."""
EACH_EXTRACTOR = re.compile(r"^ *-- for each extractor:\n(.*?)^ *-- end\n", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^-- (\w+): (.+)$")


@dataclass(frozen=True)
class Model:
    """One table: `reads` names lake relations, `refs` other tables; `tracks` the columns that make an SCD2 version.

    `seen_in` names the fact that holds every observation of an SCD2 key, where that key has columns beside the tracked.
    `observed` is a SELECT of an SCD2 key and the nights that tell of it, which the tables it refers to hold: its own
    SELECT may then look at the keys in `touched` alone. `touches` is a SELECT of natural keys that an SCD2 load makes
    anew beside those its nights tell of, wherever they were seen.
    `scope` tells by a condition which rows a merge may touch, and `nights` by a SELECT of which nights it then reads
    the lake, beside those at hand; of a table replaced by night `nights` are such as it wants beside those, and
    `sorted` the columns its rows lie in order of: its SELECT gives them so, and those of `changed_nights` alone.
    `calls` names what is not SQL: a function that makes, in pieces, the rows that its SELECT reads under that
    name. What is temporary stands in the load alone, and bears no schema.
    A macro is called with its `arguments`; all that it looks at stands in the warehouse, so that any shell can.
    """

    schema: str
    name: str
    meaning: str
    grain: tuple[str, ...]
    load: str
    sql: str
    reads: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    key: str = ""
    tracks: tuple[str, ...] = ()
    seen_in: str = ""
    touches: str = ""
    observed: str = ""
    scope: str = ""
    nights: str = ""
    sorted: tuple[str, ...] = ()
    calls: str = ""
    arguments: str = ""

    @property
    def is_macro(self) -> bool:
        """Tell whether it is called, and holds no rows of its own."""
        return self.load.endswith("macro")

    @property
    def is_temporary(self) -> bool:
        """Tell whether it is gone when the load is done."""
        return self.load.startswith("temporary")

    @property
    def is_laid(self) -> bool:
        """Tell whether one statement lays it, when what it looks at is loaded."""
        return self.is_macro or self.load == "view"

    @property
    def creation(self) -> str:
        """Return the statement that lays a view or a macro."""
        if self.is_macro:
            kind = "TABLE" if self.load == "table macro" else ""
            return f"CREATE OR REPLACE MACRO {self.table}({self.arguments}) AS {kind} ({self.sql})"
        return f"CREATE OR REPLACE {'TEMP' if self.is_temporary else ''} VIEW {self.table} AS {self.sql}"

    @property
    def row_key(self) -> tuple[str, ...]:
        """Return the columns by which its rows differ."""
        return (self.key,) if self.load == "scd2" else self.grain

    @property
    def row_grain(self) -> tuple[str, ...]:
        """Return the columns that tell its rows apart by nature; a versioned key has rows from several nights."""
        return (*self.grain, "valid_from") if self.load == "scd2" else self.grain

    @property
    def own_key(self) -> str:
        """Return the name of the key that tells its own rows."""
        return f"{self.name.split('_', 1)[1]}_key"

    @property
    def table(self) -> str:
        """Return the name with its schema."""
        return self.name if self.is_temporary else f"{self.schema}.{self.name}"


@cache
def models() -> tuple[Model, ...]:
    """Return all models, each after those it refers to."""
    folder = files("newsmill.warehouse") / "sql"
    found = [
        parse(schema.name, file.name.removesuffix(".sql"), file.read_text(encoding="utf8"))
        for schema in folder.iterdir()
        for file in schema.iterdir()
        if file.name.endswith(".sql")
    ]
    by_table = {model.table: model for model in sorted(found, key=lambda m: m.table)}
    for model in by_table.values():
        if strange := set(model.refs) - by_table.keys():
            raise BrokenContract(f"{model.table}.sql: refs name {sorted(strange)}, for which there is no file")
    for extractor in extractors():
        if f"dw.{extractor.fact_table}" not in by_table:
            raise BrokenContract(
                f"the extractor {extractor.name} has no table: write warehouse/sql/dw/{extractor.fact_table}.sql"
            )
    order = TopologicalSorter({name: model.refs for name, model in by_table.items()}).static_order()
    return tuple(by_table[name] for name in order)


def tables() -> tuple[Model, ...]:
    """Return the models that stand in the warehouse when a load is done and hold rows, or show them."""
    return tuple(model for model in models() if not model.is_temporary and not model.is_macro)


def macros() -> tuple[Model, ...]:
    """Return the models that are called."""
    return tuple(model for model in models() if model.is_macro)


def parse(schema: str, name: str, text: str) -> Model:
    """Read one file: the comment lines on top tell the meaning, then `-- field: value` lines, then one SELECT."""
    lines = expand(text, extractors()).splitlines()
    head = list(takewhile(lambda line: line.startswith("--"), lines))
    fields = {m[1]: m[2].strip() for m in map(_FIELD.match, head) if m}
    if strange := fields.keys() - set(FIELDS):
        raise BrokenContract(f"{schema}/{name}.sql: unknown header fields {sorted(strange)}")
    if fields.get("load") not in LOADS:
        raise BrokenContract(f"{schema}/{name}.sql: `-- load:` must be one of {LOADS}, not {fields.get('load')!r}")
    words = {key: tuple(value.split()) for key, value in fields.items()}
    return Model(
        schema=schema,
        name=name,
        load=fields["load"],
        key=fields.get("key", ""),
        seen_in=fields.get("seen_in", ""),
        touches=fields.get("touches", ""),
        observed=fields.get("observed", ""),
        scope=fields.get("scope", ""),
        nights=fields.get("nights", ""),
        meaning=" ".join(line[3:].strip() for line in head if not _FIELD.match(line)),
        grain=words.get("grain", ()),
        reads=words.get("reads", ()),
        refs=words.get("refs", ()),
        tracks=words.get("tracks", ()),
        sorted=words.get("sorted", ()),
        calls=fields.get("calls", ""),
        arguments=fields.get("arguments", ""),
        sql="\n".join(lines[len(head) :]).strip().rstrip(";"),
    )


def expand(text: str, declared: Sequence[Extractor]) -> str:
    """Write out what a file says once for the fact tables of all extractors.

    The lines from `-- for each extractor:` to `-- end` are repeated and joined by UNION ALL: `{fact}` becomes the
    table, `{key}` its key and `{text}` the column of its span's characters. Elsewhere `dw.{fact}` becomes the names of
    all these tables and `{facts}` their names as SQL literals.
    """
    text = EACH_EXTRACTOR.sub(lambda block: _repeat(block[1], declared), text)
    tables = [extractor.fact_table for extractor in declared]
    text = text.replace("dw.{fact}", " ".join(f"dw.{table}" for table in tables))
    return text.replace("{facts}", ", ".join(f"'{table}'" for table in tables))


def _repeat(lines: str, declared: Sequence[Extractor]) -> str:
    indent = lines[: len(lines) - len(lines.lstrip())]
    names = [{"{fact}": one.fact_table, "{key}": one.key, "{text}": one.text} for one in declared]
    return f"{indent}UNION ALL\n".join(_substitute(lines, replaced) for replaced in names)


def _substitute(text: str, replaced: Mapping[str, str]) -> str:
    for placeholder, name in replaced.items():
        text = text.replace(placeholder, name)
    return text
