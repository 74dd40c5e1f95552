-- One term of one text: the index that mart.search reads. It has the words of each text and its title, copies left out.
-- English words are stems, without stop words, both by DuckDB's full-text extension.
-- Rows of a night are in order of their terms, so that a search reads few of them.
-- grain: night term document_no
-- refs: search_text stop_word dw.dim_text
-- load: replace_night
-- sorted: night term document_no
-- calls: term_counts
-- nights: SELECT DISTINCT night FROM dw.dim_text WHERE night NOT IN (SELECT DISTINCT night FROM search.posting)
SELECT night, term, document_no, term_count FROM term_counts
