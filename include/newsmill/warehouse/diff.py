"""Compares two files of the warehouse by night and row by row, and names the cause of each difference."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from newsmill.warehouse import snapshots
from newsmill.warehouse.model import Model, tables
from newsmill.warehouse.statements import fetch_value, match_columns

BEFORE, AFTER = "before", "after"
ColumnCounts = tuple[tuple[str, int], ...]
EXAMPLES = 2
"""Differing rows to show of each table. At twice, a description is two screens; with one, no pattern is seen."""
MEMORY = "2GB"  # of a comparison; the rest spills to the disk


@dataclass(frozen=True)
class NightChange:
    """A night loaded by different runs in two files; `why` names the different rules or models."""

    night: date
    why: str
    run_before: str | None
    run_after: str | None


@dataclass(frozen=True)
class TableChange:
    """Differing rows of a table, of one night where the table has nights; `columns` counts changed rows by column.

    `is_follower` marks a night that was not run again: the rows follow other nights.
    """

    table: str
    night: date | None
    added: int
    removed: int
    changed: int
    columns: ColumnCounts
    why: str
    is_follower: bool


@dataclass(frozen=True)
class RowChange:
    """A differing row: the key, and by column the differing values before and after."""

    kind: str
    night: date | None
    key: dict[str, object]
    values: dict[str, tuple[object, object]]


@dataclass(frozen=True)
class Difference:
    """All differences of two files; `columns` lists the columns of one file alone, left out of the comparison.

    `counts` has the rows before and after of each table that differs, `examples` some of its differing rows.
    """

    nights: tuple[NightChange, ...]
    decisions: tuple[str, ...]
    tables: list[TableChange] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    examples: dict[str, list[RowChange]] = field(default_factory=dict)


def compare_files(
    before: Path, after: Path, night: date | None = None, only: str | None = None, examples: int = 0
) -> Difference:
    """Compare two files, or one night of facts, or one table; both files are only read.

    Skip tables, and nights of tables, with the same sum of row hashes. Join the others by the keys of the grain, with a
    hash of each row. Rows beyond the memory limit spill to a temporary folder.
    """
    with _open_both(before, after) as con:
        nights = _list_night_changes(con)
        decisions = _list_decision_changes(con)
        result = Difference(tuple(nights), tuple(decisions))
        for pair in _list_table_pairs(con, only):
            result.columns.extend(pair.unmatched)
            if changes := _compare_table(con, pair, night, {change.night: change for change in nights}, decisions):
                result.tables.extend(changes)
                result.counts[pair.table] = _count_sides(con, pair)
                result.examples[pair.table] = list(_read_row_changes(con, pair, examples))
        return result


def list_row_changes(
    before: Path, after: Path, table: str, night: date | None = None, limit: int = 20
) -> Iterator[RowChange]:
    """Yield the differing rows of a table in two files, at most `limit`, in order of night and key."""
    with _open_both(before, after) as con:
        for pair in _list_table_pairs(con, table):
            if not _create_differing(con, pair, night):
                return
            yield from _read_row_changes(con, pair, limit)


def list_compared_tables() -> list[str]:
    """List the compared tables: facts, dimensions, the quarantine and the notes."""
    return sorted(model.table for model in _list_compared_models())


def _list_compared_models() -> Iterator[Model]:
    return (m for m in tables() if m.load != "view" and (m.schema == "dw" or m.table in ("ops.rejected", "ops.note")))


@contextmanager
def _open_both(before: Path, after: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with TemporaryDirectory(prefix="newsmill-diff-") as scratch, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false; SET enable_progress_bar = false")
        con.execute(f"SET temp_directory = '{scratch}'; SET memory_limit = '{MEMORY}'")
        for path, name in ((before, BEFORE), (after, AFTER)):
            snapshots.attach_snapshot(con, path, name)
        yield con


# -- causes: nights and decisions --------------------------------------------------------------------------------------

_NIGHT_CHANGES_QUERY = """
    WITH b AS (SELECT night, run_id, run.* EXCLUDE (night, run_id)
               FROM before.ops.loaded_night LEFT JOIN before.ops.run USING (night, run_id)),
         a AS (SELECT night, run_id, run.* EXCLUDE (night, run_id)
               FROM after.ops.loaded_night LEFT JOIN after.ops.run USING (night, run_id))
    SELECT night, b.run_id, a.run_id,
           CASE WHEN b.run_id IS NULL THEN 'new night' WHEN a.run_id IS NULL THEN 'night taken back'
                ELSE 'run again' END,
           b.code_version IS DISTINCT FROM a.code_version, b.ruleset_version IS DISTINCT FROM a.ruleset_version,
           list_sort(list_filter(a.model_versions, lambda version: NOT list_contains(b.model_versions, version))),
           b.learned_night IS DISTINCT FROM a.learned_night
    FROM b FULL JOIN a USING (night) WHERE b.run_id IS DISTINCT FROM a.run_id ORDER BY night
