-- Texts to be compared anew: those of changed articles, and those with a new signature. Each text is compared with the
-- first members of a bucket alone. So where an oversized bucket gained or lost an early text, its first members of before
-- and after are compared anew too.
-- grain: text_key
-- refs: changed_article dw.dim_text bucket_entry
-- load: temporary
WITH changed AS (
    SELECT text_key, night, bands, samples FROM deleted_dim_text
    UNION ALL
    SELECT text_key, night, bands, samples FROM inserted_dim_text
),
early_changed AS (
    SELECT * FROM changed WHERE night <= (SELECT max(night) FROM dw.dim_text ANTI JOIN inserted_dim_text USING (text_key))
),
early_keys AS (
    SELECT band_key(bands) AS key FROM early_changed
    UNION
    SELECT unnest(samples)::BIGINT FROM early_changed
),
oversized_buckets AS (
    SELECT arg_min(text_key, (night, text_key), 2 * max_bucket_texts()) AS first_members
    FROM bucket_entry SEMI JOIN early_keys USING (key)
    GROUP BY key HAVING count(*) >= max_bucket_texts()
)
SELECT text_key FROM changed_article
UNION
SELECT text_key FROM inserted_dim_text
UNION
SELECT unnest(first_members) FROM oversized_buckets
