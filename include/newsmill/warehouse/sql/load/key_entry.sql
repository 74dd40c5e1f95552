-- All texts that share a key with one that was changed, or with one that is gone: history is read for them once a load.
-- grain: text_key key
-- refs: changed_text text_index dw.dim_text
-- load: temporary
WITH changed AS (
    -- by their numbers: what else lies around is not unpacked
    SELECT bands, samples FROM dw.dim_text
    WHERE rowid IN (SELECT text.rowid FROM dw.dim_text AS text SEMI JOIN changed_text USING (text_key))
    UNION ALL
    SELECT bands, samples FROM gone_dim_text
),
asked AS (
    SELECT band_key(bands) AS key FROM changed
    UNION ALL
    SELECT unnest(samples)::BIGINT FROM changed
)
SELECT text_key, night, key, is_band, sample_count FROM text_index SEMI JOIN asked USING (key)
