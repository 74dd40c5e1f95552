"""The warehouse that machines share: a DuckLake, to which publishing applies the rows that changed in one transaction.

A night is still loaded and audited in a draft, a file of this machine. Before the load the draft is brought to what the
catalog says now, and publishing is refused where another machine published since. Beside the tables of the models the
lake keeps what the loads of its nights stand on (`accepted`), so that any machine can look back at any night.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from newsmill import relations
from newsmill.contracts import Relation
from newsmill.errors import NewsmillError, Permanent, StaleDraft, Transient, WriterBusy
from newsmill.lake import Lake
from newsmill.locks import alone
from newsmill.runs import Run
from newsmill.settings import Settings
from newsmill.warehouse import changes, extensions, functions
from newsmill.warehouse.model import Model, models, tables
from newsmill.warehouse.statements import fitted, quoted, same

NAME = "shared"
LOADED, SNAPSHOT, BASE = "ops.loaded_night", "ops.snapshot", "ops.shared_snapshot"
ACCEPTED = "accepted"
UNUSED_HOURS, BUSY_MILLISECONDS = 24, 60_000
Columns = dict[str, str]
Form = dict[str, Columns]
_EXTENSIONS = ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs")
_WAIT_SECONDS = 600
_BASE = (
    f"CREATE OR REPLACE TABLE {BASE} (snapshot VARCHAR, version BIGINT)",
    f"COMMENT ON TABLE {BASE} IS 'The state of the shared warehouse that this file is a copy of.'",
    f"COMMENT ON COLUMN {BASE}.snapshot IS 'The name it was published under.'",
    f"COMMENT ON COLUMN {BASE}.version IS 'Its number in the catalog.'",
)


@dataclass(frozen=True)
class Shared:
    """Where the shared warehouse is: its `catalog` as DuckLake takes it, and the folder or s3:// place of its files."""

    catalog: str
    data: str

    @property
    def sqlite(self) -> Path | None:
        """Return the file of the catalog, where it is one."""
        return Path(self.catalog.removeprefix("sqlite:")) if self.catalog.startswith("sqlite:") else None

    @property
    def attach(self) -> str:
        """Return the statement by which a reader attaches it; it holds no password."""
        return f"ATTACH {quoted('ducklake:' + self.catalog)} AS newsmill (READ_ONLY)"


@dataclass(frozen=True)
class Version:
    """A state of the shared warehouse: its name, its number in the catalog, when (in UTC) and how it came to be.

    `form` is a hash of the views and macros that are laid.
    """

    snapshot: str
    number: int
    at: str = ""
    how: str = ""
    form: str = ""


def shared(settings: Settings) -> Shared | None:
    """Return the shared warehouse that the settings name, if they name one."""
    return Shared(settings.catalog, settings.catalog_data) if settings.catalog else None


# -- what the steps of a night ask


def held(lake: Lake, place: Shared) -> dict[date, str]:
    """Return the run that each night of the shared warehouse was loaded by; bring the parts that are not here."""
    with _connected(place) as con:
        if _head(con) is None:
            return {}
        runs = dict(con.execute(f"FROM {NAME}.{LOADED}").fetchall())
        _bring_parts(con, lake, runs)
        return runs


def catch_up(con: duckdb.DuckDBPyConnection, lake: Lake, place: Shared) -> None:
    """Bring a draft to what the catalog says now, and the lake to the parts that its nights stand on.

    Only what changed since the draft's own state is read, where the catalog still knows that state; else everything. As
    long as nothing is published there, the draft stays as it is, and its publish brings all of it.
    """
    with attached(con, place), _transaction(con):
        for schema in _schemas():
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        head, base = _head(con), _base(con)
        if head is None:
            con.execute(f"DROP TABLE IF EXISTS {BASE}")
            return
        if base != head:
            own, there = _forms(con)
            for table in _synced():
                _catch_up_table(con, table, own.get(table), there.get(table), base.number if base else None)
            _remember(con, head)
        _bring_parts(con, lake, dict(con.execute(f"FROM {LOADED}").fetchall()))


def leave(con: duckdb.DuckDBPyConnection) -> None:
    """Note that a draft is published in this file alone: it is the copy of no shared state any more."""
    con.execute(f"DROP TABLE IF EXISTS {BASE}")


