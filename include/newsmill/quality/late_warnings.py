"""Warnings of articles that became known after cleaning: failed extractors, and longer captures of the same article."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from newsmill.relations import ARTICLE_WARNINGS
from newsmill.stage import EXTRACTOR

LOST_SHARE = 0.6
"""A text with less of that of another capture of the night is likely truncated, as in cleaning/completeness.py."""
_WARNINGS = f"""
    WITH warned AS (
        SELECT page_id, replace(reason, '{EXTRACTOR}', stage) AS warning, NULL AS expected_chars FROM failures
        UNION ALL BY NAME
        SELECT captures.page_id, 'likely_truncated' AS warning, max(articles.kept_chars) AS expected_chars
        FROM captures JOIN articles USING (article_id)
        GROUP BY captures.page_id, captures.kept_chars
        HAVING captures.kept_chars < {LOST_SHARE} * max(articles.kept_chars)
    )
    SELECT page_id, list(DISTINCT warning ORDER BY warning) AS quality_warnings, max(expected_chars) AS expected_chars
    FROM warned GROUP BY page_id ORDER BY page_id
"""


def list_late_warnings(tables: Mapping[str, pa.Table | ds.Dataset], failures: pa.Table) -> pa.Table:
    """List late warnings from the night's `articles` and `captures`, and the notes of failed extractors."""
    with duckdb.connect() as con:
        con.register("articles", tables["articles"])
        con.register("captures", tables["captures"])
        con.register("failures", failures)
        return con.execute(_WARNINGS).to_arrow_table().cast(ARTICLE_WARNINGS.schema)
