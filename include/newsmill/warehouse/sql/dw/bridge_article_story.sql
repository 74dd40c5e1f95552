-- The story of an article version, from night to night, and its relation to the origin of the story.
-- Articles with almost the same text are one core: exact pairs, near pairs of similarity .6 or more, and versions of one
-- page. Two versions are in one core if half of the text or the title is the same. Weaker pairs are the other near ones
-- and excerpts. Where a weak pair connects the first instances of two cores, the later core joins the earlier. Of several
-- it joins the earliest published, and none that joins another itself: so a chain of weak pairs joins nothing, and a page
-- of two stories joins one. A story keeps the id of the article first seen in it; where two stories become one, the older
-- id stays. The origin is the wire's own article, else one credited to an agency, else published first, else seen first,
-- else the longest. A copy has the text of the origin or of an earlier article, whole or nearly so. An excerpt has a part
-- of it. All other articles of the story are updates.
-- grain: article_key valid_from
-- refs: dw.dim_article dw.dim_source dw.fact_article_pair changed_cluster changed_article cluster_member cluster_pair story_night
-- load: merge
-- scope: article_key IN (FROM changed_cluster) OR article_key IN (SELECT article_key FROM changed_article)
WITH ranked_members AS (
    SELECT as_of, founder, member.*,
           row_number() OVER origin_first AS rank_in_story,
           first_value(article_key) OVER origin_first AS origin_key,
           first_value(article_id) OVER origin_first AS origin_id,
           1.0 / count(*) OVER (PARTITION BY as_of, founder) AS weight
    FROM story_night JOIN cluster_member AS member USING (article_key)
    WINDOW origin_first AS (
        PARTITION BY as_of, founder
        ORDER BY version > 1, is_wire DESC, is_credited DESC, published_at NULLS LAST, valid_from, kept_chars DESC, article_id
    )
),
-- the pairs of each article, once from either side
directed_pairs AS (
    SELECT from_article_key AS article_key, to_article_key AS other_key, relation, night, true AS is_later FROM cluster_pair
    UNION ALL
    SELECT to_article_key, from_article_key, relation, night, false FROM cluster_pair
),
overlaps_in_story AS (
    SELECT one.as_of, one.article_key, bool_or(pair.relation IN ('exact', 'near')) AS is_copy,
           bool_or(pair.relation = CASE WHEN is_later THEN 'contained_in' ELSE 'contains' END) AS is_excerpt
    FROM directed_pairs AS pair
    JOIN ranked_members AS one USING (article_key)
    JOIN ranked_members AS other ON other.article_key = other_key AND other.as_of = one.as_of AND other.founder = one.founder
    WHERE pair.relation <> 'version' AND pair.night <= one.as_of AND (is_later OR other_key = one.origin_key)
    GROUP BY ALL
),
related_members AS (
    SELECT ranked_members.*, CASE WHEN rank_in_story = 1 THEN 'origin'
                          WHEN is_copy AND article_id <> origin_id THEN 'copy'
                          WHEN is_excerpt AND article_id <> origin_id THEN 'excerpt'
                          ELSE 'update' END AS relation
    FROM ranked_members LEFT JOIN overlaps_in_story USING (as_of, article_key)
),
stay_starts AS (
    SELECT *, founder IS DISTINCT FROM lag(founder) OVER by_night AS begins
    FROM related_members WINDOW by_night AS (PARTITION BY article_key ORDER BY as_of)
),
intervals AS (
    SELECT article_key, founder, min(as_of) AS valid_from, arg_max(relation, as_of) AS relation, arg_max(weight, as_of) AS weight
    FROM (SELECT *, sum(begins::INTEGER) OVER (PARTITION BY article_key ORDER BY as_of) AS stay FROM stay_starts)
    GROUP BY article_key, founder, stay
),
-- a page with entirely new content may found a second story
founders AS (
    SELECT seen_no AS founder, CASE WHEN version = 1 THEN article_id ELSE article_id || '@' || valid_from END AS story_id
    FROM cluster_member
)
SELECT intervals.article_key, dw.surrogate_key(founders.story_id) AS story_key, founders.story_id, relation, weight,
       intervals.valid_from,
       coalesce(lead(intervals.valid_from) OVER by_interval, DATE '9999-12-31') AS valid_to,
       lead(intervals.valid_from) OVER by_interval IS NULL AS is_current, intervals.valid_from AS night
FROM intervals JOIN founders USING (founder)
WINDOW by_interval AS (PARTITION BY intervals.article_key ORDER BY intervals.valid_from)
