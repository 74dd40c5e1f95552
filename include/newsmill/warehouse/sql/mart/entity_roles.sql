-- The title of a person as of a date, from valid_from until valid_to, and the first line of the dumps that tells it.
-- As of a night d: WHERE d >= valid_from AND d < valid_to. A night on which no title is told leaves the one before.
-- grain: entity_key
-- refs: dw.dim_entity dw.fact_mention dw.fact_article dw.dim_article dw.dim_source
-- load: view
WITH told AS (
    SELECT entity_key, entity_id, canonical_name, entity.role_title, valid_from, valid_to, is_current,
           count(*) AS mention_count, count(DISTINCT story_key) AS story_count,
           arg_min({'article_key': mention.article_key, 'source_key': source_key, 'surface': surface,
                    'line_start': line_start, 'line_end': line_end},
                   (mention.night, NOT is_own, mention.article_key, char_start)) AS first
    FROM dw.dim_entity AS entity
    JOIN dw.fact_mention AS mention USING (entity_key)
    JOIN dw.fact_article AS article USING (article_key)
    WHERE entity_type = 'person' AND NOT is_hidden AND mention.role_title = entity.role_title
    GROUP BY ALL
)
SELECT entity_key, entity_id, canonical_name, role_title, told.valid_from, told.valid_to, told.is_current,
       mention_count, story_count, first.surface, article.title, coalesce(source.name, article.source_id) AS source,
       article.dump_file, article.record_no, first.line_start, first.line_end
FROM told
JOIN dw.dim_article AS article ON article.article_key = first.article_key
LEFT JOIN dw.dim_source AS source ON source.source_key = first.source_key
