-- Position of a row of the warehouse in the dumps, and its exact text: mart.cite('fact_quote', 123), with or without dw.
-- One row for a fact; two for a pair of articles, the later first. Bytes are those of the unpacked file or member, lines
-- and page characters those of the page as read; where a text was cut out of its page, ranges list the pieces. A dropped
-- block has no text here, for the warehouse holds none: python -m newsmill cite reads it, as all others, from the landed
-- file itself.
-- grain: fact_table fact_key page_id
-- arguments: fact_table, fact_key
-- refs: dw.{fact} dw.fact_text_block dw.fact_article dw.fact_article_pair dw.dim_article dw.dim_text
-- load: table macro
WITH known AS (
    SELECT [{facts}, 'fact_text_block', 'fact_article', 'dim_article', 'dim_text', 'fact_article_pair'] AS tables
),
asked AS (  -- no other part reads the arguments: a column of the same name would be replaced by them
    SELECT regexp_replace(lower(fact_table), '^dw\.', '') AS asked_table, CAST(fact_key AS BIGINT) AS asked_key
),
span AS (
    -- for each extractor:
    SELECT '{fact}' AS table_name, {key} AS row_key, article_key, char_start, char_end, page_char_start, page_char_end, line_start, line_end, {text} AS text
    FROM dw.{fact} JOIN asked ON {key} = asked_key WHERE asked_table = '{fact}'
    -- end
),
whole AS (
    SELECT 'fact_article' AS table_name, article_key AS row_key, article_key, 1 AS position
    FROM dw.fact_article JOIN asked ON article_key = asked_key WHERE asked_table = 'fact_article'
    UNION ALL
    SELECT 'dim_article', article_key, article_key, 1
    FROM dw.dim_article JOIN asked ON article_key = asked_key WHERE asked_table = 'dim_article'
    UNION ALL
    SELECT 'dim_text', text_key, article_key, 1
    FROM dw.dim_text JOIN asked ON text_key = asked_key WHERE asked_table = 'dim_text'
    UNION ALL
    SELECT 'fact_article_pair', article_pair_key, unnest([from_article_key, to_article_key]), unnest([1, 2])
    FROM dw.fact_article_pair JOIN asked ON article_pair_key = asked_key WHERE asked_table = 'fact_article_pair'
)
SELECT table_name AS fact_table, row_key::VARCHAR AS fact_key, dump, dump_file, member, record_no, byte_start, byte_end, line_start, line_end,
       page_char_start, page_char_end, char_start, char_end, span.text,
       [{page_char_start: page_char_start, page_char_end: page_char_end, line_start: line_start}] AS ranges,
       page_id, article_key::VARCHAR AS article_key, valid_from AS night
FROM span JOIN dw.dim_article AS article USING (article_key)
UNION ALL
SELECT table_name, row_key::VARCHAR, dump, dump_file, member, record_no, byte_start, byte_end, ranges[1].line_start,
       (ranges[-1].line_start + length(last_piece) - length(replace(last_piece, chr(10), '')))::INTEGER,
       ranges[1].page_char_start, ranges[-1].page_char_end, 0, length(text)::INTEGER, text, ranges,
       page_id, article_key::VARCHAR, night
FROM (
    SELECT whole.*, article.* EXCLUDE (article_key), valid_from AS night,
           -- the line that a text ends in begins with the last break before its last character
           substr(text, length(text) - (ranges[-1].page_char_end - ranges[-1].page_char_start) + 1,
                  ranges[-1].page_char_end - ranges[-1].page_char_start - 1) AS last_piece
    FROM whole JOIN dw.dim_article AS article USING (article_key) ORDER BY position
)
UNION ALL
SELECT 'fact_text_block', block.text_block_key::VARCHAR, block.dump, block.dump_file, block.member, block.record_no, block.byte_start, block.byte_end,
       block.line_start, block.line_end, block.page_char_start, block.page_char_end, block.char_start, block.char_end,
       substr(article.text, block.char_start + 1, block.char_end - block.char_start),
       [{page_char_start: block.page_char_start, page_char_end: block.page_char_end, line_start: block.line_start}], block.page_id, block.article_key::VARCHAR, block.night
FROM dw.fact_text_block AS block JOIN asked ON text_block_key = asked_key LEFT JOIN dw.dim_article AS article USING (article_key)
WHERE asked_table = 'fact_text_block'
UNION ALL
SELECT error('mart.cite knows no ' || asked_table || '; it knows ' || array_to_string(known.tables, ', ')),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM asked, known WHERE NOT list_contains(known.tables, asked_table)
