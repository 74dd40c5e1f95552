-- A place that some article names, as in the gazetteer of the latest night.
-- grain: geonames_id
-- reads: places
-- load: latest
WITH latest AS (SELECT geonames_id, max(night) AS night FROM places WHERE geonames_id IS NOT NULL GROUP BY geonames_id)
SELECT dw.surrogate_key(CAST(geonames_id AS VARCHAR)) AS place_key, geonames_id, name, place_type, country_code, admin1_code,
       latitude, longitude, population
FROM places JOIN latest USING (geonames_id, night)
QUALIFY row_number() OVER (PARTITION BY geonames_id ORDER BY name, latitude, longitude, population) = 1
