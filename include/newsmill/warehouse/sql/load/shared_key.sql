-- What several texts share and one of them was changed; of a crowd only its leaders, the earliest, are named.
-- grain: key
-- refs: key_entry
-- load: temporary
WITH shared AS (SELECT key, count(*) AS text_count FROM key_entry GROUP BY key HAVING count(*) > 1)
SELECT key, any_value(is_band) AS is_band, any_value(text_count) AS text_count,
       arg_min(text_key, (night, text_key), crowd_size()) AS leaders
FROM key_entry JOIN shared USING (key)
GROUP BY key
