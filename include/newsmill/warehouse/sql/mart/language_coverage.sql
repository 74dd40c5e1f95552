-- What is read of the articles of a source in a language. Quotations between marks are read in every language; names, places,
-- dates, speakers and reported statements in some: elsewhere their counts are null, not 0.
-- Facts count in the first instance of a text, without credits, from min_confidence on (0.5, or the session's SET VARIABLE min_confidence).
-- grain: language source_id
-- refs: dw.fact_article dw.dim_article dw.dim_source dw.dim_text dw.fact_mention dw.fact_place_mention dw.fact_date_reference dw.fact_quote
-- load: view
-- group: sources
WITH articles AS (
    SELECT article.article_key, language, coalesce(source_id, 'unknown') AS source_id, word_count, is_current
    FROM dw.fact_article AS article JOIN dw.dim_article AS version USING (article_key)
),
facts AS (
    SELECT article_key, 'name' AS fact FROM {counted_mentions}
    UNION ALL
    SELECT article_key, 'place' FROM dw.fact_place_mention WHERE confidence >= {min_confidence}
    UNION ALL
    SELECT article_key, 'date' FROM dw.fact_date_reference WHERE confidence >= {min_confidence}
    UNION ALL
    SELECT article_key, CASE WHEN quote_type = 'indirect' THEN 'reported' ELSE 'quotation' END FROM dw.fact_quote
),
fact_counts AS (
    SELECT language, source_id, count(*) FILTER (fact = 'name') AS name_count, count(*) FILTER (fact = 'place') AS place_count,
           count(*) FILTER (fact = 'date') AS date_count, count(*) FILTER (fact = 'quotation') AS quotation_count,
           count(*) FILTER (fact = 'reported') AS reported_count
    FROM facts JOIN articles USING (article_key) GROUP BY ALL
),
article_counts AS (
    SELECT language, source_id, count(*) FILTER (is_current) AS article_count, sum(word_count) FILTER (is_current) AS word_count,
           language IN {read_languages} AS is_read
    FROM articles GROUP BY language, source_id
)
SELECT language, source_id, is_read, article_count, CAST(word_count AS BIGINT) AS language_words,
       CASE WHEN is_read THEN coalesce(name_count, 0) END AS name_count, CASE WHEN is_read THEN coalesce(place_count, 0) END AS place_count,
       CASE WHEN is_read THEN coalesce(date_count, 0) END AS date_count, coalesce(quotation_count, 0) AS quotation_count,
       CASE WHEN is_read THEN coalesce(reported_count, 0) END AS reported_count
FROM article_counts LEFT JOIN fact_counts USING (language, source_id)
