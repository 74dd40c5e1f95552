-- One mention of a place in the text of one article version, with the place meant where one is sure enough.
-- grain: place_mention_key
-- reads: places
-- refs: dw.dim_article dw.dim_text dw.dim_place first_print
-- load: replace_night
SELECT dw.surrogate_key(concat_ws('|', article.article_key, found.char_start, found.char_end)) AS place_mention_key,
       article.article_key, coalesce(dim_place.place_key, -1) AS place_key, found.night, surface, reading,
       candidate_count, sentence_index, confidence, rule,
       found.char_start, found.char_end, page_char_start, page_char_end, line_start, line_end
FROM places AS found
JOIN first_print AS article ON article.page_id = found.page_id AND article.night = found.night
LEFT JOIN dw.dim_place ON dim_place.geonames_id = found.geonames_id
