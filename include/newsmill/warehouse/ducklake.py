"""The shared warehouse of several machines: a DuckLake; publishing applies the changed rows in one transaction.

A night is still loaded and audited in a staging copy, a file of this machine. Before the load the staging copy is
updated to the current version of the DuckLake; publishing is refused where another machine published since. Besides the
tables of the models the DuckLake keeps the lake parts of all loaded nights, in the schema `accepted`. So any machine
can look back at any night.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from newsmill import relations
from newsmill.contracts import Relation
from newsmill.errors import NewsmillError, Permanent, StaleStagingCopy, Transient, WriterBusy
from newsmill.lake import Lake, check_parts
from newsmill.locks import hold_lock
from newsmill.runs import Run
from newsmill.settings import Settings
from newsmill.warehouse import changes, extensions, functions
from newsmill.warehouse.model import Model, models, tables
from newsmill.warehouse.statements import alter_statements, fetch_row, fetch_value, match_columns, quote_literal

DATABASE = "shared"
LOADED_NIGHT, SNAPSHOT, BASE_VERSION = "ops.loaded_night", "ops.snapshot", "ops.shared_snapshot"
ACCEPTED = "accepted"
UNUSED_HOURS, BUSY_MILLISECONDS = 24, 60_000
Columns = dict[str, str]
Layout = dict[str, Columns]
_EXTENSIONS = ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs")
_WAIT_SECONDS = 600
_CREATE_BASE_VERSION = (
    f"CREATE OR REPLACE TABLE {BASE_VERSION} (snapshot VARCHAR, version BIGINT)",
    f"COMMENT ON TABLE {BASE_VERSION} IS 'The version of the shared warehouse that this file is a copy of.'",
    f"COMMENT ON COLUMN {BASE_VERSION}.snapshot IS 'The name it was published under.'",
    f"COMMENT ON COLUMN {BASE_VERSION}.version IS 'Its number in the catalog.'",
)


@dataclass(frozen=True)
class SharedWarehouse:
    """The address of the shared warehouse: a `catalog` in DuckLake's form, and the folder or s3:// URL of the files."""

    catalog: str
    data: str

    @property
    def sqlite(self) -> Path | None:
        """Return the file of an SQLite catalog, None for a catalog in Postgres."""
        return Path(self.catalog.removeprefix("sqlite:")) if self.catalog.startswith("sqlite:") else None

    @property
    def attach(self) -> str:
        """Return the ATTACH statement for readers, without a password."""
        return f"ATTACH {quote_literal('ducklake:' + self.catalog)} AS newsmill (READ_ONLY)"


@dataclass(frozen=True)
class Version:
    """A version of the shared warehouse: name, number in the catalog, time (UTC) and kind of commit.

    `how` is publish or rollback; `form` is a hash of the definitions of views and macros.
    """

    snapshot: str
    number: int
    at: str = ""
    how: str = ""
    form: str = ""


def shared_warehouse(settings: Settings) -> SharedWarehouse | None:
    """Return the address of the shared warehouse in the settings, or None."""
    return SharedWarehouse(settings.catalog, settings.catalog_data) if settings.catalog else None


# -- for the steps of a night


def fetch_published_runs(lake: Lake, shared: SharedWarehouse) -> dict[date, str]:
    """Return the run of each night of the shared warehouse; download missing lake parts."""
    with _connect_shared(shared) as con:
        if _read_head(con) is None:
            return {}
        runs = dict(con.execute(f"FROM {DATABASE}.{LOADED_NIGHT}").fetchall())
        _download_parts(con, lake, runs)
        return runs