def publish(con: duckdb.DuckDBPyConnection, loaded: Sequence[Run], snapshot: str, place: Shared) -> None:
    """Apply to the shared warehouse what the sealed draft changed, in one transaction: all of it or nothing.

    `loaded` are the runs whose nights the draft brings, the one that publishes last. StaleDraft where another state
    than the draft's base is published by now, or comes to be while this writes.
    """
    with attached(con, place):
        with _one_at_a_time(place), _transaction(con):
            _refuse_stale(con, loaded[-1])
            head, (own, there) = _head(con), _forms(con)
            _lay(con, own, there)
            if head is None or head.form != _form_laid():
                _lay_marts(con)
            _comment(con)
            runs = {run.night: run.run_id for run in loaded}
            if head is None:
                runs = dict(con.execute(f"FROM {LOADED}").fetchall())
            _send_parts(con, loaded[-1].lake, runs, there)
            for table in _synced():
                if table in there:
                    wanted = _select({**there[table], **own[table]}, own[table])
                    _exchange(con, table, f"{NAME}.{table}", table, wanted, _noted(con, table, runs, own))
                else:
                    con.execute(f"INSERT INTO {NAME}.{table} BY NAME FROM {table}")
            # every publish takes the mark from the same row, so that of two at once the catalog refuses one
            con.execute(f"UPDATE {NAME}.{SNAPSHOT} SET is_current = false WHERE is_current")
            con.execute(f"DELETE FROM {NAME}.{SNAPSHOT} WHERE snapshot = $1", [snapshot])
            con.execute(f"INSERT INTO {NAME}.{SNAPSHOT} BY NAME FROM {SNAPSHOT} WHERE snapshot = $1", [snapshot])
            _sign(con, loaded[-1].run_id, Version(snapshot, 0, how="publish", form=_form_laid()))
        _remember(con, Version(snapshot, con.execute(f"FROM {NAME}.last_committed_snapshot()").fetchone()[0]))


# -- what a person asks


def listing(place: Shared) -> list[Version]:
    """List the states that are kept, the oldest first; the last one is what readers see."""
    with _connected(place) as con:
        return _versions(con)


def rollback(place: Shared, snapshot: str) -> None:
    """Make the shared warehouse what it was at a snapshot by one more transaction; readers see it at once."""
    with _connected(place) as con, _one_at_a_time(place), _transaction(con):
        found = [version for version in _versions(con) if version.snapshot == snapshot]
        if not found:
            kept = ", ".join(dict.fromkeys(version.snapshot for version in _versions(con))) or "none"
            raise Permanent(f"the shared warehouse keeps no snapshot {snapshot}; it keeps: {kept}")
        then, (_, there) = found[-1].number, _forms(con)
        for table in sorted(there.keys() - {SNAPSHOT}):
            _roll_back_table(con, table, there[table], then)
        con.execute(f"UPDATE {NAME}.{SNAPSHOT} SET is_current = (snapshot = $1)", [snapshot])
        _sign(con, "newsmill", Version(snapshot, 0, how="rollback", form=_head(con).form))


def tidy(place: Shared, keep: int, unused_hours: float = UNUSED_HOURS) -> list[str]:
    """Forget all but the newest states, join small files, remove files that nothing needs; return the names forgotten.

    A file goes when it has been of no use for so many hours: a reader may be at it, and a publish under way has not yet
    told the catalog of those that it wrote.
    """
    with _connected(place) as con, _one_at_a_time(place):
        versions = _versions(con)
        if len(versions) > keep:
            old = con.execute(
                f"SELECT list(snapshot_id) FROM {NAME}.snapshots() WHERE snapshot_id < $1", [versions[-keep].number]
            ).fetchone()[0]
            if old:
                con.execute(f"CALL ducklake_expire_snapshots('{NAME}', versions => {old})")
        kept = {version.snapshot for version in _versions(con)}
        if versions:
            con.execute(f"DELETE FROM {NAME}.{SNAPSHOT} WHERE NOT list_contains($1, snapshot)", [sorted(kept)])
        for call in ("flush_inlined_data", "rewrite_data_files", "merge_adjacent_files"):
            con.execute(f"CALL ducklake_{call}('{NAME}')")
        unused = f"older_than => now() - to_seconds({unused_hours * 3600})"
        con.execute(f"CALL ducklake_cleanup_old_files('{NAME}', {unused})")
        con.execute(f"CALL ducklake_delete_orphaned_files('{NAME}', {unused})")
        return [name for name in dict.fromkeys(version.snapshot for version in versions) if name not in kept]


