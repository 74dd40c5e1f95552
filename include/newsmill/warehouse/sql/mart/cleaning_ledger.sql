-- Kept and removed text by night, source and reason, in pages, blocks and characters.
-- grain: night source disposition reason
-- refs: dw.fact_text_block dw.dim_source
-- load: view
-- group: operations
WITH block_sums AS (
    SELECT block.night, coalesce(source.name, source.source_id, 'unknown') AS source, disposition,
           coalesce(reason, 'body') AS reason, count(DISTINCT page_id) AS page_count, count(*) AS block_count,
           CAST(sum(page_char_end - page_char_start) AS BIGINT) AS chars
    FROM dw.fact_text_block AS block
    LEFT JOIN dw.dim_source AS source USING (source_key)
    GROUP BY ALL
)
SELECT night, source, disposition, reason, page_count, block_count, chars,
       chars / sum(chars) OVER (PARTITION BY night, source) AS share_of_chars
FROM block_sums
