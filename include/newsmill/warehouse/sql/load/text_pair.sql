-- Two texts that are copies of each other, whole or in part, and of which one changed; with their exact overlap.
-- grain: text_key other_key
-- refs: candidate_pair candidate_text
-- calls: text_pairs
-- load: temporary
SELECT text_key, other_key, is_longer, similarity, containment, shared_chars FROM text_pairs
