"""The only writer of the warehouse: fills a staging copy from the lake by the models' kinds of load."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from newsmill import relations
from newsmill.contracts import Relation
from newsmill.errors import UnreadableFile
from newsmill.lake import Lake
from newsmill.runs import NightVersion, Receipt, Run, receipt
from newsmill.warehouse import changes, ducklake, functions, snapshots
from newsmill.warehouse.disk import report_full_disk
from newsmill.warehouse.ducklake import SharedWarehouse
from newsmill.warehouse.home_format import require_current_tables
from newsmill.warehouse.integrity import check_lake, check_warehouse
from newsmill.warehouse.lake_views import create_lake_views, list_loaded_files, list_read_nights
from newsmill.warehouse.load_kinds import (
    LOAD_KINDS,
    clear_table,
    create_scratch_table,
    create_temporary_views,
    set_changed_nights,
)
from newsmill.warehouse.loaded_nights import (
    SEARCH,
    create_schemas,
    list_fact_nights,
    list_unrecorded_nights,
    record_loaded_night,
)
from newsmill.warehouse.model import Model, models
from newsmill.warehouse.parallel_load import open_connections, run_parallel
from newsmill.warehouse.snapshot_records import read_loaded_runs, read_record
from newsmill.warehouse.statements import fetch_value, quote_literal
from newsmill.warehouse.table_columns import (
    count_night_rows,
    create_or_alter_table,
    write_comments,
)

RecordChanges = Callable[[duckdb.DuckDBPyConnection, Mapping[Model, set[date]]], None]
MEMORY_BYTES = 4_000_000_000
"""DuckDB's memory limit during a load; the rest spills to a folder next to the staging copy."""
ROW_GROUP = 30_720
"""Rows compressed and written together: a quarter of DuckDB's default, which is more than the articles of a night.

So row groups are written while rows arrive, by all processors, and not by one processor at the end. A connection with
another row group size compresses the tables of the file anew.
"""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def copy_published(run: Run) -> Receipt:
    """Copy the published warehouse for the night's staging copy, while other steps leave the disk idle."""
    with receipt(run, "copy") as step_receipt:
        step_receipt.bytes = snapshots.copy_ahead(run.warehouse, run.run_id)
    return step_receipt


def load(run: Run, is_searchable: bool = True, shared: SharedWarehouse | None = None) -> Receipt:
    """Load all facts and dimensions of the night into a staging copy of the published warehouse.

    Without `is_searchable` the search index stays empty. Where machines share a warehouse, the staging copy is first
    updated to the current version.
    """
    with receipt(run, "load") as step_receipt, snapshots.writer_lock(run.warehouse):
        _check_home(run, shared)
        with snapshots.create_staging(run.warehouse, run.run_id) as staging:
            accept_parts(run)
            step_receipt.rows_in = run.lake.read(relations.CAPTURES, run.night).num_rows
            step_receipt.rows_out = load_into_staging(run, staging, is_searchable, shared)
            step_receipt.bytes = staging.stat().st_size
    return step_receipt


def _check_home(run: Run, shared: SharedWarehouse | None) -> None:
    """Refuse a warehouse changed since the last publish, and a lake without its nights, before a file is copied."""
    check_warehouse(run.home, shared)
    if not shared:
        check_lake(run.home)


def accept_parts(run: Run) -> None:
    """Keep the run's lake parts of the night under the run's name, for as long as a snapshot refers to the run."""
    run.lake.accept(list_accepted_relations(), run.night, run.run_id)


def list_accepted_relations() -> set[Relation]:
    """Return the relations for the models of a night, for the lookback of later nights, and for rebuilds."""
    read = {relations.find_relation(name) for model in _list_night_models() for name in model.reads}
    withheld = {relations.withheld(relation) for relation in read & set(relations.CHECKED)}
    return {*read, *withheld, *relations.LOOKED_BACK_AT}


