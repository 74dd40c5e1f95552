-- Two texts that may be copies, because they share enough LSH buckets, and of which one changed. A changed text is paired
-- with the first members of each bucket; a changed first member with all members.
-- grain: text_key other_key
-- refs: shared_bucket_entry
-- calls: candidate_pairs
-- load: temporary
SELECT text_key, other_key FROM candidate_pairs
