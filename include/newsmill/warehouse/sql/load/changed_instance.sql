-- Article versions whose pairs are computed anew: changed ones, and all instances of a changed text.
-- grain: article_key
-- refs: changed_article changed_text dw.dim_article
-- load: temporary
SELECT article_key FROM changed_article
UNION
SELECT article_key FROM dw.dim_article SEMI JOIN changed_text USING (text_key)
