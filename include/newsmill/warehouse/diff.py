"""What differs between two files of the warehouse, row by row and by night, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from newsmill.warehouse import snapshots
from newsmill.warehouse.model import Model, tables
from newsmill.warehouse.statements import same

BEFORE, AFTER = "before", "after"
MEMORY = "2GB"  # what a comparison may hold; the rest goes to the disk


@dataclass(frozen=True)
class NightChange:
    """A night that the two files hold by different runs; `why` tells what those went by that differs."""

    night: date
    why: str
    run_before: str | None
    run_after: str | None


@dataclass(frozen=True)
class TableChange:
    """Rows of a table that differ, of one night where the table has nights; `columns` counts changed rows by column.

    `is_follower` tells that the night itself was not run again: its rows follow others.
    """

    table: str
    night: date | None
    added: int
    removed: int
    changed: int
    columns: tuple[tuple[str, int], ...]
    why: str
    is_follower: bool


@dataclass(frozen=True)
class Difference:
    """All that differs, and which columns only one of the files has."""

    nights: tuple[NightChange, ...]
    decisions: tuple[str, ...]
    tables: tuple[TableChange, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class RowChange:
    """A row that differs: its key, and by column its values before and after where they differ."""

    kind: str
    night: date | None
    key: dict
    values: dict[str, tuple]


def compare(before: Path, after: Path, night: date | None = None, only: str | None = None) -> Difference:
    """Compare two files, or one night of their facts, or one table; both are only read.

    Tables, and nights of tables, whose rows hash to the same sum are passed over; of the others the keys of the grain
    are joined with a hash of each row. What does not fit into memory goes to a temporary folder.
    """
    with _both(before, after) as con:
        nights = _nights(con)
        decisions = _decisions(con)
        found, strange = [], []
        for pair in _pairs(con, only):
            strange += pair.strange
            found += _compare(con, pair, night, {change.night: change for change in nights}, decisions)
        return Difference(tuple(nights), tuple(decisions), tuple(found), tuple(strange))


def rows(before: Path, after: Path, table: str, night: date | None = None, limit: int = 20) -> Iterator[RowChange]:
    """Yield rows of a table that differ between two files, at most `limit`, in order of night and key."""
    with _both(before, after) as con:
        for pair in _pairs(con, table):
            if not _differing(con, pair, night):
                return
            yield from _rows(con, pair, limit)


def names() -> list[str]:
    """List the tables that are compared: those of facts and dimensions, and the quarantine."""
    return sorted(model.table for model in _compared())


def _compared() -> Iterator[Model]:
    return (m for m in tables() if m.load != "view" and (m.schema == "dw" or m.table == "ops.rejected"))


@contextmanager
def _both(before: Path, after: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with TemporaryDirectory(prefix="newsmill-diff-") as scratch, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false; SET enable_progress_bar = false")
        con.execute(f"SET temp_directory = '{scratch}'; SET memory_limit = '{MEMORY}'")
        for path, name in ((before, BEFORE), (after, AFTER)):
            snapshots.attach(con, path, name)
        yield con


# -- why: nights and decisions -----------------------------------------------------------------------------------------

_NIGHTS = """
    WITH b AS (SELECT night, run_id, run.* EXCLUDE (night, run_id)
               FROM before.ops.loaded_night LEFT JOIN before.ops.run USING (night, run_id)),
         a AS (SELECT night, run_id, run.* EXCLUDE (night, run_id)
               FROM after.ops.loaded_night LEFT JOIN after.ops.run USING (night, run_id))
    SELECT night, b.run_id, a.run_id,
           CASE WHEN b.run_id IS NULL THEN 'new night' WHEN a.run_id IS NULL THEN 'night taken back'
                ELSE 'run again' END,
           b.code_version IS DISTINCT FROM a.code_version, b.ruleset_version IS DISTINCT FROM a.ruleset_version,
           list_sort(list_filter(a.model_versions, lambda told: NOT list_contains(b.model_versions, told))),
           b.learned_night IS DISTINCT FROM a.learned_night
    FROM b FULL JOIN a USING (night) WHERE b.run_id IS DISTINCT FROM a.run_id ORDER BY night
