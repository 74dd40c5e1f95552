-- The story that an article version belongs to, and how it stands to the story's origin.
-- Stories are the connected components of verified pairs. The origin is the wire's own text, else the one
-- published first, else seen first, else the longest. A copy prints the text of the origin, or of an earlier article;
-- what else belongs to the story is an update.
-- grain: article_key
-- refs: dw.dim_article dw.dim_source dw.fact_article_pair
-- load: merge
WITH RECURSIVE founded AS (
    SELECT article_key, row_number() OVER (ORDER BY valid_from, article_id, article_key) AS place FROM dw.dim_article
),
links AS (
    SELECT from_article_key AS here, to_article_key AS there FROM dw.fact_article_pair
    UNION
    SELECT to_article_key, from_article_key FROM dw.fact_article_pair
),
component(article_key, founder) USING KEY (article_key) AS (
    SELECT article_key, place FROM founded
    UNION
    SELECT links.there, min(component.founder)
    FROM component
    JOIN links ON links.here = component.article_key
    JOIN recurring.component AS known ON known.article_key = links.there
    WHERE component.founder < known.founder
    GROUP BY links.there
),
members AS (
    SELECT article.*, founder_article.article_id AS story_id, coalesce(source.is_wire, false) AS is_wire
    FROM component
    JOIN dw.dim_article AS article USING (article_key)
    JOIN founded ON founded.place = component.founder
    JOIN dw.dim_article AS founder_article ON founder_article.article_key = founded.article_key
    LEFT JOIN dw.dim_source AS source
      ON source.source_id = article.source_id
     AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
),
later_prints AS (SELECT DISTINCT from_article_key FROM dw.fact_article_pair WHERE relation = 'exact'),
placed AS (
    SELECT *,
           row_number() OVER origin_first AS place,
           first_value(text_sha256) OVER origin_first AS origin_text,
           first_value(article_id) OVER origin_first AS origin_id
    FROM members
    WINDOW origin_first AS (
        PARTITION BY story_id
        ORDER BY version > 1, is_wire DESC, published_at NULLS LAST, valid_from, kept_chars DESC, article_id
    )
)
SELECT article_key, dw.surrogate_key(story_id) AS story_key, story_id,
       CASE WHEN place = 1 THEN 'origin'
            WHEN article_id <> origin_id AND (text_sha256 = origin_text OR article_key IN (FROM later_prints)) THEN 'copy'
            ELSE 'update' END AS relation,
       1.0 / count(*) OVER (PARTITION BY story_id) AS weight,
       valid_from, valid_to, is_current, valid_from AS night
FROM placed
