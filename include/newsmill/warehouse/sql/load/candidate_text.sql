-- The texts that are compared with others, in the words of their first instances.
-- grain: text_key
-- refs: candidate_pair dw.dim_text dw.dim_article
-- load: temporary view
WITH first_instances AS MATERIALIZED (
    SELECT night, article_key
    FROM dw.dim_text SEMI JOIN (SELECT text_key FROM candidate_pair UNION SELECT other_key FROM candidate_pair) USING (text_key)
),
-- nights with few of these texts are read apart, row by row: for many row ids DuckDB 1.5 decompresses the texts around too
busy_nights AS (SELECT night FROM first_instances GROUP BY night HAVING count(*) > 1000),
instance_rows AS MATERIALIZED (
    SELECT night IN (FROM busy_nights) AS is_busy, article.rowid AS row_id
    FROM first_instances JOIN dw.dim_article AS article USING (article_key)
)
SELECT text_key, text FROM dw.dim_article WHERE valid_from IN (FROM busy_nights) AND rowid IN (SELECT row_id FROM instance_rows WHERE is_busy)
UNION ALL
SELECT text_key, text FROM dw.dim_article
WHERE valid_from IN (SELECT night FROM first_instances) AND rowid IN (SELECT row_id FROM instance_rows WHERE NOT is_busy)