"""
# What people decided, and of what; the same in other words or by another person is the same.
_DECIDED = {
    "dw.dim_entity_decision": """
        SELECT concat_ws(' ', decision, entity_id, into_entity_id, given_name, source_id, role_title) AS told
        FROM {file}.dw.dim_entity_decision""",
    "dw.dim_boilerplate": """
        SELECT concat_ws(' ', decision, block_hash) AS told FROM {file}.dw.dim_boilerplate
        WHERE decision IS NOT NULL""",
}


def _nights(con: duckdb.DuckDBPyConnection) -> list[NightChange]:
    found = []
    for night, run_before, run_after, kind, code, ruleset, told, learned in con.execute(_NIGHTS).fetchall():
        differing = [
            *["code"] * code,
            *["rules"] * ruleset,
            *(name.partition("=")[0] for name in told or ()),
            *["night that furniture was learned up to"] * learned,
        ]
        if kind == "run again":
            kind += f", other {', '.join(differing)}" if differing else " by the same rules"
        found.append(NightChange(night, kind, run_before, run_after))
    return found


def _decisions(con: duckdb.DuckDBPyConnection) -> list[str]:
    """List the decisions that only one of the files went by."""
    found = []
    for table, sql in _DECIDED.items():
        if all(_columns(con, file, table) for file in (BEFORE, AFTER)):
            made, taken_back = (
                con.execute(f"{sql.format(file=these)} EXCEPT {sql.format(file=those)} ORDER BY told").fetchall()
                for these, those in ((AFTER, BEFORE), (BEFORE, AFTER))
            )
            found += [f"{told}: made" for (told,) in made] + [f"{told}: no more" for (told,) in taken_back]
    return found


# -- what: rows by their keys ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pair:
    """A table in both files: what is told apart by `key`, compared by `columns`, and counted by `part`, the night."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    part: str | None
    strange: tuple[str, ...]
    missing: str | None

    def of(self, file: str) -> str:
        """Return the table of a file; where it has none, the other's without its rows."""
        if file != self.missing:
            return f"{file}.{self.table}"
        return f"(FROM {AFTER if file == BEFORE else BEFORE}.{self.table} LIMIT 0)"

    def of_parts(self, file: str) -> str:
        """Return the rows of a file that belong to the parts in which rows differ."""
        return f"(FROM {self.of(file)} WHERE {self.part} IN (FROM parts))" if self.part else self.of(file)

    @property
    def night(self) -> str:
        """Return the column that tells the night, as SQL; null where the table has none."""
        return self.part or "NULL::DATE"

    @property
    def hashed(self) -> str:
        """Return the hash of a row, as SQL."""
        return f"hash({', '.join(self.columns)})"


def _pairs(con: duckdb.DuckDBPyConnection, only: str | None) -> Iterator[_Pair]:
    for model in sorted(_compared(), key=lambda model: model.table):
        had, has = (_columns(con, file, model.table) for file in (BEFORE, AFTER))
        if only not in (None, model.table) or not (had or has):
            continue
        missing = BEFORE if not had else AFTER if not has else None
        columns = [name for name in has or had if missing or name in had]
        part = next((name for name in ("night", "valid_from") if name in columns), None)
        strange = () if missing else tuple(f"{model.table}.{name}" for name in sorted({*had} ^ {*has}))
        yield _Pair(model.table, model.row_grain, tuple(columns), part, strange, missing)


def _columns(con: duckdb.DuckDBPyConnection, file: str, table: str) -> list[str]:
    sql = """
        SELECT column_name FROM duckdb_columns()
        WHERE database_name = $1 AND schema_name || '.' || table_name = $2 ORDER BY column_index"""
    return [name for (name,) in con.execute(sql, [file, table]).fetchall()]


def _compare(
    con: duckdb.DuckDBPyConnection,
    pair: _Pair,
    night: date | None,
    nights: dict[date, NightChange],
    decisions: list[str],
) -> Iterator[TableChange]:
    if not _differing(con, pair, night):
        return
    changed_columns = dict(_changed_columns(con, pair))
    for part, *counts in con.execute(_COUNTS).fetchall():
        why = nights[part].why if part in nights else _followed(pair.table, part, bool(nights), bool(decisions))
        yield TableChange(pair.table, part, *counts, changed_columns.get(part, ()), why, part not in nights)


def _followed(table: str, part: date | None, has_nights: bool, has_decisions: bool) -> str:
    if table == "dw.dim_entity_decision" and has_decisions:
        return "decisions changed"
    followed = [*["other nights" if part else "these nights"] * has_nights, *["decisions"] * has_decisions]
    return f"follows {' and '.join(followed)}" if followed else "made otherwise of the same nights"


