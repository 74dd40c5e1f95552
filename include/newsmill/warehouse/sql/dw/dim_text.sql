-- A text by its words, however many instances it has; all its facts are extracted from the first instance.
-- Copies of it, whole or in part, are found by its bands and samples; article_key is the first instance.
-- grain: text_key
-- reads: signatures
-- refs: dw.dim_article changed_article
-- load: merge
-- scope: text_key IN (SELECT text_key FROM changed_article) OR text_key IN (SELECT text_key FROM dw.dim_article WHERE valid_from IN (FROM changed_nights))
-- nights: SELECT min(valid_from) FROM dw.dim_article SEMI JOIN changed_article USING (text_key) GROUP BY text_key HAVING NOT bool_or(valid_from IN (FROM changed_nights))
WITH scope_texts AS (  -- a night that is run again may sign its texts anew
    SELECT text_key FROM changed_article
    UNION SELECT text_key FROM dw.dim_article WHERE valid_from IN (FROM changed_nights)
),
first_instances AS (
    SELECT text_key, min(valid_from) AS night,
           arg_min(article_key, (valid_from, coalesce(published_at, 'infinity'), page_id)) AS article_key
    FROM dw.dim_article SEMI JOIN scope_texts USING (text_key)
    GROUP BY text_key
),
text_signatures AS (
    SELECT DISTINCT ON (text_key) text_key, shingle_count, bands, samples
    FROM signatures SEMI JOIN first_instances USING (text_key)
)
-- a text that could not be signed has no copies
SELECT text_key, article_key, coalesce(shingle_count, 0) AS shingle_count, coalesce(bands, []) AS bands,
       coalesce(samples, []) AS samples, night
FROM first_instances LEFT JOIN text_signatures USING (text_key)
