"""The kinds of load in the header field `-- load:` of a model: replace_night, merge, latest, scd2.

Each is a function of a connection, the files of the lake, the model, the nights to load and the nights loaded before.
The result is the set of nights with changes for tables that refer to the model. A merge or scd2 load leaves its changed
rows in the scratch database, as `deleted_<table>` and `inserted_<table>`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

import duckdb

from newsmill.warehouse.lake_views import ListFiles, create_lake_views
from newsmill.warehouse.model import Model
from newsmill.warehouse.parallel_load import SCRATCH
from newsmill.warehouse.row_functions import register_rows
from newsmill.warehouse.statements import fetch_row, fetch_value, match_columns
from newsmill.warehouse.table_columns import (
    cast_columns,
    column_types,
    create_or_alter_table,
    fetch_nights,
    list_columns,
    table_exists,
)

OPEN_END = date(9999, 12, 31)


def replace_night(
    con: duckdb.DuckDBPyConnection, list_files: ListFiles, model: Model, nights: set[date], _loaded: set[date]
) -> set[date]:
    """Replace all rows of some nights by the rows of the SELECT for these nights."""
    create_lake_views(con, list_files, model, nights)
    set_changed_nights(con, nights)
    create_or_alter_table(con, model)
    if model.nights:
        nights = nights | fetch_nights(con, model.nights)
        create_lake_views(con, list_files, model, nights)
        set_changed_nights(con, nights)
    of_nights = "WHERE night IN (FROM changed_nights)"
    # a SELECT in order of its rows stays in order only if nothing is joined to it
    rows = model.sql if model.sorted else f"SELECT * FROM ({model.sql}) {of_nights}"
    con.execute(f"DELETE FROM {model.table} {of_nights}")
    for _ in register_rows(con, model):
        con.execute(f"INSERT INTO {model.table} BY NAME {rows}")
    return nights


def merge_rows(
    con: duckdb.DuckDBPyConnection, list_files: ListFiles, model: Model, nights: set[date], loaded: set[date]
) -> set[date]:
    """Replace the rows of a table within the model's scope by rows of the SELECT; return the nights of changed rows."""
    others = loaded
    if model.scope:
        set_changed_nights(con, nights)
        others = fetch_nights(con, model.nights) if model.nights else set()
    _create_source_rows(con, list_files, model, nights | others)
    deleted, inserted = apply_rows(con, model, f"WHERE {model.scope or 'true'}", "source_rows")
    if "night" not in list_columns(con, inserted):
        return set()
    return fetch_nights(con, f"SELECT night FROM {deleted} UNION SELECT night FROM {inserted}")


def keep_latest(
    con: duckdb.DuckDBPyConnection, list_files: ListFiles, model: Model, nights: set[date], loaded: set[date]
) -> set[date]:
    """Keep for each key the row of the latest night.

    A night after all others adds rows or replaces older ones, and is read alone. For a late or repeated night all
    nights are read.
    """
    is_newest = min(nights) > max(loaded, default=date.min)
    _create_source_rows(con, list_files, model, nights if is_newest else nights | loaded)
    scope = f"SEMI JOIN source_rows USING ({', '.join(model.grain)})" if is_newest else ""
    apply_rows(con, model, scope, "source_rows")
    return set()


def clear_table(con: duckdb.DuckDBPyConnection, model: Model) -> set[date]:
    """Leave the table of a model without a row."""
    con.execute(f"DROP TABLE IF EXISTS {model.table}")
    set_changed_nights(con, ())
    create_or_alter_table(con, model)
    return set()


def create_scratch_table(con: duckdb.DuckDBPyConnection, model: Model) -> set[date]:
    """Create a temporary model in the scratch database, for later models; views are created on each connection."""
    if model.load == "temporary":
        for _ in register_rows(con, model):
            con.execute(f"CREATE TABLE {SCRATCH}.{model.table} AS {model.sql}")
    return set()


