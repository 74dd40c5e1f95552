-- Two texts that may be copies, for they share enough of what they are found by, and one was changed: a changed text
-- meets the leaders of each key, and one that leads it all that share it.
-- grain: text_key other_key
-- refs: shared_entry
-- calls: candidate_pairs
-- load: temporary
SELECT text_key, other_key FROM candidate_pairs
