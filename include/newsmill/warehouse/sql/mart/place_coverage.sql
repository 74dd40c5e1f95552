-- Articles, origins and stories that name a place, by day; and a country, with all places in it.
-- A story that names two towns of a country counts for each of them and once for the country: its row is no sum of theirs.
-- Names that mean no place for sure count nowhere. An article counts once, as it stands now, by its text's first print.
-- grain: day level country_code place_key
-- refs: dw.fact_place_mention dw.dim_place dw.dim_text dw.fact_article dw.dim_article
-- load: view
WITH named AS (
    SELECT DISTINCT article_key, place_key, geonames_id, name, place_type, nullif(country_code, '') AS country_code, latitude, longitude
    FROM dw.fact_place_mention JOIN dw.dim_place USING (place_key)
)
SELECT day, CASE WHEN grouping(place_key) = 0 THEN 'place' ELSE 'country' END AS level, country_code, place_key,
       geonames_id, name, place_type, latitude, longitude, count(DISTINCT article.article_key) AS article_count,
       count(DISTINCT article.article_key) FILTER (is_own) AS origin_count, count(DISTINCT story_key) AS story_count
FROM named
JOIN dw.dim_text AS said USING (article_key)
JOIN dw.fact_article AS article USING (text_key)
JOIN dw.dim_article AS version ON version.article_key = article.article_key AND version.is_current
GROUP BY GROUPING SETS (
    (day, country_code, place_key, geonames_id, name, place_type, latitude, longitude), (day, country_code)
)
HAVING grouping(place_key) = 0 OR country_code IS NOT NULL  -- a continent lies in no country
