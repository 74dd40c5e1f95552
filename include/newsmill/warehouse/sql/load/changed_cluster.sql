-- Article versions whose story may have changed: those that changed, and all that pairs lead to from them.
-- grain: article_key
-- refs: changed_article dw.fact_article_pair dw.dim_article
-- load: temporary
WITH RECURSIVE link AS (
    SELECT from_article_key AS here, to_article_key AS there FROM dw.fact_article_pair
    UNION ALL
    SELECT to_article_key, from_article_key FROM dw.fact_article_pair
),
reached(article_key) AS (
    (SELECT article_key FROM changed_article
     UNION SELECT from_article_key FROM gone_fact_article_pair UNION SELECT to_article_key FROM gone_fact_article_pair
     UNION SELECT from_article_key FROM come_fact_article_pair UNION SELECT to_article_key FROM come_fact_article_pair)
    UNION
    SELECT there FROM reached JOIN link ON here = article_key
)
SELECT article_key FROM reached SEMI JOIN dw.dim_article USING (article_key)
