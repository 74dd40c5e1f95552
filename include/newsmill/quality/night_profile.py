"""The profile of a night compared with the nights before, by dump; and of the texts of each publisher.

By dump: volume, rejects, languages, titles and speakers. By publisher: texts that are likely not the whole article, and
times of publication that are missing, all alike or far from the night.
"""

from collections.abc import Mapping
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

WHOLE_NIGHT = "*"
NIGHTS = 7
FEWEST = 20
"""Least number of rows for a share: at half, a page of ten moves it by 0.1; at twice, small dumps have no shares."""

_BOTH = "SELECT * FROM {0} UNION ALL BY NAME SELECT * REPLACE ('*' AS dump) FROM {0}"
_SQL = f"""
WITH nights AS (SELECT DISTINCT night FROM history ORDER BY night DESC LIMIT {NIGHTS}),
rejects_by AS ({_BOTH.format("(SELECT DISTINCT dump, page_id, reason FROM rejected)")}),
pages_by AS ({_BOTH.format("(SELECT dump, page_id FROM pages)")}),
articles_by AS ({_BOTH.format("(SELECT dump, page_id, title, language FROM articles)")}),
earlier AS ({_BOTH.format("(SELECT dump, night, language FROM history WHERE night IN (FROM nights))")}),
spoken AS (
    SELECT dump, speaker_surface FROM quotes JOIN articles_by USING (page_id) WHERE quote_type = 'direct'
),
earlier_counts AS (
    SELECT dump, median(articles) AS articles_median, sum(articles) AS earlier_articles FROM (
        SELECT d.dump, n.night, count(e.night) AS articles
        FROM (SELECT DISTINCT dump FROM earlier) d CROSS JOIN nights n
        LEFT JOIN earlier e ON e.dump = d.dump AND e.night = n.night GROUP BY ALL)
    GROUP BY dump
),
last_nights AS (
    SELECT dump, max(night) AS last_night FROM earlier GROUP BY dump HAVING count(DISTINCT night) > 1
),
silence AS (
    SELECT dump, count(nights.night) AS nights_since
    FROM last_nights LEFT JOIN nights ON night > last_night GROUP BY dump
),
dumps AS (
    SELECT '*' AS dump UNION SELECT dump FROM limits UNION SELECT dump FROM pages_by UNION SELECT dump FROM articles_by
    UNION SELECT dump FROM rejects_by UNION SELECT dump FROM earlier_counts WHERE articles_median > 0
    UNION SELECT dump FROM silence
),
records AS (
    SELECT dump, count(DISTINCT page_id) AS records
    FROM (SELECT dump, page_id FROM pages_by UNION ALL SELECT dump, page_id FROM rejects_by) GROUP BY dump
),
page_counts AS (SELECT dump, count(*) AS pages FROM pages_by GROUP BY dump),
rejects AS (
    SELECT dump, count(DISTINCT page_id) AS rejected,
        count(DISTINCT page_id) FILTER (reason = 'error_page') AS error_pages
    FROM rejects_by GROUP BY dump
),
article_counts AS (
    SELECT dump, count(*) AS articles, count(*) FILTER (title <> '') AS titled FROM articles_by GROUP BY dump
),
quote_counts AS (
    SELECT dump, count(*) AS direct_quotes, count(*) FILTER (speaker_surface <> '') AS spoken FROM spoken GROUP BY dump
),
main AS (
    SELECT dump, arg_max(language, (articles, language)) AS main_language, max(articles) AS in_main_language
    FROM (SELECT dump, language, count(*) AS articles FROM earlier GROUP BY ALL) GROUP BY dump
),
languages AS (
    SELECT dump, count(*) AS in_main_now
    FROM articles_by JOIN main USING (dump) WHERE language = main_language GROUP BY dump
)
SELECT dump, coalesce(records, 0) AS records, coalesce(pages, 0) AS pages, coalesce(articles, 0) AS articles,
    coalesce(rejected, 0) AS rejected, max_reject_share,
    CASE WHEN records >= {FEWEST} THEN coalesce(rejected, 0) / records END AS reject_share,
    CASE WHEN coalesce(articles, 0) = 0 THEN 1 + nights_since ELSE 0 END AS silent_nights,
    articles_median, coalesce(articles, 0) / nullif(articles_median, 0) AS volume_ratio, main_language,
    CASE WHEN articles >= {FEWEST} AND earlier_articles >= {FEWEST}
        THEN abs(coalesce(in_main_now, 0) / articles - in_main_language / earlier_articles) END AS language_shift,
    CASE WHEN articles >= {FEWEST} THEN titled / articles END AS titled_share,
    CASE WHEN pages >= {FEWEST} THEN error_pages / pages END AS error_page_share,
    CASE WHEN direct_quotes >= {FEWEST} THEN spoken / direct_quotes END AS spoken_share
FROM dumps
LEFT JOIN limits USING (dump) LEFT JOIN records USING (dump) LEFT JOIN page_counts USING (dump)
LEFT JOIN rejects USING (dump) LEFT JOIN article_counts USING (dump) LEFT JOIN quote_counts USING (dump)
LEFT JOIN earlier_counts USING (dump) LEFT JOIN main USING (dump) LEFT JOIN languages USING (dump)
LEFT JOIN silence USING (dump)
ORDER BY dump
"""


