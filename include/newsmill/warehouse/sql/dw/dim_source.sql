-- A publisher, as its dumps describe it: by the name on most of its pages, with the nights on which the description was valid.
-- grain: source_id
-- key: source_key
-- reads: pages
-- tracks: name domain country_code is_wire owner
-- load: scd2
WITH names AS (
    SELECT source_id, night, name, coalesce(name IN (source_id, domain), name IS NULL) AS is_address, count(*) AS page_count
    FROM pages GROUP BY ALL
)
SELECT pages.source_id, pages.night, any_value(chosen.name) AS name, min(domain) AS domain, min(country_code) AS country_code,
       bool_or(is_wire) AS is_wire, min(owner) AS owner
FROM pages
JOIN (
    SELECT source_id, night, name FROM names
    QUALIFY row_number() OVER (PARTITION BY source_id, night ORDER BY is_address, page_count DESC, name) = 1
) AS chosen ON chosen.source_id = pages.source_id AND chosen.night = pages.night
GROUP BY pages.source_id, pages.night
