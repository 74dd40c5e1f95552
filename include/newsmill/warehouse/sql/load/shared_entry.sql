-- The texts of each key that several share, and whether they were changed or lead those that share it.
-- grain: key text_key
-- refs: shared_key key_entry changed_text
-- load: temporary view
SELECT key, text_key, entry.is_band, sample_count, text_key IN (FROM changed_text) AS is_changed,
       text_count <= crowd_size() OR list_contains(leaders, text_key) AS is_leader
FROM key_entry AS entry JOIN shared_key USING (key)
