-- The texts that match the words best, the best first: ranked by BM25 over title and text, copies left out.
-- Words match in any inflection in English and exactly in other languages, whatever their case and accents. A row is the
-- first instance of a text, with its line that has most of the words.
-- grain: article_key
-- arguments: words, most := 20
-- refs: search.stem search.document search.posting dw.dim_article dw.dim_source dw.fact_article
-- load: table macro
WITH query_words AS (
    SELECT word, search.stem(word) AS stem
    FROM (SELECT DISTINCT unnest(regexp_extract_all(strip_accents(lower(words)), '[\p{L}\p{M}\p{N}]+')) AS word)
    WHERE CASE WHEN EXISTS (FROM search.document) THEN true
               ELSE error('this warehouse has no index of words: it holds no text, or was loaded with NEWSMILL_SEARCH=off') END
),
query_terms AS (
    SELECT dense_rank() OVER (ORDER BY stem) AS stem_no, * FROM (
        SELECT stem, stem AS term, true AS is_stemmed FROM query_words
        UNION
        SELECT stem, word, false FROM query_words
    )
),
hits AS MATERIALIZED (
    SELECT stem_no, night, document_no, document.term_count AS length, posting.term_count AS times
    FROM search.posting
    JOIN query_terms USING (term)
    JOIN search.document USING (night, document_no, is_stemmed)
),
stem_weights AS (  -- a word has more weight, the fewer texts have it
    SELECT stem_no, log10((documents - count(*) + 0.5) / (count(*) + 0.5) + 1) AS weight, average
    FROM hits, (SELECT count(*) AS documents, avg(term_count) AS average FROM search.document)
    GROUP BY stem_no, documents, average
),
ranked_documents AS (
    SELECT night, document_no, sum(weight * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / average))) AS score
    FROM hits JOIN stem_weights USING (stem_no)
    GROUP BY night, document_no
    ORDER BY score DESC, night, document_no LIMIT most
),
ranked_rows AS MATERIALIZED (
    SELECT score, night, document_no, article.rowid AS row_id
    FROM ranked_documents JOIN search.document USING (night, document_no) JOIN dw.dim_article AS article USING (article_key)
),
matches AS MATERIALIZED (  -- by row id: a join by key would read all texts for a few rows
    SELECT score, document_no, article.* FROM ranked_rows JOIN dw.dim_article AS article ON article.rowid = row_id
),
lines AS (
    SELECT article_key, line_no, line, regexp_replace(strip_accents(lower(' ' || line)), '[^\p{L}\p{M}\p{N}]+', ' ', 'g') AS plain,
           coalesce(sum(length(line) + 1) OVER (PARTITION BY article_key ORDER BY line_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS char_start
    FROM (
        SELECT article_key, unnest(string_split(text, chr(10))) AS line, generate_subscripts(string_split(text, chr(10)), 1) AS line_no
        FROM matches
    )
),
line_hits AS (
    SELECT article_key, line_no, line, char_start, count(prefix) AS word_count,
           min(nullif(strpos(strip_accents(lower(line)), prefix), 0)) AS first_hit
    FROM lines
    LEFT JOIN (SELECT CASE WHEN starts_with(word, stem) THEN stem ELSE stem[:-2] END AS prefix FROM query_words) ON contains(plain, ' ' || prefix)
    WHERE trim(line) <> ''
    GROUP BY ALL
),
best_lines AS (
    SELECT DISTINCT ON (article_key) * FROM line_hits ORDER BY article_key, word_count DESC, line_no
),
page_ranges AS (
    SELECT article_key, range, text_start, length(text[:text_start]) - length(replace(text[:text_start], chr(10), '')) AS breaks_before
    FROM (
        SELECT article_key, text, range,
               coalesce(sum(range.page_char_end - range.page_char_start) OVER (
                   PARTITION BY article_key ORDER BY range.page_char_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS text_start
        FROM (SELECT article_key, text, unnest(ranges) AS range FROM matches)
    )
)
SELECT score, matches.article_key, article_id, title, coalesce(source.name, matches.source_id) AS source, published_at,
       CASE WHEN length(line) <= 300 THEN line
            ELSE substr(line, greatest(1, coalesce(first_hit, 1) - 100)::BIGINT, 300) END AS snippet,
       dump_file, member, record_no,
       (page_ranges.range.line_start + best_lines.line_no - 1 - page_ranges.breaks_before)::INTEGER AS line_start,
       matches.language, matches.is_current, matches.valid_from AS night
FROM matches
LEFT JOIN best_lines USING (article_key)
LEFT JOIN dw.fact_article AS fact USING (article_key)
LEFT JOIN dw.dim_source AS source USING (source_key)
ASOF LEFT JOIN page_ranges ON page_ranges.article_key = matches.article_key AND best_lines.char_start >= page_ranges.text_start
ORDER BY score DESC, night, document_no
