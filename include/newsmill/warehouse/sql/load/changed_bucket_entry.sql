-- All entries of the buckets that a changed or deleted text is in: history is read for them once a load.
-- grain: text_key key
-- refs: changed_text bucket_entry dw.dim_text
-- load: temporary
WITH signatures AS (
    -- by row id, so that DuckDB decompresses no other rows
    SELECT bands, samples FROM dw.dim_text
    WHERE rowid IN (SELECT text.rowid FROM dw.dim_text AS text SEMI JOIN changed_text USING (text_key))
    UNION ALL
    SELECT bands, samples FROM deleted_dim_text
),
bucket_keys AS (
    SELECT band_key(bands) AS key FROM signatures
    UNION ALL
    SELECT unnest(samples)::BIGINT FROM signatures
)
SELECT text_key, night, key, is_band, sample_count FROM bucket_entry SEMI JOIN bucket_keys USING (key)
