-- Texts to be compared anew: of changed articles, and those signed anew; and where a crowd shares a key and an earlier
-- text came or went, all that lead the crowd or did, for each text is compared with the leaders alone.
-- grain: text_key
-- refs: changed_article dw.dim_text text_index
-- load: temporary
WITH moved AS (
    SELECT text_key, night, bands, samples FROM gone_dim_text
    UNION ALL
    SELECT text_key, night, bands, samples FROM come_dim_text
),
early AS (
    SELECT * FROM moved WHERE night <= (SELECT max(night) FROM dw.dim_text ANTI JOIN come_dim_text USING (text_key))
),
keys AS (
    SELECT band_key(bands) AS key FROM early
    UNION
    SELECT unnest(samples)::BIGINT FROM early
),
crowds AS (
    SELECT arg_min(text_key, (night, text_key), 2 * crowd_size()) AS leaders
    FROM text_index SEMI JOIN keys USING (key)
    GROUP BY key HAVING count(*) >= crowd_size()
)
SELECT text_key FROM changed_article
UNION
SELECT text_key FROM come_dim_text
UNION
SELECT unnest(leaders) FROM crowds
