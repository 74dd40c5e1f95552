-- Two article versions with shared text; the first is the later one.
-- An exact pair has the same words. A near pair shares half or more of all its five-word shingles. A third is enough (half
-- of each text, if both have one length) unless one text contains three quarters or more of the other: then the relation is
-- contains or contained_in. A version pair is one article before and after a change. Of a text with many copies each copy
-- is paired with the fifty earliest, and with the ten earliest of another text. Texts shorter than 80 characters are an
-- exact pair only under the same title: what a paywall or a broken page leaves of different articles is alike.
-- grain: from_article_key to_article_key relation
-- refs: dw.dim_article text_pair changed_instance changed_text
-- load: merge
-- scope: from_article_key IN (FROM changed_instance) OR to_article_key IN (FROM changed_instance)
WITH instances AS (
    SELECT article_key, article_id, text_key, kept_chars, valid_from,
           -- a change is dated by the night it was seen, however old its article is
           CASE WHEN version = 1 THEN coalesce(published_at, valid_from::TIMESTAMP AT TIME ZONE 'UTC')
                ELSE greatest(published_at, valid_from::TIMESTAMP AT TIME ZONE 'UTC') END AS dated_at,
           -- without a title a short text equals no other
           CASE WHEN kept_chars < 80 THEN coalesce('titled ' || nullif(title, ''), article_key::VARCHAR) ELSE '' END AS short_text_title
    FROM dw.dim_article
    SEMI JOIN (FROM changed_text UNION SELECT text_key FROM text_pair UNION SELECT other_key FROM text_pair) USING (text_key)
),
numbered_instances AS (
    SELECT article_key, article_id, text_key, short_text_title, kept_chars, dated_at, valid_from,
           row_number() OVER (PARTITION BY text_key, short_text_title ORDER BY dated_at, valid_from, article_key) AS instance_no
    FROM instances
),
exact_pairs AS (
    SELECT later.article_key AS from_article_key, earlier.article_key AS to_article_key, 'exact' AS relation,
           1.0 AS similarity, 1.0 AS containment, least(later.kept_chars, earlier.kept_chars) AS shared_chars
    FROM numbered_instances AS later JOIN numbered_instances AS earlier USING (text_key, short_text_title)
    WHERE earlier.instance_no < later.instance_no AND earlier.instance_no <= 50 AND earlier.article_id <> later.article_id
      AND text_key IN (FROM changed_text)
),
cross_text_pairs AS (
    SELECT one.article_key AS one_key, other.article_key AS other_key, similarity, containment, shared_chars,
           (one.dated_at, one.valid_from, one.article_key) > (other.dated_at, other.valid_from, other.article_key) AS is_later,
           is_longer
    FROM text_pair
    JOIN numbered_instances AS one USING (text_key)
    JOIN numbered_instances AS other ON other.text_key = text_pair.other_key
    WHERE one.instance_no <= 10 AND other.instance_no <= 10 AND one.article_id <> other.article_id
),
near_pairs AS (
    SELECT CASE WHEN is_later THEN one_key ELSE other_key END AS from_article_key,
           CASE WHEN is_later THEN other_key ELSE one_key END AS to_article_key,
           CASE WHEN similarity >= 0.5 OR similarity >= 1 / 3 AND containment < 0.75 THEN 'near' WHEN is_later = is_longer THEN 'contains' ELSE 'contained_in' END AS relation,
           similarity, containment, shared_chars
    FROM cross_text_pairs
),
version_pairs AS MATERIALIZED (
    SELECT later.article_key AS from_article_key, earlier.article_key AS to_article_key,
           later.rowid AS later_row, earlier.rowid AS earlier_row, later.text_key = earlier.text_key AS is_same
    FROM dw.dim_article AS later
    JOIN dw.dim_article AS earlier ON later.article_id = earlier.article_id AND later.version = earlier.version + 1
    WHERE later.article_key IN (FROM changed_instance) OR earlier.article_key IN (FROM changed_instance)
),
version_texts AS MATERIALIZED (
    SELECT rowid AS row_id, text FROM dw.dim_article
    WHERE rowid IN (SELECT later_row FROM version_pairs UNION SELECT earlier_row FROM version_pairs)
),
version_overlaps AS (
    SELECT from_article_key, to_article_key, is_same, overlap(later.text, earlier.text) AS counts
    FROM version_pairs
    JOIN version_texts AS later ON later.row_id = later_row
    JOIN version_texts AS earlier ON earlier.row_id = earlier_row
),
scored_version_pairs AS (
    SELECT from_article_key, to_article_key, 'version' AS relation,
           -- under five words there is no shingle to share
           coalesce(counts.shared / nullif(counts.of_first + counts.of_second - counts.shared, 0), is_same::DOUBLE) AS similarity,
           coalesce(counts.shared / nullif(least(counts.of_first, counts.of_second), 0), is_same::DOUBLE) AS containment,
           counts.shared_chars AS shared_chars
    FROM version_overlaps
)
SELECT dw.surrogate_key(concat_ws('|', from_article_key, to_article_key, relation)) AS article_pair_key,
       from_article_key, to_article_key, relation, similarity, containment, shared_chars,
       epoch(later.published_at)::BIGINT - epoch(earlier.published_at)::BIGINT AS lag_seconds,
       greatest(later.valid_from, earlier.valid_from) AS night
FROM (FROM exact_pairs UNION ALL FROM near_pairs UNION ALL FROM scored_version_pairs)
JOIN dw.dim_article AS later ON later.article_key = from_article_key
JOIN dw.dim_article AS earlier ON earlier.article_key = to_article_key
WHERE from_article_key IN (FROM changed_instance) OR to_article_key IN (FROM changed_instance)
