"""Chooses the one page that stands for an article this night, and hands the others back with a reason."""

import duckdb
import pyarrow as pa

from newsmill.relations import ARTICLES, CAPTURES, PRINTS
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


# The print that the warehouse, too, takes for a text's first among those of one night: see dim_text.sql.
_PRINTS = """
    SELECT arg_min(page_id, (coalesce(published_at, 'infinity'), page_id)) AS page_id
    FROM chosen WHERE reject_reason IS NULL GROUP BY text_sha256 ORDER BY ALL
"""


@stage(reads=(ARTICLES,), writes=(CAPTURES, PRINTS), per="night", version="2", refines=True)
def dedupe(articles: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Keep one capture an article: the newest, then the longest, then the first by page_id.

    Copies of one text under other articles are no duplicates to drop: they are facts, and the load pairs them over all
    nights, whatever the order in which these came. But what a text says is extracted from its first print alone.
    """
    with duckdb.connect() as con:
        con.register("articles", articles)
        chosen = con.execute(_CHOICE).to_arrow_table()
        con.register("chosen", chosen)
        return chosen, con.execute(_PRINTS).to_arrow_table()
