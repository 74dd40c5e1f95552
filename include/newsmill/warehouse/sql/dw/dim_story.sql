-- A story: articles that print the same text or are versions of one another.
-- grain: story_key
-- refs: dw.dim_article dw.dim_source dw.bridge_article_story
-- load: merge
WITH members AS (
    SELECT bridge.story_key, bridge.story_id, bridge.relation, article.*,
           coalesce(source.is_wire, false) AS is_wire
    FROM dw.bridge_article_story AS bridge
    JOIN dw.dim_article AS article USING (article_key)
    LEFT JOIN dw.dim_source AS source
      ON source.source_id = article.source_id
     AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
),
others AS (
    SELECT story_key, bool_or(is_wire) AS is_wire, min(published_at) AS published_at,
           bool_or(published_at IS NULL) AS is_undated, min(valid_from) AS valid_from, max(kept_chars) AS kept_chars
    FROM members WHERE relation <> 'origin' GROUP BY story_key
),
counted AS (
    SELECT story_key, story_id, min(valid_from) AS first_seen, max(valid_from) AS last_seen,
           count(DISTINCT article_id) AS article_count, count(DISTINCT source_id) AS source_count,
           count(*) FILTER (relation = 'origin') AS origin_count
    FROM members GROUP BY story_key, story_id
)
SELECT story_key, counted.story_id, origin.title, origin.article_id AS canonical_article_id,
       CASE WHEN others.story_key IS NULL THEN 'only_article'
            WHEN origin.is_wire AND NOT others.is_wire THEN 'wire_source'
            WHEN origin.published_at < others.published_at OR origin.published_at IS NOT NULL AND others.published_at IS NULL THEN 'earliest_published'
            WHEN origin.valid_from < others.valid_from THEN 'first_seen'
            WHEN origin.kept_chars > others.kept_chars THEN 'longest'
            ELSE 'article_id' END AS canonical_reason,
       first_seen, last_seen, article_count, source_count, origin_count
FROM counted
JOIN members AS origin USING (story_key)
LEFT JOIN others USING (story_key)
WHERE origin.relation = 'origin'
