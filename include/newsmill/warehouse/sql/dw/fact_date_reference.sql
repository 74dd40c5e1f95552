-- One temporal expression in the text of one article version, with its TIMEX3 value and the days it denotes.
-- grain: date_reference_key
-- reads: dates
-- refs: dw.dim_article dw.dim_text first_instance
-- load: replace_night
SELECT dw.surrogate_key(concat_ws('|', article.article_key, reference.char_start, reference.char_end)) AS date_reference_key,
       article.article_key, reference.night, surface, timex_type, timex_value, date_start, date_end, anchor_date, anchor_method,
       sentence_index, confidence, reference.rule,
       reference.char_start, reference.char_end, page_char_start, page_char_end, line_start, line_end
FROM dates AS reference
JOIN first_instance AS article ON article.page_id = reference.page_id AND article.night = reference.night