# -- reaching the lake


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, place: Shared) -> Iterator[None]:
    """Attach the shared warehouse for as long as the block lasts; what goes wrong is told with what to do."""
    with _told(place):
        for name in _EXTENSIONS:
            extensions.load(con, name)
        if place.data.startswith("s3://"):
            tell_keys(con)
        if place.sqlite:
            place.sqlite.parent.mkdir(parents=True, exist_ok=True)
        # of a SQLite catalog: readers and one writer side by side; the next waits
        options = f", META_JOURNAL_MODE 'WAL', META_BUSY_TIMEOUT {BUSY_MILLISECONDS}" if place.sqlite else ""
        where = quoted(f"ducklake:{place.catalog}")
        con.execute(f"ATTACH {where} AS {NAME} (DATA_PATH {quoted(place.data)}{options})")
        try:
            yield
        finally:
            with suppress(duckdb.Error):  # the connection to the catalog may be what failed
                con.execute(f"DETACH {NAME}")


@contextmanager
def _connected(place: Shared) -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as con:
        con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        with attached(con, place):
            yield con


def tell_keys(con: duckdb.DuckDBPyConnection) -> None:
    """Let a connection reach a bucket by the keys of the environment, where other programs find them too."""
    environment = os.environ
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""
    told = {
        "KEY_ID": environment.get("AWS_ACCESS_KEY_ID"),
        "SECRET": environment.get("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": environment.get("AWS_SESSION_TOKEN"),
        "REGION": environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"),
        "ENDPOINT": re.sub("^https?://", "", endpoint).rstrip("/"),
        "URL_STYLE": "path" if endpoint else "",
        "USE_SSL": "false" if endpoint.startswith("http://") else "",
    }
    fields = "".join(f", {name} {quoted(value)}" for name, value in told.items() if value)
    con.execute(f"CREATE OR REPLACE TEMPORARY SECRET newsmill_bucket (TYPE s3{fields})")
    con.execute("SET http_timeout = 120; SET http_retries = 5")  # minutes of work are not thrown away for a slow answer


_FAILURES: tuple[tuple[str, type[NewsmillError], str], ...] = (
    ("conflict", StaleDraft, "another machine published at the same time; begin again from what it left"),
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
        "it does not answer; see that its servers run and can be reached, then try again ({told})",
    ),
)


@contextmanager
def _told(place: Shared) -> Iterator[None]:
    """Say in newsmill's words what DuckDB says, whose own words may hold whatever an address held."""
    try:
        yield
    except duckdb.Error as error:
        unknown = Transient if isinstance(error, duckdb.OperationalError) else Permanent
        found = (failure for failure in _FAILURES if re.search(failure[0], str(error)))
        _, kind, meaning = next(found, ("", unknown, _masked(str(error))))
        meaning = meaning.replace("{told}", _masked(str(error)).splitlines()[0][-120:])
        raise kind(f"the shared warehouse ({place.catalog}, data in {place.data}): {meaning}") from None


def _masked(told: str) -> str:
    """Blot out the keys and passwords of the environment."""
    names = ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
    for secret in filter(None, map(os.environ.get, names)):
        told = told.replace(secret, "…")
    return told


@contextmanager
def _transaction(con) -> Iterator[None]:
    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a commit that failed has ended it
            con.execute("ROLLBACK")
        raise


def _one_at_a_time(place: Shared):
    """Let the writers of a SQLite catalog queue; those of Postgres learn at the commit who was first."""
    if not place.sqlite:
        return nullcontext()
    told = f"another process has been publishing to {place.sqlite} for {_WAIT_SECONDS} s; try again later"
    return alone(place.sqlite.with_name(f"{place.sqlite.name}.writer"), _WAIT_SECONDS, WriterBusy(told))


# -- states


def _versions(con) -> list[Version]:
    """List the states that are kept, the oldest first; what compaction did in between has no name."""
    rows = con.execute(f"""
        SELECT commit_message, snapshot_id, strftime(snapshot_time, '%Y-%m-%d %H:%M:%S'),
               commit_extra_info ->> 'how', commit_extra_info ->> 'form'
        FROM {NAME}.snapshots() WHERE commit_message IS NOT NULL ORDER BY snapshot_id""").fetchall()
    return [Version(*row) for row in rows]


def _head(con) -> Version | None:
    """Return the state that readers see, or None where nothing was published yet."""
    return next(reversed(_versions(con)), None)