def create_temporary_views(con: duckdb.DuckDBPyConnection, model: Model, views: Mapping[str, Model]) -> None:
    """Create the temporary views of a model's references, with lake views of the same nights as the model's own."""
    for view in (views[table] for table in model.refs if table in views):
        create_temporary_views(con, view, views)
        create_lake_views(con, lambda _relation, _night: [], view, ())
        con.execute(view.creation)


def set_changed_nights(con: duckdb.DuckDBPyConnection, nights: Iterable[date]) -> None:
    """Store the nights of this load as the table `changed_nights`, for the SELECT of models."""
    con.execute("CREATE OR REPLACE TEMP TABLE changed_nights AS SELECT unnest($1::DATE[]) AS night", [sorted(nights)])


def _create_source_rows(con: duckdb.DuckDBPyConnection, list_files: ListFiles, model: Model, nights: set[date]) -> None:
    """Store the rows of the SELECT for some nights as the table `source_rows`."""
    create_lake_views(con, list_files, model, nights)
    create_or_alter_table(con, model)
    con.execute(f"CREATE OR REPLACE TEMP TABLE source_rows AS FROM ({model.sql})")


def apply_rows(con: duckdb.DuckDBPyConnection, model: Model, scope: str, source: str) -> tuple[str, str]:
    """Replace the rows of the table in `scope` by the rows of `source`, writing only differing rows.

    Return the names of the deleted and the inserted rows for later models. Rows are wide and mostly new: so whole rows
    are compared only where source and target have the same key. Inserted rows are a view of the table. Target rows are
    read by row id, and all others stay unread.
    """
    deleted, inserted = (f"{SCRATCH}.{change}_{model.name}" for change in ("deleted", "inserted"))
    has_same_key = match_columns(model.row_key, "one", "other")
    row, key = cast_columns(con, model), ", ".join(model.row_key)
    con.execute(f"CREATE OR REPLACE TEMP TABLE target_rows AS SELECT {key}, rowid AS row_id FROM {model.table} {scope}")
    has_target = fetch_value(con, "SELECT count(*) > 0 FROM target_rows")
    target = f"FROM target_rows AS one WHERE {{}} EXISTS (FROM {source} AS other WHERE {has_same_key})"
    new = f"SELECT {row} FROM {source} AS one WHERE {{}} EXISTS (FROM target_rows AS other WHERE {has_same_key})"
    for name, negation in (("TEMP TABLE matched_target", ""), (f"TABLE {deleted}", "NOT")):
        con.execute(
            f"CREATE OR REPLACE {name} AS "
            f"SELECT {row} FROM {model.table} WHERE rowid IN (SELECT row_id {target.format(negation)})"
        )
    con.execute(f"CREATE OR REPLACE TEMP TABLE matched_source AS {new.format('')} {'' if has_target else 'LIMIT 0'}")
    con.execute(f"INSERT INTO {deleted} FROM matched_target EXCEPT ALL FROM matched_source")
    con.execute(
        f"DELETE FROM {model.table} USING {deleted} AS deleted "
        f"WHERE {match_columns(model.row_key, model.name, 'deleted')}"
    )
    database, last = fetch_row(con, f"SELECT current_database(), coalesce(max(rowid), -1) FROM {model.table}")
    con.execute(
        f"INSERT INTO {model.table} BY NAME {new.format('NOT')} "
        "UNION ALL BY NAME (FROM matched_source EXCEPT ALL FROM matched_target)"
    )
    con.execute(f'CREATE OR REPLACE VIEW {inserted} AS FROM "{database}".{model.table} WHERE rowid > {last}')
    return deleted, inserted


# -- slowly changing dimensions of type 2: a row for each version of a natural key


