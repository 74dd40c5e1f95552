"""Reports on the warehouse: health of nights, rejects, warnings and row counts; boilerplate; entities."""

from datetime import date
from pathlib import Path

import duckdb
from rich.console import Console
from rich.text import Text

from newsmill.terminal import print_line, print_table
from newsmill.warehouse import snapshots
from newsmill.warehouse.statements import fetch_value

_HEALTH = """
    SELECT night, status, record_count AS records, article_version_count AS articles, copy_count AS copies,
           quarantine_count AS rejects, withheld_row_count AS "rows withheld", warning_count AS warnings,
           CASE WHEN is_trusted THEN 'yes' ELSE 'no' END AS trusted, CASE WHEN is_stale THEN 'yes' END AS stale
    FROM mart.run_health WHERE $1 IS NULL OR night = $1 ORDER BY night DESC LIMIT 10
"""
_REJECTED = """
    SELECT night, stage, reason, count(*) AS records, CAST(sum(row_count) AS BIGINT) AS "rows left out",
           min(page_id) AS "for example"
    FROM ops.rejected WHERE state <> 'released' AND ($1 IS NULL OR night = $1) GROUP BY ALL
    ORDER BY night DESC, records DESC, stage, reason LIMIT 40
"""
_NOTES = """
    SELECT night, stage, reason, count(*) AS notes, CAST(sum(row_count) AS BIGINT) AS rows,
           min(page_id) AS "for example"
    FROM ops.note WHERE $1 IS NULL OR night = $1 GROUP BY ALL
    ORDER BY night DESC, notes DESC, stage, reason LIMIT 40
"""
_BOILERPLATE = """
    SELECT block_hash, page_count AS pages, source_count AS sources, story_count AS stories, reason,
           first_seen, last_seen, decision, decided_by, left(replace(sample_text, chr(10), ' '), 60) AS "how it begins"
    FROM dw.dim_boilerplate
    WHERE $1 IS NULL OR boilerplate_key IN (
        SELECT boilerplate_key FROM dw.fact_text_block JOIN dw.dim_source USING (source_key) WHERE source_id = $1)
    ORDER BY decision NULLS LAST, page_count DESC, block_hash LIMIT 200
"""
_ENTITIES = """
    SELECT entity_id, canonical_name AS name, any_value(role_title) AS role, any_value(aliases) AS aliases,
           coalesce(sum(mentions), 0)::BIGINT AS mentions, min(valid_from) AS "since", any_value(decision) AS decision
    FROM (FROM dw.dim_entity ORDER BY is_current DESC)
    LEFT JOIN (SELECT entity_key, count(*) AS mentions FROM dw.fact_mention WHERE NOT is_credit GROUP BY entity_key)
        USING (entity_key)
    LEFT JOIN (SELECT entity_id, string_agg(DISTINCT decision, ', ') AS decision FROM dw.dim_entity_decision
               GROUP BY entity_id) USING (entity_id)
    WHERE $1 IS NULL OR contains(lower(canonical_name), lower($1))
       OR len(list_filter(aliases, lambda alias: contains(lower(alias), lower($1)))) > 0
    GROUP BY ALL ORDER BY mentions DESC, entity_id LIMIT 200
"""
_WARNINGS = """
    SELECT night, severity, target, expectation, observed FROM ops.quality_result
    SEMI JOIN (SELECT run_id FROM mart.run_health) USING (run_id)
    WHERE NOT success AND ($1 IS NULL OR night = $1) 
    ORDER BY night DESC, severity, target, expectation LIMIT 40
"""


def print_report(home: Path, console: Console, night: date | None = None) -> None:
    """Print the health of the last nights, the quarantine, the notes, the warnings and the size of each table."""
    published = home / "warehouse" / snapshots.LINK
    with snapshots.open_published(home / "warehouse") as con:
        tables = {"Nights": _HEALTH, "Rejected": _REJECTED, "Noted": _NOTES, "Expectations not met": _WARNINGS}
        for title, sql in tables.items():
            _print_result(console, title, con.execute(sql, [night]))
        _print_result(console, "Loaded", con.execute(_row_counts_query(con)))
    print_line(console, "")
    advice = Text.assemble(
        "Ask it: ", ("make sql", "bold"), f", or open {published} in DuckDB, read-only. For example:"
    )
    print_line(console, advice)
    print_line(console, "  SELECT speaker, quote_text, dump_file, line_start FROM mart.who_said_what LIMIT 10;")


def print_boilerplate(home: Path, console: Console, source: str | None = None) -> None:
    """Print the known boilerplate of one source or of all, blocks with a decision first."""
    with snapshots.open_published(home / "warehouse") as con:
        _print_result(console, "Boilerplate", con.execute(_BOILERPLATE, [source]))


def is_known_block(home: Path, block_hash: str) -> bool:
    """Return whether any page of the warehouse has the block."""
    with snapshots.open_published(home / "warehouse") as con:
        sql = "SELECT EXISTS (FROM dw.fact_text_block WHERE block_hash = $1)"
        return fetch_value(con, sql, block_hash)


def print_entities(home: Path, console: Console, name: str | None = None) -> None:
    """Print the entities with a name or alias, or all, the most mentioned first."""
    with snapshots.open_published(home / "warehouse") as con:
        _print_result(console, "Entities", con.execute(_ENTITIES, [name]))


def is_mentioned(home: Path, entity_id: str) -> bool:
    """Return whether a text of the warehouse names the entity, or a person by this name alone."""
    with snapshots.open_published(home / "warehouse") as con:
        sql = """
            SELECT EXISTS (FROM dw.dim_entity WHERE $1 IN (entity_id, split_part(entity_id, '@', 1)))
                OR EXISTS (FROM dw.dim_entity_decision WHERE entity_id = $1)"""
        return fetch_value(con, sql, entity_id)


def _row_counts_query(con: duckdb.DuckDBPyConnection) -> str:
    names = con.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name = 'dw' ORDER BY 1"
    ).fetchall()
    return " UNION ALL ".join(f"SELECT '{name}' AS \"table\", count(*) AS rows FROM {name}" for (name,) in names)


def _print_result(console: Console, title: str, result: duckdb.DuckDBPyConnection) -> None:
    if rows := result.fetchall():
        print_table(console, title, [column[0] for column in result.description], rows)
