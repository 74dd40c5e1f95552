-- A place that some article names, as the gazetteer of the latest night tells it.
-- grain: geonames_id
-- reads: places
-- load: merge
SELECT dw.surrogate_key(CAST(geonames_id AS VARCHAR)) AS place_key, geonames_id, name, place_type, country_code, admin1_code,
       latitude, longitude, population
FROM places
WHERE geonames_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY geonames_id ORDER BY night DESC, name, latitude, longitude, population) = 1
