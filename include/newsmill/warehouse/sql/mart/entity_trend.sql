-- How an entity's coverage moves by day: articles that name it, copies included, next to origins and stories.
-- An entity is all names with a link to it. An article counts once, in its current version, on the day of its publication; a copy by the first instance of its text.
-- Mentions count without credits, from min_confidence on: 0.5, or the session's SET VARIABLE min_confidence.
-- grain: day entity_id
-- refs: dw.fact_mention dw.dim_entity dw.dim_text dw.fact_article dw.dim_article dw.dim_source
-- load: view
-- group: people
SELECT article.day, linked_entity_id AS entity_id, entity_type, canonical_name, count(DISTINCT article.article_key) AS article_count,
       count(DISTINCT article.article_key) FILTER (is_own) AS origin_count, count(DISTINCT story_key) AS story_count,
       count(DISTINCT source.source_id) AS source_count
FROM dw.fact_article AS article
JOIN dw.dim_article AS version ON version.article_key = article.article_key AND version.is_current
JOIN dw.dim_text ON dim_text.text_key = article.text_key
-- facts of a text are on the night of its first instance: for one day few nights are read
JOIN {counted_mentions} AS mention ON mention.article_key = dim_text.article_key AND mention.night = dim_text.night
JOIN dw.dim_entity AS entity USING (entity_key)
LEFT JOIN dw.dim_source AS source ON source.source_key = article.source_key
WHERE NOT is_hidden
GROUP BY ALL
