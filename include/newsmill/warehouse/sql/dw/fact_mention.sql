-- One mention of an entity in the text of one article version.
-- grain: mention_key
-- reads: mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity dw.fact_entity_name resolved_mention named_entity
-- load: replace_night
SELECT dw.surrogate_key(concat_ws('|', article_key, char_start, char_end)) AS mention_key,
       article_key, coalesce(entity_key, -1) AS entity_key, mention.night, surface, mention_type, mention.role_title,
       char_start, char_end, page_char_start, page_char_end, line_start, line_end,
       sentence_index, confidence, rule, is_credit
FROM resolved_mention AS mention
LEFT JOIN named_entity USING (entity_id, night)
