"""The only writer of the warehouse: fills a draft from the lake by the kinds of load that the models name."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from newsmill import relations
from newsmill.contracts import Relation
from newsmill.errors import BrokenContract, Permanent, Unreadable
from newsmill.glossary import GLOSSARY
from newsmill.lake import Lake
from newsmill.runs import Receipt, Run, receipt
from newsmill.warehouse import changes, ducklake, functions, near_duplicates, search_index, snapshots
from newsmill.warehouse.disk import room_on
from newsmill.warehouse.ducklake import Shared
from newsmill.warehouse.integrity import check_lake, check_warehouse
from newsmill.warehouse.model import Model, models
from newsmill.warehouse.parallel_load import HANDED, abreast, lanes
from newsmill.warehouse.snapshot_records import read_record, runs_held
from newsmill.warehouse.statements import fitted, quoted, same

Files = Callable[[Relation, date], list[Path]]
Note = Callable[[duckdb.DuckDBPyConnection, Model, set[date]], None]
FOREVER = date(9999, 12, 31)
SEARCH = "search"
MEMORY_BYTES = 4_000_000_000
"""What DuckDB keeps in memory at most during a load; the rest goes to a folder beside the draft."""
ROW_GROUP = 30_720
"""Rows that are packed and written together: a quarter of DuckDB's own measure, which a night's articles do not fill.

So they are written as they come, by all processors, and not when all is loaded, by one. Whoever writes to a file with
another measure packs its tables anew.
"""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_SCHEMAS = "".join(f"CREATE SCHEMA IF NOT EXISTS {name};" for name in ("dw", "mart", "ops", SEARCH))
_LOADED_NIGHT = f"""
CREATE TABLE IF NOT EXISTS ops.loaded_night (night DATE, run_id VARCHAR);
COMMENT ON TABLE ops.loaded_night IS 'The run by which each night of this file was loaded.';
COMMENT ON COLUMN ops.loaded_night.night IS '{GLOSSARY["night"].meaning}';
COMMENT ON COLUMN ops.loaded_night.run_id IS '{GLOSSARY["run_id"].meaning}';
"""


def copy(run: Run) -> Receipt:
    """Copy the published warehouse for the draft of the night, beside steps that do not write to the disk much."""
    with receipt(run, "copy") as slip:
        slip.bytes = snapshots.copy_ahead(run.warehouse, run.run_id)
    return slip


def load(run: Run, is_searchable: bool = True, shared: Shared | None = None) -> Receipt:
    """Bring all facts and dimensions of the night into a draft, which is a copy of the published warehouse.

    A warehouse that need not be searchable has no index of words. Where machines share a warehouse, the copy is first
    brought to what that says now.
    """
    with receipt(run, "load") as slip, snapshots.writer_lock(run.warehouse):
        _check_home(run, shared)
        with snapshots.drafting(run.warehouse, run.run_id) as draft:
            accept(run)
            slip.rows_in = run.lake.read(relations.CAPTURES, run.night).num_rows
            slip.rows_out = bring(run, draft, is_searchable, shared)
            slip.bytes = draft.stat().st_size
    return slip


def _check_home(run: Run, shared: Shared | None) -> None:
    """Refuse a warehouse that no publish left so, and a lake that lacks nights of it, before a draft is made."""
    check_warehouse(run.home, shared)
    if not shared:
        check_lake(run.home)


def accept(run: Run) -> None:
    """Keep what the run has made of the night under its name: the warehouse will stand on it."""
    run.lake.accept(read_from_lake(), run.night, run.run_id)


def read_from_lake() -> set[Relation]:
    """Return the relations that the models read of a night, or that a later night or a rebuild looks back at."""
    read = {relations.named(name) for model in _loaded() for name in model.reads}
    withheld = {relations.withheld(relation) for relation in read & set(relations.CHECKED)}
    return {*read, *withheld, *relations.LOOKED_BACK_AT}


def bring(
    run: Run, draft: Path, is_searchable: bool = True, shared: Shared | None = None, is_rebuilt: bool = False
) -> int:
    """Bring the night, as the run made it, into a draft; return the rows of its facts there.

    A draft that is rebuilt may hold texts whose signatures this version cannot compare: all nights are brought again.
    """
    with room_on(draft.parent), writing(draft) as con:
        if shared:
            ducklake.catch_up(con, run.lake, shared)
        if not is_rebuilt:
            _refuse_other_signatures(con)
        remember(con, run.night, run.run_id)
        return fill(con, run.lake, run.night, _loaded(), () if is_searchable else (SEARCH,), changes.note)


def _refuse_other_signatures(con) -> None:
    """Refuse a warehouse of before texts were signed with 48 bits a hash: copies of its texts would not be found."""
    if _exists(con, "dw.dim_text") and _types(con, "dw.dim_text")["bands"] == "UINTEGER[]":
        raise Permanent(
            "the texts of this warehouse were signed by an earlier version of newsmill, by which copies of "
            "them would be missed; sign them anew: python -m newsmill rebuild --from sign"
        )


def _loaded() -> list[Model]:
    return [model for model in models() if model.schema != "ops"]


def _note_for(shared: Shared | None) -> Note | None:
    return changes.note if shared else None


def tell_runs(draft: Path, told: Iterable[Run], shared: Shared | None = None) -> None:
    """Bring what `ops` tells of some runs into a draft that is not sealed yet."""
    with room_on(draft.parent), writing(draft) as con:
        for run in told:
            refresh(con, run.lake, run.night, shared)


def remember(con: duckdb.DuckDBPyConnection, night: date, run_id: str) -> None:
    """Note which run the facts of a night come from: its parts are read when a later night looks back."""
    con.execute(_SCHEMAS + _LOADED_NIGHT)
    con.execute("DELETE FROM ops.loaded_night WHERE night = $1", [night])
    con.execute("INSERT INTO ops.loaded_night VALUES ($1, $2)", [night, run_id])


def held(warehouse: Path) -> dict[date, str]:
    """Return the run that each night of the published warehouse was loaded by; none before the first is published."""
    name = snapshots.current(warehouse)
    if name is None:
        return {}
    try:
        return dict(read_record(snapshots.there(warehouse)).runs)
    except Unreadable:
        with snapshots.reading(warehouse) as con:  # names the snapshot to go back to
            return runs_held(con)


def versions_held(warehouse: Path) -> dict[date, dict]:
    """Return of each night of the published warehouse the run it was loaded by, and what that run went by."""
    with snapshots.reading(warehouse) as con:
        rows = con.execute("""
            SELECT night, run_id, ruleset_version, coalesce(model_versions, []) AS model_versions, learned_night
            FROM ops.loaded_night LEFT JOIN ops.run USING (night, run_id) ORDER BY night""")
        names = [column[0] for column in rows.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in rows.fetchall()}


def refresh(con: duckdb.DuckDBPyConnection, lake: Lake, night: date, shared: Shared | None = None) -> None:
    """Bring what `ops` tells of the night up to the lake's newest ledger, and of nights that ended unpublished."""
    ops = [m for m in models() if m.schema == "ops"]
    fill(con, lake, night, ops, note=_note_for(shared))
    for other in _untold(con, lake):
        fill(con, lake, other, ops, note=_note_for(shared))


