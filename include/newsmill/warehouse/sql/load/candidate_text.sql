-- The texts that are compared with others, as their first prints have them.
-- grain: text_key
-- refs: candidate_pair dw.dim_text dw.dim_article
-- load: temporary view
WITH printing AS MATERIALIZED (
    SELECT night, article_key
    FROM dw.dim_text SEMI JOIN (SELECT text_key FROM candidate_pair UNION SELECT other_key FROM candidate_pair) USING (text_key)
),
-- the nights that few of these were printed on are read row by row: of many DuckDB 1.5 unpacks the texts around too
busy AS (SELECT night FROM printing GROUP BY night HAVING count(*) > 1000),
place AS MATERIALIZED (
    SELECT night IN (FROM busy) AS is_busy, article.rowid AS place
    FROM printing JOIN dw.dim_article AS article USING (article_key)
)
SELECT text_key, text FROM dw.dim_article WHERE valid_from IN (FROM busy) AND rowid IN (SELECT place FROM place WHERE is_busy)
UNION ALL
SELECT text_key, text FROM dw.dim_article
WHERE valid_from IN (SELECT night FROM printing) AND rowid IN (SELECT place FROM place WHERE NOT is_busy)