"""
# Each decision with its subject; reason and author are left out, so a decision made again in other words is equal.
_DECISION_QUERIES = {
    "dw.dim_entity_decision": """
        SELECT concat_ws(' ', decision, entity_id, into_entity_id, given_name, source_id, role_title) AS decided
        FROM {file}.dw.dim_entity_decision""",
    "dw.dim_boilerplate": """
        SELECT concat_ws(' ', decision, block_hash) AS decided FROM {file}.dw.dim_boilerplate
        WHERE decision IS NOT NULL""",
}


def _list_night_changes(con: duckdb.DuckDBPyConnection) -> list[NightChange]:
    changes = []
    for night, run_before, run_after, kind, code, ruleset, versions, learned in con.execute(
        _NIGHT_CHANGES_QUERY
    ).fetchall():
        differing = [
            *["code"] * code,
            *["rules"] * ruleset,
            *(name.partition("=")[0] for name in versions or ()),
            *["night that boilerplate was learned up to"] * learned,
        ]
        if kind == "run again":
            kind += f", other {', '.join(differing)}" if differing else " by the same rules"
        changes.append(NightChange(night, kind, run_before, run_after))
    return changes


def _list_decision_changes(con: duckdb.DuckDBPyConnection) -> list[str]:
    """List the decisions of one file alone."""
    changes = []
    for table, sql in _DECISION_QUERIES.items():
        if all(_list_columns(con, file, table) for file in (BEFORE, AFTER)):
            made, taken_back = (
                con.execute(f"{sql.format(file=one)} EXCEPT {sql.format(file=other)} ORDER BY decided").fetchall()
                for one, other in ((AFTER, BEFORE), (BEFORE, AFTER))
            )
            changes += [f"{decision}: made" for (decision,) in made]
            changes += [f"{decision}: no more" for (decision,) in taken_back]
    return changes


# -- rows by their keys ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _TablePair:
    """A table of both files: rows have a `key`, are compared by `columns` and counted by `part`, the night.

    `unmatched` are columns of one file alone; `missing` is the file without the table.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    part: str | None
    unmatched: tuple[str, ...]
    missing: str | None

    def of(self, file: str) -> str:
        """Return the table of a file; where missing, the other file's table without rows."""
        if file != self.missing:
            return f"{file}.{self.table}"
        return f"(FROM {AFTER if file == BEFORE else BEFORE}.{self.table} LIMIT 0)"

    def of_parts(self, file: str) -> str:
        """Return the rows of a file in the parts in which rows differ."""
        return f"(FROM {self.of(file)} WHERE {self.part} IN (FROM parts))" if self.part else self.of(file)

    @property
    def night(self) -> str:
        """Return the column of the night, as SQL; null where the table has none."""
        return self.part or "NULL::DATE"

    @property
    def hashed(self) -> str:
        """Return the hash of a row, as SQL."""
        return f"hash({', '.join(self.columns)})"


def _list_table_pairs(con: duckdb.DuckDBPyConnection, only: str | None) -> Iterator[_TablePair]:
    for model in sorted(_list_compared_models(), key=lambda model: model.table):
        old, new = (_list_columns(con, file, model.table) for file in (BEFORE, AFTER))
        if only not in (None, model.table) or not (old or new):
            continue
        missing = BEFORE if not old else AFTER if not new else None
        columns = [name for name in new or old if missing or name in old]
        part = next((name for name in ("night", "valid_from") if name in columns), None)
        unmatched = () if missing else tuple(f"{model.table}.{name}" for name in sorted({*old} ^ {*new}))
        yield _TablePair(model.table, model.row_grain, tuple(columns), part, unmatched, missing)


def _list_columns(con: duckdb.DuckDBPyConnection, file: str, table: str) -> list[str]:
    sql = """
        SELECT column_name FROM duckdb_columns()
        WHERE database_name = $1 AND schema_name || '.' || table_name = $2 ORDER BY column_index"""
    return [name for (name,) in con.execute(sql, [file, table]).fetchall()]


