-- The story that an article version belongs to, from night to night, and how it stands to the story's origin.
-- Articles that print each other almost whole are one core: exact pairs, near ones of similarity .6 or more, versions of
-- one page under the same title or of which half stayed. Weaker pairs, the other near ones and excerpts, between first
-- prints join a core to the earliest printed core that they lead to and that joins none itself: so a chain of weak pairs glues nothing, and a
-- page that prints two stories joins one. A story keeps the name of the article first seen in it, and where two become
-- one the older name stays. The origin is the wire's own, else credited to an agency, else published first, else seen
-- first, else the longest. A copy prints the origin or an earlier article whole or nearly so, an excerpt a part of it;
-- what else belongs to the story is an update.
-- grain: article_key valid_from
-- refs: dw.dim_article dw.dim_source dw.fact_article_pair changed_cluster changed_article cluster_member cluster_pair story_night
-- load: merge
-- scope: article_key IN (FROM changed_cluster) OR article_key IN (SELECT article_key FROM changed_article)
WITH placed AS (
    SELECT as_of, founder, member.*,
           row_number() OVER origin_first AS place,
           first_value(article_key) OVER origin_first AS origin_key,
           first_value(article_id) OVER origin_first AS origin_id,
           1.0 / count(*) OVER (PARTITION BY as_of, founder) AS weight
    FROM story_night JOIN cluster_member AS member USING (article_key)
    WINDOW origin_first AS (
        PARTITION BY as_of, founder
        ORDER BY version > 1, is_wire DESC, is_credited DESC, published_at NULLS LAST, valid_from, kept_chars DESC, article_id
    )
),
-- how each stands to those of its story that it prints, or to the origin that prints it
side AS (
    SELECT from_article_key AS article_key, to_article_key AS other_key, relation, night, true AS is_later FROM cluster_pair
    UNION ALL
    SELECT to_article_key, from_article_key, relation, night, false FROM cluster_pair
),
printing AS (
    SELECT one.as_of, one.article_key, bool_or(side.relation IN ('exact', 'near')) AS is_copy,
           bool_or(side.relation = CASE WHEN is_later THEN 'contained_in' ELSE 'contains' END) AS is_excerpt
    FROM side
    JOIN placed AS one USING (article_key)
    JOIN placed AS other ON other.article_key = other_key AND other.as_of = one.as_of AND other.founder = one.founder
    WHERE side.relation <> 'version' AND side.night <= one.as_of AND (is_later OR other_key = one.origin_key)
    GROUP BY ALL
),
related AS (
    SELECT placed.*, CASE WHEN place = 1 THEN 'origin'
                          WHEN is_copy AND article_id <> origin_id THEN 'copy'
                          WHEN is_excerpt AND article_id <> origin_id THEN 'excerpt'
                          ELSE 'update' END AS relation
    FROM placed LEFT JOIN printing USING (as_of, article_key)
),
stays AS (
    SELECT *, founder IS DISTINCT FROM lag(founder) OVER by_night AS begins
    FROM related WINDOW by_night AS (PARTITION BY article_key ORDER BY as_of)
),
intervals AS (
    SELECT article_key, founder, min(as_of) AS valid_from, arg_max(relation, as_of) AS relation, arg_max(weight, as_of) AS weight
    FROM (SELECT *, sum(begins::INTEGER) OVER (PARTITION BY article_key ORDER BY as_of) AS stay FROM stays)
    GROUP BY article_key, founder, stay
),
-- a page that came to say something else may found two stories
named AS (
    SELECT seen_place AS founder, CASE WHEN version = 1 THEN article_id ELSE article_id || '@' || valid_from END AS story_id
    FROM cluster_member
)
SELECT intervals.article_key, dw.surrogate_key(named.story_id) AS story_key, named.story_id, relation, weight,
       intervals.valid_from,
       coalesce(lead(intervals.valid_from) OVER by_interval, DATE '9999-12-31') AS valid_to,
       lead(intervals.valid_from) OVER by_interval IS NULL AS is_current, intervals.valid_from AS night
FROM intervals JOIN named USING (founder)
WINDOW by_interval AS (PARTITION BY intervals.article_key ORDER BY intervals.valid_from)
