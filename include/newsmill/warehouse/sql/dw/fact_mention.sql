-- One mention of an entity in the text of one article version.
-- grain: mention_key
-- reads: mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity
-- load: replace_night
SELECT dw.surrogate_key(concat_ws('|', article.article_key, mention.char_start, mention.char_end)) AS mention_key,
       article.article_key, coalesce(entity.entity_key, -1) AS entity_key, mention.night, surface, mention_type,
       mention.char_start, mention.char_end, page_char_start, page_char_end, line_start, line_end,
       sentence_index, confidence, rule
FROM mentions AS mention
JOIN dw.dim_article AS article ON article.page_id = mention.page_id AND article.valid_from = mention.night
SEMI JOIN dw.dim_text ON dim_text.article_key = article.article_key
LEFT JOIN dw.dim_entity AS entity
  ON entity.entity_id = mention.entity_id AND mention.night >= entity.valid_from AND mention.night < entity.valid_to
