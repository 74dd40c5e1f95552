-- Two texts of which one was changed, and what they share exactly: those that may be copies are compared.
-- grain: text_key other_key
-- refs: candidate_pair dw.dim_text dw.dim_article
-- load: temporary
WITH printing AS MATERIALIZED (
    SELECT night, article_key
    FROM dw.dim_text SEMI JOIN (SELECT text_key FROM candidate_pair UNION SELECT other_key FROM candidate_pair) USING (text_key)
),
-- the nights that few of these were printed on are read row by row: of many DuckDB 1.5 unpacks the texts around too
busy AS (SELECT night FROM printing GROUP BY night HAVING count(*) > 1000),
place AS MATERIALIZED (
    SELECT night IN (FROM busy) AS is_busy, article.rowid AS place
    FROM printing JOIN dw.dim_article AS article USING (article_key)
),
printed AS MATERIALIZED (
    SELECT text_key, text, shingles(text) AS shingles
    FROM (
        FROM dw.dim_article WHERE valid_from IN (FROM busy) AND rowid IN (SELECT place FROM place WHERE is_busy)
        UNION ALL
        FROM dw.dim_article
        WHERE valid_from IN (SELECT night FROM printing) AND rowid IN (SELECT place FROM place WHERE NOT is_busy)
    )
),
counted AS (
    SELECT candidate_pair.text_key, other_key, shared_count(one.shingles, other.shingles) AS shared,
           len(one.shingles) AS of_first, len(other.shingles) AS of_second
    FROM candidate_pair
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
