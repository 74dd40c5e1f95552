-- The texts to be indexed for search: those first seen on a night whose index is computed anew.
-- grain: night document_no
-- refs: dw.dim_text dw.dim_article
-- load: temporary view
WITH numbered_texts AS (
    SELECT night, text_key, article_key, row_number() OVER (PARTITION BY night ORDER BY text_key) AS document_no
    FROM dw.dim_text WHERE night IN (FROM changed_nights)
)
SELECT numbered_texts.*, concat_ws(chr(10), title, text) AS page, language = 'en' AS is_stemmed
FROM numbered_texts JOIN dw.dim_article AS article
    ON article.valid_from = numbered_texts.night AND article.article_key = numbered_texts.article_key
