-- Who copies whom, how much and how fast: articles of a source that print another source's, whole or in part.
-- A copy leads to the origin of its story, not to the copies between; an article counts once, as it stands now.
-- grain: source_id origin_source_id
-- refs: dw.fact_article dw.dim_article dw.dim_source
-- load: view
WITH copied AS (
    SELECT by_source.source_id, of_source.source_id AS origin_source_id,
           arg_max(coalesce(by_source.name, by_source.source_id), by_source.valid_from) AS source,
           arg_max(coalesce(of_source.name, of_source.source_id), of_source.valid_from) AS origin_source,
           count(*) FILTER (copy.is_copy) AS copy_count, count(*) FILTER (NOT copy.is_copy) AS excerpt_count,
           count(DISTINCT copy.story_key) AS story_count,
           median(epoch(printed.published_at) - epoch(origin_version.published_at)) AS median_lag_seconds,
           min(copy.day) AS first_seen, max(copy.day) AS last_seen
    FROM dw.fact_article AS copy
    JOIN dw.fact_article AS origin ON origin.story_key = copy.story_key AND origin.is_canonical
    JOIN dw.dim_article AS printed ON printed.article_key = copy.article_key AND printed.is_current
    JOIN dw.dim_article AS origin_version ON origin_version.article_key = origin.article_key
    JOIN dw.dim_source AS by_source ON by_source.source_key = copy.source_key
    JOIN dw.dim_source AS of_source ON of_source.source_key = origin.source_key
    WHERE NOT copy.is_own AND by_source.source_id <> of_source.source_id
    GROUP BY ALL
)
SELECT source_id, source, origin_source_id, origin_source, copy_count, excerpt_count, story_count,
       (copy_count + excerpt_count) / sum(copy_count + excerpt_count) OVER (PARTITION BY source_id) AS share_of_copies,
       median_lag_seconds, first_seen, last_seen
FROM copied
