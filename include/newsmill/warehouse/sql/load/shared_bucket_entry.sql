-- The entries of buckets with several texts, with whether the text changed and whether it is a first member.
-- grain: key text_key
-- refs: shared_bucket changed_bucket_entry changed_text
-- load: temporary view
SELECT key, text_key, entry.is_band, sample_count, text_key IN (FROM changed_text) AS is_changed,
       text_count <= max_bucket_texts() OR list_contains(first_members, text_key) AS is_first_member
FROM changed_bucket_entry AS entry JOIN shared_bucket USING (key)
