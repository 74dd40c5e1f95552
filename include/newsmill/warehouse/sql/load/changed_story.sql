-- Stories that an article version joined or left with this load.
-- grain: story_key
-- refs: dw.bridge_article_story changed_cluster
-- load: temporary
SELECT story_key FROM deleted_bridge_article_story
UNION
SELECT story_key FROM inserted_bridge_article_story
UNION
SELECT story_key FROM dw.bridge_article_story SEMI JOIN changed_cluster USING (article_key)
