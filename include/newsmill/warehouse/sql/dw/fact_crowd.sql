-- A band or sample that so many texts share that they are not all compared with each other, but with the earliest alone.
-- Form letters and pages of which little but furniture was kept make crowds; article_key is the first that prints one.
-- grain: crowd_key
-- refs: dw.dim_article dw.dim_text shared_key
-- load: merge
-- scope: crowd_key IN (SELECT key FROM shared_key UNION SELECT band_key(bands) FROM gone_dim_text UNION SELECT unnest(samples)::BIGINT FROM gone_dim_text) OR text_key IN (SELECT text_key FROM gone_dim_text)
SELECT key AS crowd_key, is_band, text_count, leaders[1] AS text_key, dim_text.article_key
FROM shared_key JOIN dw.dim_text ON dim_text.text_key = leaders[1]
WHERE text_count > crowd_size()
