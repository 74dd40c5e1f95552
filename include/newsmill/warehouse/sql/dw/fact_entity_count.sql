-- How many texts first seen on a night in a source name an entity. A person with one name alone in an article counts under
-- that name (is_lone), whatever the article. A credit is no mention.
-- grain: entity_count_key
-- reads: mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity_decision dw.fact_entity_name resolved_mention first_instance
-- load: replace_night
SELECT dw.surrogate_key(to_json([CAST(night AS VARCHAR), source_id, name_id, CAST(is_lone AS VARCHAR)])::VARCHAR) AS entity_count_key, *
FROM (
    SELECT night, source_id, split_part(entity_id, '@', 1) AS name_id, contains(entity_id, '@') AS is_lone, count(*) AS article_count
    FROM (SELECT DISTINCT article_key, entity_id FROM resolved_mention WHERE NOT is_credit) JOIN first_instance USING (article_key)
    GROUP BY ALL
)
