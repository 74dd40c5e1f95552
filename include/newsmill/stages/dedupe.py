"""Chooses the one page that stands for an article this night, and hands the others back with a reason."""

import duckdb
import pyarrow as pa

from newsmill.relations import ARTICLES, CAPTURES
from newsmill.stage import stage

_CHOICE = """
    SELECT article_id, page_id, dump, dump_file, record_no, content_sha256, text_sha256, kept_chars, published_at,
           CASE WHEN place > 1 THEN 'recaptured' END AS reject_reason,
           CASE WHEN place > 1 THEN format(
               'the article {} came more than once this night; the capture {} stands for it ({})', article_id, chosen,
               CASE WHEN content_sha256 = chosen_sha256 THEN 'the same text' ELSE 'another text, newer or longer' END)
           END AS reject_detail
    FROM (
        SELECT *, row_number() OVER newest AS place, first_value(page_id) OVER newest AS chosen,
               first_value(content_sha256) OVER newest AS chosen_sha256
        FROM articles
        WINDOW newest AS (PARTITION BY article_id ORDER BY published_at DESC NULLS LAST, kept_chars DESC, page_id)
    )
    ORDER BY page_id
"""


@stage(reads=(ARTICLES,), writes=(CAPTURES,), per="night", version="1", refines=True)
def dedupe(articles: pa.Table) -> pa.Table:
    """Keep one capture an article: the newest, then the longest, then the first by page_id.

    Copies of one text under other articles are no duplicates to drop: they are facts. They share `text_sha256`, and
    the load pairs them over all nights, whatever the order in which these came.
    """
    with duckdb.connect() as con:
        con.register("articles", articles)
        return con.execute(_CHOICE).to_arrow_table()
