-- A day: every night from the first to the last, and every day on which an article was published.
-- grain: date_key
-- reads: pages
-- refs: dw.dim_article
-- load: merge
WITH nights AS (SELECT DISTINCT night FROM pages),
days AS (
    SELECT CAST(unnest(generate_series(min(night), max(night), INTERVAL 1 DAY)) AS DATE) AS date FROM nights
    UNION
    SELECT CAST(published_at AT TIME ZONE 'UTC' AS DATE) FROM dw.dim_article WHERE published_at IS NOT NULL
)
SELECT dw.date_key(date) AS date_key, date, year(date) AS year, quarter(date) AS quarter, month(date) AS month,
       weekofyear(date) AS iso_week, isodow(date) AS day_of_week, dayname(date) AS day_name, isodow(date) > 5 AS is_weekend
FROM days
WHERE date IS NOT NULL
