-- The story of each article version of a cluster as of each night on which the cluster grew; founder is its place as seen.
-- grain: as_of article_key
-- refs: cluster_member cluster_pair
-- load: temporary
WITH RECURSIVE link AS (
    SELECT from_article_key AS here, to_article_key AS there, is_core, night FROM cluster_pair
    UNION ALL
    SELECT to_article_key, from_article_key, is_core, night FROM cluster_pair
),
-- all that pairs connect, weak ones too: one cluster's nights are its own history
cluster(article_key, head) USING KEY (article_key) AS (
    SELECT article_key, seen_place FROM cluster_member
    UNION
    SELECT there, min(cluster.head)
    FROM cluster JOIN link ON here = cluster.article_key
    JOIN recurring.cluster AS known ON known.article_key = there
    WHERE cluster.head < known.head GROUP BY there
),
moments AS (SELECT DISTINCT head, valid_from AS as_of FROM cluster JOIN cluster_member USING (article_key)),
standing AS (
    SELECT as_of, article_key, seen_place, printed_place
    FROM cluster JOIN cluster_member USING (article_key) JOIN moments USING (head) WHERE valid_from <= as_of
),
core(as_of, article_key, core) USING KEY (as_of, article_key) AS (
    SELECT as_of, article_key, printed_place FROM standing
    UNION
    SELECT core.as_of, there, min(core.core)
    FROM core JOIN link ON here = core.article_key AND is_core AND link.night <= core.as_of
    JOIN recurring.core AS known ON known.article_key = there AND known.as_of = core.as_of
    WHERE core.core < known.core GROUP BY core.as_of, there
),
weak AS (
    -- by what first prints have in common: a later copy in a core may print another story too
    SELECT DISTINCT one.as_of, one.core, other.core AS earlier_core
    FROM link
    JOIN cluster_member AS first ON first.article_key = here
    JOIN core AS one ON one.article_key = here AND one.core = first.printed_place
    JOIN cluster_member AS earlier ON earlier.article_key = there
    JOIN core AS other ON other.article_key = there AND other.as_of = one.as_of AND other.core = earlier.printed_place
    WHERE NOT is_core AND link.night <= one.as_of AND other.core < one.core
),
joined AS (
    SELECT as_of, core, min(earlier_core) AS origin_core FROM weak
    WHERE (as_of, earlier_core) NOT IN (SELECT (as_of, core) FROM weak) GROUP BY as_of, core
)
SELECT as_of, article_key, min(seen_place) OVER (PARTITION BY as_of, coalesce(origin_core, core)) AS founder
FROM core JOIN standing USING (as_of, article_key) LEFT JOIN joined USING (as_of, core)