def fill(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    night: date,
    wanted: Sequence[Model],
    empty: Sequence[str] = (),
    note: Note | None = None,
) -> int:
    """Load models in order and return the rows that `dw` holds of the night's facts; schemas in `empty` hold none.

    `note` hears what each load changed.

    A table that was changed on other nights, as when a late night splits a version, takes its followers with it:
    `nights` of a model are its own night and those that changed in the tables it refers to. Of the lake only the nights
    that this warehouse holds are read, as they were loaded, and the one at hand: what was run since and stopped at the
    gate, or rolled back, stays out.

    Not one transaction, for a draft that fails is thrown away: of rows that are not committed DuckDB 1.5 keeps no
    statistics, so it orders joins by guess, and holds them in memory.
    """
    changed: dict[str, set[date]] = {}
    rows = 0
    con.execute(_SCHEMAS)
    functions.provide(con)
    _lay_ledger(con, lake)
    held, runs = _nights_held(con), runs_held(con)
    scoped = {model.table for model in wanted if model.scope}
    views = {model.table: model for model in wanted if model.load == "temporary view"}

    def load_one(lane, model: Model) -> set[date]:
        """Load a model in a lane; return the nights on which it changed rows that others refer to."""
        _note_nights(lane, ())  # those of another model would be wrong
        _lay_views(lane, model, views)
        if model.is_temporary or model.schema in empty:
            return (_hand_on if model.is_temporary else _empty)(lane, model)
        followed = set(model.refs) - scoped if model.scope else model.refs  # a scope follows rows, others whole nights
        nights = {night}.union(*(changed.get(table, ()) for table in followed))
        known = _nights_of(lake, model) if model.schema == "ops" else held
        files = lake.files if model.schema == "ops" else partial(_files_held, lake, runs)
        return _LOADS[model.load](lane, files, model, nights, known)

    with lanes(con) as lent:
        for lane in lent:
            functions.provide(lane)
        for model, nights in abreast(_to_load(wanted, empty), lent, load_one):
            changed[model.table] = nights
            if model.is_temporary or model.schema in empty:
                continue
            if note:
                note(con, model, nights)
            rows += _rows_of(con, model, night)
    for model in (model for model in wanted if model.is_laid):
        con.execute(model.creation)
    _comment(con, [model for model in wanted if not model.is_temporary])
    return rows


