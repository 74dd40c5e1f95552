-- One text that the index of words knows, by its first print.
-- grain: night document_no
-- refs: search_print search.posting
-- load: replace_night
WITH counted AS (
    SELECT night, document_no, sum(term_count) AS term_count
    FROM search.posting WHERE night IN (FROM changed_nights) GROUP BY ALL
)
SELECT night, document_no, text_key, article_key, is_stemmed, coalesce(counted.term_count, 0) AS term_count
FROM search_print LEFT JOIN counted USING (night, document_no)
