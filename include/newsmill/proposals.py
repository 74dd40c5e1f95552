"""Proposed decisions on blocks and entities: what they would change, and their place in the file of decisions."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow.compute as pc

from newsmill import decisions, settings
from newsmill.decisions import BLOCK_WORDS, Author, BlockDecision, EntityDecision
from newsmill.errors import Permanent
from newsmill.escaping import escape_controls, format_code
from newsmill.lake import Lake
from newsmill.relations import PAGES
from newsmill.warehouse import run_report, snapshots
from newsmill.warehouse.difference_page import list_under
from newsmill.warehouse.home_format import require_current_tables, require_known_format

Proposal = BlockDecision | EntityDecision
EXAMPLES, EXAMPLE_CHARS = 5, 300
"""Most examples, and characters of each, in a description: Airflow keeps the description in its database."""
_BLOCK_PAGES = """
    SELECT source_id, disposition, coalesce(reason, ''), count(DISTINCT page_id), min(night), max(night)
    FROM dw.fact_text_block LEFT JOIN dw.dim_source USING (source_key) WHERE block_hash = $1
    GROUP BY ALL ORDER BY 4 DESC, 1, 2, 3 LIMIT 20
"""
_BLOCK_EXAMPLES = """
    SELECT night, page_id, page_char_start, page_char_end FROM dw.fact_text_block WHERE block_hash = $1
    ORDER BY night DESC, page_id, block_index LIMIT $2
"""
_IS_MEANT = "$1 IN (entity_id, split_part(entity_id, '@', 1))"
_ENTITY = f"""
    SELECT entity_id, canonical_name, role_title, aliases[:5] FROM dw.dim_entity
    WHERE {_IS_MEANT} AND is_current ORDER BY entity_id LIMIT 5
"""
_MENTIONS = f"""
    FROM dw.fact_mention AS mention JOIN dw.dim_entity USING (entity_key)
    JOIN dw.dim_article AS article USING (article_key)
    WHERE {_IS_MEANT} AND NOT is_credit AND ($2 IS NULL OR source_id = $2)
      AND ($3 IS NULL OR contains(lower(mention.role_title), lower($3)))
"""
_COUNTS = f"SELECT count(*), count(DISTINCT article_key), min(night), max(night) {_MENTIONS}"
_MENTION_EXAMPLES = f"""
    SELECT night, source_id, surface, mention.role_title, title {_MENTIONS}
    ORDER BY night DESC, article_key, mention.char_start LIMIT $4
