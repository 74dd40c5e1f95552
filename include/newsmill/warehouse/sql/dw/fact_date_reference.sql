-- One temporal expression in the text of one article version, with its TIMEX3 value and the days it means.
-- grain: date_reference_key
-- reads: dates
-- refs: dw.dim_article dw.dim_text first_print
-- load: replace_night
SELECT dw.surrogate_key(concat_ws('|', article.article_key, found.char_start, found.char_end)) AS date_reference_key,
       article.article_key, found.night, surface, timex_type, timex_value, date_start, date_end, anchor_date, anchor_method,
       sentence_index, confidence, found.rule,
       found.char_start, found.char_end, page_char_start, page_char_end, line_start, line_end
FROM dates AS found
JOIN first_print AS article ON article.page_id = found.page_id AND article.night = found.night
