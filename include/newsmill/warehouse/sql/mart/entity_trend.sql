-- How an entity's coverage moves by day: articles that name it, copies and all, beside origins and stories.
-- An article counts once, as it stands now, on the day of its publication; a copy by what its text's first print says.
-- grain: day entity_id
-- refs: dw.fact_mention dw.dim_entity dw.dim_text dw.fact_article dw.dim_article dw.dim_source
-- load: view
WITH named AS (
    SELECT DISTINCT entity_id, entity_type, canonical_name, article_key
    FROM dw.fact_mention JOIN dw.dim_entity USING (entity_key)
    WHERE NOT is_hidden
)
SELECT article.day, entity_id, entity_type, canonical_name, count(*) AS article_count,
       count(*) FILTER (is_own) AS origin_count, count(DISTINCT story_key) AS story_count,
       count(DISTINCT source.source_id) AS source_count
FROM named
JOIN dw.dim_text AS said USING (article_key)
JOIN dw.fact_article AS article USING (text_key)
JOIN dw.dim_article AS version ON version.article_key = article.article_key AND version.is_current
LEFT JOIN dw.dim_source AS source USING (source_key)
GROUP BY ALL
