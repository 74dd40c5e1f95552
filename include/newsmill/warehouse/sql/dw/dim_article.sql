-- An article with its text, one row for each version of its content, with the nights on which the version was valid.
-- grain: article_id
-- key: article_key
-- reads: articles captures rejected_check article_warnings
-- tracks: content_sha256
-- load: scd2
SELECT article_id, night, source_id, document_id, url, canonical_url, title, authors, agency, dateline, notes, metadata, language,
       published_at, published_day, published_precision, published_method, published_confidence, text, ranges, articles.content_sha256, articles.text_sha256,
       dw.text_key(articles.text_sha256) AS text_key, page_id, dump, dump_file, member, record_no, byte_start, byte_end, articles.kept_chars,
       greatest(articles.expected_chars, late.expected_chars) AS expected_chars, is_live_blog, live_entries
FROM articles
SEMI JOIN captures USING (page_id, night)
ANTI JOIN rejected_check USING (page_id, night)
LEFT JOIN article_warnings AS late USING (page_id, night)
