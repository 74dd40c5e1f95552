-- Article versions that belong to another story now, or have another relation to the origin of their story.
-- grain: article_key
-- refs: dw.bridge_article_story
-- load: temporary
WITH deleted AS (SELECT article_key, story_key, relation FROM deleted_bridge_article_story WHERE is_current),
inserted AS (SELECT article_key, story_key, relation FROM inserted_bridge_article_story WHERE is_current)
SELECT DISTINCT article_key FROM ((FROM deleted EXCEPT FROM inserted) UNION ALL (FROM inserted EXCEPT FROM deleted))
