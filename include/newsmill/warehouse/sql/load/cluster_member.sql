-- Article versions whose story may have changed, in the order in which they were seen and that in which they were printed.
-- Of texts printed at one time the shorter comes first: a page of two stories follows them.
-- grain: article_key
-- refs: dw.dim_article dw.dim_source changed_cluster
-- load: temporary
SELECT article_key, article_id, article.version, title, published_at, article.valid_from, kept_chars,
       coalesce(source.is_wire, false) AS is_wire, agency IS NOT NULL AS is_credited,
       row_number() OVER (ORDER BY article.valid_from, article_id, article_key) AS seen_place,
       row_number() OVER (ORDER BY article.version > 1, coalesce(published_at, article.valid_from::TIMESTAMP AT TIME ZONE 'UTC'),
                                   article.valid_from, kept_chars, article_id, article_key) AS printed_place
FROM (FROM dw.dim_article SEMI JOIN changed_cluster USING (article_key)) AS article
LEFT JOIN dw.dim_source AS source
  ON source.source_id = article.source_id
 AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