def load_into_staging(
    run: Run, staging: Path, is_searchable: bool = True, shared: SharedWarehouse | None = None, is_rebuilt: bool = False
) -> int:
    """Load the night of a run into a staging copy; return the row count of the night's facts there.

    Tables of an earlier version are allowed with `is_rebuilt`: a rebuild loads all nights again.
    """
    with report_full_disk(staging.parent), open_for_writing(staging) as con:
        if shared:
            ducklake.update_staging(con, run.lake, shared)
        if not is_rebuilt:
            require_current_tables(con, staging.parent.parent)
        record_loaded_night(con, run.night, run.run_id)
        empty = () if is_searchable else (SEARCH,)
        return load_models(con, run.lake, run.night, _list_night_models(), empty, changes.record_changes)


def _list_night_models() -> list[Model]:
    return [model for model in models() if model.schema != "ops"]


def refresh_runs(staging: Path, runs: Iterable[Run], shared: SharedWarehouse | None = None) -> None:
    """Load the `ops` rows of some runs into a staging copy before finalizing."""
    with report_full_disk(staging.parent), open_for_writing(staging) as con:
        for run in runs:
            refresh_ops(con, run.lake, run.night, shared)


def read_published_runs(warehouse: Path) -> dict[date, str]:
    """Return the run of each night of the published warehouse; none before the first publish."""
    name = snapshots.current_snapshot(warehouse)
    if name is None:
        return {}
    try:
        return dict(read_record(snapshots.find_snapshot(warehouse)).runs)
    except UnreadableFile:
        with snapshots.open_published(warehouse) as con:  # names the snapshot to go back to
            return read_loaded_runs(con)


def read_published_versions(warehouse: Path) -> dict[date, NightVersion]:
    """Return for each night of the published warehouse the run, with the run's rules and models."""
    with snapshots.open_published(warehouse) as con:
        rows = con.execute("""
            SELECT night, run_id, ruleset_version, coalesce(model_versions, []) AS model_versions, learned_night
            FROM ops.loaded_night LEFT JOIN ops.run USING (night, run_id) ORDER BY night""").fetchall()
        return {
            night: NightVersion(run_id=run_id, ruleset_version=rules, model_versions=models, learned_night=learned)
            for night, run_id, rules, models, learned in rows
        }


def refresh_ops(con: duckdb.DuckDBPyConnection, lake: Lake, night: date, shared: SharedWarehouse | None = None) -> None:
    """Load the `ops` rows of the night, and of unpublished nights, from the lake's run records."""
    ops_models = [model for model in models() if model.schema == "ops"]
    recorder = changes.record_changes if shared else None
    load_models(con, lake, night, ops_models, record_changes=recorder)
    for other in list_unrecorded_nights(con, lake):
        load_models(con, lake, other, ops_models, record_changes=recorder)


def load_models(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    night: date,
    selected: Sequence[Model],
    empty: Sequence[str] = (),
    record_changes: RecordChanges | None = None,
) -> int:
    """Load models in order and return the row count of the night's facts in `dw`; schemas in `empty` get no rows.

    Call `record_changes` with the changed nights of each table.

    A change on other nights, as when a late night splits a version, spreads to the tables that refer to the changed
    one. So a model is loaded for the night and for all nights changed in its references. Of the lake only the current
    night and the loaded nights of this warehouse are read, from the runs of their load. Later runs of a loaded night,
    stopped at the gate or rolled back, stay out.

    A load is not one transaction, because a failed staging copy is thrown away. DuckDB 1.5 keeps uncommitted rows in
    memory and without statistics, and orders joins of them by guess.
    """
    create_schemas(con)
    functions.register_functions(con)
    _create_ops_tables(con, lake)
    scoped = {model.table for model in selected if model.scope}
    views = {model.table: model for model in selected if model.load == "temporary view"}
    context = _LoadContext(lake, night, empty, list_fact_nights(con), read_loaded_runs(con), scoped, views, {})
    with open_connections(con) as connections:
        for connection in connections:
            functions.register_functions(connection)
        table_models = _select_table_models(selected, empty)
        for model, nights in run_parallel(table_models, connections, partial(_load_model, context)):
            context.changed[model.table] = nights
        stored = [model for model in table_models if not model.is_temporary and model.schema not in empty]
        if record_changes:
            record_changes(con, {model: context.changed[model.table] for model in stored})
    rows = count_night_rows(con, stored, night)
    for model in (model for model in selected if model.is_view_or_macro):
        con.execute(model.creation)
    write_comments(con, [model for model in selected if not model.is_temporary])
    return rows


