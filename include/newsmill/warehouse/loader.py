"""The only writer of the warehouse: fills a draft from the lake by the kinds of load that the models name."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from newsmill import relations
from newsmill.contracts import Relation
from newsmill.errors import BrokenContract
from newsmill.glossary import GLOSSARY
from newsmill.lake import Lake
from newsmill.runs import Receipt, Run, receipt
from newsmill.warehouse import snapshots
from newsmill.warehouse.model import Model, models

FOREVER = date(9999, 12, 31)
_MACROS = """
CREATE OR REPLACE MACRO dw.surrogate_key(identity) AS
    CAST((CAST('0x' || sha256(identity)[1:16] AS UBIGINT) >> 1) AS BIGINT);
CREATE OR REPLACE MACRO dw.date_key(day) AS
    CAST(coalesce(strftime(day, '%Y%m%d'), '-1') AS INTEGER);
"""


def load(run: Run) -> Receipt:
    """Copy the published warehouse to a draft and bring all facts and dimensions of the night into it."""
    with receipt(run, "load") as slip, snapshots.writer_lock(run.warehouse):
        draft = snapshots.new_draft(run.warehouse, run.run_id)
        with closing(_open(draft)) as con:
            slip.rows_in = run.lake.read(relations.CAPTURES, run.night).num_rows
            slip.rows_out = fill(con, run.lake, run.night, models())
        slip.bytes = draft.stat().st_size
    return slip


def refresh(con: duckdb.DuckDBPyConnection, lake: Lake, night: date) -> None:
    """Bring what `ops` tells of the night up to the lake's newest ledger."""
    fill(con, lake, night, [m for m in models() if m.schema == "ops"])


