-- The story of each article version of a cluster, as of each night on which the cluster grew. `founder` is the `seen_no`
-- of the story's first member.
-- grain: as_of article_key
-- refs: cluster_member cluster_pair
-- load: temporary
WITH RECURSIVE link AS (
    SELECT from_article_key AS article_key, to_article_key AS other_key, is_core, night FROM cluster_pair
    UNION ALL
    SELECT to_article_key, from_article_key, is_core, night FROM cluster_pair
),
-- all that pairs connect, weak ones included: the nights of a cluster are its own history
cluster(article_key, head) USING KEY (article_key) AS (
    SELECT article_key, seen_no FROM cluster_member
    UNION
    SELECT other_key, min(cluster.head)
    FROM cluster JOIN link ON link.article_key = cluster.article_key
    JOIN recurring.cluster AS known ON known.article_key = other_key
    WHERE cluster.head < known.head GROUP BY other_key
),
cluster_nights AS (SELECT DISTINCT head, valid_from AS as_of FROM cluster JOIN cluster_member USING (article_key)),
members_as_of AS (
    SELECT as_of, article_key, seen_no, published_no
    FROM cluster JOIN cluster_member USING (article_key) JOIN cluster_nights USING (head) WHERE valid_from <= as_of
),
core(as_of, article_key, core) USING KEY (as_of, article_key) AS (
    SELECT as_of, article_key, published_no FROM members_as_of
    UNION
    SELECT core.as_of, other_key, min(core.core)
    FROM core JOIN link ON link.article_key = core.article_key AND is_core AND link.night <= core.as_of
    JOIN recurring.core AS known ON known.article_key = other_key AND known.as_of = core.as_of
    WHERE core.core < known.core GROUP BY core.as_of, other_key
),
weak_links AS (
    -- between the first instances of cores: a later copy in a core may contain another story too
    SELECT DISTINCT one.as_of, one.core, other.core AS earlier_core
    FROM link
    JOIN cluster_member AS later ON later.article_key = link.article_key
    JOIN core AS one ON one.article_key = link.article_key AND one.core = later.published_no
    JOIN cluster_member AS earlier ON earlier.article_key = link.other_key
    JOIN core AS other ON other.article_key = link.other_key AND other.as_of = one.as_of AND other.core = earlier.published_no
    WHERE NOT is_core AND link.night <= one.as_of AND other.core < one.core
),
joined_cores AS (
    SELECT as_of, core, min(earlier_core) AS origin_core FROM weak_links
    WHERE (as_of, earlier_core) NOT IN (SELECT (as_of, core) FROM weak_links) GROUP BY as_of, core
)
SELECT as_of, article_key, min(seen_no) OVER (PARTITION BY as_of, coalesce(origin_core, core)) AS founder
FROM core JOIN members_as_of USING (as_of, article_key) LEFT JOIN joined_cores USING (as_of, core)
