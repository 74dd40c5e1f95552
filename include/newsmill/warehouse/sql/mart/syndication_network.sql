-- Who copies whom, how much and how fast: articles of a source that print another source's, whole or in part.
-- A copy leads to the origin of its story, not to the copies between; an article counts once, as it stands now.
-- How fast is told by the median of pairs that metadata date to the hour: an hour in the text is often local time, and
-- midnight a day without one.
-- grain: source_id origin_source_id
-- refs: dw.fact_article dw.dim_article dw.dim_source
-- load: view
WITH dated AS (
    SELECT article_key, is_current,
           CASE WHEN published_method = 'metadata' AND epoch(published_at) % 86400 <> 0 THEN epoch(published_at) END AS at_seconds
    FROM dw.dim_article
),
copied AS (
    SELECT by_source.source_id, of_source.source_id AS origin_source_id,
           count(*) FILTER (copy.is_copy) AS copy_count, count(*) FILTER (NOT copy.is_copy) AS excerpt_count,
           count(DISTINCT copy.story_key) AS story_count, count(printed.at_seconds - first.at_seconds) AS timed_count,
           median(printed.at_seconds - first.at_seconds) AS median_lag_seconds,
           min(copy.day) AS first_seen, max(copy.day) AS last_seen
    FROM dw.fact_article AS copy
    JOIN dw.fact_article AS origin ON origin.story_key = copy.story_key AND origin.is_canonical
    JOIN dated AS printed ON printed.article_key = copy.article_key AND printed.is_current
    JOIN dated AS first ON first.article_key = origin.article_key
    JOIN dw.dim_source AS by_source ON by_source.source_key = copy.source_key
    JOIN dw.dim_source AS of_source ON of_source.source_key = origin.source_key
    WHERE NOT copy.is_own AND by_source.source_id <> of_source.source_id
    GROUP BY ALL
),
called AS (
    SELECT source_id, arg_max(coalesce(name, source_id), valid_from) AS source FROM dw.dim_source GROUP BY source_id
)
SELECT source_id, by_source.source, origin_source_id, of_source.source AS origin_source, copy_count, excerpt_count, story_count,
       (copy_count + excerpt_count) / sum(copy_count + excerpt_count) OVER (PARTITION BY source_id) AS share_of_copies,
       timed_count, median_lag_seconds, first_seen, last_seen
FROM copied JOIN called AS by_source USING (source_id) JOIN called AS of_source ON of_source.source_id = origin_source_id