def _base(con) -> Version | None:
    """Return the state that the draft is a copy of; None where it is of none that the catalog still keeps."""
    if BASE not in _forms(con)[0]:
        return None
    base = con.execute(f"SELECT snapshot, version FROM {BASE}").fetchone()
    return next((version for version in _versions(con) if (version.snapshot, version.number) == base), None)


def _remember(con, version: Version) -> None:
    for statement in _BASE:
        con.execute(statement)
    con.execute(f"INSERT INTO {BASE} VALUES ($1, $2)", [version.snapshot, version.number])


def _refuse_stale(con, run: Run) -> None:
    base, head = _base(con), _head(con)
    if base != head:
        was, now = (state.snapshot if state else "nothing" for state in (base, head))
        raise StaleDraft(
            f"the draft of run {run.run_id} was made from {was} of the shared warehouse, now {now} is "
            "published there; load it again"
        )


def _sign(con, author: str, version: Version) -> None:
    """Let the catalog tell of the transaction at hand what state it makes."""
    more = json.dumps({"how": version.how, "form": version.form})
    con.execute(f"CALL {NAME}.set_commit_message($1, $2, extra_info => $3)", [author, version.snapshot, more])


# -- rows


def _exchange(con, table: str, target: str, source: str, wanted: str, scope: str) -> None:
    """Make the rows of a table within a scope what another state of it holds, from which `wanted` takes all columns.

    In `dw` exactly the rows that differ go and come, by the key that the audit proved unique. Elsewhere no key is
    proved, and nights that differ are written anew: they are small.
    """
    if scope == "false":
        return
    had = con.execute(f"CREATE OR REPLACE TEMP TABLE before AS FROM {target} WHERE {scope}").fetchone()[0]
    if not had:  # as of a new night: nothing to compare with
        con.execute(f"INSERT INTO {target} BY NAME SELECT {wanted} FROM {source} WHERE {scope}")
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE after AS SELECT {wanted} FROM {source} WHERE {scope}")
    con.execute("CREATE OR REPLACE TEMP TABLE gone AS FROM before EXCEPT ALL FROM after")
    con.execute("CREATE OR REPLACE TEMP TABLE come AS FROM after EXCEPT ALL FROM before")
    gone, come = con.execute("SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM come)").fetchone()
    if not gone and not come:
        return
    columns = [column[0] for column in con.execute("FROM after LIMIT 0").description]
    if "night" in columns and not table.startswith("dw."):
        con.execute("CREATE OR REPLACE TEMP TABLE nights AS SELECT night FROM gone UNION SELECT night FROM come")
        con.execute(f"DELETE FROM {target} WHERE {scope} AND night IN (FROM nights)")
        con.execute(f"INSERT INTO {target} BY NAME FROM after WHERE night IN (FROM nights)")
        return
    if gone:
        con.execute(f"DELETE FROM {target} AS told USING gone WHERE {same(_key(table), 'told', 'gone')}")
    if come:
        con.execute(f"INSERT INTO {target} BY NAME FROM come")


def _select(columns: Iterable[str], there: Iterable[str]) -> str:
    """Return what selects all columns of a table from another state of it, which may not have had them all."""
    return ", ".join(name if name in there else f"NULL AS {name}" for name in columns)


def _noted(con, table: str, runs: Mapping[date, str], own: Form) -> str:
    """Return the condition for the rows of a table that the draft may have changed.

    Of `ops` only what the draft tells of runs that it knows: another machine may have run the night as well.
    """
    if table == LOADED:
        return _of_nights(runs.keys())
    if (keys := f"{changes.SCHEMA}.{table.split('.')[1]}") in own:
        return _of_keys(table, keys)
    nights = con.execute(f"SELECT DISTINCT night FROM {changes.SCHEMA}.night WHERE table_name = $1", [table]).fetchall()
    of_known_runs = " AND run_id IN (SELECT run_id FROM ops.run)" if "run_id" in own[table] else ""
    return _of_nights({row[0] for row in nights}) + (of_known_runs if nights else "")


