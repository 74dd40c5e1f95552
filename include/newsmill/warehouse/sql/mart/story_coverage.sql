-- The coverage of a story: its articles and sources, next to its independent origins.
-- grain: story_key
-- refs: dw.dim_story dw.bridge_article_story dw.dim_article dw.dim_source
-- load: view
-- group: stories
SELECT story.story_key::VARCHAR AS story_key, story.story_id, story.title, first_seen, last_seen, origin_count, article_count,
       count(DISTINCT article.article_id) FILTER (bridge.relation = 'copy') AS copy_count, source_count,
       array_to_string(list_sort(list(DISTINCT coalesce(source.name, article.source_id))), '; ') AS sources,
       canonical_article_id, canonical_reason
FROM dw.dim_story AS story
JOIN dw.bridge_article_story AS bridge ON bridge.story_key = story.story_key AND bridge.is_current
JOIN dw.dim_article AS article ON article.article_key = bridge.article_key
LEFT JOIN dw.dim_source AS source
  ON source.source_id = article.source_id
 AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
WHERE joined_story_id IS NULL
GROUP BY ALL
