"""Audits a staging copy before publishing: grain, references and intervals in SQL, the rest by the suites.

Suites check rows that the loads may have changed: all others passed in their own load. The audit withholds no row: a
row failing only here is a fault of the code (docs/decisions/0045). It stops the night and names the dumps of the rows.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any

import duckdb

from newsmill.quality import gate
from newsmill.quality.findings import Offender, Verdict
from newsmill.quality.night_profile import FEWEST
from newsmill.quality.suites import STORY_SUITE, TABLE_SUITES, Suite
from newsmill.runs import Receipt, Run, receipt
from newsmill.warehouse import changes, snapshots
from newsmill.warehouse.model import KEY_OF, Model, models
from newsmill.warehouse.statements import fetch_value

_MISINDEXED_TEXTS = """
    SELECT text_key, article_key, night FROM dw.dim_text
    FULL JOIN search.document USING (text_key, article_key, night)
    WHERE (dim_text.text_key IS NULL OR document.text_key IS NULL) AND EXISTS (FROM search.document)"""


_SOURCE_STORIES = f"""
    SELECT source_id, CASE WHEN sum(in_story) >= {FEWEST} THEN max(in_story) / sum(in_story) END AS largest_story_share
    FROM (
        SELECT source_id, story_key, count(DISTINCT article_id) AS in_story
        FROM dw.fact_article AS fact JOIN dw.dim_article AS article USING (article_key) WHERE fact.night = $night
        GROUP BY ALL
    )
    GROUP BY source_id ORDER BY source_id"""


def audit(run: Run) -> Receipt:
    """Check the run's staging copy, read-only; GateClosed if a critical expectation fails."""
    with receipt(run, "audit") as step_receipt:
        staging = snapshots.find_staging(run.warehouse, run.run_id)
        with closing(duckdb.connect(str(staging), read_only=True)) as con, ThreadPoolExecutor(1) as pool:
            running = pool.submit(_run_proofs, con.cursor(), run)  # SQL, while GX needs Python
            changed = ((suite, con.execute(changed_rows_query(suite, con)).df()) for suite in TABLE_SUITES)
            frames = chain(changed, [(STORY_SUITE, con.execute(_SOURCE_STORIES, {"night": run.night}).df())])
            verdict = gate.validate(frames, "audit", run, _yield_findings(running))
            proofs = running.result()
            if verdict.closed:
                verdict = replace(verdict, offenders=find_offending_dumps(con, verdict, proofs))
        step_receipt.rows_in = step_receipt.rows_out = len(verdict.results)
    gate.enforce(verdict, run)
    return step_receipt


Proof = tuple[dict[str, Any], str, str]
"""The result of a proof as a row of `quality_results`, the table and the SELECT of offending rows."""


def _run_proofs(con: duckdb.DuckDBPyConnection, run: Run) -> list[Proof]:
    with closing(con):
        return [(run_proof(con, name, target, sql, run), target, sql) for name, target, sql in list_proofs(con)]


def _yield_findings(running: Future[list[Proof]]) -> Iterator[dict[str, Any]]:
    """Yield the results of the proofs, after the last has ended."""
    yield from (finding for finding, *_ in running.result())


def find_offending_dumps(
    con: duckdb.DuckDBPyConnection, verdict: Verdict, proofs: Sequence[Proof]
) -> tuple[Offender, ...]:
    """Return the dumps of the failing rows of a closed gate, where a table has or leads to a dump."""
    counts: Counter[tuple[date, str]] = Counter()
    for finding, target, sql in proofs:
        if not finding["success"]:
            counts.update(_count_rows_by_dump(con, target, sql))
    for suite_finding in verdict.findings:
        if suite_finding.closes and len(suite_finding.failing):
            con.register("failing", suite_finding.failing[list(suite_finding.suite.key)])
            counts.update(_count_rows_by_dump(con, suite_finding.suite.target, "FROM failing"))
            con.unregister("failing")
    return tuple(Offender(night, dump, count) for (night, dump), count in sorted(counts.items()))


