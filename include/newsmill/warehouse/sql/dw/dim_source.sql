-- A publisher, as its dumps describe it: by one of its most frequent names, with the nights on which the description was valid.
-- grain: source_id
-- key: source_key
-- reads: pages
-- tracks: name domain country_code is_wire owner
-- load: scd2
WITH names AS (
    SELECT source_id, night, name,
           coalesce(lower(name) = domain OR ends_with('.' || source_id, '.' || lower(name)), name IS NULL) AS is_address,
           count(*) AS page_count
    FROM pages GROUP BY ALL
),
-- On a site with two names, each on about half of the pages, the most frequent changes from night to night.
frequent_names AS (
    FROM names
    QUALIFY rank() OVER (PARTITION BY source_id, night ORDER BY is_address) = 1
        AND page_count * 2 > max(page_count) OVER (PARTITION BY source_id, night, is_address)
),
chosen AS (
    SELECT source_id, night, min(name) AS name FROM frequent_names GROUP BY source_id, night
)
SELECT pages.source_id, pages.night, any_value(chosen.name) AS name, min(domain) AS domain, min(country_code) AS country_code,
       bool_or(is_wire) AS is_wire, min(owner) AS owner
FROM pages
JOIN chosen ON chosen.source_id = pages.source_id AND chosen.night = pages.night
GROUP BY pages.source_id, pages.night