def rebuild_versions(
    con: duckdb.DuckDBPyConnection, list_files: ListFiles, model: Model, nights: set[date], loaded: set[date]
) -> set[date]:
    """Compute anew the versions of every natural key affected by the nights, from all observations of the key.

    The SELECT gives observations, one a key and night: the natural key (`-- grain:`), `night` and the attributes. A
    version begins where a tracked column differs from the night before. Because versions follow from the set of
    observations, a late night splits the right interval.
    """
    (natural,) = model.grain
    _create_affected_keys(con, list_files, model, nights)
    of_affected = f"SEMI JOIN affected_keys USING ({natural})"
    of_declared = f"SEMI JOIN declared_keys USING ({natural})"
    moved = _list_nights_of_keys(con, model, of_declared)
    observed_nights = f"SELECT DISTINCT night FROM ({model.observed or model.sql})"
    first, is_complete = min(nights), _has_all_columns(con, model)
    later = {night for night in loaded - nights if night > first or not is_complete}
    if later and model.reads:
        # the columns are wide and the nights many: first find the nights that have these keys
        create_lake_views(con, list_files, model, nights | later)
        create_lake_views(con, list_files, model, fetch_nights(con, f"{observed_nights} {of_affected}"))
    parts = [f"SELECT * FROM ({model.sql}) {of_affected}"]
    if not model.reads:  # a SELECT of tables is computed once; rows of the lake are wide and read where they are
        con.execute(f"CREATE OR REPLACE TEMP TABLE computed_observations AS {parts.pop()}")
        parts.append("FROM computed_observations")
    elif is_complete:
        _create_earlier_observations(con, model, first, of_affected)
        parts.append("FROM earlier_observations")
    con.execute(f"CREATE OR REPLACE TEMP VIEW observations AS {' UNION ALL BY NAME '.join(parts)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE version_starts AS {_version_starts_query(model, natural)}")
    con.execute(
        "CREATE OR REPLACE TEMP VIEW versions AS "
        f"SELECT observations.* EXCLUDE night, version_starts.* EXCLUDE ({natural}, night) "
        f"FROM observations JOIN version_starts USING ({natural}, night)"
    )
    create_or_alter_table(con, model, "versions")
    deleted, inserted = apply_rows(con, model, of_affected, "versions")
    rekeyed = _list_rekeyed_nights(con, model, deleted, inserted, loaded | nights)
    if model.affected_keys:
        moved |= fetch_nights(con, f"{observed_nights} {of_declared}")
    return nights | moved | rekeyed


def _has_all_columns(con: duckdb.DuckDBPyConnection, model: Model) -> bool:
    """Return whether the table exists with every column of the SELECT: a table of an earlier version may lack some."""
    given = set(list_columns(con, f"({model.sql})")) - {"night"}
    return table_exists(con, model.table) and given <= column_types(con, model.table).keys()


def _create_earlier_observations(con: duckdb.DuckDBPyConnection, model: Model, night: date, of_affected: str) -> None:
    """Store as `earlier_observations` the first observation of each version older than a night.

    Later equal observations begin no version, so the lake is read only from the night on, however long history is.
    """
    known = ", ".join(name for name in list_columns(con, f"({model.sql})") if name != "night")
    row_ids = f"SELECT rowid FROM {model.table} {of_affected} WHERE valid_from < $1"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE earlier_observations AS SELECT {known}, valid_from AS night FROM {model.table} "
        f"WHERE rowid IN ({row_ids})",
        [night],
    )


