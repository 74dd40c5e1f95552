-- One block of one page and its fate; the blocks of a page cover it exactly, also where the page was turned away.
-- A page that stands for no article, as when it was turned away, withheld or captured again, has -1 as article_key.
-- grain: page_id block_index
-- reads: text_blocks pages articles captures rejected_check
-- refs: dw.dim_article dw.dim_source
-- load: replace_night
WITH standing AS (
    SELECT page_id, night, article_id FROM articles
    SEMI JOIN captures USING (page_id, night)
    ANTI JOIN rejected_check USING (page_id, night)
)
SELECT dw.surrogate_key(concat_ws('|', page_id, block_index)) AS text_block_key,
       coalesce(version.article_key, -1) AS article_key, coalesce(source.source_key, -1) AS source_key,
       block.night, page_id, page.dump_file, page.record_no, block_index, page_char_start, page_char_end, line_start, line_end,
       disposition, reason, repeat_of_block, block_hash, CAST(-1 AS BIGINT) AS boilerplate_key
FROM text_blocks AS block
JOIN pages AS page USING (page_id, night)
LEFT JOIN standing AS article USING (page_id, night)
LEFT JOIN dw.dim_article AS version
  ON version.article_id = article.article_id AND block.night >= version.valid_from AND block.night < version.valid_to
LEFT JOIN dw.dim_source AS source
  ON source.source_id = page.source_id AND block.night >= source.valid_from AND block.night < source.valid_to