@dataclass(frozen=True)
class _LoadContext:
    """Values common to all models of one load; `changed` has the changed nights of each table loaded already."""

    lake: Lake
    night: date
    empty: Sequence[str]
    loaded_nights: set[date]
    runs: dict[date, str]
    scoped: set[str]
    views: dict[str, Model]
    changed: dict[str, set[date]]


def _load_model(context: _LoadContext, con: duckdb.DuckDBPyConnection, model: Model) -> set[date]:
    """Load a model on a connection; return the nights with changes for other tables."""
    set_changed_nights(con, ())  # those of another model would be wrong
    create_temporary_views(con, model, context.views)
    if model.is_temporary:
        return create_scratch_table(con, model)
    if model.schema in context.empty:
        return clear_table(con, model)
    # a scope follows rows, other loads whole nights
    followed = set(model.refs) - context.scoped if model.scope else model.refs
    nights = {context.night}.union(*(context.changed.get(table, ()) for table in followed))
    if model.schema == "ops":
        loaded, list_files = list_read_nights(context.lake, model), context.lake.files
    else:
        loaded, list_files = context.loaded_nights, partial(list_loaded_files, context.lake, context.runs)
    return LOAD_KINDS[model.load](con, list_files, model, nights, loaded)


def _select_table_models(selected: Sequence[Model], empty: Sequence[str]) -> list[Model]:
    """Return the models to load one by one: no views and macros, and no temporary models for empty tables alone."""
    needed = {table for model in selected if model.schema not in empty for table in model.refs}
    return [
        model for model in selected if not model.is_view_or_macro and (not model.is_temporary or model.table in needed)
    ]


def _create_ops_tables(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Create the tables of `ops` for the marts to read, or give those of an earlier version their new columns.

    Rows follow when the staging copy is finalized. Until then `ops.snapshot` is current for the copied snapshot.
    """
    for model in (model for model in models() if model.schema == "ops"):
        create_lake_views(con, lake.files, model, ())
        create_or_alter_table(con, model)


@contextmanager
def open_empty_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse in memory with every table and mart and no row."""
    with TemporaryDirectory() as folder, duckdb.connect() as con:
        load_models(con, Lake(Path(folder)), date.min, models(), (SEARCH,))
        yield con


@contextmanager
def open_for_writing(staging: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a staging copy for writing, with no log: until the checkpoint at the end the file stays unchanged."""
    with closing(duckdb.connect()) as con:
        if _parse_bytes(fetch_value(con, "SELECT current_setting('memory_limit')")) > MEMORY_BYTES:
            con.execute(f"SET memory_limit = '{MEMORY_BYTES} B'")
        con.execute(
            f"SET temp_directory = {quote_literal(f'{staging}.tmp')}; SET TimeZone = 'UTC'; "
            "PRAGMA disable_checkpoint_on_shutdown"
        )
        con.execute(
            f"ATTACH {quote_literal(str(staging))} AS staging "
            f"(RECOVERY_MODE NO_WAL_WRITES, ROW_GROUP_SIZE {ROW_GROUP}); USE staging"
        )
        yield con
        con.execute("CHECKPOINT staging")


def _parse_bytes(text: str) -> float:
    """Parse an amount of memory in DuckDB's notation, for example 12.5 GiB."""
    amount, unit = text.split()
    return float(amount) * 1024 ** _UNITS.index(unit)