def fill(con: duckdb.DuckDBPyConnection, lake: Lake, night: date, wanted: Sequence[Model]) -> int:
    """Load models in order and return the rows that `dw` holds of the night's facts.

    A table that was changed on other nights, as when a late night splits a version, takes its followers with it:
    `nights` of a model are its own night and those that changed in the tables it refers to.
    """
    changed: dict[str, set[date]] = {}
    rows = 0
    con.execute("CREATE SCHEMA IF NOT EXISTS dw; CREATE SCHEMA IF NOT EXISTS mart; CREATE SCHEMA IF NOT EXISTS ops;" + _MACROS)
    con.execute("BEGIN")
    for model in wanted:
        nights = {night}.union(*(changed.get(table, ()) for table in model.refs))
        if model.load == "view":
            con.execute(f"CREATE OR REPLACE VIEW {model.table} AS {model.sql}")
        else:
            changed[model.table] = _LOADS[model.load](con, lake, model, nights)
            rows += _rows_of(con, model, night)
        _comment(con, model)
    con.execute("COMMIT")
    return rows


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(path))
    con.execute("SET preserve_insertion_order = true; SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return con


# -- the three kinds of load: each returns the nights on which it changed rows that others refer to


def _replace_night(con, lake: Lake, model: Model, nights: set[date]) -> set[date]:
    """Replace all rows of some nights by what the SELECT gives for them."""
    _bind(con, lake, model, nights)
    _ensure(con, model)
    con.execute(f"DELETE FROM {model.table} WHERE night IN (SELECT unnest($1))", [sorted(nights)])
    con.execute(f"INSERT INTO {model.table} BY NAME SELECT * FROM ({model.sql}) WHERE night IN (SELECT unnest($1))", [sorted(nights)])
    return nights


def _merge(con, lake: Lake, model: Model, nights: set[date]) -> set[date]:
    """Make the table what the SELECT gives for all nights, touching only rows that differ."""
    _bind(con, lake, model, None)
    _ensure(con, model)
    con.execute(f"CREATE TEMP TABLE wanted AS SELECT {_columns(con, model)} FROM ({model.sql})")
    con.execute(f"CREATE OR REPLACE TEMP TABLE gone AS FROM {model.table} EXCEPT FROM wanted")
    con.execute(f"CREATE OR REPLACE TEMP TABLE come AS FROM wanted EXCEPT FROM {model.table}")
    con.execute(f"DELETE FROM {model.table} USING gone WHERE {_same(model.grain, model.table, 'gone')}")
    con.execute(f"INSERT INTO {model.table} BY NAME FROM come")
    moved = set()
    if "night" in _names(con, "come"):
        moved = {row[0] for row in con.execute("SELECT night FROM gone UNION SELECT night FROM come").fetchall()}
    con.execute("DROP TABLE wanted; DROP TABLE gone; DROP TABLE come")
    return moved


def _scd2(con, lake: Lake, model: Model, nights: set[date]) -> set[date]:
    """Rebuild the versions of every natural key that the nights touch, from what all nights observed of it.

    The SELECT gives observations: the natural key (`-- grain:`), `night` and the attributes. A version begins where a
    tracked column differs from the night before. Because it is made from the set of observations, a late night splits
    the right interval.
    """
    (natural,) = model.grain
    _bind(con, lake, model, nights)
    con.execute(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT {natural} FROM ({model.sql})")
    if _exists(con, model):
        con.execute(f"INSERT INTO touched SELECT DISTINCT {natural} FROM {model.table} "
                    "WHERE valid_from IN (SELECT unnest($1)) EXCEPT FROM touched", [sorted(nights)])
    _bind(con, lake, model, None)
    con.execute(f"CREATE OR REPLACE TEMP TABLE observed AS SELECT * FROM ({model.sql}) SEMI JOIN touched USING ({natural})")
    con.execute(f"CREATE OR REPLACE TEMP VIEW versions AS {_versions(model, natural)}")
    _ensure(con, model, "versions")
    con.execute(f"CREATE OR REPLACE TEMP TABLE before AS FROM {model.table} SEMI JOIN touched USING ({natural})")
    con.execute(f"DELETE FROM {model.table} WHERE {natural} IN (FROM touched)")
    con.execute(f"INSERT INTO {model.table} BY NAME FROM versions")
    rekeyed = con.execute(_rekeyed(model, natural)).fetchall()
    con.execute("DROP VIEW versions; DROP TABLE observed; DROP TABLE before; DROP TABLE touched")
    return nights | {row[0] for row in rekeyed}


def _versions(model: Model, natural: str) -> str:
    tracked = ", ".join(model.tracks)
    per_key = f"PARTITION BY {natural} ORDER BY night"
    return f"""
        WITH compared AS (
            SELECT *, row({tracked}) IS DISTINCT FROM lag(row({tracked})) OVER ({per_key}) AS begins FROM observed
        )
        SELECT * EXCLUDE (begins, night),
               dw.surrogate_key(concat_ws('|', {natural}, night)) AS {model.key},
               CAST(row_number() OVER ({per_key}) AS INTEGER) AS version,
               night AS valid_from,
               coalesce(lead(night) OVER ({per_key}), DATE '{FOREVER}') AS valid_to,
               lead(night) OVER ({per_key}) IS NULL AS is_current
        FROM compared WHERE begins"""


def _rekeyed(model: Model, natural: str) -> str:
    """Find the nights whose observations now belong to a version with another key."""
    def as_of(table: str) -> str:
        return (f"LEFT JOIN {table} ON {table}.{natural} = o.{natural} "
                f"AND o.night >= {table}.valid_from AND o.night < {table}.valid_to")
    return (f"SELECT DISTINCT o.night FROM observed o {as_of('before')} "
            f"LEFT JOIN versions ON versions.{natural} = o.{natural} "
            "AND o.night >= versions.valid_from AND o.night < versions.valid_to "
            f"WHERE before.{model.key} IS DISTINCT FROM versions.{model.key}")


_LOADS = {"replace_night": _replace_night, "merge": _merge, "scd2": _scd2}


# -- the lake as views, the tables as the glossary types them


def _bind(con, lake: Lake, model: Model, nights: Iterable[date] | None) -> None:
    """Show the lake relations a model reads as views with a `night` column; None is all nights."""
    for name in model.reads:
        source = _relation(name)
        chosen = lake.nights(source) if nights is None else sorted(nights)
        files = [str(path) for n in chosen for path in lake.files(source, n)]
        if files:
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
            body = f"SELECT * FROM read_parquet([{listed}], hive_partitioning = true, hive_types = {{'night': DATE}}, union_by_name = true)"
        else:
            con.register(f"empty_{source.name.strip('*')}", source.empty())
            body = f"SELECT *, NULL::DATE AS night FROM empty_{source.name.strip('*')}"
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {body}")


def _relation(name: str) -> Relation:
    if name == "rejected":
        return relations.rejected("*")
    found = getattr(relations, name.upper(), None)
    return found if isinstance(found, Relation) else relations.rejected(name.removeprefix("rejected_"))


def _ensure(con, model: Model, source: str | None = None) -> None:
    """Create the table with the glossary's types, or add the columns it has not yet."""
    names = _names(con, source or f"({model.sql})")
    if unknown := [name for name in names if name not in GLOSSARY]:
        raise BrokenContract(f"{model.table}: the columns {unknown} are not in newsmill/glossary.py; say there what they mean")
    con.register("shape", pa.schema([(name, GLOSSARY[name].type) for name in names]).empty_table())
    if not _exists(con, model):
        con.execute(f"CREATE TABLE {model.table} AS FROM shape")
    for name, kind in con.execute("SELECT column_name, column_type FROM (DESCRIBE shape)").fetchall():
        con.execute(f"ALTER TABLE {model.table} ADD COLUMN IF NOT EXISTS {name} {kind}")
    con.unregister("shape")


def _comment(con, model: Model) -> None:
    kind = "VIEW" if model.load == "view" else "TABLE"
    con.execute(f"COMMENT ON {kind} {model.table} IS {_quoted(model.meaning)}")
    for name in _names(con, model.table):
        meaning = GLOSSARY[name].meaning if name in GLOSSARY else ""
        con.execute(f"COMMENT ON COLUMN {model.table}.{name} IS {_quoted(meaning)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _names(con, source: str) -> list[str]:
    return [row[0] for row in con.execute(f"DESCRIBE FROM {source}").fetchall()]


def _columns(con, model: Model) -> str:
    described = con.execute(f"DESCRIBE {model.table}").fetchall()
    return ", ".join(f"{name}::{kind} AS {name}" for name, kind, *_ in described)


def _same(columns: Iterable[str], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{c} IS NOT DISTINCT FROM {right}.{c}" for c in columns)


def _exists(con, model: Model) -> bool:
    sql = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = $1 AND table_name = $2"
    return con.execute(sql, [model.schema, model.name]).fetchone()[0] > 0


def _rows_of(con, model: Model, night: date) -> int:
    if "night" not in _names(con, model.table):
        return 0
    return con.execute(f"SELECT count(*) FROM {model.table} WHERE night = $1", [night]).fetchone()[0]
