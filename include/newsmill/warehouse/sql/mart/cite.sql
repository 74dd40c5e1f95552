-- Where a row of the warehouse stands in the dumps, and its exact text: mart.cite('fact_quote', 123), with or without dw.
-- One row for a fact; two for a pair of articles, the later first. Bytes are those of the unpacked file or member, lines
-- and page characters those of the page as read; where a text was cut out of its page, ranges tell the pieces. A block that was dropped has no text here, for the warehouse holds none:
-- python -m newsmill cite reads it, as all others, from the landed file itself.
-- grain: fact_table fact_key page_id
-- arguments: fact_table, fact_key
-- refs: dw.fact_quote dw.fact_mention dw.fact_place_mention dw.fact_date_reference dw.fact_text_block dw.fact_article dw.fact_article_pair dw.dim_article dw.dim_text
-- load: table macro
WITH asked AS (  -- here alone, where no column of a table can be taken for an argument
    SELECT regexp_replace(lower(fact_table), '^dw\.', '') AS asked_table, fact_key AS asked_key
),
span AS (
    SELECT 'fact_quote' AS told, quote_key AS key, article_key, char_start, char_end, page_char_start, page_char_end, line_start, line_end, quote_text AS text
    FROM dw.fact_quote JOIN asked ON quote_key = asked_key WHERE asked_table = 'fact_quote'
    UNION ALL
    SELECT 'fact_mention', mention_key, article_key, char_start, char_end, page_char_start, page_char_end, line_start, line_end, surface
    FROM dw.fact_mention JOIN asked ON mention_key = asked_key WHERE asked_table = 'fact_mention'
    UNION ALL
    SELECT 'fact_place_mention', place_mention_key, article_key, char_start, char_end, page_char_start, page_char_end, line_start, line_end, surface
    FROM dw.fact_place_mention JOIN asked ON place_mention_key = asked_key WHERE asked_table = 'fact_place_mention'
    UNION ALL
    SELECT 'fact_date_reference', date_reference_key, article_key, char_start, char_end, page_char_start, page_char_end, line_start, line_end, surface
    FROM dw.fact_date_reference JOIN asked ON date_reference_key = asked_key WHERE asked_table = 'fact_date_reference'
),
whole AS (
    SELECT 'fact_article' AS told, article_key AS key, article_key, 1 AS place
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
SELECT told AS fact_table, key AS fact_key, dump, dump_file, member, record_no, byte_start, byte_end, line_start, line_end,
       page_char_start, page_char_end, char_start, char_end, span.text,
       [{page_char_start: page_char_start, page_char_end: page_char_end, line_start: line_start}] AS ranges,
       page_id, article_key, valid_from AS night
FROM span JOIN dw.dim_article AS article USING (article_key)
UNION ALL
SELECT told, key, dump, dump_file, member, record_no, byte_start, byte_end, ranges[1].line_start,
       (ranges[-1].line_start + length(last_piece) - length(replace(last_piece, chr(10), '')))::INTEGER,
       ranges[1].page_char_start, ranges[-1].page_char_end, 0, length(text)::INTEGER, text, ranges,
       page_id, article_key, night
FROM (
    SELECT whole.*, article.* EXCLUDE (article_key), valid_from AS night,
           -- the line that a text ends in begins with the last break before its last character
           substr(text, length(text) - (ranges[-1].page_char_end - ranges[-1].page_char_start) + 1,
                  ranges[-1].page_char_end - ranges[-1].page_char_start - 1) AS last_piece
    FROM whole JOIN dw.dim_article AS article USING (article_key) ORDER BY place
)
UNION ALL
SELECT 'fact_text_block', block.text_block_key, block.dump, block.dump_file, block.member, block.record_no, block.byte_start, block.byte_end,
       block.line_start, block.line_end, block.page_char_start, block.page_char_end, block.char_start, block.char_end,
       substr(article.text, block.char_start + 1, block.char_end - block.char_start),
       [{page_char_start: block.page_char_start, page_char_end: block.page_char_end, line_start: block.line_start}], block.page_id, block.article_key, block.night
FROM dw.fact_text_block AS block JOIN asked ON text_block_key = asked_key LEFT JOIN dw.dim_article AS article USING (article_key)
WHERE asked_table = 'fact_text_block'
UNION ALL
SELECT error('mart.cite knows no ' || asked_table || '; it knows fact_quote, fact_mention, fact_place_mention, fact_date_reference, fact_text_block, fact_article, dim_article, dim_text and fact_article_pair'),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM asked WHERE asked_table NOT IN (
    'fact_quote', 'fact_mention', 'fact_place_mention', 'fact_date_reference', 'fact_text_block', 'fact_article', 'dim_article',
    'dim_text', 'fact_article_pair')
