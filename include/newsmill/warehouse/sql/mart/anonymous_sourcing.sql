-- The share of a source's statements by people without a name, officials above all, by month.
-- Statements count in texts of the source's own, in their current version: a copy repeats the choice of another source.
-- grain: month_start source_id
-- refs: dw.fact_article dw.dim_article dw.dim_source dw.dim_text dw.fact_quote dw.dim_attribution
-- load: view
-- group: people
WITH own_texts AS (
    SELECT CAST(date_trunc('month', day) AS DATE) AS month_start, source_id, article.text_key,
           coalesce(source.name, source_id) AS source, source.valid_from
    FROM dw.fact_article AS article
    JOIN dw.dim_source AS source USING (source_key)
    SEMI JOIN (SELECT article_key FROM dw.dim_article WHERE is_current) USING (article_key)
    WHERE is_own
),
origin_counts AS (
    SELECT month_start, source_id, arg_max(source, valid_from) AS source, count(*) AS origin_count FROM own_texts GROUP BY month_start, source_id
),
statement_counts AS (
    SELECT month_start, source_id, count(*) AS statement_count, count(*) FILTER (is_anonymous) AS anonymous_count,
           count(*) FILTER (attribution_class = 'anonymous_official') AS official_count,
           count(*) FILTER (is_anonymous AND anonymity_char_start IS NOT NULL) AS explained_count
    FROM own_texts
    JOIN dw.dim_text USING (text_key)
    JOIN dw.fact_quote AS quote USING (article_key)
    JOIN dw.dim_attribution USING (attribution_key)
    WHERE quote_key = statement_key  -- words quoted within a statement are a part of it
    GROUP BY month_start, source_id
)
SELECT month_start, source_id, source, origin_count, coalesce(statement_count, 0) AS statement_count,
       coalesce(anonymous_count, 0) AS anonymous_count, coalesce(official_count, 0) AS official_count,
       coalesce(explained_count, 0) AS explained_count,
       anonymous_count / statement_count AS anonymous_share, official_count / statement_count AS official_share
FROM origin_counts LEFT JOIN statement_counts USING (month_start, source_id)
