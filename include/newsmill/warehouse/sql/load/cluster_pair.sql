-- Pairs that make stories: core pairs, which put two articles into one core, and weaker ones.
-- grain: from_article_key to_article_key relation
-- refs: dw.fact_article_pair cluster_member
-- load: temporary
SELECT from_article_key, to_article_key, relation, pair.night,
       CASE relation WHEN 'near' THEN similarity >= 0.6 ELSE relation IN ('exact', 'version') END AS is_core
FROM dw.fact_article_pair AS pair
JOIN cluster_member AS later ON later.article_key = from_article_key
JOIN cluster_member AS earlier ON earlier.article_key = to_article_key
-- a page with other content today is another article, unless it continues under the same title
WHERE relation <> 'version' OR containment >= 0.5 OR later.title = earlier.title
