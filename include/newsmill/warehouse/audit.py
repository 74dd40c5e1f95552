"""Proves a draft before it is published: grain, references and intervals of all of it in SQL, the rest by the suites.

Suites look at the rows that the draft's loads may have changed: the others were looked at when they came. The audit
withholds no row: what is faulty only here is a fault of the code (docs/decisions/0045). It stops the night and names
the dumps that the rows come from.
"""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date

import duckdb

from newsmill.quality import gate
from newsmill.quality.findings import Offender, Verdict
from newsmill.quality.suites import TABLE_SUITES
from newsmill.runs import Receipt, Run, receipt
from newsmill.warehouse import changes, snapshots
from newsmill.warehouse.model import KEY_OF, Model, models

_UNINDEXED = """
    SELECT text_key, article_key, night FROM dw.dim_text
    FULL JOIN search.document USING (text_key, article_key, night)
    WHERE (dim_text.text_key IS NULL OR document.text_key IS NULL) AND EXISTS (FROM search.document)"""


def audit(run: Run) -> Receipt:
    """Check the run's draft without changing it; GateClosed if a critical expectation fails."""
    with receipt(run, "audit") as slip:
        draft = snapshots.standing_draft(run.warehouse, run.run_id)
        with closing(duckdb.connect(str(draft), read_only=True)) as con:
            proved = [(finding(con, name, target, sql, run), target, sql) for name, target, sql in proofs(con)]
            frames = ((suite, con.execute(suite_query(suite, con)).df()) for suite in TABLE_SUITES)
            verdict = gate.validate(frames, "audit", run, [found for found, *_ in proved])
            if verdict.closed:
                verdict = replace(verdict, offenders=offenders(con, verdict, proved))
        slip.rows_in = slip.rows_out = len(verdict.results)
    verdict.enforce()
    return slip


def offenders(con: duckdb.DuckDBPyConnection, verdict: Verdict, proved: Sequence[tuple]) -> tuple[Offender, ...]:
    """Return the dumps that the failing rows of a closed gate come from, where their tables lead to one."""
    counts: Counter[tuple[date, str]] = Counter()
    for found, target, sql in proved:
        if not found["success"]:
            counts.update(_dumps_of(con, target, sql))
    for finding_ in verdict.findings:
        if finding_.closes and len(finding_.failing):
            con.register("failing", finding_.failing[list(finding_.suite.key)])
            counts.update(_dumps_of(con, finding_.suite.target, "FROM failing"))
            con.unregister("failing")
    return tuple(Offender(night, dump, count) for (night, dump), count in sorted(counts.items()))


def _dumps_of(con: duckdb.DuckDBPyConnection, table: str, failing: str) -> dict[tuple[date, str], int]:
    """Count the failing rows of a table by night and dump: its own, or those of the article of each row."""
    names, keys = ({row[0] for row in con.execute(f"DESCRIBE {source}").fetchall()} for source in (table, failing))
    if "dump" in names:
        night, home = "valid_from" if "valid_from" in names else "night", ""
    elif "article_key" in names:
        night, home = "article.valid_from", "JOIN dw.dim_article AS article USING (article_key)"
    else:
        return {}
    shared = ", ".join(sorted(names & keys - {"night", "valid_from"}))
    rows = (
        con.execute(
            f"SELECT {night}, dump, count(*) FROM (SELECT * FROM {table} SEMI JOIN ({failing}) AS failed "
            f"USING ({shared})) AS own {home} GROUP BY ALL"
        ).fetchall()
        if shared
        else []
    )
    return {(night, dump): count for night, dump, count in rows}


def suite_query(suite, con: duckdb.DuckDBPyConnection) -> str:
    """Select just the columns that a suite looks at, of the rows that the draft's loads may have changed."""
    model = next(model for model in models() if model.table == suite.target)
    return f"SELECT {', '.join(suite.columns)} FROM {suite.target} WHERE {changes.changed(con, model)}"


def proofs(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """List (expectation, table, SELECT of what breaks it): an audit is a query that must return nothing."""
    found = []
    for model in (m for m in models() if m.schema == "dw"):
        found.append(("the grain is unique", model.table, _doubles(model)))
        found += _references(con, model)
        if "valid_from" in model.row_grain:
            found.append(("the intervals neither overlap nor gap", model.table, _gaps(model)))
    found.append(("the index of words knows each text by its first print", "search.document", _UNINDEXED))
    return found


def finding(con: duckdb.DuckDBPyConnection, name: str, table: str, sql: str, run: Run) -> dict:
    """Run one proof and tell what it found as a row of `quality_results`."""
    broken_rows = con.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0]
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
        "element_count": con.execute(f"SELECT count(*) FROM {table}").fetchone()[0],
    }


def _doubles(model: Model) -> str:
    grain = ", ".join(model.row_grain)
    return f"SELECT {grain}, count(*) AS times FROM {model.table} GROUP BY {grain} HAVING count(*) > 1"


def _references(con, model: Model) -> list[tuple[str, str, str]]:
    names = [row[0] for row in con.execute(f"DESCRIBE {model.table}").fetchall()]
    homes = {other.name: other for other in models() if other.schema == "dw"}
    links = [(name, homes[KEY_OF[name]]) for name in names if name in KEY_OF]
    return [
        (f"{name} leads to {home.name}", model.table, _orphans(model, name, home))
        for name, home in links
        if (model.name, name) != (home.name, home.own_key)
    ]


def _orphans(model: Model, name: str, home: Model) -> str:
    """Select keys that lead nowhere; of a night's facts also those to a version that did not stand on that night."""
    stood = "AND fact.night >= home.valid_from AND fact.night < home.valid_to" if _is_as_of(model, name, home) else ""
    return (
        f"SELECT {name} FROM {model.table} AS fact WHERE {name} IS DISTINCT FROM -1 "
        f"AND NOT EXISTS (FROM dw.{home.name} AS home WHERE home.{home.own_key} = fact.{name} {stood})"
    )


def _is_as_of(model: Model, name: str, home: Model) -> bool:
    return home.load == "scd2" and (model.load == "replace_night" or name == "source_key")


def _gaps(model: Model) -> str:
    natural = next(name for name in model.grain if name != "valid_from")
    per_key = f"PARTITION BY {natural} ORDER BY valid_from"
    return f"""
        SELECT {natural}, valid_from, valid_to FROM (
            SELECT *, lead(valid_from) OVER ({per_key}) AS next_from FROM {model.table}
        )
        WHERE valid_from >= valid_to OR valid_to IS DISTINCT FROM coalesce(next_from, DATE '9999-12-31')
           OR is_current IS DISTINCT FROM (next_from IS NULL)"""
