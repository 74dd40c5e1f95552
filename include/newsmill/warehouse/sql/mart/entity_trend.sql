-- How an entity's coverage moves by day: articles that name it, copies and all, beside origins and stories.
-- An article counts once, as it stands now, on the day of its publication; a copy by what its text's first print says.
-- grain: day entity_id
-- refs: dw.fact_mention dw.dim_entity dw.dim_text dw.fact_article dw.dim_article dw.dim_source
-- load: view
SELECT article.day, entity_id, entity_type, canonical_name, count(DISTINCT article.article_key) AS article_count,
       count(DISTINCT article.article_key) FILTER (is_own) AS origin_count, count(DISTINCT story_key) AS story_count,
       count(DISTINCT source.source_id) AS source_count
FROM dw.fact_article AS article
JOIN dw.dim_article AS version ON version.article_key = article.article_key AND version.is_current
JOIN dw.dim_text AS said ON said.text_key = article.text_key
-- what a text says stands on the night of its first print: for one day few nights are read
JOIN dw.fact_mention AS mention ON mention.article_key = said.article_key AND mention.night = said.night
JOIN dw.dim_entity AS entity USING (entity_key)
LEFT JOIN dw.dim_source AS source ON source.source_key = article.source_key
WHERE NOT is_hidden
GROUP BY ALL