def _to_load(wanted: Sequence[Model], empty: Sequence[str]) -> list[Model]:
    """Return the models that are loaded one by one: not those laid at the end, nor those only empty ones look at."""
    asked = {table for model in wanted if model.schema not in empty for table in model.refs}
    return [model for model in wanted if not model.is_laid and (not model.is_temporary or model.table in asked)]


@contextmanager
def unfilled() -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a warehouse in memory that has every table and mart and no row."""
    with TemporaryDirectory() as nowhere, duckdb.connect() as con:
        fill(con, Lake(Path(nowhere)), date.min, models(), (SEARCH,))
        yield con


@contextmanager
def writing(draft: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Lend a connection that writes a draft, with no log: until the checkpoint at the end a file stays what it was."""
    with closing(duckdb.connect()) as con:
        if _bytes(con.execute("SELECT current_setting('memory_limit')").fetchone()[0]) > MEMORY_BYTES:
            con.execute(f"SET memory_limit = '{MEMORY_BYTES} B'")
        con.execute(
            f"SET temp_directory = {quoted(f'{draft}.tmp')}; SET TimeZone = 'UTC'; "
            "PRAGMA disable_checkpoint_on_shutdown"
        )
        con.execute(
            f"ATTACH {quoted(str(draft))} AS draft (RECOVERY_MODE NO_WAL_WRITES, ROW_GROUP_SIZE {ROW_GROUP}); USE draft"
        )
        yield con
        con.execute("CHECKPOINT draft")


def _bytes(told: str) -> float:
    """Read an amount of memory as DuckDB tells it: 12.5 GiB."""
    number, unit = told.split()
    return float(number) * 1024 ** _UNITS.index(unit)


# -- the kinds of load, told the nights at hand and those held before: each returns the nights on which it changed rows
# that others refer to


def _replace_night(con, files: Files, model: Model, nights: set[date], _held: set[date]) -> set[date]:
    """Replace all rows of some nights by what the SELECT gives for them."""
    _bind(con, files, model, nights)
    _note_nights(con, nights)
    _ensure(con, model)
    if model.nights:
        nights = nights | _dates(con, model.nights)
        _bind(con, files, model, nights)
        _note_nights(con, nights)
    of_nights = "WHERE night IN (FROM changed_nights)"
    # what is in order stays so if nothing is joined to it
    rows = model.sql if model.sorted else f"SELECT * FROM ({model.sql}) {of_nights}"
    con.execute(f"DELETE FROM {model.table} {of_nights}")
    for _ in _called(con, model):
        con.execute(f"INSERT INTO {model.table} BY NAME {rows}")
    return nights


def _called(con, model: Model) -> Iterator[None]:
    """Show in turn each piece of what a model calls for, under its name; one that calls for nothing is done at once."""
    if not model.calls:
        yield
        return
    for piece in _CALLED[model.calls][1](con):
        con.register(model.calls, piece)
        yield
        con.unregister(model.calls)


def _note_nights(con, nights: Iterable[date]) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE changed_nights AS SELECT unnest($1::DATE[]) AS night", [sorted(nights)])


def _lay_views(con, model: Model, views: Mapping[str, Model]) -> None:
    """Lay the temporary views that a model looks at; of the lake they see the nights that the model itself reads."""
    for view in (views[table] for table in model.refs if table in views):
        _lay_views(con, view, views)
        _bind(con, lambda _source, _night: [], view, ())
        con.execute(view.creation)