def _count_rows_by_dump(con: duckdb.DuckDBPyConnection, table: str, failing: str) -> dict[tuple[date, str], int]:
    """Count the failing rows of a table by night and dump, taken from the row or its article."""
    names, keys = ({row[0] for row in con.execute(f"DESCRIBE {source}").fetchall()} for source in (table, failing))
    if "dump" in names:
        night, join = "valid_from" if "valid_from" in names else "night", ""
    elif "article_key" in names:
        night, join = "article.valid_from", "JOIN dw.dim_article AS article USING (article_key)"
    else:
        return {}
    shared = ", ".join(sorted(names & keys - {"night", "valid_from"}))
    rows = (
        con.execute(
            f"SELECT {night}, dump, count(*) FROM (SELECT * FROM {table} SEMI JOIN ({failing}) AS failed "
            f"USING ({shared})) AS own {join} GROUP BY ALL"
        ).fetchall()
        if shared
        else []
    )
    return {(night, dump): count for night, dump, count in rows}


def changed_rows_query(suite: Suite, con: duckdb.DuckDBPyConnection) -> str:
    """Return a SELECT of a suite's columns, for the rows possibly changed by the loads."""
    model = next(model for model in models() if model.table == suite.target)
    return f"SELECT {', '.join(suite.columns)} FROM {suite.target} WHERE {changes.changed_rows_condition(con, model)}"


def list_proofs(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """List (expectation, table, SELECT of offending rows): an audit is a query with an empty result."""
    proofs = []
    for model in (m for m in models() if m.schema == "dw"):
        proofs.append(("the grain is unique", model.table, _duplicate_rows_query(model)))
        proofs += _list_reference_proofs(con, model)
        if "valid_from" in model.row_grain:
            proofs.append(("the intervals neither overlap nor gap", model.table, _interval_gaps_query(model)))
    proofs.append(("the index of words knows each text by its first print", "search.document", _MISINDEXED_TEXTS))
    return proofs


def run_proof(con: duckdb.DuckDBPyConnection, name: str, table: str, sql: str, run: Run) -> dict[str, Any]:
    """Run one proof and return the result as a row of `quality_results`."""
    broken_rows = fetch_value(con, f"SELECT count(*) FROM ({sql})")
    example = con.execute(f"FROM ({sql}) LIMIT 3").fetchall() if broken_rows else []
    return {
        "run_id": run.run_id,
        "gate": "audit",
        "suite": "proofs",
        "target": table,
        "expectation": name,
        "severity": "critical",
        "success": broken_rows == 0,
        "broken": False,
        "observed": json.dumps(example, default=str) if example else None,
        "unexpected_count": broken_rows,
        "element_count": fetch_value(con, f"SELECT count(*) FROM {table}"),
    }


def _duplicate_rows_query(model: Model) -> str:
    grain = ", ".join(model.row_grain)
    return f"SELECT {grain}, count(*) AS times FROM {model.table} GROUP BY {grain} HAVING count(*) > 1"


def _list_reference_proofs(con: duckdb.DuckDBPyConnection, model: Model) -> list[tuple[str, str, str]]:
    names = [row[0] for row in con.execute(f"DESCRIBE {model.table}").fetchall()]
    targets = {other.name: other for other in models() if other.schema == "dw"}
    links = [(name, targets[KEY_OF[name]]) for name in names if name in KEY_OF]
    return [
        (f"{name} leads to {target.name}", model.table, _orphan_keys_query(model, name, target))
        for name, target in links
        if (model.name, name) != (target.name, target.own_key)
    ]


def _orphan_keys_query(model: Model, name: str, target: Model) -> str:
    """Return a SELECT of keys without a target row; a night's fact needs the version valid on the night."""
    is_versioned = _is_versioned_reference(model, name, target)
    as_of = "AND fact.night >= target.valid_from AND fact.night < target.valid_to" if is_versioned else ""
    return (
        f"SELECT {name} FROM {model.table} AS fact WHERE {name} IS DISTINCT FROM -1 "
        f"AND NOT EXISTS (FROM dw.{target.name} AS target WHERE target.{target.own_key} = fact.{name} {as_of})"
    )


def _is_versioned_reference(model: Model, name: str, target: Model) -> bool:
    return target.load == "scd2" and (model.load == "replace_night" or name == "source_key")


def _interval_gaps_query(model: Model) -> str:
    natural = next(name for name in model.grain if name != "valid_from")
    per_key = f"PARTITION BY {natural} ORDER BY valid_from"
    return f"""
        SELECT {natural}, valid_from, valid_to FROM (
            SELECT *, lead(valid_from) OVER ({per_key}) AS next_from FROM {model.table}
        )
        WHERE valid_from >= valid_to OR valid_to IS DISTINCT FROM coalesce(next_from, DATE '9999-12-31')
           OR is_current IS DISTINCT FROM (next_from IS NULL)"""
