-- Articles, origins and stories that name a place, by day; and a country, with all places in it.
-- A story that names two towns of a country counts once for each town and once for the country: rows of towns do not add
-- up to it. Names without a sure place count nowhere. An article counts once, in its current version, by the first instance
-- of its text.
-- Places in credits count nowhere. Mentions count from min_confidence on: 0.5, or the session's SET VARIABLE min_confidence.
-- grain: day level country_code place_key
-- refs: dw.fact_place_mention dw.dim_place dw.dim_text dw.fact_article dw.dim_article
-- load: view
-- group: places
WITH place_articles AS (
    SELECT article.article_key, article.day, article.is_own, article.story_key, place.*
    FROM dw.fact_article AS article
    SEMI JOIN (SELECT article_key FROM dw.dim_article WHERE is_current) USING (article_key)
    JOIN dw.dim_text USING (text_key)
    JOIN dw.fact_place_mention AS mention ON mention.article_key = dim_text.article_key AND mention.night = dim_text.night
    JOIN dw.dim_place AS place USING (place_key)
    WHERE place_key <> -1 AND mention.confidence >= {min_confidence}
)
SELECT day, 'place' AS level, nullif(country_code, '') AS country_code, place_key::VARCHAR AS place_key, geonames_id, name, place_type, latitude,
       longitude, count(DISTINCT article_key) AS article_count, count(DISTINCT article_key) FILTER (is_own) AS origin_count,
       count(DISTINCT story_key) AS story_count
FROM place_articles
GROUP BY ALL
UNION ALL BY NAME
SELECT day, 'country' AS level, country_code, count(DISTINCT article_key) AS article_count,
       count(DISTINCT article_key) FILTER (is_own) AS origin_count, count(DISTINCT story_key) AS story_count
FROM place_articles
WHERE country_code <> ''  -- a continent has no country
GROUP BY ALL
