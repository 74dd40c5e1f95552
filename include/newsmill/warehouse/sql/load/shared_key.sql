-- What several texts share and one of them was changed; of a crowd the leaders too, which are the earliest.
-- grain: key
-- refs: key_entry
-- load: temporary
WITH shared AS (
    SELECT key, any_value(is_band) AS is_band, count(*) AS text_count FROM key_entry GROUP BY key HAVING count(*) > 1
),
crowds AS (
    SELECT key, arg_min(text_key, (night, text_key), crowd_size()) AS leaders
    FROM key_entry SEMI JOIN (FROM shared WHERE text_count > crowd_size()) USING (key)
    GROUP BY key
)
SELECT shared.*, leaders FROM shared LEFT JOIN crowds USING (key)