def update_staging(con: duckdb.DuckDBPyConnection, lake: Lake, shared: SharedWarehouse) -> None:
    """Update a staging copy to the current version, and the lake to the parts of all loaded nights.

    Read only changes since the base version of the staging copy, where the catalog still has the base, else all rows.
    Before the first publish leave the staging copy unchanged: its publish uploads all rows.
    """
    with attach_shared(con, shared), _transaction(con):
        for schema in _list_schemas():
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        head, base = _read_head(con), _read_base(con)
        if head is None:
            con.execute(f"DROP TABLE IF EXISTS {BASE_VERSION}")
            return
        if base != head:
            own, remote = _read_layouts(con)
            for table in _list_synced_tables():
                _update_table(con, table, own.get(table), remote.get(table), base.number if base else None)
            _record_base(con, head)
        _download_parts(con, lake, dict(con.execute(f"FROM {LOADED_NIGHT}").fetchall()))


def drop_base_version(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the base version: a staging copy published as a file alone is no copy of a shared version any more."""
    con.execute(f"DROP TABLE IF EXISTS {BASE_VERSION}")


def publish(con: duckdb.DuckDBPyConnection, loaded: Sequence[Run], snapshot: str, shared: SharedWarehouse) -> None:
    """Apply the changes of a finalized staging copy to the shared warehouse, in one transaction.

    `loaded` are the runs of the nights to add, the publishing run last. Raise StaleStagingCopy where another version
    than the base of the staging copy is published already, or is published during the commit.
    """
    with attach_shared(con, shared):
        with _lock_catalog(shared), _transaction(con):
            _refuse_stale(con, loaded[-1])
            head, (own, remote) = _read_head(con), _read_layouts(con)
            _create_tables(con, own, remote)
            if head is None or head.form != _hash_definitions():
                _create_views_and_macros(con)
            _write_comments(con)
            runs = {run.night: run.run_id for run in loaded}
            if head is None:
                runs = dict(con.execute(f"FROM {LOADED_NIGHT}").fetchall())
            _upload_parts(con, loaded[-1].lake, runs, remote)
            for table in _list_synced_tables():
                if table in remote:
                    columns = _select_columns({**remote[table], **own[table]}, own[table])
                    scope = _staged_changes_condition(con, table, runs, own)
                    _replace_differing_rows(con, table, f"{DATABASE}.{table}", table, columns, scope)
                else:
                    con.execute(f"INSERT INTO {DATABASE}.{table} BY NAME FROM {table}")
            # every publish unmarks the same row, so that the catalog refuses one of two concurrent publishes
            con.execute(f"UPDATE {DATABASE}.{SNAPSHOT} SET is_current = false WHERE is_current")
            con.execute(f"DELETE FROM {DATABASE}.{SNAPSHOT} WHERE snapshot = $1", [snapshot])
            con.execute(f"INSERT INTO {DATABASE}.{SNAPSHOT} BY NAME FROM {SNAPSHOT} WHERE snapshot = $1", [snapshot])
            _label_commit(con, loaded[-1].run_id, Version(snapshot, 0, how="publish", form=_hash_definitions()))
        _record_base(con, Version(snapshot, fetch_value(con, f"FROM {DATABASE}.last_committed_snapshot()")))


# -- for commands


def list_versions(shared: SharedWarehouse) -> list[Version]:
    """List the kept versions, the oldest first; readers see the last."""
    with _connect_shared(shared) as con:
        return _read_versions(con)


def roll_back(shared: SharedWarehouse, snapshot: str) -> None:
    """Reset the shared warehouse to the rows of a snapshot, in one more transaction, visible to readers at once."""
    with _connect_shared(shared) as con, _lock_catalog(shared), _transaction(con):
        versions = _read_versions(con)
        matches = [version for version in versions if version.snapshot == snapshot]
        if not matches:
            names = ", ".join(dict.fromkeys(version.snapshot for version in versions)) or "none"
            raise Permanent(f"the shared warehouse keeps no snapshot {snapshot}; it keeps: {names}")
        number, (_, remote) = matches[-1].number, _read_layouts(con)
        for table in sorted(remote.keys() - {SNAPSHOT}):
            _roll_back_table(con, table, remote[table], number)
        con.execute(f"UPDATE {DATABASE}.{SNAPSHOT} SET is_current = (snapshot = $1)", [snapshot])
        _label_commit(con, "newsmill", Version(snapshot, 0, how="rollback", form=versions[-1].form))


def expire_versions(shared: SharedWarehouse, keep: int, unused_hours: float = UNUSED_HOURS) -> list[str]:
    """Expire all but the newest versions, merge small files, remove unused files; return the expired names.

    Unused files are removed after so many hours: a reader may still read them, and a running publish has files not yet
    in the catalog.
    """
    with _connect_shared(shared) as con, _lock_catalog(shared):
        versions = _read_versions(con)
        if len(versions) > keep:
            sql = f"SELECT list(snapshot_id) FROM {DATABASE}.snapshots() WHERE snapshot_id < $1"
            old = fetch_value(con, sql, versions[-keep].number)
            if old:
                con.execute(f"CALL ducklake_expire_snapshots('{DATABASE}', versions => {old})")
        names = {version.snapshot for version in _read_versions(con)}
        if versions:
            con.execute(f"DELETE FROM {DATABASE}.{SNAPSHOT} WHERE NOT list_contains($1, snapshot)", [sorted(names)])
        for call in ("flush_inlined_data", "rewrite_data_files", "merge_adjacent_files"):
            con.execute(f"CALL ducklake_{call}('{DATABASE}')")
        unused = f"older_than => now() - to_seconds({unused_hours * 3600})"
        con.execute(f"CALL ducklake_cleanup_old_files('{DATABASE}', {unused})")
        con.execute(f"CALL ducklake_delete_orphaned_files('{DATABASE}', {unused})")
        return [name for name in dict.fromkeys(version.snapshot for version in versions) if name not in names]


# -- connecting


@contextmanager
def attach_shared(con: duckdb.DuckDBPyConnection, shared: SharedWarehouse) -> Iterator[None]:
    """Attach the shared warehouse for the length of the block; raise errors of DuckDB with a remedy."""
    with _translate_errors(shared):
        for name in _EXTENSIONS:
            extensions.load_extension(con, name)
        if shared.data.startswith("s3://"):
            create_bucket_secret(con)
        if shared.sqlite:
            shared.sqlite.parent.mkdir(parents=True, exist_ok=True)
        # of an SQLite catalog: readers do not wait for a writer, a second writer does
        options = f", META_JOURNAL_MODE 'WAL', META_BUSY_TIMEOUT {BUSY_MILLISECONDS}" if shared.sqlite else ""
        address = quote_literal(f"ducklake:{shared.catalog}")
        con.execute(f"ATTACH {address} AS {DATABASE} (DATA_PATH {quote_literal(shared.data)}{options})")
        try:
            yield
        finally:
            with suppress(duckdb.Error):  # the connection to the catalog may be what failed
                con.execute(f"DETACH {DATABASE}")


@contextmanager
def _connect_shared(shared: SharedWarehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as con:
        con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        with attach_shared(con, shared):
            yield con


def create_bucket_secret(con: duckdb.DuckDBPyConnection) -> None:
    """Create a secret for access to a bucket, from the environment variables common to S3 programs."""
    environment = os.environ
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""
    options = {
        "KEY_ID": environment.get("AWS_ACCESS_KEY_ID"),
        "SECRET": environment.get("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": environment.get("AWS_SESSION_TOKEN"),
        "REGION": environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
        "ENDPOINT": re.sub("^https?://", "", endpoint).rstrip("/"),
        "URL_STYLE": "path" if endpoint else "",
        "USE_SSL": "false" if endpoint.startswith("http://") else "",
    }
    fields = "".join(f", {name} {quote_literal(value)}" for name, value in options.items() if value)
    con.execute(f"CREATE OR REPLACE TEMPORARY SECRET newsmill_bucket (TYPE s3{fields})")
    con.execute("SET http_timeout = 120; SET http_retries = 5")  # a slow answer must not cost minutes of work


_FAILURES: tuple[tuple[str, type[NewsmillError], str], ...] = (
    ("conflict", StaleStagingCopy, "another machine published at the same time; begin again from what it left"),
    ("database is locked", WriterBusy, "another process is writing the catalog; try again later"),
    (
        "password authentication failed|no password supplied|pg_hba.conf",
        Permanent,
        "Postgres refuses the user; set PGPASSWORD or a line of ~/.pgpass, or correct the user in NEWSMILL_WAREHOUSE",
    ),
    (
        '(database|role) "[^"]*" does not exist',
        Permanent,
        "Postgres has no such database or user; create it, or correct NEWSMILL_WAREHOUSE",
    ),
    (
        "DATA_PATH parameter",
        Permanent,
        "the catalog was made with its data at another place; set NEWSMILL_WAREHOUSE_DATA to that one",
    ),
    (
        "HTTP 40[13]|Forbidden|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch",
        Permanent,
        "the bucket turns the keys away; correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    ("NoSuchBucket|HTTP 404", Permanent, "there is no such bucket or file; correct NEWSMILL_WAREHOUSE_DATA"),
    (
        "not a database|unable to open database",
        Permanent,
        "no SQLite file can be opened there; correct NEWSMILL_WAREHOUSE",
    ),
    (
        "onnect|HTTP|timed? ?out|SSL|translate host",
        Transient,
        "it does not answer; see that its servers run and can be reached, then try again ({reason})",
    ),
)


@contextmanager
def _translate_errors(shared: SharedWarehouse) -> Iterator[None]:
    """Raise errors of DuckDB in newsmill's words: DuckDB's own may quote the secrets of an address."""
    try:
        yield
    except duckdb.Error as error:
        unknown = Transient if isinstance(error, duckdb.OperationalError) else Permanent
        matches = (failure for failure in _FAILURES if re.search(failure[0], str(error)))
        _, kind, meaning = next(matches, ("", unknown, _mask_secrets(str(error))))
        meaning = meaning.replace("{reason}", _mask_secrets(str(error)).splitlines()[0][-120:])
        raise kind(f"the shared warehouse ({shared.catalog}, data in {shared.data}): {meaning}") from None


def _mask_secrets(message: str) -> str:
    """Replace the keys and passwords of the environment in a message."""
    names = ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
    for secret in filter(None, map(os.environ.get, names)):
        message = message.replace(secret, "…")
    return message


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit the block as one transaction; roll back where the block fails."""
    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a commit that failed has ended it
            con.execute("ROLLBACK")
        raise


def _lock_catalog(shared: SharedWarehouse) -> AbstractContextManager[None]:
    """Make the writers of an SQLite catalog wait for each other; in Postgres the second commit fails."""
    if not shared.sqlite:
        return nullcontext()
    message = f"another process has been publishing to {shared.sqlite} for {_WAIT_SECONDS} s; try again later"
    return hold_lock(shared.sqlite.with_name(f"{shared.sqlite.name}.writer"), _WAIT_SECONDS, WriterBusy(message))


# -- versions


def _read_versions(con: duckdb.DuckDBPyConnection) -> list[Version]:
    """List the kept versions, the oldest first; commits of compaction have no name and are left out."""
    rows = con.execute(f"""
        SELECT commit_message, snapshot_id, strftime(snapshot_time, '%Y-%m-%d %H:%M:%S'),
               commit_extra_info ->> 'how', commit_extra_info ->> 'form'
        FROM {DATABASE}.snapshots() WHERE commit_message IS NOT NULL ORDER BY snapshot_id""").fetchall()
    return [Version(*row) for row in rows]


def _read_head(con: duckdb.DuckDBPyConnection) -> Version | None:
    """Return the version of readers, or None before the first publish."""
    return next(reversed(_read_versions(con)), None)


def _read_base(con: duckdb.DuckDBPyConnection) -> Version | None:
    """Return the base version of the staging copy, or None where the catalog does not keep the version."""
    if BASE_VERSION not in _read_layouts(con)[0]:
        return None
    base = con.execute(f"SELECT snapshot, version FROM {BASE_VERSION}").fetchone()
    return next((version for version in _read_versions(con) if (version.snapshot, version.number) == base), None)


def _record_base(con: duckdb.DuckDBPyConnection, version: Version) -> None:
    for statement in _CREATE_BASE_VERSION:
        con.execute(statement)
    con.execute(f"INSERT INTO {BASE_VERSION} VALUES ($1, $2)", [version.snapshot, version.number])


def _refuse_stale(con: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Raise StaleStagingCopy unless the staging copy was made from the version of readers."""
    base, head = _read_base(con), _read_head(con)
    if base != head:
        was, now = (version.snapshot if version else "nothing" for version in (base, head))
        raise StaleStagingCopy(
            f"the staging copy of run {run.run_id} was made from {was} of the shared warehouse, now {now} is "
            "published there; load it again"
        )


def _label_commit(con: duckdb.DuckDBPyConnection, author: str, version: Version) -> None:
    """Store in the current transaction's commit the name of the version and the kind of commit."""
    details = json.dumps({"how": version.how, "form": version.form})
    con.execute(f"CALL {DATABASE}.set_commit_message($1, $2, extra_info => $3)", [author, version.snapshot, details])


# -- rows


def _replace_differing_rows(
    con: duckdb.DuckDBPyConnection, table: str, target: str, source: str, columns: str, scope: str
) -> None:
    """Replace the rows of `target` within a scope by rows of `source`; the SELECT list `columns` reads the source.

    In `dw` exactly the differing rows are deleted and inserted, by a key proved unique in the audit. Elsewhere no key
    is proved, and differing nights, all small, are written anew.
    """
    if scope == "false":
        return
    count = fetch_value(con, f"CREATE OR REPLACE TEMP TABLE before AS FROM {target} WHERE {scope}")
    if not count:  # as of a new night: nothing to compare with
        con.execute(f"INSERT INTO {target} BY NAME SELECT {columns} FROM {source} WHERE {scope}")
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE after AS SELECT {columns} FROM {source} WHERE {scope}")
    con.execute("CREATE OR REPLACE TEMP TABLE deleted AS FROM before EXCEPT ALL FROM after")
    con.execute("CREATE OR REPLACE TEMP TABLE inserted AS FROM after EXCEPT ALL FROM before")
    deleted, inserted = fetch_row(con, "SELECT (SELECT count(*) FROM deleted), (SELECT count(*) FROM inserted)")
    if not deleted and not inserted:
        return
    names = [column[0] for column in con.execute("FROM after LIMIT 0").description]
    if "night" in names and not table.startswith("dw."):
        con.execute("CREATE OR REPLACE TEMP TABLE nights AS SELECT night FROM deleted UNION SELECT night FROM inserted")
        con.execute(f"DELETE FROM {target} WHERE {scope} AND night IN (FROM nights)")
        con.execute(f"INSERT INTO {target} BY NAME FROM after WHERE night IN (FROM nights)")
        return
    if deleted:
        same_key = match_columns(_row_key(table), "target", "deleted")
        con.execute(f"DELETE FROM {target} AS target USING deleted WHERE {same_key}")
    if inserted:
        con.execute(f"INSERT INTO {target} BY NAME FROM inserted")


def _select_columns(columns: Iterable[str], available: Iterable[str]) -> str:
    """Return a SELECT list of all columns of a table, with null for columns missing in another version."""
    return ", ".join(name if name in available else f"NULL AS {name}" for name in columns)


def _staged_changes_condition(con: duckdb.DuckDBPyConnection, table: str, runs: Mapping[date, str], own: Layout) -> str:
    """Return the condition for the rows of a table possibly changed in the staging copy.

    Of `ops` select only rows of runs of the staging copy: another machine may have run the night as well.
    """
    if table == LOADED_NIGHT:
        return _nights_condition(runs.keys())
    if (keys := f"{changes.SCHEMA}.{table.split('.')[1]}") in own:
        return _keys_condition(table, keys)
    nights = con.execute(f"SELECT DISTINCT night FROM {changes.SCHEMA}.night WHERE table_name = $1", [table]).fetchall()
    of_known_runs = " AND run_id IN (SELECT run_id FROM ops.run)" if "run_id" in own[table] else ""
    return _nights_condition({row[0] for row in nights}) + (of_known_runs if nights else "")


def _shared_changes_condition(con: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str], since: int) -> str:
    """Return the condition for the rows of a table changed in the shared warehouse after a version."""
    schema, name = table.split(".")
    args = f"('{DATABASE}', '{schema}', '{name}', {since + 1}, {_read_current_version(con)})"
    column = "night" if "night" in columns else ", ".join(_row_key(table))
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE changed_keys AS SELECT {column} FROM ducklake_table_insertions{args}
        UNION SELECT {column} FROM ducklake_table_deletions{args}""")
    if column != "night":
        return _keys_condition(table, "changed_keys")
    return _nights_condition({row[0] for row in con.execute("FROM changed_keys").fetchall()})


def _nights_condition(nights: Iterable[date]) -> str:
    """Return the condition for the rows of some nights, as literals: so DuckLake skips the files of other nights."""
    listed = ", ".join(f"DATE '{night}'" for night in sorted(nights))
    return f"night IN ({listed})" if listed else "false"


def _keys_condition(table: str, keys: str) -> str:
    key = ", ".join(_row_key(table))
    return f"({key}) IN (SELECT ({key}) FROM {keys})"


def _update_table(
    con: duckdb.DuckDBPyConnection, table: str, own: Columns | None, remote: Columns | None, since: int | None
) -> None:
    """Update a table of the staging copy from the shared warehouse, reading only changes since a version, if known."""
    if remote is None:
        con.execute(f"DROP TABLE IF EXISTS {table}")
        return
    if own is not None and since is not None and _list_columns_at(con, table, since) is not None:
        _alter_table(con, own, {name: kind for name, kind in remote.items() if name not in own}, table)
        columns = _select_columns({**own, **remote}, remote)
        scope = _shared_changes_condition(con, table, remote, since)
        _replace_differing_rows(con, table, table, f"{DATABASE}.{table}", columns, scope)
        if _count_rows(con, table) == _count_rows(con, f"{DATABASE}.{table}"):
            return
    con.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {DATABASE}.{table}")


def _roll_back_table(con: duckdb.DuckDBPyConnection, table: str, columns: Columns, version: int) -> None:
    """Reset a table of the shared warehouse to the rows of a version."""
    old_columns = _list_columns_at(con, table, version)
    if old_columns is None:
        con.execute(f"DELETE FROM {DATABASE}.{table}")
        return
    source = f"{DATABASE}.{table} AT (VERSION => {version})"
    scope = _shared_changes_condition(con, table, columns, version)
    _replace_differing_rows(con, table, f"{DATABASE}.{table}", source, _select_columns(columns, old_columns), scope)


def _list_columns_at(con: duckdb.DuckDBPyConnection, table: str, version: int) -> list[str] | None:
    """Return the columns of a table of the shared warehouse at a version, or None where the table did not exist."""
    try:
        result = con.execute(f"DESCRIBE SELECT * FROM {DATABASE}.{table} AT (VERSION => {version})")
    except duckdb.CatalogException:
        return None
    return [row[0] for row in result.fetchall()]


# -- lake parts of the loaded nights


def _upload_parts(con: duckdb.DuckDBPyConnection, lake: Lake, runs: Mapping[date, str], remote: Layout) -> None:
    """Upload the lake parts of some nights, in place of earlier parts of the same nights."""
    uploaded = {row[0] for row in con.execute(f"SELECT night FROM {DATABASE}.{LOADED_NIGHT}").fetchall()}
    created: set[str] = set()
    for night, run_id in runs.items():
        for relation in map(relations.find_relation, lake.accepted(run_id).names()):
            table = f"{DATABASE}.{ACCEPTED}.{relation.name}"
            if table not in created:
                _create_parts_table(con, relation, remote.get(f"{ACCEPTED}.{relation.name}"))
                created.add(table)
            if night in uploaded:
                con.execute(f"DELETE FROM {table} WHERE {_nights_condition({night})}")
            paths = [str(path) for path in check_parts(lake.files_of_run(relation, night, run_id))]
            if paths:
                con.execute(
                    f"""
                    INSERT INTO {table} BY NAME FROM read_parquet($1, hive_partitioning = true,
                        hive_types = {{'night': DATE}}, union_by_name = true)""",
                    [paths],
                )


def _create_parts_table(con: duckdb.DuckDBPyConnection, relation: Relation, remote: Columns | None) -> None:
    """Create the table for the parts of a lake relation, or add missing columns."""
    con.register("shape", relation.schema.append(pa.field("night", pa.date32())).empty_table())
    columns = {name: kind for name, kind, *_ in con.execute("DESCRIBE shape").fetchall()}
    con.unregister("shape")
    table = f"{DATABASE}.{ACCEPTED}.{relation.name}"
    if remote is None:
        _create_table(con, columns, table)
        con.execute(f"COMMENT ON TABLE {table} IS {quote_literal(relation.meaning)}")
    else:
        _alter_table(con, remote, columns, table)


def _download_parts(con: duckdb.DuckDBPyConnection, lake: Lake, runs: Mapping[date, str]) -> None:
    """Download the parts of nights loaded by other machines, as if the runs had run here."""
    missing = {night: run_id for night, run_id in runs.items() if not lake.has_accepted(run_id)}
    if not missing:
        return
    columns = {
        name.split(".")[1]: kinds for name, kinds in _read_layouts(con)[1].items() if name.startswith(f"{ACCEPTED}.")
    }
    for night, run_id in missing.items():
        parts = (
            (relations.find_relation(name), _read_part(con, relations.find_relation(name), columns[name], night))
            for name in sorted(columns)
        )
        lake.accept_tables(parts, night, run_id)


def _read_part(con: duckdb.DuckDBPyConnection, relation: Relation, columns: Columns, night: date) -> pa.Table:
    selected = _select_columns(relation.schema.names, columns)
    sql = f"SELECT {selected} FROM {DATABASE}.{ACCEPTED}.{relation.name} WHERE {_nights_condition({night})}"
    return con.execute(sql).to_arrow_table().cast(relation.schema)


# -- tables, views, macros and comments


def _create_tables(con: duckdb.DuckDBPyConnection, own: Layout, remote: Layout) -> None:
    """Create missing schemas, tables and columns of the staging copy in the shared warehouse."""
    for schema in (*_list_schemas(), ACCEPTED):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {DATABASE}.{schema}")
    for table in (*_list_synced_tables(), SNAPSHOT):
        if table not in remote:
            _create_table(con, own[table], f"{DATABASE}.{table}")
        else:
            _alter_table(con, remote[table], own[table], f"{DATABASE}.{table}")


def _hash_definitions() -> str:
    """Hash the CREATE statements of views and macros: a catalog stores another text."""
    statements = "\n".join([functions.MACROS, *(model.creation for model in _list_views_and_macros())])
    return hashlib.sha256(statements.encode()).hexdigest()[:12]


def _list_views_and_macros() -> list[Model]:
    return [model for model in models() if not model.is_temporary and (model.is_macro or model.load == "view")]


def _create_views_and_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Create or replace the views and macros of the shared warehouse."""
    with _use_database(con, DATABASE):
        con.execute(functions.MACROS)
        for model in _list_views_and_macros():
            con.execute(model.creation)


@contextmanager
def _use_database(con: duckdb.DuckDBPyConnection, database: str) -> Iterator[None]:
    """Make a database the default for the block: DuckDB resolves the tables of a macro at its creation."""
    previous = _current_database(con)
    con.execute(f'USE "{database}"')
    try:
        yield
    finally:
        con.execute(f'USE "{previous}"')


_COMMENTS = """  -- DuckLake 1.0 takes none of macros and of the columns of views
    SELECT database_name, schema_name, table_name AS name, comment, 'TABLE' AS kind FROM duckdb_tables()
    WHERE comment IS NOT NULL
    UNION ALL
    SELECT database_name, schema_name, view_name, comment, 'VIEW' FROM duckdb_views() WHERE comment IS NOT NULL
    UNION ALL
    SELECT database_name, schema_name, table_name || '.' || column_name, comment, 'COLUMN' FROM duckdb_columns()
    WHERE comment IS NOT NULL AND schema_name <> 'mart'"""


def _write_comments(con: duckdb.DuckDBPyConnection) -> None:
    """Write the comments of the staging copy where the shared warehouse has others; skip tables of the copy alone."""
    comments = con.execute(
        f"""
        SELECT * EXCLUDE database_name FROM ({_COMMENTS}) WHERE database_name IN ($1, $2)
        GROUP BY ALL HAVING bool_and(database_name = $1)""",
        [_current_database(con), DATABASE],
    ).fetchall()
    for schema, name, comment, kind in comments:
        if not f"{schema}.{name}".startswith((f"{changes.SCHEMA}.", BASE_VERSION)):
            con.execute(f"COMMENT ON {kind} {DATABASE}.{schema}.{name} IS {quote_literal(comment)}")


def _create_table(con: duckdb.DuckDBPyConnection, columns: Columns, table: str) -> None:
    con.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    if "night" in columns:
        con.execute(f"ALTER TABLE {table} SET PARTITIONED BY (night)")


def _alter_table(con: duckdb.DuckDBPyConnection, old: Columns, new: Columns, table: str) -> None:
    for sql in alter_statements(table, old, new):
        con.execute(sql)


def _list_synced_tables() -> list[str]:
    """List the tables common to a staging copy and the shared warehouse, without the list of snapshots."""
    return [*(model.table for model in tables() if model.load != "view" and model.table != SNAPSHOT), LOADED_NIGHT]


def _list_schemas() -> list[str]:
    return sorted({model.schema for model in models() if not model.is_temporary})


def _row_key(table: str) -> tuple[str, ...]:
    """Return the key columns of a table."""
    return next(model for model in models() if model.table == table).row_key


def _current_database(con: duckdb.DuckDBPyConnection) -> str:
    return fetch_value(con, "SELECT current_database()")


def _read_layouts(con: duckdb.DuckDBPyConnection) -> tuple[Layout, Layout]:
    """Return the tables of the staging copy and of the shared warehouse with their columns.

    Read the list of columns: for the list of tables DuckDB would count the rows of each.
    """
    layouts: dict[str, Layout] = {_current_database(con): {}, DATABASE: {}}
    sql = """
        SELECT database_name, schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()
        WHERE database_name IN (SELECT unnest($1)) AND NOT internal AND schema_name <> 'mart' ORDER BY column_index"""
    for database, table, name, kind in con.execute(sql, [list(layouts)]).fetchall():
        layouts[database].setdefault(table, {})[name] = kind
    return layouts[_current_database(con)], layouts[DATABASE]


def _read_current_version(con: duckdb.DuckDBPyConnection) -> int:
    return fetch_value(con, f"FROM {DATABASE}.current_snapshot()")


def _count_rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return fetch_value(con, f"SELECT count(*) FROM {table}")
