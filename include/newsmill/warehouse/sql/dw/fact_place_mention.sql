-- One mention of a place in the text of one article version, with the place where one candidate is sure enough.
-- grain: place_mention_key
-- reads: places
-- refs: dw.dim_article dw.dim_text dw.dim_place first_instance
-- load: replace_night
SELECT dw.surrogate_key(concat_ws('|', article.article_key, mention.char_start, mention.char_end)) AS place_mention_key,
       article.article_key, coalesce(dim_place.place_key, -1) AS place_key, mention.night, surface, mention.place_type, metonymy_class,
       candidate_count, sentence_index, confidence, rule,
       mention.char_start, mention.char_end, page_char_start, page_char_end, line_start, line_end
FROM places AS mention
JOIN first_instance AS article ON article.page_id = mention.page_id AND article.night = mention.night
LEFT JOIN dw.dim_place ON dim_place.geonames_id = mention.geonames_id
