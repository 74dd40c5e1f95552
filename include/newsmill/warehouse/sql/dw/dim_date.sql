-- A day: every night from the first to the last, and every day on which an article was published.
-- grain: date_key
-- refs: dw.fact_article dw.fact_text_block
-- load: merge
WITH days AS (
    SELECT CAST(unnest(generate_series(min(night), max(night), INTERVAL 1 DAY)) AS DATE) AS date FROM dw.fact_text_block
    UNION
    SELECT day FROM dw.fact_article
)
SELECT dw.date_key(date) AS date_key, date, year(date) AS year, quarter(date) AS quarter, month(date) AS month,
       weekofyear(date) AS iso_week, isodow(date) AS day_of_week, dayname(date) AS day_name, isodow(date) > 5 AS is_weekend
FROM days