"""


def propose_block(word: str, block_hash: str, author: Author, at: datetime | None = None) -> BlockDecision:
    """Return a decision on a block."""
    return BlockDecision(word, author.by, _round_time(at), author.because, block_hash)


def propose_entity(
    word: str, entity: str, author: Author, at: datetime | None = None, **keys: str | None
) -> EntityDecision:
    """Return a decision on an entity; keys are those of the word, such as `into`."""
    return EntityDecision(word, author.by, _round_time(at), author.because, entity, **keys)


def propose(word: str, subject: str, author: Author, at: datetime | None = None, **keys: str | None) -> Proposal:
    """Return a decision on a block or an entity, by its word."""
    if word not in BLOCK_WORDS:
        return propose_entity(word, subject, author, at, **keys)
    if extra := [key for key, value in keys.items() if value]:
        raise Permanent(f"to {word} a block takes no {extra[0]}; clear the field")
    return propose_block(word, subject, author, at)


def _round_time(at: datetime | None) -> datetime:
    return (at or datetime.now(UTC)).replace(microsecond=0)


def check(home: Path, proposal: Proposal) -> None:
    """Raise Permanent where the file cannot take a decision, or no text of the warehouse has its block or entity."""
    require_known_format(home)
    path = settings.read().decisions
    decisions.check_decision(path, proposal)
    if not os.access(path, os.W_OK):
        raise Permanent(
            f"{path} cannot be written here; decide by the command line where it can, as in the checkout, or name "
            "another file in NEWSMILL_DECISIONS"
        )
    if isinstance(proposal, BlockDecision):
        if not run_report.is_known_block(home, proposal.hash):
            raise Permanent(
                f"no page of the warehouse shows a block {proposal.hash}; look for it in dw.fact_text_block"
            )
    elif not run_report.is_mentioned(home, proposal.entity):
        raise Permanent(f"no text of the warehouse names {proposal.entity}; search for the entity: entities list NAME")


def record(home: Path, proposal: Proposal) -> str:
    """Append a decision to the file of decisions; return when it holds."""
    check(home, proposal)
    decisions.append_decision(settings.read().decisions, proposal)
    return _say_when(proposal)


def _say_when(proposal: Proposal) -> str:
    return "from the next run of a night on" if _is_block(proposal) else "for all nights, from the next load on"


def _is_block(proposal: Proposal) -> bool:
    return isinstance(proposal, BlockDecision)


# -- what would change -------------------------------------------------------------------------------------------------


def describe_headline(proposal: Proposal) -> str:
    """Return the headline of a decision that waits for approval."""
    subject = proposal.hash if isinstance(proposal, BlockDecision) else proposal.entity
    return escape_controls(f"{proposal.decision.capitalize()} {subject}: {proposal.because}")


def describe(home: Path, proposal: Proposal) -> str:
    """Check a decision, and describe in Markdown the rows it is about, some examples, and when it holds.

    All that a site wrote is code, in which nothing is a link, an image or a heading.
    """
    check(home, proposal)
    with snapshots.open_published(home / "warehouse") as con:
        require_current_tables(con, home / "warehouse")
        if isinstance(proposal, BlockDecision):
            parts = _describe_block(home, con, proposal)
        else:
            parts = _describe_entity(con, proposal)
    return "\n\n".join([*parts, _describe_time(proposal)])


def _describe_time(proposal: Proposal) -> str:
    if _is_block(proposal):
        return (
            f"It holds {_say_when(proposal)}. Nights cleaned before keep their result until they run again: "
            "news_rebuild from learn, only stale nights, shows the difference first."
        )
    return (
        f"It holds {_say_when(proposal)}; news_rebuild from load, of the last night, "
        "applies it at once and shows the difference first."
    )


def _describe_block(home: Path, con: duckdb.DuckDBPyConnection, proposal: BlockDecision) -> list[str]:
    rows = con.execute(_BLOCK_PAGES, [proposal.hash]).fetchall()
    target = "kept" if proposal.decision == "keep" else "dropped"
    pages = [
        f"{format_code(source or 'unknown source')}: {label}{f' as {reason}' if reason else ''} on "
        f"{count:,} pages, nights {first} to {last}"
        for source, label, reason, count, first, last in rows
    ]
    examples = con.execute(_BLOCK_EXAMPLES, [proposal.hash, EXAMPLES]).fetchall()
    return [
        f"The block is to be {target} on every page, whatever was learned.",
        *list_under("Pages now", pages),
        *list_under("For example", [_read_block(home, *example) for example in examples]),
    ]


def _read_block(home: Path, night: date, page_id: str, start: int, end: int) -> str:
    """Return a page and the text of a block, read from the lake: the warehouse has no text of dropped blocks."""
    pages = Lake(home / "lake").dataset(PAGES, [night])
    table = pages.to_table(columns=["page_text"], filter=pc.field("page_id") == page_id)
    text = table.column("page_text").to_pylist()[0][start:end][:EXAMPLE_CHARS] if table.num_rows else "(page not kept)"
    return f"{format_code(page_id)}: {format_code(text)}"


def _describe_entity(con: duckdb.DuckDBPyConnection, proposal: EntityDecision) -> list[str]:
    scope = [proposal.entity, proposal.source, proposal.role]
    ((mentions, articles, first, last),) = con.execute(_COUNTS, scope).fetchall()
    span = f", nights {first} to {last}" if mentions else ""
    examples = con.execute(_MENTION_EXAMPLES, [*scope, EXAMPLES]).fetchall()
    shown = [
        f"{night}, {format_code(source)}: {format_code(f'{surface} ({role})' if role else surface)} in "
        f"{format_code((title or 'an article without title')[:EXAMPLE_CHARS])}"
        for night, source, surface, role, title in examples
    ]
    return [
        f"{mentions:,} mentions in {articles:,} articles{span}: {_name_effect(proposal)}.",
        *list_under("The entity now", _list_entities(con, proposal.entity)),
        *(list_under("It is to be", _list_entities(con, proposal.into)) if proposal.into else ()),
        *list_under("For example", shown),
    ]


def _name_effect(proposal: EntityDecision) -> str:
    target = format_code(proposal.into or proposal.name or "")
    return {
        "merge": f"all become mentions of {target}",
        "split": f"they become mentions of {target}, others stay",
        "hide": "marts leave them out, tables keep them",
        "rename": f"the entity is shown as {target}",
    }[proposal.decision]


def _list_entities(con: duckdb.DuckDBPyConnection, entity: str) -> list[str]:
    rows = con.execute(_ENTITY, [entity]).fetchall()
    if not rows:
        return [f"{format_code(entity)}: no text names it so far"]
    return [
        f"{format_code(entity_id)}: {format_code(name)}{f', {format_code(role)}' if role else ''}"
        f"{f', also {format_code(chr(44).join(aliases))}' if aliases else ''}"
        for entity_id, name, role, aliases in rows
    ]
