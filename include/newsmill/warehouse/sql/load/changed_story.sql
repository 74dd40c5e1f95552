-- Stories that an article version joined or left with this load.
-- grain: story_key
-- refs: dw.bridge_article_story changed_cluster
-- load: temporary
SELECT story_key FROM gone_bridge_article_story
UNION
SELECT story_key FROM come_bridge_article_story
UNION
SELECT story_key FROM dw.bridge_article_story SEMI JOIN changed_cluster USING (article_key)