def _fed(con, table: str, columns: Iterable[str], since: int) -> str:
    """Return the condition for the rows of a table that were changed in the lake after one of its states."""
    schema, name = table.split(".")
    told = f"('{NAME}', '{schema}', '{name}', {since + 1}, {_current(con)})"
    column = "night" if "night" in columns else ", ".join(_key(table))
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE fed AS SELECT {column} FROM ducklake_table_insertions{told}
        UNION SELECT {column} FROM ducklake_table_deletions{told}""")
    if column != "night":
        return _of_keys(table, "fed")
    return _of_nights({row[0] for row in con.execute("FROM fed").fetchall()})


def _of_nights(nights: Iterable[date]) -> str:
    """Return a condition that prunes the files of other nights."""
    listed = ", ".join(f"DATE '{night}'" for night in sorted(nights))
    return f"night IN ({listed})" if listed else "false"


def _of_keys(table: str, keys: str) -> str:
    key = ", ".join(_key(table))
    return f"({key}) IN (SELECT ({key}) FROM {keys})"


def _catch_up_table(con, table: str, own: Columns | None, there: Columns | None, since: int | None) -> None:
    """Bring a table of the draft to what the lake holds, reading only what changed since a state, if that is known."""
    if there is None:
        con.execute(f"DROP TABLE IF EXISTS {table}")
        return
    if own is not None and since is not None and _columns_at(con, table, since) is not None:
        _fit(con, own, {name: kind for name, kind in there.items() if name not in own}, table)
        wanted = _select({**own, **there}, there)
        _exchange(con, table, table, f"{NAME}.{table}", wanted, _fed(con, table, there, since))
        if _count(con, table) == _count(con, f"{NAME}.{table}"):
            return
    con.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {NAME}.{table}")


def _roll_back_table(con, table: str, columns: Columns, then: int) -> None:
    had = _columns_at(con, table, then)
    if had is None:
        con.execute(f"DELETE FROM {NAME}.{table}")
        return
    before = f"{NAME}.{table} AT (VERSION => {then})"
    _exchange(con, table, f"{NAME}.{table}", before, _select(columns, had), _fed(con, table, columns, then))


def _columns_at(con, table: str, version: int) -> list[str] | None:
    """Return the columns that a table of the lake had at one of its states, or None where it was not there."""
    try:
        found = con.execute(f"DESCRIBE SELECT * FROM {NAME}.{table} AT (VERSION => {version})")
    except duckdb.CatalogException:
        return None
    return [row[0] for row in found.fetchall()]


# -- what the nights stand on


def _send_parts(con, lake: Lake, runs: Mapping[date, str], there: Form) -> None:
    """Put into the lake what the loads of some nights read, in place of what it held of these nights."""
    sent = {row[0] for row in con.execute(f"SELECT night FROM {NAME}.{LOADED}").fetchall()}
    laid: set[str] = set()
    for night, run_id in runs.items():
        for relation in map(relations.named, lake.accepted(run_id).names()):
            table = f"{NAME}.{ACCEPTED}.{relation.name}"
            if table not in laid:
                _lay_parts(con, relation, there.get(f"{ACCEPTED}.{relation.name}"))
                laid.add(table)
            if night in sent:
                con.execute(f"DELETE FROM {table} WHERE {_of_nights({night})}")
            paths = [str(path) for path in lake.files_of_run(relation, night, run_id)]
            if paths:
                con.execute(
                    f"""
                    INSERT INTO {table} BY NAME FROM read_parquet($1, hive_partitioning = true,
                        hive_types = {{'night': DATE}}, union_by_name = true)""",
                    [paths],
                )


def _lay_parts(con, relation: Relation, there: Columns | None) -> None:
    con.register("shape", relation.schema.append(pa.field("night", pa.date32())).empty_table())
    columns = {name: kind for name, kind, *_ in con.execute("DESCRIBE shape").fetchall()}
    con.unregister("shape")
    table = f"{NAME}.{ACCEPTED}.{relation.name}"
    if there is None:
        _create(con, columns, table)
        con.execute(f"COMMENT ON TABLE {table} IS {quoted(relation.meaning)}")
    else:
        _fit(con, there, columns, table)


def _bring_parts(con, lake: Lake, runs: Mapping[date, str]) -> None:
    """Keep here what the loads of nights on other machines read, as if they had been run here."""
    strange = {night: run_id for night, run_id in runs.items() if not lake.has_accepted(run_id)}
    if not strange:
        return
    kept = {name.split(".")[1]: columns for name, columns in _forms(con)[1].items() if name.startswith(f"{ACCEPTED}.")}
    for night, run_id in strange.items():
        parts = ((relations.named(name), _part(con, relations.named(name), kept[name], night)) for name in sorted(kept))
        lake.accept_tables(parts, night, run_id)


def _part(con, relation: Relation, columns: Columns, night: date) -> pa.Table:
    wanted = _select(relation.schema.names, columns)
    sql = f"SELECT {wanted} FROM {NAME}.{ACCEPTED}.{relation.name} WHERE {_of_nights({night})}"
    return con.execute(sql).to_arrow_table().cast(relation.schema)


# -- the form of the lake


def _lay(con, own: Form, there: Form) -> None:
    """Give the lake the schemas, tables and columns of the draft."""
    for schema in (*_schemas(), ACCEPTED):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {NAME}.{schema}")
    for table in (*_synced(), SNAPSHOT):
        if table not in there:
            _create(con, own[table], f"{NAME}.{table}")
        else:
            _fit(con, there[table], own[table], f"{NAME}.{table}")


def _form_laid() -> str:
    """Hash the statements that lay views and macros: their text in a catalog is not the text they were laid by."""
    told = "\n".join([functions.MACROS, *(model.creation for model in _marts())])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _marts() -> list[Model]:
    return [model for model in models() if not model.is_temporary and (model.is_macro or model.load == "view")]


def _lay_marts(con) -> None:
    """Lay views and macros anew."""
    with _within(con, NAME):
        con.execute(functions.MACROS)
        for model in _marts():
            con.execute(model.creation)


@contextmanager
def _within(con, database: str) -> Iterator[None]:
    """Take names without a database for those of one: a macro is read as it is laid, and finds its tables there."""
    own = _own(con)
    con.execute(f'USE "{database}"')
    try:
        yield
    finally:
        con.execute(f'USE "{own}"')


_COMMENTS = """  -- of macros, and of the columns of views, DuckLake 1.0 takes none
    SELECT database_name, schema_name, table_name AS name, comment, 'TABLE' AS kind FROM duckdb_tables()
    WHERE comment IS NOT NULL
    UNION ALL
    SELECT database_name, schema_name, view_name, comment, 'VIEW' FROM duckdb_views() WHERE comment IS NOT NULL
    UNION ALL
    SELECT database_name, schema_name, table_name || '.' || column_name, comment, 'COLUMN' FROM duckdb_columns()
    WHERE comment IS NOT NULL AND schema_name <> 'mart'"""


def _comment(con) -> None:
    """Write the comments of the draft where the lake has others or none; what a draft tells of itself aside."""
    found = con.execute(
        f"""
        SELECT * EXCLUDE database_name FROM ({_COMMENTS}) WHERE database_name IN ($1, $2)
        GROUP BY ALL HAVING bool_and(database_name = $1)""",
        [_own(con), NAME],
    ).fetchall()
    for schema, name, comment, kind in found:
        if not f"{schema}.{name}".startswith((f"{changes.SCHEMA}.", BASE)):
            con.execute(f"COMMENT ON {kind} {NAME}.{schema}.{name} IS {quoted(comment)}")


def _create(con, columns: Columns, table: str) -> None:
    con.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    if "night" in columns:
        con.execute(f"ALTER TABLE {table} SET PARTITIONED BY (night)")


def _fit(con, had: Columns, wanted: Columns, table: str) -> None:
    for sql in fitted(table, had, wanted):
        con.execute(sql)


def _synced() -> list[str]:
    """List the tables that a draft and the lake have in common; the list of snapshots is each one's own."""
    return [*(model.table for model in tables() if model.load != "view" and model.table != SNAPSHOT), LOADED]


def _schemas() -> list[str]:
    return sorted({model.schema for model in models() if not model.is_temporary})


def _key(table: str) -> tuple[str, ...]:
    """Return the columns by which the rows of a table differ."""
    return next(model for model in models() if model.table == table).row_key


def _own(con) -> str:
    return con.execute("SELECT current_database()").fetchone()[0]


def _forms(con) -> tuple[Form, Form]:
    """Return the tables of the draft and of the lake with their columns.

    By what is told of columns: to tell of tables, DuckDB would count the rows of each in the lake.
    """
    found: dict[str, Form] = {_own(con): {}, NAME: {}}
    sql = """
        SELECT database_name, schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()
        WHERE database_name IN (SELECT unnest($1)) AND NOT internal AND schema_name <> 'mart' ORDER BY column_index"""
    for database, table, name, kind in con.execute(sql, [list(found)]).fetchall():
        found[database].setdefault(table, {})[name] = kind
    return found[_own(con)], found[NAME]


def _current(con) -> int:
    return con.execute(f"FROM {NAME}.current_snapshot()").fetchone()[0]


def _count(con, table: str) -> int:
    return con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
