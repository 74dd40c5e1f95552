-- A story: articles that print one another's text, whole, nearly so or in part, or are versions of one another.
-- origin_count counts texts of their own: the origin's, and those that print it within more that is theirs. A story
-- that became part of another keeps what was known of it until then, and names that one.
-- grain: story_key
-- refs: dw.dim_article dw.dim_source dw.bridge_article_story changed_story
-- load: merge
-- scope: story_key IN (FROM changed_story)
WITH bridge AS (
    SELECT * FROM dw.bridge_article_story SEMI JOIN changed_story USING (story_key)
    QUALIFY valid_to = max(valid_to) OVER (PARTITION BY story_key)
),
members AS (
    SELECT bridge.story_key, bridge.story_id, bridge.relation, bridge.is_current AS stands,
           article_key, article_id, article.source_id, text_key, article.version, title, published_at, article.valid_from,
           kept_chars, coalesce(source.is_wire, false) AS is_wire, agency IS NOT NULL AS is_credited
    FROM bridge
    JOIN dw.dim_article AS article USING (article_key)
    LEFT JOIN dw.dim_source AS source
      ON source.source_id = article.source_id
     AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
),
-- the article that would stand for the story if the origin did not: what parts the two is why
second AS (
    SELECT * FROM members WHERE relation <> 'origin' AND version = 1
    QUALIFY row_number() OVER (
        PARTITION BY story_key
        ORDER BY is_wire DESC, is_credited DESC, published_at NULLS LAST, valid_from, kept_chars DESC, article_id
    ) = 1
),
counted AS (
    SELECT story_key, story_id, arg_min(article_key, (valid_from, article_id, article_key)) AS founder_key,
           min(valid_from) AS first_seen, max(valid_from) AS last_seen, bool_or(stands) AS stands,
           count(DISTINCT article_id) AS article_count, count(DISTINCT source_id) AS source_count,
           1 + count(DISTINCT text_key) FILTER (relation = 'update' AND version = 1) AS origin_count
    FROM members GROUP BY story_key, story_id
),
heirs AS (
    SELECT counted.story_key, now.story_id AS joined_story_id
    FROM counted JOIN dw.bridge_article_story AS now ON now.article_key = founder_key AND now.is_current
    WHERE NOT stands
)
SELECT story_key, counted.story_id, origin.title, origin.article_id AS canonical_article_id,
       CASE WHEN second.story_key IS NULL THEN 'only_article'
            WHEN origin.is_wire AND NOT second.is_wire THEN 'wire_source'
            WHEN origin.is_credited AND NOT second.is_credited THEN 'agency_credit'
            WHEN origin.published_at < coalesce(second.published_at, 'infinity') THEN 'earliest_published'
            WHEN origin.valid_from < second.valid_from THEN 'first_seen'
            WHEN origin.kept_chars > second.kept_chars THEN 'longest'
            ELSE 'article_id' END AS canonical_reason,
       first_seen, last_seen, article_count, source_count, origin_count, joined_story_id
FROM counted
JOIN members AS origin USING (story_key)
LEFT JOIN second USING (story_key)
LEFT JOIN heirs USING (story_key)
WHERE origin.relation = 'origin'
