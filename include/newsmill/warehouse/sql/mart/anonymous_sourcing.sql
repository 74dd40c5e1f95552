-- The share of a source's statements by people without a name, officials above all, by month.
-- Statements count in texts of the source's own, in their current version: a copy repeats the choice of another source.
-- Only languages whose statements are read count: without one, counts and shares are null (mart.language_coverage). The
-- shares are of statement_count; attributed_count are those with a speaker, from a confidence of min_confidence on (0.5, or
-- the session's SET VARIABLE min_confidence).
-- grain: month_start source_id
-- refs: dw.fact_article dw.dim_article dw.dim_source dw.dim_text dw.fact_quote dw.dim_attribution
-- load: view
-- group: people
WITH own_texts AS (
    SELECT CAST(date_trunc('month', day) AS DATE) AS month_start, source_id, article.text_key,
           coalesce(source.name, source_id) AS source, source.valid_from, language IN {read_languages} AS is_read
    FROM dw.fact_article AS article
    JOIN dw.dim_source AS source USING (source_key)
    JOIN (SELECT article_key, language FROM dw.dim_article WHERE is_current) USING (article_key)
    WHERE is_own
),
origin_counts AS (
    SELECT month_start, source_id, arg_max(source, valid_from) AS source, count(*) AS origin_count,
           count(*) FILTER (is_read) AS read_count FROM own_texts GROUP BY month_start, source_id
),
statement_counts AS (
    SELECT month_start, source_id, count(*) AS statement_count, count(*) FILTER (is_sure) AS attributed_count,
           count(*) FILTER (is_anonymous AND is_sure) AS anonymous_count,
           count(*) FILTER (attribution_class = 'anonymous_official' AND is_sure) AS official_count,
           count(*) FILTER (is_anonymous AND is_sure AND anonymity_char_start IS NOT NULL) AS explained_count
    FROM own_texts
    JOIN dw.dim_text USING (text_key)
    JOIN (SELECT *, attribution_class <> 'unknown' AND speaker_confidence >= {min_confidence} AS is_sure
          FROM dw.fact_quote JOIN dw.dim_attribution USING (attribution_key)) AS quote USING (article_key)
    WHERE is_read AND quote_key = statement_key  -- words quoted within a statement are a part of it
    GROUP BY month_start, source_id
)
SELECT month_start, source_id, source, origin_count, read_count,
       CASE WHEN read_count > 0 THEN coalesce(statement_count, 0) END AS statement_count,
       CASE WHEN read_count > 0 THEN coalesce(attributed_count, 0) END AS attributed_count,
       CASE WHEN read_count > 0 THEN coalesce(anonymous_count, 0) END AS anonymous_count,
       CASE WHEN read_count > 0 THEN coalesce(official_count, 0) END AS official_count,
       CASE WHEN read_count > 0 THEN coalesce(explained_count, 0) END AS explained_count,
       anonymous_count / statement_count AS anonymous_share, official_count / statement_count AS official_share
FROM origin_counts LEFT JOIN statement_counts USING (month_start, source_id)
