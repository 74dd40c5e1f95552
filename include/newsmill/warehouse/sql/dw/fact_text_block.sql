-- One block of one page and its label; the blocks of a page cover it exactly, also of a rejected page.
-- A page without an article, because it was rejected, withheld or captured again, has -1 as article_key.
-- A block that was known boilerplate on that night, or has a decision, has its boilerplate_key whatever its label.
-- grain: page_id block_index
-- reads: text_blocks pages articles captures rejected_check known_boilerplate
-- refs: dw.dim_article dw.dim_source dw.dim_boilerplate
-- load: replace_night
WITH loaded_articles AS (
    SELECT page_id, night, article_id, ranges FROM articles
    SEMI JOIN captures USING (page_id, night)
    ANTI JOIN rejected_check USING (page_id, night)
),
block_positions AS (  -- page ranges of the text are in order: chars of earlier ranges come before the block in the text too
    SELECT page_id, night, block_index,
           len(list_filter(ranges, lambda r: r.page_char_start <= block.page_char_start AND r.page_char_end >= block.page_char_end)) > 0 AS is_text,
           list_sum(list_transform(ranges, lambda r: greatest(0, least(r.page_char_end, block.page_char_start) - r.page_char_start)))::INTEGER AS char_start
    FROM text_blocks AS block JOIN loaded_articles USING (page_id, night)
),
known_boilerplate AS (
    SELECT DISTINCT night, scope, format('{:016x}', words_hash) AS block_hash FROM known_boilerplate
)
SELECT dw.surrogate_key(concat_ws('|', page_id, block_index)) AS text_block_key,
       coalesce(version.article_key, -1) AS article_key, coalesce(source.source_key, -1) AS source_key,
       block.night, page_id, page.dump, page.dump_file, page.member, page.record_no, page.byte_start, page.byte_end, block_index,
       CASE WHEN is_text THEN char_start END AS char_start, CASE WHEN is_text THEN char_start + page_char_end - page_char_start END AS char_end,
       page_char_start, page_char_end, line_start, line_end,
       disposition, reason, repeat_of_block, block.block_hash,
       CASE WHEN coalesce(own.block_hash, everywhere.block_hash) IS NULL THEN -1
            ELSE dw.surrogate_key(block.block_hash) END AS boilerplate_key
FROM text_blocks AS block
JOIN pages AS page USING (page_id, night)
LEFT JOIN loaded_articles AS article USING (page_id, night)
LEFT JOIN block_positions USING (page_id, night, block_index)
LEFT JOIN dw.dim_article AS version
  ON version.article_id = article.article_id AND block.night >= version.valid_from AND block.night < version.valid_to
LEFT JOIN dw.dim_source AS source
  ON source.source_id = page.source_id AND block.night >= source.valid_from AND block.night < source.valid_to
LEFT JOIN known_boilerplate AS own
  ON own.night = block.night AND own.scope = page.source_id AND own.block_hash = block.block_hash
LEFT JOIN known_boilerplate AS everywhere
  ON everywhere.night = block.night AND everywhere.scope = '*' AND everywhere.block_hash = block.block_hash