def _differing(con: duckdb.DuckDBPyConnection, pair: _Pair, night: date | None) -> bool:
    """Make the table `differing` of the keys whose rows differ; False if none do."""
    if night and not pair.part:
        return False
    con.execute(
        _SUMS.format(
            before=pair.of(BEFORE),
            after=pair.of(AFTER),
            night=pair.night,
            hashed=pair.hashed,
            asked=f"WHERE {pair.part} = DATE '{night}'" if night else "",
        )
    )
    if not con.execute("SELECT count(*) FROM parts").fetchone()[0]:
        return False
    con.execute(
        _DIFFERING.format(
            before=pair.of_parts(BEFORE),
            after=pair.of_parts(AFTER),
            night=pair.night,
            hashed=pair.hashed,
            keys=", ".join(pair.key),
            same=same(pair.key, "b", "a"),
            either=", ".join(f"coalesce(a.{name}, b.{name}) AS {name}" for name in pair.key),
        )
    )
    return True


_SUMS = """
    CREATE OR REPLACE TEMP TABLE parts AS
    WITH b AS (SELECT {night} AS part, count(*) AS n, bit_xor({hashed}) AS h FROM {before} {asked} GROUP BY part),
         a AS (SELECT {night} AS part, count(*) AS n, bit_xor({hashed}) AS h FROM {after} {asked} GROUP BY part)
    SELECT coalesce(a.part, b.part) AS part FROM b FULL JOIN a ON b.part IS NOT DISTINCT FROM a.part
    WHERE (b.n, b.h) IS DISTINCT FROM (a.n, a.h)
"""
_DIFFERING = """
    CREATE OR REPLACE TEMP TABLE differing AS
    WITH b AS (SELECT {keys}, {night} AS part, {hashed} AS h FROM {before}),
         a AS (SELECT {keys}, {night} AS part, {hashed} AS h FROM {after})
    SELECT {either}, coalesce(a.part, b.part) AS part,
           CASE WHEN b.h IS NULL THEN 'added' WHEN a.h IS NULL THEN 'removed' ELSE 'changed' END AS kind
    FROM b FULL JOIN a ON {same} WHERE b.h IS DISTINCT FROM a.h
"""
_COUNTS = """
    SELECT part, count(*) FILTER (kind = 'added'), count(*) FILTER (kind = 'removed'),
           count(*) FILTER (kind = 'changed')
    FROM differing GROUP BY part ORDER BY part
"""


def _changed_columns(con: duckdb.DuckDBPyConnection, pair: _Pair) -> Iterator[tuple[date | None, tuple]]:
    """Count by night in how many changed rows each column differs, the most often first."""
    others = [name for name in pair.columns if name not in pair.key]
    if not others or pair.missing:
        return
    counts = ", ".join(f"count(*) FILTER (b.{name} IS DISTINCT FROM a.{name})" for name in others)
    sql = f"SELECT part, {counts} FROM {_joined(pair)} WHERE kind = 'changed' GROUP BY part"
    for part, *found in con.execute(sql).fetchall():
        yield part, tuple(sorted(((n, c) for n, c in zip(others, found, strict=True) if c), key=lambda told: -told[1]))


def _rows(con: duckdb.DuckDBPyConnection, pair: _Pair, limit: int) -> Iterator[RowChange]:
    both = ", ".join(f"{file}.{name}" for name in pair.columns for file in ("b", "a"))
    keys = ", ".join(f"d.{name}" for name in pair.key)
    sql = f"SELECT kind, part, {keys}, {both} FROM {_joined(pair)} ORDER BY part, {keys} LIMIT {limit:d}"
    for kind, part, *values in con.execute(sql).fetchall():
        key, told = values[: len(pair.key)], values[len(pair.key) :]
        values = dict(zip(pair.columns, zip(told[::2], told[1::2], strict=True), strict=True))
        differing = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
        yield RowChange(kind, part, dict(zip(pair.key, key, strict=True)), differing)


def _joined(pair: _Pair) -> str:
    return (
        f"differing AS d LEFT JOIN {pair.of_parts(BEFORE)} AS b ON {same(pair.key, 'd', 'b')} "
        f"LEFT JOIN {pair.of_parts(AFTER)} AS a ON {same(pair.key, 'd', 'a')}"
    )
