-- One term of one text: the index that mart.search reads. It is made of the words that a text and its title hold, copies
-- aside; English words by their stems and without those that say nothing, both by DuckDB's full-text extension.
-- Rows of a night lie in order of their terms, so that a search reads few of them.
-- grain: night term document_no
-- refs: search_print dw.dim_text
-- load: replace_night
-- nights: SELECT DISTINCT night FROM dw.dim_text WHERE night NOT IN (SELECT DISTINCT night FROM search.posting)
-- sorted: night term document_no
WITH said AS MATERIALIZED (
    SELECT night, document_no, is_stemmed, word, count(*) AS times
    FROM (
        SELECT night, document_no, is_stemmed,
               unnest(regexp_extract_all(lower(concat_ws(chr(10), title, text)), '[\p{L}\p{M}\p{N}]+')) AS word
        FROM search_print
    )
    GROUP BY ALL
),
-- each word once: its stem costs more than to find it again
known AS (
    SELECT word, is_stemmed, CASE WHEN is_stemmed THEN stem(strip_accents(word), 'porter') ELSE strip_accents(word) END AS term
    FROM (SELECT DISTINCT word, is_stemmed FROM said)
    WHERE NOT (is_stemmed AND strip_accents(word) IN (SELECT unnest(stop_words())))
)
SELECT night, term, document_no, sum(times) AS term_count
FROM said JOIN known USING (word, is_stemmed)
GROUP BY ALL
