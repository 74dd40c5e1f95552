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
    FROM (FROM entry WHERE is_changed) AS one JOIN (FROM entry WHERE is_leader) AS other USING (key)
    WHERE one.text_key <> other.text_key
      AND (one.text_key < other.text_key OR NOT (one.is_leader AND other.is_changed))
    UNION ALL
    SELECT one.text_key, other.text_key, one.is_band, least(one.sample_count, other.sample_count)
    FROM (FROM entry WHERE is_changed AND is_leader) AS one
    JOIN (FROM entry WHERE NOT is_changed AND NOT is_leader) AS other USING (key)
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
-- history is read for its texts once, and by the numbers of its rows: joined, it would be held in memory
printed AS MATERIALIZED (
    SELECT text_key, text FROM dw.dim_article
    WHERE valid_from IN (SELECT DISTINCT night FROM first_print)
      AND rowid IN (SELECT article.rowid FROM first_print JOIN dw.dim_article AS article USING (article_key))
),
compared AS (
    SELECT candidates.text_key, other_key, overlap(one.text, other.text) AS told
    FROM (FROM candidates ORDER BY text_key) AS candidates  -- one text after the other is read once
    JOIN printed AS one USING (text_key)
    JOIN printed AS other ON other.text_key = other_key
),
measured AS (
    SELECT text_key, other_key, told.shared_chars, told.shared,
           told.shared / (told.of_first + told.of_second - told.shared) AS similarity,
           told.shared / least(told.of_first, told.of_second) AS containment,
           told.of_first > told.of_second AS is_longer
    FROM compared
)
SELECT text_key, other_key, is_longer, similarity, containment, shared_chars
FROM measured
-- less is a formula that many use
WHERE shared >= 8 AND (similarity >= 1 / 3 OR containment >= 0.75)
