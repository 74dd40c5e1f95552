-- Who covered a story: its articles and sources beside its independent origins.
-- grain: story_key
-- refs: dw.dim_story dw.bridge_article_story dw.dim_article dw.dim_source
-- load: view
WITH covered AS (
    SELECT bridge.story_key, list_sort(list(DISTINCT coalesce(source.name, article.source_id))) AS sources,
           count(DISTINCT article.article_id) FILTER (bridge.relation = 'copy') AS copy_count
    FROM dw.bridge_article_story AS bridge
    JOIN dw.dim_article AS article ON article.article_key = bridge.article_key AND bridge.is_current
    LEFT JOIN dw.dim_source AS source
      ON source.source_id = article.source_id
     AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
    GROUP BY bridge.story_key
)
SELECT story_key, story_id, title, first_seen, last_seen, origin_count, article_count, copy_count, source_count, sources,
       canonical_article_id, canonical_reason
FROM dw.dim_story JOIN covered USING (story_key)
WHERE joined_story_id IS NULL