def _hand_on(con, model: Model) -> set[date]:
    """Lay what stands in the load alone where models that follow find it; a view each lane lays for itself."""
    if model.load == "temporary":
        for _ in _called(con, model):
            con.execute(f"CREATE TABLE {HANDED}.{model.table} AS {model.sql}")
    return set()


def _empty(con, model: Model) -> set[date]:
    """Leave a table without a row."""
    con.execute(f"DROP TABLE IF EXISTS {model.table}")
    _note_nights(con, ())
    _ensure(con, model)
    return set()


def _merge(con, files: Files, model: Model, nights: set[date], held: set[date]) -> set[date]:
    """Make the table, or as much as the scope tells, what the SELECT gives; return the nights of rows that differ."""
    others = held
    if model.scope:
        _note_nights(con, nights)
        others = _dates(con, model.nights) if model.nights else set()
    _want(con, files, model, nights | others)
    gone, come = _bring_to(con, model, f"WHERE {model.scope or 'true'}", "wanted")
    if "night" not in _names(con, come):
        return set()
    return _dates(con, f"SELECT night FROM {gone} UNION SELECT night FROM {come}")


def _latest(con, files: Files, model: Model, nights: set[date], held: set[date]) -> set[date]:
    """Make each row what the latest night that tells of it tells.

    A night after all others adds what it tells, or puts it in the place of what was told; for a late one, and one that
    is run again, all are read.
    """
    is_next = min(nights) > max(held, default=date.min)
    _want(con, files, model, nights if is_next else nights | held)
    _bring_to(con, model, f"SEMI JOIN wanted USING ({', '.join(model.grain)})" if is_next else "", "wanted")
    return set()


def _want(con, files: Files, model: Model, nights: set[date]) -> None:
    """Note as `wanted` what the SELECT gives of some nights."""
    _bind(con, files, model, nights)
    _ensure(con, model)
    con.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS FROM ({model.sql})")


def _bring_to(con, model: Model, scope: str, told: str) -> tuple[str, str]:
    """Make the rows of the table in `scope` those of `told`, touching only rows that differ.

    Return the names by which the models that follow find what went and what came. Rows are wide and mostly new, so
    whole rows are compared only where both have one of a key, and what came is read where it lies; rows of the table
    are read by their numbers, which leaves the others unread.
    """
    gone, come = (f"{HANDED}.{change}_{model.name}" for change in ("gone", "come"))
    alike = same(model.row_key, "one", "other")
    row, key = _columns(con, model), ", ".join(model.row_key)
    con.execute(f"CREATE OR REPLACE TEMP TABLE standing AS SELECT {key}, rowid AS place FROM {model.table} {scope}")
    stands = con.execute("SELECT count(*) > 0 FROM standing").fetchone()[0]
    found = f"FROM standing AS one WHERE {{}} EXISTS (FROM {told} AS other WHERE {alike})"
    brought = f"SELECT {row} FROM {told} AS one WHERE {{}} EXISTS (FROM standing AS other WHERE {alike})"
    for name, has in (("TEMP TABLE kept", ""), (f"TABLE {gone}", "NOT")):
        con.execute(
            f"CREATE OR REPLACE {name} AS "
            f"SELECT {row} FROM {model.table} WHERE rowid IN (SELECT place {found.format(has)})"
        )
    con.execute(f"CREATE OR REPLACE TEMP TABLE again AS {brought.format('')} {'' if stands else 'LIMIT 0'}")
    con.execute(f"INSERT INTO {gone} FROM kept EXCEPT ALL FROM again")
    con.execute(f"DELETE FROM {model.table} USING {gone} AS gone WHERE {same(model.row_key, model.name, 'gone')}")
    own, last = con.execute(f"SELECT current_database(), coalesce(max(rowid), -1) FROM {model.table}").fetchone()
    con.execute(
        f"INSERT INTO {model.table} BY NAME {brought.format('NOT')} UNION ALL BY NAME (FROM again EXCEPT ALL FROM kept)"
    )
    con.execute(f'CREATE OR REPLACE VIEW {come} AS FROM "{own}".{model.table} WHERE rowid > {last}')
    return gone, come


