"""Choose a capture per article and night; reject the other captures with a reason."""

import duckdb
import pyarrow as pa

from newsmill.relations import ARTICLES, CAPTURES, FIRST_INSTANCES
from newsmill.stage import stage

_CHOOSE_CAPTURES = """
    SELECT article_id, page_id, dump, dump_file, record_no, content_sha256, text_sha256, kept_chars, published_at,
           CASE WHEN capture_rank > 1 THEN 'recaptured' END AS reject_reason,
           CASE WHEN capture_rank > 1 THEN format(
               'the article {} came more than once this night; the capture {} stands for it ({})', article_id, chosen,
               CASE WHEN content_sha256 = chosen_sha256 THEN 'the same text' ELSE 'another text, newer or longer' END)
           END AS reject_detail
    FROM (
        SELECT *, row_number() OVER newest AS capture_rank, first_value(page_id) OVER newest AS chosen,
               first_value(content_sha256) OVER newest AS chosen_sha256
        FROM articles
        WINDOW newest AS (PARTITION BY article_id ORDER BY published_at DESC NULLS LAST, kept_chars DESC, page_id)
    )
    ORDER BY page_id
"""


# The instance that dim_text.sql, too, takes as the first of a text among those of one night.
_FIRST_INSTANCES = """
    SELECT arg_min(page_id, (coalesce(published_at, 'infinity'), page_id)) AS page_id
    FROM chosen WHERE reject_reason IS NULL GROUP BY text_sha256 ORDER BY ALL
"""


@stage(reads=(ARTICLES,), writes=(CAPTURES, FIRST_INSTANCES), per="night", version="2", refines=True)
def dedupe(articles: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Keep a single capture per article: the newest, then the longest, then the first by page_id.

    Equal texts of different articles are not rejected: the load pairs such articles over all nights in any order of
    loading. But extractors read only the first instance of each text.
    """
    with duckdb.connect() as con:
        con.register("articles", articles)
        chosen = con.execute(_CHOOSE_CAPTURES).to_arrow_table()
        con.register("chosen", chosen)
        return chosen, con.execute(_FIRST_INSTANCES).to_arrow_table()
