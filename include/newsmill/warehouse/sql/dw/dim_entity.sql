-- A person, organisation or place, one row for each role it was given, with the nights on which that role held.
-- grain: entity_id
-- key: entity_key
-- reads: mentions captures
-- tracks: role_title
-- load: scd2
WITH seen AS (SELECT * FROM mentions SEMI JOIN captures USING (page_id)),
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
