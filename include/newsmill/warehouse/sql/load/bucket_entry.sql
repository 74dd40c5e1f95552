-- The LSH buckets of each text, one row a text and bucket: its bands, numbered apart, and its sampled shingle hashes.
-- grain: text_key key
-- refs: dw.dim_text
-- load: temporary view
SELECT text_key, night, band_key(bands) AS key, true AS is_band, len(samples) AS sample_count
FROM dw.dim_text
UNION ALL
SELECT text_key, night, unnest(samples)::BIGINT AS key, false AS is_band, len(samples) AS sample_count FROM dw.dim_text
