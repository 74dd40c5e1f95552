-- Two texts of which one was changed and that are copies of each other, whole or in part, and what they share exactly.
-- grain: text_key other_key
-- refs: candidate_pair candidate_text
-- calls: text_pairs
-- load: temporary
SELECT text_key, other_key, is_longer, similarity, containment, shared_chars FROM text_pairs
