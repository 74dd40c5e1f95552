-- What several texts share and one of them was changed; of a crowd only its leaders, the earliest, are named.
-- grain: key
-- refs: changed_text text_index dw.dim_text
-- load: temporary
WITH asked AS (
    SELECT DISTINCT key FROM text_index SEMI JOIN changed_text USING (text_key)
    UNION
    SELECT (generate_subscripts(bands, 1)::BIGINT << 32) | unnest(bands) FROM gone_dim_text
    UNION
    SELECT unnest(samples)::BIGINT FROM gone_dim_text
)
SELECT key, any_value(is_band) AS is_band, count(*) AS text_count,
       arg_min(text_key, (night, text_key), crowd_size()) AS leaders
FROM text_index SEMI JOIN asked USING (key)
GROUP BY key HAVING count(*) > 1