def _scd2(con, files: Files, model: Model, nights: set[date], held: set[date]) -> set[date]:
    """Make anew the versions of every natural key that the nights touch, of what all nights observed of it.

    The SELECT gives observations, one a key and night: the natural key (`-- grain:`), `night` and the attributes. A
    version begins where a tracked column differs from the night before. Because it is made from the set of
    observations, a late night splits the right interval.
    """
    (natural,) = model.grain
    _touch(con, files, model, nights)
    of_touched = f"SEMI JOIN touched USING ({natural})"
    of_touched_by_others = f"SEMI JOIN touched_by_others USING ({natural})"
    moved = _seen(con, model, of_touched_by_others)
    telling = f"SELECT DISTINCT night FROM ({model.observed or model.sql})"
    first, is_whole = min(nights), _is_whole(con, model)
    later = {night for night in held - nights if night > first or not is_whole}
    if later and model.reads:
        # the columns are wide and the nights many: first find the nights that tell of these keys
        _bind(con, files, model, nights | later)
        _bind(con, files, model, _dates(con, f"{telling} {of_touched}"))
    parts = [f"SELECT * FROM ({model.sql}) {of_touched}"]
    if not model.reads:  # what is worked out is worked out once; what lies in the lake is wide and read where it lies
        con.execute(f"CREATE OR REPLACE TEMP TABLE worked_out AS {parts.pop()}")
        parts.append("FROM worked_out")
    elif is_whole:
        _lay_earlier(con, model, first, of_touched)
        parts.append("FROM earlier")
    con.execute(f"CREATE OR REPLACE TEMP VIEW observed AS {' UNION ALL BY NAME '.join(parts)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE begun AS {_begun(model, natural)}")
    con.execute(
        "CREATE OR REPLACE TEMP VIEW versions AS "
        f"SELECT observed.* EXCLUDE night, begun.* EXCLUDE ({natural}, night) "
        f"FROM observed JOIN begun USING ({natural}, night)"
    )
    _ensure(con, model, "versions")
    gone, come = _bring_to(con, model, of_touched, "versions")
    interval = f"{model.key} AS key, valid_from, valid_to"
    rekeyed = _dates(
        con,
        _REKEYED.format(old=f"SELECT {interval} FROM {gone}", new=f"SELECT {interval} FROM {come}"),
        sorted(held | nights),
    )
    if model.touches:
        moved |= _dates(con, f"{telling} {of_touched_by_others}")
    return nights | moved | rekeyed


def _is_whole(con, model: Model) -> bool:
    """Tell whether the table is there with all that the SELECT gives: that of an earlier version may lack a column."""
    given = set(_names(con, f"({model.sql})")) - {"night"}
    return _exists(con, model.table) and given <= _types(con, model.table).keys()


def _lay_earlier(con, model: Model, night: date, of_touched: str) -> None:
    """Note as `earlier` what was seen before a night: of each version the observation that it began with.

    Others like it begin nothing, so the lake is read from that night on only, however long history is.
    """
    known = ", ".join(name for name in _names(con, f"({model.sql})") if name != "night")
    places = f"SELECT rowid FROM {model.table} {of_touched} WHERE valid_from < $1"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE earlier AS SELECT {known}, valid_from AS night FROM {model.table} "
        f"WHERE rowid IN ({places})",
        [night],
    )


def _touch(con, files: Files, model: Model, nights: set[date]) -> None:
    """Note the natural keys of which the nights tell, or told before they were run again."""
    (natural,) = model.grain
    _bind(con, files, model, nights)
    # not asked of a list: written so, DuckDB 1.5 sees that there are none before it reads all keys
    among = "IN ({})".format(", ".join(f"DATE '{night}'" for night in sorted(nights)))
    told = f"({model.observed}) WHERE night {among}" if model.observed else f"({model.sql})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT {natural} FROM {told}")
    told_before = {model.table: f"valid_from {among}"}
    if model.seen_in:
        told_before[model.seen_in] = f"{model.key} IN (SELECT {model.key} FROM {model.seen_in} WHERE night {among})"
    for fact, is_touched in told_before.items():
        if _exists(con, fact):
            sql = f"SELECT {natural} FROM {model.table} WHERE {is_touched}"
            con.execute(f"INSERT INTO touched {sql} EXCEPT FROM touched")
    others = model.touches if model.touches and _exists(con, model.table) else "FROM touched WHERE false"
    con.execute(f"CREATE OR REPLACE TEMP TABLE touched_by_others AS {others}")
    con.execute("INSERT INTO touched FROM touched_by_others EXCEPT FROM touched")


