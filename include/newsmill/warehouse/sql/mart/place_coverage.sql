-- Articles, origins and stories that name a place, by day; and a country, with all places in it.
-- A story that names two towns of a country counts for each of them and once for the country: its row is no sum of theirs.
-- Names that mean no place for sure count nowhere. An article counts once, as it stands now, by its text's first print.
-- grain: day level country_code place_key
-- refs: dw.fact_place_mention dw.dim_place dw.dim_text dw.fact_article dw.dim_article
-- load: view
WITH named AS (SELECT DISTINCT article_key, place_key FROM dw.fact_place_mention WHERE place_key <> -1),
printed AS (
    SELECT said.article_key AS said_key, day, is_own, story_key
    FROM dw.fact_article AS article
    SEMI JOIN (SELECT article_key FROM dw.dim_article WHERE is_current) USING (article_key)
    JOIN dw.dim_text AS said USING (text_key)
),
-- a continent lies in no country
in_country AS (
    SELECT DISTINCT article_key, country_code FROM named JOIN dw.dim_place USING (place_key) WHERE country_code <> ''
)
SELECT day, 'place' AS level, nullif(country_code, '') AS country_code, place_key, geonames_id, name, place_type, latitude,
       longitude, count(*) AS article_count, count(*) FILTER (is_own) AS origin_count, count(DISTINCT story_key) AS story_count
FROM named JOIN dw.dim_place USING (place_key) JOIN printed ON said_key = named.article_key
GROUP BY ALL
UNION ALL BY NAME
SELECT day, 'country' AS level, country_code, count(*) AS article_count, count(*) FILTER (is_own) AS origin_count,
       count(DISTINCT story_key) AS story_count
FROM in_country JOIN printed ON said_key = in_country.article_key
GROUP BY ALL
