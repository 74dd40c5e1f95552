-- Two texts of which one was changed, and what they share exactly: candidates are found by keys, then compared.
-- grain: text_key other_key
-- refs: shared_key key_entry changed_text dw.dim_text dw.dim_article
-- load: temporary
WITH asked AS (SELECT text_key, key FROM key_entry SEMI JOIN shared_key USING (key) SEMI JOIN changed_text USING (text_key)),
met AS (
    SELECT asked.text_key, unnest(leaders) AS other_key, key, is_band FROM asked JOIN shared_key USING (key)
    UNION
    -- a leader meets the whole crowd
    SELECT asked.text_key, member.text_key, key, member.is_band
    FROM asked JOIN shared_key USING (key) JOIN key_entry AS member USING (key)
    WHERE text_count > crowd_size() AND list_contains(leaders, asked.text_key)
),
counted AS (
    SELECT least(text_key, other_key) AS text_key, greatest(text_key, other_key) AS other_key,
           bool_or(is_band) AS is_banded, count(DISTINCT key) FILTER (NOT is_band) AS sample_count
    FROM met WHERE text_key <> other_key GROUP BY ALL
),
candidates AS (
    SELECT text_key, other_key
    FROM counted
    JOIN dw.dim_text AS one USING (text_key)
    JOIN dw.dim_text AS other ON other.text_key = other_key
    WHERE is_banded OR sample_count >= 0.3 * least(len(one.samples), len(other.samples))
),
-- history is read for its texts once, and of the nights alone that first printed them
printed AS MATERIALIZED (
    SELECT found.text_key, text
    FROM (SELECT text_key FROM candidates UNION SELECT other_key FROM candidates) AS wanted
    JOIN dw.dim_text AS found USING (text_key)
    JOIN dw.dim_article AS article ON article.valid_from = found.night AND article.article_key = found.article_key
),
compared AS (
    SELECT candidates.text_key, other_key, overlap(one.text, other.text) AS told
    FROM candidates
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
