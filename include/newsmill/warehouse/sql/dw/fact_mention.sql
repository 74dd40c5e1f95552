-- One mention of an entity in the text of one article version.
-- grain: mention_key
-- reads: mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity dw.fact_entity_name resolved_mention
-- load: replace_night
WITH named_entities AS (SELECT DISTINCT entity_id, night FROM dw.fact_entity_name WHERE night IN (FROM changed_nights)),
entity_versions AS (  -- of all entities of history few are named
    SELECT entity_id, night, entity_key
    FROM named_entities JOIN dw.dim_entity AS entity USING (entity_id)
    WHERE night >= entity.valid_from AND night < entity.valid_to
)
SELECT dw.surrogate_key(concat_ws('|', article_key, char_start, char_end)) AS mention_key,
       article_key, coalesce(entity_key, -1) AS entity_key, mention.night, surface, mention_type, mention.role_title,
       char_start, char_end, page_char_start, page_char_end, line_start, line_end,
       sentence_index, confidence, rule, is_credit
FROM resolved_mention AS mention
LEFT JOIN entity_versions USING (entity_id, night)
