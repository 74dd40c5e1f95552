-- The pages of nights at hand whose article prints its text first: facts of the text stand on them alone.
-- grain: page_id night
-- refs: dw.dim_article dw.dim_text
-- load: temporary view
SELECT article.page_id, said.night, article_key, article.source_id
FROM (FROM dw.dim_text WHERE night IN (FROM changed_nights)) AS said
JOIN (FROM dw.dim_article WHERE valid_from IN (FROM changed_nights)) AS article USING (article_key)
