-- How often the texts first seen on a night call an entity by one name, with one title and country.
-- A source is given for a person with one name alone in an article. Credits are rows of their own.
-- grain: entity_name_key
-- reads: mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity_decision resolved_mention
-- nights: WITH changed AS (FROM deleted_dim_entity_decision UNION ALL FROM inserted_dim_entity_decision) SELECT night FROM dw.fact_entity_name SEMI JOIN changed ON changed.entity_id = text_entity_id UNION SELECT night FROM dw.fact_entity_name SEMI JOIN changed ON changed.entity_id = split_part(text_entity_id, '@', 1)
-- load: replace_night
SELECT dw.surrogate_key(to_json([CAST(night AS VARCHAR), text_entity_id, entity_id, canonical_name, surface, role_title,
                                 country_code, CAST(is_credit AS VARCHAR)])::VARCHAR) AS entity_name_key, *
FROM (
    SELECT night, text_entity_id, entity_id, CASE WHEN contains(text_entity_id, '@') THEN source_id END AS source_id,
           canonical_name, surface, role_title, country_code, is_credit, count(*) AS mention_count,
           count(DISTINCT article_key) AS article_count
    FROM resolved_mention GROUP BY ALL
)
