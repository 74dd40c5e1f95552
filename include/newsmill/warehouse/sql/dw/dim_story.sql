-- A story: articles that share their text, whole, nearly so or in part, or are versions of one another.
-- origin_count counts independent texts: the origin's, and those of updates, which have it within more of their own. A
-- story that became part of another keeps its last values, and `joined_story_id` names the other.
-- grain: story_key
-- refs: dw.dim_article dw.dim_source dw.bridge_article_story changed_story
-- load: merge
-- scope: story_key IN (FROM changed_story)
WITH bridge AS (
    SELECT * FROM dw.bridge_article_story SEMI JOIN changed_story USING (story_key)
    QUALIFY valid_to = max(valid_to) OVER (PARTITION BY story_key)
),
members AS (
    SELECT bridge.story_key, bridge.story_id, bridge.relation, bridge.is_current,
           article_key, article_id, article.source_id, text_key, article.version, title, published_at, article.valid_from,
           kept_chars, coalesce(source.is_wire, false) AS is_wire, agency IS NOT NULL AS is_credited
    FROM bridge
    JOIN dw.dim_article AS article USING (article_key)
    LEFT JOIN dw.dim_source AS source
      ON source.source_id = article.source_id
     AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
),
-- the article that would be the origin without the first: the criterion in which the two differ is the reason
second_candidate AS (
    SELECT * FROM members WHERE relation <> 'origin' AND version = 1
    QUALIFY row_number() OVER (
        PARTITION BY story_key
        ORDER BY is_wire DESC, is_credited DESC, published_at NULLS LAST, valid_from, kept_chars DESC, article_id
    ) = 1
),
story_counts AS (
    SELECT story_key, story_id, arg_min(article_key, (valid_from, article_id, article_key)) AS founder_key,
           min(valid_from) AS first_seen, max(valid_from) AS last_seen, bool_or(is_current) AS is_current,
           count(DISTINCT article_id) AS article_count, count(DISTINCT source_id) AS source_count,
           1 + count(DISTINCT text_key) FILTER (relation = 'update' AND version = 1) AS origin_count
    FROM members GROUP BY story_key, story_id
),
joined_stories AS (
    SELECT counts.story_key, current.story_id AS joined_story_id
    FROM story_counts AS counts
    JOIN dw.bridge_article_story AS current ON current.article_key = founder_key AND current.is_current
    WHERE NOT counts.is_current
)
SELECT story_key, story_counts.story_id, origin.title, origin.article_id AS canonical_article_id,
       CASE WHEN second.story_key IS NULL THEN 'only_article'
            WHEN origin.is_wire AND NOT second.is_wire THEN 'wire_source'
            WHEN origin.is_credited AND NOT second.is_credited THEN 'agency_credit'
            WHEN origin.published_at < coalesce(second.published_at, 'infinity') THEN 'earliest_published'
            WHEN origin.valid_from < second.valid_from THEN 'first_seen'
            WHEN origin.kept_chars > second.kept_chars THEN 'longest'
            ELSE 'article_id' END AS canonical_reason,
       first_seen, last_seen, article_count, source_count, origin_count, joined_story_id
FROM story_counts
JOIN members AS origin USING (story_key)
LEFT JOIN second_candidate AS second USING (story_key)
LEFT JOIN joined_stories USING (story_key)
WHERE origin.relation = 'origin'
