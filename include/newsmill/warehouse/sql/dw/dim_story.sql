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
-- the article that would stand for the story if the origin did not: what parts the two is why
second AS (
    SELECT * FROM members WHERE relation <> 'origin' AND version = 1
    QUALIFY row_number() OVER (
        PARTITION BY story_key ORDER BY is_wire DESC, published_at NULLS LAST, valid_from, kept_chars DESC, article_id
    ) = 1
),
counted AS (
    SELECT story_key, story_id, min(valid_from) AS first_seen, max(valid_from) AS last_seen,
           count(DISTINCT article_id) AS article_count, count(DISTINCT source_id) AS source_count,
           count(*) FILTER (relation = 'origin') AS origin_count
    FROM members GROUP BY story_key, story_id
)
SELECT story_key, counted.story_id, origin.title, origin.article_id AS canonical_article_id,
       CASE WHEN second.story_key IS NULL THEN 'only_article'
            WHEN origin.is_wire AND NOT second.is_wire THEN 'wire_source'
            WHEN origin.published_at < coalesce(second.published_at, 'infinity') THEN 'earliest_published'
            WHEN origin.valid_from < second.valid_from THEN 'first_seen'
            WHEN origin.kept_chars > second.kept_chars THEN 'longest'
            ELSE 'article_id' END AS canonical_reason,
       first_seen, last_seen, article_count, source_count, origin_count
FROM counted
JOIN members AS origin USING (story_key)
LEFT JOIN second USING (story_key)
WHERE origin.relation = 'origin'