def _compare_table(
    con: duckdb.DuckDBPyConnection,
    pair: _TablePair,
    night: date | None,
    nights: dict[date, NightChange],
    decisions: list[str],
) -> list[TableChange]:
    if not _create_differing(con, pair, night):
        return []
    changes = []
    changed_columns = dict(_count_changed_columns(con, pair))
    for part, added, removed, changed in con.execute(_COUNTS).fetchall():
        why = nights[part].why if part in nights else _describe_cause(pair.table, part, bool(nights), bool(decisions))
        columns, is_follower = changed_columns.get(part, ()), part not in nights
        changes.append(TableChange(pair.table, part, added, removed, changed, columns, why, is_follower))
    return changes


def _count_sides(con: duckdb.DuckDBPyConnection, pair: _TablePair) -> tuple[int, int]:
    before, after = (fetch_value(con, f"SELECT count(*) FROM {pair.of(file)}") for file in (BEFORE, AFTER))
    return before, after


def _describe_cause(table: str, part: date | None, has_nights: bool, has_decisions: bool) -> str:
    if table == "dw.dim_entity_decision" and has_decisions:
        return "decisions changed"
    causes = [*["other nights" if part else "these nights"] * has_nights, *["decisions"] * has_decisions]
    return f"follows {' and '.join(causes)}" if causes else "made otherwise of the same nights"


def _create_differing(con: duckdb.DuckDBPyConnection, pair: _TablePair, night: date | None) -> bool:
    """Create the table `differing` with the keys of differing rows; return False if none differ."""
    if night and not pair.part:
        return False
    con.execute(
        _SUMS.format(
            before=pair.of(BEFORE),
            after=pair.of(AFTER),
            night=pair.night,
            hashed=pair.hashed,
            where=f"WHERE {pair.part} = DATE '{night}'" if night else "",
        )
    )
    if not fetch_value(con, "SELECT count(*) FROM parts"):
        return False
    con.execute(
        _DIFFERING.format(
            before=pair.of_parts(BEFORE),
            after=pair.of_parts(AFTER),
            night=pair.night,
            hashed=pair.hashed,
            keys=", ".join(pair.key),
            same=match_columns(pair.key, "b", "a"),
            either=", ".join(f"coalesce(a.{name}, b.{name}) AS {name}" for name in pair.key),
        )
    )
    return True


_SUMS = """
    CREATE OR REPLACE TEMP TABLE parts AS
    WITH b AS (SELECT {night} AS part, count(*) AS n, bit_xor({hashed}) AS h FROM {before} {where} GROUP BY part),
         a AS (SELECT {night} AS part, count(*) AS n, bit_xor({hashed}) AS h FROM {after} {where} GROUP BY part)
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


def _count_changed_columns(
    con: duckdb.DuckDBPyConnection, pair: _TablePair
) -> Iterator[tuple[date | None, ColumnCounts]]:
    """Yield for each night the number of changed rows in which each column differs, the largest first."""
    others = [name for name in pair.columns if name not in pair.key]
    if not others or pair.missing:
        return
    counts = ", ".join(f"count(*) FILTER (b.{name} IS DISTINCT FROM a.{name})" for name in others)
    sql = f"SELECT part, {counts} FROM {_join_sides(pair)} WHERE kind = 'changed' GROUP BY part"
    for part, *counts_by_column in con.execute(sql).fetchall():
        columns = [(name, count) for name, count in zip(others, counts_by_column, strict=True) if count]
        yield part, tuple(sorted(columns, key=lambda column: -column[1]))


def _read_row_changes(con: duckdb.DuckDBPyConnection, pair: _TablePair, limit: int) -> Iterator[RowChange]:
    both = ", ".join(f"{file}.{name}" for name in pair.columns for file in ("b", "a"))
    keys = ", ".join(f"d.{name}" for name in pair.key)
    shown = f"(FROM differing AS d ORDER BY part, {keys} LIMIT {limit:d})"  # before the join, which reads whole rows
    sql = f"SELECT kind, part, {keys}, {both} FROM {_join_sides(pair, shown)} ORDER BY part, {keys}"
    for kind, part, *values in con.execute(sql).fetchall():
        key, sides = values[: len(pair.key)], values[len(pair.key) :]
        by_column = dict(zip(pair.columns, zip(sides[::2], sides[1::2], strict=True), strict=True))
        differing = {name: (old, new) for name, (old, new) in by_column.items() if old != new}
        yield RowChange(kind, part, dict(zip(pair.key, key, strict=True)), differing)


def _join_sides(pair: _TablePair, differing: str = "differing") -> str:
    return (
        f"{differing} AS d LEFT JOIN {pair.of_parts(BEFORE)} AS b ON {match_columns(pair.key, 'd', 'b')} "
        f"LEFT JOIN {pair.of_parts(AFTER)} AS a ON {match_columns(pair.key, 'd', 'a')}"
    )