def _seen(con, model: Model, of_keys: str) -> set[date]:
    """Return the nights of the facts that lead to some natural keys."""
    if not (model.seen_in and _exists(con, model.seen_in)):
        return set()
    sql = f"SELECT DISTINCT night FROM {model.seen_in} JOIN {model.table} USING ({model.key}) {of_keys}"
    return _dates(con, sql)


def _begun(model: Model, natural: str) -> str:
    """Return a SELECT of the versions that begin in `observed`: the observation of each, its key and its interval."""
    tracked = ", ".join(model.tracks)
    per_key = f"PARTITION BY {natural} ORDER BY night"
    return f"""
        WITH compared AS (
            SELECT {natural}, night,
                   row({tracked}) IS DISTINCT FROM lag(row({tracked})) OVER ({per_key}) AS begins
            FROM observed
        )
        SELECT {natural}, night,
               dw.surrogate_key(concat_ws('|', {natural}, night)) AS {model.key},
               CAST(row_number() OVER ({per_key}) AS INTEGER) AS version,
               night AS valid_from,
               coalesce(lead(night) OVER ({per_key}), DATE '{FOREVER}') AS valid_to,
               lead(night) OVER ({per_key}) IS NULL AS is_current
        FROM compared WHERE begins"""


# A key tells where its interval begins: two rows of one key differ in nothing but the end.
_REKEYED = """  -- the nights on which a natural key now leads to a version with another key
    WITH moved AS (
        SELECT DISTINCT CASE WHEN old.key = new.key THEN least(old.valid_to, new.valid_to)
                             ELSE coalesce(old.valid_from, new.valid_from) END AS begins,
                        greatest(old.valid_to, new.valid_to) AS ends
        FROM ({old}) AS old FULL JOIN ({new}) AS new USING (key)
    )
    SELECT DISTINCT night FROM (SELECT unnest($1) AS night) JOIN moved ON night >= begins AND night < ends"""


_CALLED = {
    "candidate_pairs": (near_duplicates.PAIR, near_duplicates.candidate_pairs),
    "stop_words": (search_index.STOP_WORD, search_index.stop_words),
    "text_pairs": (near_duplicates.NEAR, near_duplicates.text_pairs),
    "term_counts": (search_index.SCHEMA, search_index.term_counts),
}
"""What models call for: the columns, and the function that yields them in pieces; for a temporary model in one."""
_LOADS = {"replace_night": _replace_night, "merge": _merge, "latest": _latest, "scd2": _scd2}


# -- the lake as views, the tables as the glossary types them


def _bind(con, files: Files, model: Model, nights: Iterable[date]) -> None:
    """Show some nights of the lake relations that a model reads as views with a `night` column."""
    for name in model.reads:
        source = relations.named(name)
        rows = _reading(con, source, _paths(files, source, nights))
        if source in relations.CHECKED and (paths := _paths(files, relations.withheld(source), nights)):
            rows = _without(rows, _reading(con, relations.withheld(source), paths), source)
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")


def _paths(files: Files, source: Relation, nights: Iterable[date]) -> list[str]:
    return [str(path) for night in sorted(nights) for path in files(source, night)]


def _without(rows: str, withheld: str, source: Relation) -> str:
    """Leave out the rows that the check withheld, each once: only rows of their pages are compared."""
    columns, page = ", ".join((*source.schema.names, "night")), "USING (page_id, night)"
    return f"""
        SELECT {columns} FROM ({rows}) ANTI JOIN ({withheld}) {page} UNION ALL (
            SELECT {columns} FROM ({rows}) SEMI JOIN ({withheld}) {page} EXCEPT ALL SELECT {columns} FROM ({withheld})
        )"""


def _files_held(lake: Lake, held: dict[date, str], source: Relation, night: date) -> list[Path]:
    """List the files of a night as the run loaded them whose facts the warehouse holds."""
    return lake.files_of_run(source, night, held.get(night))


def _reading(con, source: Relation, paths: Sequence[str]) -> str:
    if paths:
        listed = ", ".join(map(quoted, paths))
        rows = (
            f"SELECT * FROM read_parquet([{listed}], hive_partitioning = true, hive_types = {{'night': DATE}}, "
            "union_by_name = true)"
        )
        if "*" not in source.name:
            return rows
        # files of an earlier version lack a column; those of many stages are small, and read whole
        return f"{rows} UNION ALL BY NAME ({_reading(con, source, ())})"
    empty = f"empty_{source.name.strip('*')}"
    con.register(empty, source.empty())
    return f"SELECT *, NULL::DATE AS night FROM {empty}"


