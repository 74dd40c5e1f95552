"""Chooses the rows to withhold from the load: rows failing a critical expectation, and rows inside such rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from newsmill.extractors import extractors
from newsmill.quality.findings import Finding, write_values
from newsmill.quality.suites import BY_PAGE
from newsmill.relations import CAPTURES, CHECKED

Rows: TypeAlias = pa.Table | ds.Dataset
CONTAINERS = {extractor.name: extractor.container for extractor in extractors() if extractor.container}
"""The containing relation by relation: a row without a loaded container is withheld, too."""
REFERENCE_REASON = "{}_reference_withheld"
CONFIDENCE_COLUMNS = tuple(dict.fromkeys(name for room in extractors() for name in room.confidence_columns))
_SHOWN = tuple(dict.fromkeys(extractor.text for extractor in extractors()))
_COVERS = """name.page_id = own.page_id AND own.char_start >= name.char_start
    AND own.char_start < greatest(name.char_end, name.char_start + 1)"""


@dataclass(frozen=True)
class Withheld:
    """The withheld rows of each relation, whole, and the entries in `ops.rejected`, one a page and reason."""

    rows: Mapping[str, pa.Table] = field(default_factory=dict)
    rejects: tuple[dict, ...] = ()

    def counts(self) -> Counter:
        """Count the withheld rows by relation."""
        return Counter({name: rows.num_rows for name, rows in self.rows.items()})


def withhold(findings: Iterable[Finding], tables: Mapping[str, Rows]) -> Withheld:
    """Choose the rows to withhold for the findings; of equal rows keep the most confident, then the smallest."""
    costly = [finding for finding in findings if finding.withholds_rows]
    if not costly:
        return Withheld()
    rows, rejects = {}, []
    with duckdb.connect() as con:
        for name, table in tables.items():
            con.register(name, table)
        for relation in CHECKED:
            own = [finding for finding in costly if finding.suite.target == relation.name]
            support = CONTAINERS.get(relation.name)
            support = support if support in rows else None
            if own or support:
                _choose_rows(con, relation.name, own, support)
                rejects += _list_rejects(con, relation.name)
                rows[relation.name] = con.execute(
                    _select_whole_rows(relation.schema.names, relation.name)
                ).to_arrow_table()
    return Withheld({name: table for name, table in rows.items() if table.num_rows}, tuple(rejects))


def _choose_rows(con: duckdb.DuckDBPyConnection, name: str, findings: list[Finding], support: str | None) -> None:
    """Create `suspect_<name>`, the rows of the pages concerned, and `reason_<name>`, the reasons of withheld rows."""
    pages = {page for finding in findings for page in finding.failing["page_id"].dropna()}
    con.execute(f"CREATE TABLE page_{name} AS SELECT unnest($1::VARCHAR[]) AS page_id", [sorted(pages)])
    if support:
        con.execute(
            f"INSERT INTO page_{name} SELECT page_id FROM suspect_{support} SEMI JOIN reason_{support} USING (row_no)"
        )
    con.execute(
        f"CREATE TABLE suspect_{name} AS SELECT row_number() OVER () AS row_no, * FROM {name} "
        f"WHERE page_id IN (FROM page_{name})"
    )
    con.execute(f"CREATE TABLE reason_{name} (row_no BIGINT, reason VARCHAR, expected VARCHAR, shown VARCHAR[])")
    for finding in sorted(findings, key=lambda finding: finding.expect.is_unique):
        rows = (
            _select_rows_but_one(con, name, finding)
            if finding.expect.is_unique
            else _select_failing_rows(con, name, finding)
        )
        if not finding.suite.withholds_page(finding.expect):
            _note_reason(con, name, rows, finding.reason, f"{name} {finding.expect.name}", finding.expect.columns)
    if support:
        expected = f"{name} that the row of {support} they lie in is loaded"
        _note_reason(con, name, _select_uncontained_rows(name, support), REFERENCE_REASON.format(name), expected, ())


def _note_reason(
    con: duckdb.DuckDBPyConnection, name: str, rows: str, reason: str, expected: str, columns: Iterable[str]
) -> None:
    """Set the reason of rows without a reason: a row is withheld for the first reason only."""
    con.execute(
        f"INSERT INTO reason_{name} SELECT row_no, $1, $2, $3 FROM ({rows}) "
        f"WHERE row_no NOT IN (SELECT row_no FROM reason_{name})",
        [reason, expected, list(columns)],
    )


def _select_failing_rows(con: duckdb.DuckDBPyConnection, name: str, finding: Finding) -> str:
    """Select the rows with the values of a failing row, and mark these as faulty."""
    native = [column for column in finding.failing.columns if column in _list_columns(con, name)]
    con.register("failing", finding.failing[native].drop_duplicates())
    alike = " AND ".join(f"failing.{column} IS NOT DISTINCT FROM own.{column}" for column in native)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE failing_row AS SELECT row_no FROM suspect_{name} AS own "
        f"WHERE EXISTS (FROM failing WHERE {alike})"
    )
    con.execute(f"CREATE TABLE IF NOT EXISTS faulty_{name} (row_no BIGINT); INSERT INTO faulty_{name} FROM failing_row")
    con.unregister("failing")
    return "FROM failing_row"


def _select_rows_but_one(con: duckdb.DuckDBPyConnection, name: str, finding: Finding) -> str:
    """Select all but the first of equal rows: keep a sound row, then the most confident, then the smallest."""
    con.execute(f"CREATE TABLE IF NOT EXISTS faulty_{name} (row_no BIGINT)")
    names = _list_columns(con, name)
    by_confidence = [f"{column} DESC NULLS LAST" for column in CONFIDENCE_COLUMNS if column in names]
    order = ", ".join([f"row_no IN (FROM faulty_{name})", *by_confidence, *names])
    rank = f"row_number() OVER (PARTITION BY {', '.join(finding.expect.columns)} ORDER BY {order})"
    return (
        f"SELECT row_no FROM suspect_{name} WHERE row_no NOT IN (SELECT row_no FROM reason_{name}) QUALIFY {rank} > 1"
    )


def _select_uncontained_rows(name: str, support: str) -> str:
    """Select the rows contained in a withheld row of another relation and in no loaded row."""
    withheld = f"SELECT * FROM suspect_{support} SEMI JOIN reason_{support} USING (row_no)"
    kept = f"SELECT * FROM suspect_{support} ANTI JOIN reason_{support} USING (row_no)"
    return (
        f"SELECT row_no FROM suspect_{name} AS own WHERE EXISTS (FROM ({withheld}) AS name WHERE {_COVERS}) "
        f"AND NOT EXISTS (FROM ({kept}) AS name WHERE {_COVERS})"
    )


def _select_whole_rows(columns: Iterable[str], name: str) -> str:
    return f"SELECT {', '.join(columns)} FROM suspect_{name} SEMI JOIN reason_{name} USING (row_no) ORDER BY row_no"


def _list_rejects(con: duckdb.DuckDBPyConnection, name: str) -> list[dict]:
    """List the rejects of the withheld rows of a relation, one for each page and reason."""
    rows = con.execute(f"""
        SELECT own.page_id, why.reason, any_value(why.expected), any_value(why.shown), count(*),
               arg_min(own, row_no)
        FROM suspect_{name} AS own JOIN reason_{name} AS why USING (row_no)
        GROUP BY own.page_id, why.reason ORDER BY ALL""")  # text_blocks has a column `reason` of its own
    return [_make_reject(name, _WithheldGroup(*row)) for row in rows.fetchall()]


class _WithheldGroup(NamedTuple):
    """The rows of a page withheld for the same reason: the expectation, columns to show, number, the first row."""

    page_id: str
    reason: str
    expected: str
    shown: list[str]
    row_count: int
    example: dict


def _make_reject(name: str, withheld: _WithheldGroup) -> dict:
    """Return (page_id, reason, detail, row_count) of withheld rows."""
    example = withheld.example
    grain = next(relation.grain for relation in CHECKED if relation.name == name)
    columns = [column for column in (*grain, *withheld.shown, *_SHOWN) if column in example and column != "page_id"]
    times = f" in {withheld.row_count} rows" if withheld.row_count > 1 else ""
    others = "" if name in (*BY_PAGE, CAPTURES.name) else ", the article is loaded"
    values = write_values(example, dict.fromkeys(columns))
    detail = f"withheld from the load{others}: expected of {withheld.expected}; found {values}{times}"
    return {
        "page_id": withheld.page_id,
        "reason": withheld.reason,
        "detail": detail,
        "row_count": withheld.row_count,
    }


def _list_columns(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    return [row[0] for row in con.execute(f"DESCRIBE {name}").fetchall() if row[0] != "night"]
