-- A person, organisation or place, one row for each role it was given, with the nights on which that role held.
-- Seen are the mentions in article versions on their first night: a text that stands unchanged says nothing new.
-- grain: entity_id
-- key: entity_key
-- reads: mentions
-- refs: dw.dim_article dw.dim_text
-- seen_in: dw.fact_mention
-- tracks: role_title
-- load: scd2
WITH seen AS (
    SELECT mention.* FROM mentions AS mention
    JOIN dw.dim_article AS article ON article.page_id = mention.page_id AND article.valid_from = mention.night
    SEMI JOIN dw.dim_text ON dim_text.article_key = article.article_key
),
names AS (
    SELECT entity_id, arg_max(canonical_name, (times, canonical_name)) AS canonical_name
    FROM (SELECT entity_id, canonical_name, count(*) AS times FROM seen GROUP BY ALL)
    GROUP BY entity_id
),
aliases AS (
    SELECT entity_id, list_sort(list(DISTINCT surface)) AS surfaces FROM seen GROUP BY entity_id
),
roles AS (
    SELECT entity_id, night, arg_max(role_title, (times, role_title)) AS role_title
    FROM (SELECT entity_id, night, role_title, count(*) AS times FROM seen WHERE role_title IS NOT NULL GROUP BY ALL)
    GROUP BY entity_id, night
),
nights AS (SELECT DISTINCT entity_id, night, entity_type FROM seen)
SELECT entity_id, night, entity_type, canonical_name,
       list_filter(surfaces, lambda surface: surface <> canonical_name) AS aliases,
       last_value(role_title IGNORE NULLS) OVER (PARTITION BY entity_id ORDER BY night) AS role_title,
       CAST(NULL AS VARCHAR) AS country_code
FROM nights JOIN names USING (entity_id) JOIN aliases USING (entity_id) LEFT JOIN roles USING (entity_id, night)
