-- Copies between sources, how many and how fast: articles of a source with the text of another source, whole or in part.
-- A copy leads to the origin of its story, not to the copies between; an article counts once, in its current version.
-- The lag is the median of pairs that metadata date to the hour. An hour in the text is often local time, and a day
-- without a clock has none.
-- grain: source_id origin_source_id
-- refs: dw.fact_article dw.dim_article dw.dim_source
-- load: view
-- group: stories
WITH article_times AS (
    SELECT article_key, is_current,
           CASE WHEN published_method = 'metadata' AND published_precision = 'time' THEN epoch(published_at) END AS at_seconds
    FROM dw.dim_article
),
copy_counts AS (
    SELECT by_source.source_id, of_source.source_id AS origin_source_id,
           count(*) FILTER (copy.is_copy) AS copy_count, count(*) FILTER (NOT copy.is_copy) AS excerpt_count,
           count(DISTINCT copy.story_key) AS story_count, count(copy_time.at_seconds - origin_time.at_seconds) AS timed_count,
           median(copy_time.at_seconds - origin_time.at_seconds) AS median_lag_seconds,
           min(copy.day) AS first_seen, max(copy.day) AS last_seen
    FROM dw.fact_article AS copy
    JOIN dw.fact_article AS origin ON origin.story_key = copy.story_key AND origin.is_canonical
    JOIN article_times AS copy_time ON copy_time.article_key = copy.article_key AND copy_time.is_current
    JOIN article_times AS origin_time ON origin_time.article_key = origin.article_key
    JOIN dw.dim_source AS by_source ON by_source.source_key = copy.source_key
    JOIN dw.dim_source AS of_source ON of_source.source_key = origin.source_key
    WHERE NOT copy.is_own AND by_source.source_id <> of_source.source_id
    GROUP BY ALL
),
source_names AS (
    SELECT source_id, arg_max(coalesce(name, source_id), valid_from) AS source FROM dw.dim_source GROUP BY source_id
)
SELECT source_id, by_source.source, origin_source_id, of_source.source AS origin_source, copy_count, excerpt_count, story_count,
       (copy_count + excerpt_count) / sum(copy_count + excerpt_count) OVER (PARTITION BY source_id) AS share_of_copies,
       timed_count, median_lag_seconds, first_seen, last_seen
FROM copy_counts JOIN source_names AS by_source USING (source_id) JOIN source_names AS of_source ON of_source.source_id = origin_source_id