def _lay_ledger(con, lake: Lake) -> None:
    """Create the tables of `ops` for the marts to look at; they are filled when the draft is sealed, not before.

    Until then `ops.snapshot` tells which snapshot the draft was copied from.
    """
    for model in (m for m in models() if m.schema == "ops" and not _exists(con, m.table)):
        _bind(con, lake.files, model, ())
        _ensure(con, model)


def _nights_of(lake: Lake, model: Model) -> set[date]:
    return {night for name in model.reads for night in lake.nights(relations.named(name))}


def _nights_held(con) -> set[date]:
    """Return the nights whose facts are in the warehouse."""
    facts = [m.table for m in models() if m.schema == "dw" and m.load == "replace_night" and _exists(con, m.table)]
    sql = " UNION ".join(f"SELECT DISTINCT night FROM {table}" for table in facts)
    return _dates(con, sql) if facts else set()


def _untold(con, lake: Lake) -> list[date]:
    """List the nights with a run that was never published and of which `ops` does not tell."""
    con.register("told", lake.dataset(relations.RUNS, lake.nights(relations.RUNS)))
    rows = con.execute("""
        SELECT DISTINCT night FROM told WHERE status <> 'published' AND NOT EXISTS (
            FROM ops.run WHERE run.run_id = told.run_id AND (run.status = told.status OR told.status = 'running'))
        ORDER BY night""").fetchall()
    con.unregister("told")
    return [row[0] for row in rows]


def _ensure(con, model: Model, source: str | None = None) -> None:
    """Create the table with the glossary's types, or give it the columns and types that it has not yet."""
    if model.calls:
        con.register(model.calls, _CALLED[model.calls][0].empty_table())
    names = _names(con, source or f"({model.sql})")
    if unknown := [name for name in names if name not in GLOSSARY]:
        raise BrokenContract(f"{model.table}: {unknown} are not in newsmill/glossary.py; say there what they mean")
    con.register("shape", pa.schema([(name, GLOSSARY[name].type) for name in names]).empty_table())
    columns = _types(con, "shape")
    con.unregister("shape")
    if not _exists(con, model.table):
        # Not CREATE TABLE AS FROM an empty Arrow table: of more than 122,880 rows inserted after it DuckDB 1.5 shows
        # none to this connection, though they are in the file.
        con.execute(f"CREATE TABLE {model.table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    for sql in fitted(model.table, _types(con, model.table), columns):
        con.execute(sql)


_KINDS = {"view": "VIEW", "macro": "MACRO", "table macro": "MACRO TABLE"}


def _comment(con, wanted: Sequence[Model]) -> None:
    """Write the meaning of tables and columns where the catalog has another or none."""
    for model in wanted:
        kind = _KINDS.get(model.load, "TABLE")
        con.execute(f"COMMENT ON {kind} {model.table} IS {quoted(model.meaning)}")
    sql = "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    tables = {model.table for model in wanted}
    for table, name, comment in con.execute(sql).fetchall():
        if table in tables and comment != (meaning := GLOSSARY[name].meaning):
            con.execute(f"COMMENT ON COLUMN {table}.{name} IS {quoted(meaning)}")


def _dates(con, sql: str, *arguments) -> set[date]:
    """Return the nights that a SELECT gives."""
    return {row[0] for row in con.execute(sql, arguments).fetchall()}


def _types(con, source: str) -> dict[str, str]:
    return {name: kind for name, kind, *_ in con.execute(f"DESCRIBE FROM {source}").fetchall()}


def _names(con, source: str) -> list[str]:
    return list(_types(con, source))


def _columns(con, model: Model) -> str:
    return ", ".join(f"{name}::{kind} AS {name}" for name, kind in _types(con, model.table).items())


def _exists(con, table: str) -> bool:
    sql = "SELECT count(*) FROM duckdb_tables() WHERE schema_name || '.' || table_name = $1"
    return con.execute(sql, [table]).fetchone()[0] > 0


def _rows_of(con, model: Model, night: date) -> int:
    if "night" not in _names(con, model.table):
        return 0
    return con.execute(f"SELECT count(*) FROM {model.table} WHERE night = $1", [night]).fetchone()[0]
