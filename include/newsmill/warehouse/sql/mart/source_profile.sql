-- The output of a source in a month: volume, share of its own texts, language, quotations and boilerplate.
-- An article counts once, in its current version; words and quotations are those of the source's own texts, boilerplate is
-- that of all its pages.
-- Statements are read in some languages alone: without a text in one, their counts and shares are null.
-- grain: month_start source_id
-- refs: dw.fact_article dw.dim_article dw.dim_source mart.anonymous_sourcing
-- load: view
-- group: sources
WITH source_months AS (
    SELECT CAST(date_trunc('month', day) AS DATE) AS month_start, source_id,
           arg_max(coalesce(source.name, source_id), source.valid_from) AS source,
           arg_max(source.country_code, source.valid_from) AS country_code,
           arg_max(is_wire, source.valid_from) AS is_wire, count(*) AS article_count,
           count(*) FILTER (is_own) AS origin_count, count(*) FILTER (is_copy) AS copy_count,
           count(*) FILTER (NOT is_own AND NOT is_copy) AS excerpt_count, count(DISTINCT story_key) AS story_count,
           count(*) FILTER (version.version > 1) AS changed_count,
           avg(word_count) AS mean_word_count, sum(word_count) FILTER (is_own AND language IN {read_languages}) AS read_words,
           sum(boilerplate_chars + repeat_chars) / sum(page_chars) AS boilerplate_share,
           mode(language) AS language, count(DISTINCT language) AS language_count
    FROM dw.fact_article AS article
    JOIN dw.dim_source AS source USING (source_key)
    JOIN (SELECT article_key, version, language FROM dw.dim_article WHERE is_current) AS version USING (article_key)
    GROUP BY ALL
)
SELECT month_start, source_id, source_months.source, country_code, is_wire, article_count, source_months.origin_count, copy_count,
       excerpt_count, story_count, source_months.origin_count / article_count AS origin_share, changed_count, mean_word_count,
       CASE WHEN coalesce(read_count, 1) > 0 THEN coalesce(statement_count, 0) END AS statement_count,
       1000 * statement_count / read_words AS statements_per_1000_words,
       anonymous_share, official_share, boilerplate_share, language, language_count
FROM source_months LEFT JOIN mart.anonymous_sourcing USING (month_start, source_id)
