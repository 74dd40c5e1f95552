-- The texts to be indexed: those first printed on a night whose index is made anew.
-- grain: night document_no
-- refs: dw.dim_text dw.dim_article
-- load: temporary view
WITH printed AS (
    SELECT night, text_key, article_key, row_number() OVER (PARTITION BY night ORDER BY text_key) AS document_no
    FROM dw.dim_text WHERE night IN (FROM changed_nights)
)
SELECT printed.*, concat_ws(chr(10), title, text) AS page, language = 'en' AS is_stemmed
FROM printed JOIN dw.dim_article AS article
    ON article.valid_from = printed.night AND article.article_key = printed.article_key
