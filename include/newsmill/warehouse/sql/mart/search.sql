-- The texts that the words asked for tell apart best, the best first: ranked by BM25 over title and text, copies aside.
-- Words are looked for as the index has them: in any inflection in English, as they are in other languages; case and
-- accents do not count. A row is the first print of a text, with the line of it that holds most of the words.
-- grain: article_key
-- arguments: words, most := 20
-- refs: search.stem search.document search.posting dw.dim_article dw.dim_source dw.fact_article
-- load: table macro
WITH asked AS (
    SELECT word, search.stem(word) AS stem
    FROM (SELECT DISTINCT unnest(regexp_extract_all(strip_accents(lower(words)), '[\p{L}\p{M}\p{N}]+')) AS word)
    WHERE CASE WHEN EXISTS (FROM search.document) THEN true
               ELSE error('this warehouse has no index of words: it holds no text, or was loaded with NEWSMILL_SEARCH=off') END
),
wanted AS (
    SELECT dense_rank() OVER (ORDER BY stem) AS stem_no, * FROM (
        SELECT stem, stem AS term, true AS is_stemmed FROM asked
        UNION
        SELECT stem, word, false FROM asked
    )
),
hit AS MATERIALIZED (
    SELECT stem_no, night, document_no, document.term_count AS length, posting.term_count AS times
    FROM search.posting
    JOIN wanted USING (term)
    JOIN search.document USING (night, document_no, is_stemmed)
),
weighed AS (  -- a word tells more, the fewer texts hold it
    SELECT stem_no, log10((documents - count(*) + 0.5) / (count(*) + 0.5) + 1) AS weight, average
    FROM hit, (SELECT count(*) AS documents, avg(term_count) AS average FROM search.document)
    GROUP BY stem_no, documents, average
),
ranked AS (
    SELECT night, document_no, sum(weight * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / average))) AS score
    FROM hit JOIN weighed USING (stem_no)
    GROUP BY night, document_no
    ORDER BY score DESC, night, document_no LIMIT most
),
placed AS MATERIALIZED (
    SELECT score, night, document_no, article.rowid AS place
    FROM ranked JOIN search.document USING (night, document_no) JOIN dw.dim_article AS article USING (article_key)
),
found AS MATERIALIZED (  -- by the place of each row: found by their keys, a few rows would cost the reading of all texts
    SELECT score, document_no, article.* FROM placed JOIN dw.dim_article AS article ON article.rowid = place
),
line AS (
    SELECT article_key, number, said, regexp_replace(strip_accents(lower(' ' || said)), '[^\p{L}\p{M}\p{N}]+', ' ', 'g') AS plain,
           coalesce(sum(length(said) + 1) OVER (PARTITION BY article_key ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS char_start
    FROM (
        SELECT article_key, unnest(string_split(text, chr(10))) AS said, generate_subscripts(string_split(text, chr(10)), 1) AS number
        FROM found
    )
),
shown AS (
    SELECT article_key, number, said, char_start, count(opening) AS held,
           min(nullif(strpos(strip_accents(lower(said)), opening), 0)) AS first_at
    FROM line
    LEFT JOIN (SELECT CASE WHEN starts_with(word, stem) THEN stem ELSE stem[:-2] END AS opening FROM asked) ON contains(plain, ' ' || opening)
    WHERE trim(said) <> ''
    GROUP BY ALL
),
best_line AS (
    SELECT DISTINCT ON (article_key) * FROM shown ORDER BY article_key, held DESC, number
),
piece AS (
    SELECT article_key, range, text_start, length(text[:text_start]) - length(replace(text[:text_start], chr(10), '')) AS breaks_before
    FROM (
        SELECT article_key, text, range,
               coalesce(sum(range.page_char_end - range.page_char_start) OVER (
                   PARTITION BY article_key ORDER BY range.page_char_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS text_start
        FROM (SELECT article_key, text, unnest(ranges) AS range FROM found)
    )
)
SELECT score, found.article_key, article_id, title, coalesce(source.name, found.source_id) AS source, published_at,
       CASE WHEN length(said) <= 300 THEN said
            ELSE substr(said, greatest(1, coalesce(first_at, 1) - 100)::BIGINT, 300) END AS snippet,
       dump_file, member, record_no,
       (piece.range.line_start + best_line.number - 1 - piece.breaks_before)::INTEGER AS line_start,
       found.language, found.is_current, found.valid_from AS night
FROM found
LEFT JOIN best_line USING (article_key)
LEFT JOIN dw.fact_article AS fact USING (article_key)
LEFT JOIN dw.dim_source AS source USING (source_key)
ASOF LEFT JOIN piece ON piece.article_key = found.article_key AND best_line.char_start >= piece.text_start
ORDER BY score DESC, night, document_no
