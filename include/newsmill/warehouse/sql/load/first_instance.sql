-- The pages of the current nights whose article is the first instance of its text: only they have facts of the text.
-- grain: page_id night
-- refs: dw.dim_article dw.dim_text
-- load: temporary view
SELECT article.page_id, dim_text.night, article_key, article.source_id
FROM (FROM dw.dim_text WHERE night IN (FROM changed_nights)) AS dim_text
JOIN (FROM dw.dim_article WHERE valid_from IN (FROM changed_nights)) AS article USING (article_key)
