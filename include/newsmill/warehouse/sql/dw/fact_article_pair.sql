-- Two article versions of which the first, the later one, prints text of the second.
-- An exact pair has the same words; a near one half or more of all their five-word shingles in common, or a third
-- (half of what each says, if they are of one length) unless one text holds three quarters or more of the other (contains,
-- contained_in); a version pair is one article before and
-- after a change. Of a text with many copies each copy is paired with the fifty earliest, and with the ten earliest of
-- a text that is not the same. A text shorter than 80 characters is an exact pair only where the titles are the same:
-- what a paywall or a broken page leaves of different articles reads alike.
-- grain: from_article_key to_article_key relation
-- refs: dw.dim_article text_pair changed_print changed_text
-- load: merge
-- scope: from_article_key IN (FROM changed_print) OR to_article_key IN (FROM changed_print)
WITH printed AS (
    SELECT article_key, article_id, text_key, kept_chars, valid_from,
           -- a change is printed on the night it was seen, whenever its article first was
           CASE WHEN version = 1 THEN coalesce(published_at, valid_from::TIMESTAMP AT TIME ZONE 'UTC')
                ELSE greatest(published_at, valid_from::TIMESTAMP AT TIME ZONE 'UTC') END AS printed_at,
           -- without a title a short text is like no other
           CASE WHEN kept_chars < 80 THEN coalesce('titled ' || nullif(title, ''), article_key::VARCHAR) ELSE '' END AS told_by
    FROM dw.dim_article
    SEMI JOIN (FROM changed_text UNION SELECT text_key FROM text_pair UNION SELECT other_key FROM text_pair) USING (text_key)
),
placed AS (
    SELECT article_key, article_id, text_key, told_by, kept_chars, printed_at, valid_from,
           row_number() OVER (PARTITION BY text_key, told_by ORDER BY printed_at, valid_from, article_key) AS place
    FROM printed
),
exact AS (
    SELECT later.article_key AS from_article_key, earlier.article_key AS to_article_key, 'exact' AS relation,
           1.0 AS similarity, 1.0 AS containment, least(later.kept_chars, earlier.kept_chars) AS shared_chars
    FROM placed AS later JOIN placed AS earlier USING (text_key, told_by)
    WHERE earlier.place < later.place AND earlier.place <= 50 AND earlier.article_id <> later.article_id
      AND text_key IN (FROM changed_text)
),
crossed AS (
    SELECT one.article_key AS one_key, other.article_key AS other_key, similarity, containment, shared_chars,
           (one.printed_at, one.valid_from, one.article_key) > (other.printed_at, other.valid_from, other.article_key) AS is_later,
           is_longer
    FROM text_pair
    JOIN placed AS one USING (text_key)
    JOIN placed AS other ON other.text_key = text_pair.other_key
    WHERE one.place <= 10 AND other.place <= 10 AND one.article_id <> other.article_id
),
alike AS (
    SELECT CASE WHEN is_later THEN one_key ELSE other_key END AS from_article_key,
           CASE WHEN is_later THEN other_key ELSE one_key END AS to_article_key,
           CASE WHEN similarity >= 0.5 OR similarity >= 1 / 3 AND containment < 0.75 THEN 'near' WHEN is_later = is_longer THEN 'contains' ELSE 'contained_in' END AS relation,
           similarity, containment, shared_chars
    FROM crossed
),
following AS MATERIALIZED (
    SELECT later.article_key AS from_article_key, earlier.article_key AS to_article_key,
           later.rowid AS later_row, earlier.rowid AS earlier_row, later.text_key = earlier.text_key AS is_same
    FROM dw.dim_article AS later
    JOIN dw.dim_article AS earlier ON later.article_id = earlier.article_id AND later.version = earlier.version + 1
    WHERE later.article_key IN (FROM changed_print) OR earlier.article_key IN (FROM changed_print)
),
followed_text AS MATERIALIZED (
    SELECT rowid AS place, text FROM dw.dim_article
    WHERE rowid IN (SELECT later_row FROM following UNION SELECT earlier_row FROM following)
),
changed AS (
    SELECT from_article_key, to_article_key, is_same, overlap(later.text, earlier.text) AS told
    FROM following
    JOIN followed_text AS later ON later.place = later_row
    JOIN followed_text AS earlier ON earlier.place = earlier_row
),
version AS (
    SELECT from_article_key, to_article_key, 'version' AS relation,
           -- under five words there is no shingle to share
           coalesce(told.shared / nullif(told.of_first + told.of_second - told.shared, 0), is_same::DOUBLE) AS similarity,
           coalesce(told.shared / nullif(least(told.of_first, told.of_second), 0), is_same::DOUBLE) AS containment,
           told.shared_chars AS shared_chars
    FROM changed
)
SELECT dw.surrogate_key(concat_ws('|', from_article_key, to_article_key, relation)) AS article_pair_key,
       from_article_key, to_article_key, relation, similarity, containment, shared_chars,
       epoch(later.published_at)::BIGINT - epoch(earlier.published_at)::BIGINT AS lag_seconds,
       greatest(later.valid_from, earlier.valid_from) AS night
FROM (FROM exact UNION ALL FROM alike UNION ALL FROM version)
JOIN dw.dim_article AS later ON later.article_key = from_article_key
JOIN dw.dim_article AS earlier ON earlier.article_key = to_article_key
WHERE from_article_key IN (FROM changed_print) OR to_article_key IN (FROM changed_print)