FAR_DAYS = 31
"""A day further from the night is far: at a week, each weekly dump is; at a year, a page's founding date is not."""
_SOURCES_SQL = f"""
WITH warned AS (
    SELECT source_id, list_contains(names, 'likely_truncated') AS is_truncated,
           list_contains(names, 'likely_overcomplete') AS is_overcomplete, published_at, published_precision,
           abs(published_day - $night) > {FAR_DAYS} AS is_far
    FROM (
        SELECT source_id, list_concat(articles.quality_warnings, late.quality_warnings) AS names,
               published_at, published_day, published_precision
        FROM articles LEFT JOIN late_warnings AS late USING (page_id)
    )
),
moments AS (
    SELECT source_id, count(*) AS articles, sum(count(*)) OVER (PARTITION BY source_id) AS timed
    FROM warned WHERE published_precision = 'time' GROUP BY source_id, published_at
),
one_moment AS (
    SELECT source_id, max(articles) / max(timed) AS same_time_share
    FROM moments GROUP BY source_id HAVING max(timed) >= {FEWEST}
),
sources AS (
    SELECT source_id, count(*) AS articles, avg(is_truncated::INT) AS truncated_share,
           avg(is_overcomplete::INT) AS overcomplete_share, avg((published_at IS NOT NULL)::INT) AS dated_share,
           avg(is_far::INT) AS far_share
    FROM warned GROUP BY source_id
)
SELECT source_id, articles, same_time_share,
       CASE WHEN articles >= {FEWEST} THEN COLUMNS('^(truncated|overcomplete|dated|far)_share$') END
FROM sources LEFT JOIN one_moment USING (source_id) ORDER BY source_id
"""


def profile_sources(articles: pa.Table | ds.Dataset, late_warnings: pa.Table, night: date) -> pd.DataFrame:
    """Count the articles of each publisher, and the shares of those whose text or time of publication is doubtful.

    `late_warnings` has the warnings of articles that became known after cleaning.
    """
    with duckdb.connect() as con:
        con.register("articles", articles)
        con.register("late_warnings", late_warnings)
        return con.execute(_SOURCES_SQL, {"night": night}).df()


def profile_night(
    pages: pa.Table | ds.Dataset,
    articles: pa.Table | ds.Dataset,
    rejected: pa.Table,
    quotes: pa.Table | ds.Dataset,
    history: ds.Dataset,
    limits: Mapping[str, float],
) -> pd.DataFrame:
    """Count a night by dump and as a whole (`*`); `history` are articles of earlier nights, `limits` shares by dump."""
    allowed = pa.table(
        {
            "dump": pa.array(limits.keys(), pa.string()),
            "max_reject_share": pa.array(limits.values(), pa.float64()),
        }
    )
    tables = {
        "pages": pages,
        "articles": articles,
        "rejected": rejected,
        "quotes": quotes,
        "history": history,
        "limits": allowed,
    }
    with duckdb.connect() as con:
        for name, rows in tables.items():
            con.register(name, rows)
        return con.execute(_SQL).df()
