-- One term of one text: the index that mart.search reads. It is made of the words that a text and its title hold, copies
-- aside; English words by their stems and without those that say nothing, both by DuckDB's full-text extension.
-- Rows of a night lie in order of their terms, so that a search reads few of them.
-- grain: night term document_no
-- refs: search_print dw.dim_text
-- load: replace_night
-- sorted: night term document_no
-- nights: SELECT DISTINCT night FROM dw.dim_text WHERE night NOT IN (SELECT DISTINCT night FROM search.posting)
WITH said AS MATERIALIZED (
    SELECT night, document_no, is_stemmed, unnest(bag_of_words(page), max_depth := 2) FROM search_print
),
-- each word once: it is read where it first stands, and its stem costs more than to find it again
first AS (
    SELECT word, is_stemmed, arg_min({'night': night, 'document_no': document_no, 'char_start': char_start, 'char_count': char_count}, (night, document_no)) AS place
    FROM said GROUP BY word, is_stemmed
),
known AS (
    SELECT word, first.is_stemmed, strip_accents(lower(substring(page, place.char_start + 1, place.char_count))) AS bare
    FROM first JOIN search_print AS print ON print.night = place.night AND print.document_no = place.document_no
),
-- terms by number: numbers are sorted sooner than letters
numbered AS MATERIALIZED (
    SELECT word, is_stemmed, CASE WHEN is_stemmed THEN stem(bare, 'porter') ELSE bare END AS term,
           dense_rank() OVER (ORDER BY term) AS term_no
    FROM known WHERE NOT (is_stemmed AND bare IN (SELECT unnest(stop_words())))
),
terms AS (SELECT list(term ORDER BY term_no) AS terms FROM (SELECT DISTINCT term, term_no FROM numbered))
SELECT night, (FROM terms)[term_no] AS term, document_no, term_count
FROM (
    SELECT night, term_no, document_no, sum(times)::INTEGER AS term_count
    FROM said JOIN numbered USING (word, is_stemmed)
    GROUP BY ALL ORDER BY night, term_no, document_no
)
