-- Buckets with several texts, of which one changed; with the first members, the earliest texts, where it is oversized.
-- grain: key
-- refs: changed_bucket_entry
-- load: temporary
WITH sizes AS (
    SELECT key, any_value(is_band) AS is_band, count(*) AS text_count FROM changed_bucket_entry GROUP BY key HAVING count(*) > 1
),
oversized AS (
    SELECT key, arg_min(text_key, (night, text_key), max_bucket_texts()) AS first_members
    FROM changed_bucket_entry SEMI JOIN (FROM sizes WHERE text_count > max_bucket_texts()) USING (key)
    GROUP BY key
)
SELECT sizes.*, first_members FROM sizes LEFT JOIN oversized USING (key)
