-- Two article versions of which the first, the later one, prints text of the second.
-- An exact pair has the same words; a version pair is one article before and after a change. Of a text with
-- many copies each copy is paired with the fifty earliest. A text shorter than 80 characters is an exact pair only
-- where the titles are the same: what a paywall or a broken page leaves of different articles reads alike.
-- grain: from_article_key to_article_key relation
-- refs: dw.dim_article
-- load: merge
WITH placed AS (
    SELECT *, row_number() OVER (
               PARTITION BY text_sha256, told_by ORDER BY printed_at, valid_from, article_key) AS place
    FROM (
        -- a change is printed on the night it was seen, whenever its article first was
        SELECT *, CASE WHEN version = 1 THEN coalesce(published_at, valid_from::TIMESTAMP AT TIME ZONE 'UTC')
                       ELSE greatest(published_at, valid_from::TIMESTAMP AT TIME ZONE 'UTC') END AS printed_at,
               -- without a title a short text is like no other
               CASE WHEN len(text) < 80 THEN coalesce('titled ' || nullif(title, ''), article_key::VARCHAR)
                    ELSE '' END AS told_by
        FROM dw.dim_article
    )
),
exact AS (
    SELECT later.article_key AS from_article_key, earlier.article_key AS to_article_key, 'exact' AS relation,
           1.0 AS similarity, 1.0 AS containment, least(later.kept_chars, earlier.kept_chars) AS shared_chars
    FROM placed AS later JOIN placed AS earlier USING (text_sha256, told_by)
    WHERE earlier.place < later.place AND earlier.place <= 50 AND earlier.article_id <> later.article_id
),
changed AS (
    SELECT later.article_key AS from_article_key, earlier.article_key AS to_article_key,
           string_split(later.text, chr(10)) AS later_lines, string_split(earlier.text, chr(10)) AS earlier_lines,
           regexp_extract_all(lower(later.text), '[\p{L}\p{N}_]+') AS later_words,
           regexp_extract_all(lower(earlier.text), '[\p{L}\p{N}_]+') AS earlier_words
    FROM dw.dim_article AS later JOIN dw.dim_article AS earlier
      ON later.article_id = earlier.article_id AND later.version = earlier.version + 1
),
shingled AS (
    SELECT from_article_key, to_article_key,
           -- one hash of five words: lists of words take a hundred times as long
           list_distinct([hash(later_words[i], later_words[i + 1], later_words[i + 2], later_words[i + 3], later_words[i + 4])
                          for i in range(1, greatest(len(later_words) - 3, 2))]) AS a,
           list_distinct([hash(earlier_words[i], earlier_words[i + 1], earlier_words[i + 2], earlier_words[i + 3], earlier_words[i + 4])
                          for i in range(1, greatest(len(earlier_words) - 3, 2))]) AS b,
           CAST(list_sum([len(line) for line in list_intersect(later_lines, earlier_lines)]) AS INTEGER) AS shared_chars
    FROM changed
),
version AS (
    SELECT from_article_key, to_article_key, 'version' AS relation,
           len(list_intersect(a, b)) / len(list_distinct(a || b)) AS similarity,
           len(list_intersect(a, b)) / least(len(a), len(b)) AS containment,
           coalesce(shared_chars, 0) AS shared_chars
    FROM shingled
)
SELECT dw.surrogate_key(concat_ws('|', from_article_key, to_article_key, relation)) AS article_pair_key,
       from_article_key, to_article_key, relation, similarity, containment, shared_chars,
       epoch(later.published_at)::BIGINT - epoch(earlier.published_at)::BIGINT AS lag_seconds,
       greatest(later.valid_from, earlier.valid_from) AS night
FROM (FROM exact UNION ALL FROM version)
JOIN dw.dim_article AS later ON later.article_key = from_article_key
JOIN dw.dim_article AS earlier ON earlier.article_key = to_article_key
