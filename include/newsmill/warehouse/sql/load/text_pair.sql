-- Two texts of which one was changed, and what they share exactly: candidates are found by keys, then compared.
-- grain: text_key other_key
-- refs: shared_key key_entry changed_text dw.dim_text dw.dim_article
-- load: temporary
WITH entry AS MATERIALIZED (
    SELECT DISTINCT key, text_key, entry.is_band, sample_count, text_key IN (FROM changed_text) AS is_changed,
           text_count <= crowd_size() OR list_contains(leaders, text_key) AS is_leader
    FROM key_entry AS entry JOIN shared_key USING (key)
),
-- a changed text meets the leaders of each key, and one that leads it the whole crowd: any two once a key
met AS (
    SELECT one.text_key AS one_key, other.text_key AS other_key, one.is_band,
           least(one.sample_count, other.sample_count) AS sample_count
    FROM (FROM entry WHERE is_changed AND is_leader) AS one JOIN (FROM entry WHERE is_changed AND is_leader) AS other
      ON one.key = other.key AND one.text_key < other.text_key
    UNION ALL
    SELECT one.text_key, other.text_key, one.is_band, least(one.sample_count, other.sample_count)
    FROM (FROM entry WHERE is_changed AND NOT is_leader) AS one JOIN (FROM entry WHERE is_leader) AS other USING (key)
    UNION ALL
    SELECT one.text_key, other.text_key, one.is_band, least(one.sample_count, other.sample_count)
    FROM (FROM entry WHERE is_changed AND is_leader) AS one JOIN (FROM entry WHERE NOT is_changed) AS other USING (key)
),
candidates AS MATERIALIZED (
    SELECT least(one_key, other_key) AS text_key, greatest(one_key, other_key) AS other_key
    FROM met
    GROUP BY ALL
    HAVING bool_or(is_band) OR count(*) FILTER (NOT is_band) >= 0.3 * any_value(sample_count)
),
first_print AS MATERIALIZED (
    SELECT night, article_key
    FROM dw.dim_text SEMI JOIN (SELECT text_key FROM candidates UNION SELECT other_key FROM candidates) USING (text_key)
),
-- the nights that few of these were printed on are read row by row: of many DuckDB 1.5 unpacks the texts around too
busy AS (SELECT night FROM first_print GROUP BY night HAVING count(*) > 1000),
place AS MATERIALIZED (
    SELECT night IN (FROM busy) AS is_busy, article.rowid AS place
    FROM first_print JOIN dw.dim_article AS article USING (article_key)
),
printed AS MATERIALIZED (
    SELECT text_key, text, shingles(text) AS shingles
    FROM (
        FROM dw.dim_article WHERE valid_from IN (FROM busy) AND rowid IN (SELECT place FROM place WHERE is_busy)
        UNION ALL
        FROM dw.dim_article
        WHERE valid_from IN (SELECT night FROM first_print) AND rowid IN (SELECT place FROM place WHERE NOT is_busy)
    )
),
counted AS (
    SELECT candidates.text_key, other_key, shared_count(one.shingles, other.shingles) AS shared,
           len(one.shingles) AS of_first, len(other.shingles) AS of_second
    FROM candidates
    JOIN printed AS one USING (text_key)
    JOIN printed AS other ON other.text_key = other_key
),
near AS MATERIALIZED (
    SELECT text_key, other_key, of_first > of_second AS is_longer,
           shared / (of_first + of_second - shared) AS similarity, shared / least(of_first, of_second) AS containment
    FROM counted
    -- less is a formula that many use
    WHERE shared >= 8 AND (similarity >= 1 / 3 OR containment >= 0.75)
)
SELECT near.*, overlap(one.text, other.text).shared_chars AS shared_chars
FROM near
JOIN printed AS one USING (text_key)
JOIN printed AS other ON other.text_key = other_key
