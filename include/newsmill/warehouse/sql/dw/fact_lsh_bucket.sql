-- An oversized LSH bucket: a band or sampled shingle hash of so many texts that each is compared with the earliest only.
-- Form letters make such buckets, and pages of little but boilerplate; article_key is the first instance.
-- grain: lsh_bucket_key
-- refs: dw.dim_article dw.dim_text shared_bucket
-- load: merge
-- scope: lsh_bucket_key IN (SELECT key FROM shared_bucket UNION SELECT band_key(bands) FROM deleted_dim_text UNION SELECT unnest(samples)::BIGINT FROM deleted_dim_text) OR text_key IN (SELECT text_key FROM deleted_dim_text)
SELECT key AS lsh_bucket_key, is_band, text_count, first_members[1] AS text_key, dim_text.article_key
FROM shared_bucket JOIN dw.dim_text ON dim_text.text_key = first_members[1]
WHERE text_count > max_bucket_texts()
