-- The title of a person as of a date, from valid_from until valid_to, with the first line of the dumps that has it.
-- As of a night d: WHERE d >= valid_from AND d < valid_to. A night without a title leaves the previous one.
-- Mentions count without credits, from min_confidence on: 0.5, or the session's SET VARIABLE min_confidence.
-- grain: entity_key
-- refs: dw.dim_entity dw.fact_mention dw.fact_article dw.dim_article dw.dim_source
-- load: view
-- group: people
WITH role_mentions AS (
    SELECT entity_key, entity_id, canonical_name, entity.role_title, valid_from, valid_to, is_current,
           count(*) AS mention_count, count(DISTINCT story_key) AS story_count,
           arg_min({'article_key': mention.article_key, 'source_key': source_key, 'surface': surface,
                    'line_start': line_start, 'line_end': line_end},
                   (mention.night, NOT is_own, mention.article_key, char_start)) AS first_mention
    FROM dw.dim_entity AS entity
    JOIN {counted_mentions} AS mention USING (entity_key)
    JOIN dw.fact_article AS article USING (article_key)
    WHERE entity_type = 'person' AND linked_entity_id = entity_id AND NOT is_hidden AND mention.role_title = entity.role_title
    GROUP BY ALL
)
SELECT entity_key::VARCHAR AS entity_key, entity_id, canonical_name, role_title, role_mentions.valid_from, role_mentions.valid_to, role_mentions.is_current,
       mention_count, story_count, first_mention.surface, article.title, coalesce(source.name, article.source_id) AS source,
       article.dump_file, article.record_no, first_mention.line_start, first_mention.line_end
FROM role_mentions
JOIN dw.dim_article AS article ON article.article_key = first_mention.article_key
LEFT JOIN dw.dim_source AS source ON source.source_key = first_mention.source_key
