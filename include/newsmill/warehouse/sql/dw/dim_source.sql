-- A publisher, as its dumps describe it, with the nights on which the description was valid.
-- grain: source_id
-- key: source_key
-- reads: pages
-- tracks: name domain country_code is_wire owner
-- load: scd2
SELECT source_id, night, min(name) AS name, min(domain) AS domain, min(country_code) AS country_code,
       bool_or(is_wire) AS is_wire, min(owner) AS owner
FROM pages
GROUP BY source_id, night