def _create_affected_keys(
    con: duckdb.DuckDBPyConnection, list_files: ListFiles, model: Model, nights: set[date]
) -> None:
    """Store as `affected_keys` the natural keys seen on these nights, now or in the nights' previous load.

    Store as `declared_keys` the keys of the model's header field `affected_keys`, affected too, whatever their nights.
    Keys of the header field `attribute_keys` are affected as well; their facts are not loaded again.
    """
    (natural,) = model.grain
    create_lake_views(con, list_files, model, nights)
    # literals, not a list: written so, DuckDB 1.5 sees that there are none before it reads all keys
    in_nights = "IN ({})".format(", ".join(f"DATE '{night}'" for night in sorted(nights)))
    seen = f"({model.observed}) WHERE night {in_nights}" if model.observed else f"({model.sql})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE affected_keys AS SELECT DISTINCT {natural} FROM {seen}")
    previous = {model.table: f"valid_from {in_nights}"}
    if model.seen_in:
        previous[model.seen_in] = f"{model.key} IN (SELECT {model.key} FROM {model.seen_in} WHERE night {in_nights})"
    for table, condition in previous.items():
        if table_exists(con, table):
            sql = f"SELECT {natural} FROM {model.table} WHERE {condition}"
            con.execute(f"INSERT INTO affected_keys {sql} EXCEPT FROM affected_keys")
    declared = (
        model.affected_keys
        if model.affected_keys and table_exists(con, model.table)
        else "FROM affected_keys WHERE false"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE declared_keys AS {declared}")
    con.execute("INSERT INTO affected_keys FROM declared_keys EXCEPT FROM affected_keys")
    if model.attribute_keys and table_exists(con, model.table):
        con.execute(f"INSERT INTO affected_keys FROM ({model.attribute_keys}) EXCEPT FROM affected_keys")


def _list_nights_of_keys(con: duckdb.DuckDBPyConnection, model: Model, of_keys: str) -> set[date]:
    """Return the nights of the facts of some natural keys."""
    if not (model.seen_in and table_exists(con, model.seen_in)):
        return set()
    sql = f"SELECT DISTINCT night FROM {model.seen_in} JOIN {model.table} USING ({model.key}) {of_keys}"
    return fetch_nights(con, sql)


def _version_starts_query(model: Model, natural: str) -> str:
    """Return a SELECT of the first observation of each version, with the version's key and interval."""
    tracked = ", ".join(model.tracks)
    per_key = f"PARTITION BY {natural} ORDER BY night"
    return f"""
        WITH compared AS (
            SELECT {natural}, night,
                   row({tracked}) IS DISTINCT FROM lag(row({tracked})) OVER ({per_key}) AS begins
            FROM observations
        )
        SELECT {natural}, night,
               dw.surrogate_key(concat_ws('|', {natural}, night)) AS {model.key},
               CAST(row_number() OVER ({per_key}) AS INTEGER) AS version,
               night AS valid_from,
               coalesce(lead(night) OVER ({per_key}), DATE '{OPEN_END}') AS valid_to,
               lead(night) OVER ({per_key}) IS NULL AS is_current
        FROM compared WHERE begins"""


def _list_rekeyed_nights(
    con: duckdb.DuckDBPyConnection, model: Model, deleted: str, inserted: str, nights: set[date]
) -> set[date]:
    """Return the nights on which a natural key now leads to another version key.

    A version key is a hash of the start of the interval: two rows of one key can differ in the end alone.
    """
    interval = f"{model.key} AS key, valid_from, valid_to"
    return fetch_nights(
        con,
        f"""
        WITH moved AS (
            SELECT DISTINCT CASE WHEN old.key = new.key THEN least(old.valid_to, new.valid_to)
                                 ELSE coalesce(old.valid_from, new.valid_from) END AS begins,
                            greatest(old.valid_to, new.valid_to) AS ends
            FROM (SELECT {interval} FROM {deleted}) AS old
            FULL JOIN (SELECT {interval} FROM {inserted}) AS new USING (key)
        )
        SELECT DISTINCT night FROM (SELECT unnest($1) AS night) JOIN moved ON night >= begins AND night < ends""",
        sorted(nights),
    )


LoadKind = Callable[[duckdb.DuckDBPyConnection, ListFiles, Model, set[date], set[date]], set[date]]
LOAD_KINDS: dict[str, LoadKind] = {
    "replace_night": replace_night,
    "merge": merge_rows,
    "latest": keep_latest,
    "scd2": rebuild_versions,
}
