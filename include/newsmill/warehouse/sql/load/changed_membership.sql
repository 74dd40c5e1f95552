-- Article versions that belong to another story now, or stand otherwise in theirs.
-- grain: article_key
-- refs: dw.bridge_article_story
-- load: temporary
WITH gone AS (SELECT article_key, story_key, relation FROM gone_bridge_article_story WHERE is_current),
come AS (SELECT article_key, story_key, relation FROM come_bridge_article_story WHERE is_current)
SELECT DISTINCT article_key FROM ((FROM gone EXCEPT FROM come) UNION ALL (FROM come EXCEPT FROM gone))
