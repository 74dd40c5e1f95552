-- One mention of an entity in the text of one article version.
-- grain: mention_key
-- reads: mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity told_mention
-- load: replace_night
SELECT dw.surrogate_key(concat_ws('|', article_key, char_start, char_end)) AS mention_key,
       article_key, coalesce(entity.entity_key, -1) AS entity_key, mention.night, surface, mention_type, mention.role_title,
       char_start, char_end, page_char_start, page_char_end, line_start, line_end,
       sentence_index, confidence, rule
FROM told_mention AS mention
LEFT JOIN dw.dim_entity AS entity
  ON entity.entity_id = mention.entity_id AND mention.night >= entity.valid_from AND mention.night < entity.valid_to
