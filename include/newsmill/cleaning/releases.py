"""Loads the pages that a verdict rejects and a person released."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from newsmill.decisions import RELEASE, RecordDecisionIndex
from newsmill.relations import RELEASED
from newsmill.stage import DETAIL, MARK
from newsmill.verdict_reasons import RELEASABLE

CleanPages = Callable[[pa.Table], tuple[pa.Table, pa.Table]]
"""Returns the articles and the text blocks of pages."""
_STAGE = "clean"


def release_pages(
    pages: pa.Table, articles: pa.Table, blocks: pa.Table, decided: pa.Table, clean_pages: CleanPages
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return articles, text blocks and released records, with no reject reason for released pages.

    The text of a released page is what cleaning keeps of it, or the whole page where cleaning keeps no word. A page
    without any word stays rejected.
    """
    released = _find_released(articles, RecordDecisionIndex(decided))
    if not released.num_rows:
        return articles, blocks, RELEASED.empty()
    no_word = articles.filter(pc.equal(articles.column("word_count"), 0)).column("page_id")
    if bare := pc.is_in(released.column("page_id"), no_word.combine_chunks()).to_pylist():
        articles, blocks = _take_whole(pages, articles, blocks, released.filter(pa.array(bare)), clean_pages)
    empty = articles.filter(pc.equal(articles.column("word_count"), 0)).column("page_id").combine_chunks()
    released = released.filter(pc.invert(pc.is_in(released.column("page_id"), empty)))
    return _clear_marks(articles, released), blocks, released


def _find_released(articles: pa.Table, decided: RecordDecisionIndex) -> pa.Table:
    """Return the rows of `released` for rejected pages whose last decision is a release."""
    if not decided:
        return RELEASED.empty()
    rejects = articles.filter(pc.is_in(articles.column(MARK), pa.array(RELEASABLE)))
    rows = [
        {**row, "stage": _STAGE, "reason": row[MARK], "detail": row[DETAIL], "row_count": 1}
        for row in rejects.select(["page_id", "dump", "dump_file", "record_no", MARK, DETAIL]).to_pylist()
        if (decision := decided.find(row["page_id"], row["dump"], row[MARK])) and decision["decision"] == RELEASE
    ]
    return pa.Table.from_pylist(rows, RELEASED.schema)


def _take_whole(
    pages: pa.Table, articles: pa.Table, blocks: pa.Table, bare: pa.Table, clean_pages: CleanPages
) -> tuple[pa.Table, pa.Table]:
    """Clean pages again as articles from which nothing is cut, and put the result in place of the first."""
    page_ids = bare.column("page_id").combine_chunks()
    chosen = pages.filter(pc.is_in(pages.column("page_id"), page_ids))
    position = chosen.schema.get_field_index("content")
    chosen = chosen.set_column(position, "content", pa.array(["article"] * chosen.num_rows, pa.string()))
    whole_articles, whole_blocks = clean_pages(chosen)
    return tuple(
        pa.concat_tables([table.filter(pc.invert(pc.is_in(table.column("page_id"), page_ids))), whole])
        for table, whole in ((articles, whole_articles), (blocks, whole_blocks))
    )


def _clear_marks(articles: pa.Table, released: pa.Table) -> pa.Table:
    """Return the articles without the reject reasons of released pages."""
    is_released = pc.is_in(articles.column("page_id"), released.column("page_id").combine_chunks())
    for name in (MARK, DETAIL):
        cleared = pc.if_else(is_released, pa.scalar(None, pa.string()), articles.column(name))
        articles = articles.set_column(articles.schema.get_field_index(name), name, cleared)
    return articles
