-- Article versions whose story may have changed, numbered in the order seen (`seen_no`) and published (`published_no`).
-- Of texts published at one time the shorter comes first, so that a page of two stories follows both.
-- grain: article_key
-- refs: dw.dim_article dw.dim_source changed_cluster
-- load: temporary
SELECT article_key, article_id, article.source_id, article.version, title, published_at, article.valid_from, kept_chars,
       coalesce(source.is_wire, false) AS is_wire, agency IS NOT NULL AS is_credited,
       row_number() OVER (ORDER BY article.valid_from, article_id, article_key) AS seen_no,
       row_number() OVER (ORDER BY article.version > 1, coalesce(published_at, article.valid_from::TIMESTAMP AT TIME ZONE 'UTC'),
                                   article.valid_from, kept_chars, article_id, article_key) AS published_no
FROM (FROM dw.dim_article SEMI JOIN changed_cluster USING (article_key)) AS article
LEFT JOIN dw.dim_source AS source
  ON source.source_id = article.source_id
 AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
