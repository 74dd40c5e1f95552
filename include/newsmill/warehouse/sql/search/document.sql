-- One text in the search index, with its first instance.
-- grain: night document_no
-- refs: search_text search.posting
-- load: replace_night
WITH document_terms AS (
    SELECT night, document_no, sum(term_count) AS term_count
    FROM search.posting WHERE night IN (FROM changed_nights) GROUP BY ALL
)
SELECT night, document_no, text_key, article_key, is_stemmed, coalesce(document_terms.term_count, 0) AS term_count
FROM search_text LEFT JOIN document_terms USING (night, document_no)
