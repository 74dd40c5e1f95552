-- Article versions whose story may have changed: changed ones, and all that are connected to them by pairs.
-- grain: article_key
-- refs: changed_article dw.fact_article_pair dw.dim_article
-- load: temporary
WITH RECURSIVE link AS (
    SELECT from_article_key AS article_key, to_article_key AS other_key FROM dw.fact_article_pair
    UNION ALL
    SELECT to_article_key, from_article_key FROM dw.fact_article_pair
),
connected(article_key) AS (
    (SELECT article_key FROM changed_article
     UNION SELECT from_article_key FROM deleted_fact_article_pair UNION SELECT to_article_key FROM deleted_fact_article_pair
     UNION SELECT from_article_key FROM inserted_fact_article_pair UNION SELECT to_article_key FROM inserted_fact_article_pair)
    UNION
    SELECT other_key FROM connected JOIN link USING (article_key)
)
SELECT article_key FROM connected SEMI JOIN dw.dim_article USING (article_key)
