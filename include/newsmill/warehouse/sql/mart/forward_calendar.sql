-- Every date ahead as of a night, in an article version valid on that night, with its lines of the dump.
-- Dates count from min_confidence on: 0.5, or the session's SET VARIABLE min_confidence.
-- grain: as_of date_reference_key
-- refs: dw.fact_date_reference dw.dim_article dw.fact_article dw.dim_source
-- load: view
-- group: calendar
SELECT calendar.as_of, reference.date_start, reference.date_end, date_diff('day', calendar.as_of, reference.date_start) AS days_ahead,
       reference.surface, reference.timex_value, reference.anchor_method, reference.confidence, article.title,
       coalesce(source.name, article.source_id) AS source, article.published_at, article.dump_file, article.record_no,
       reference.line_start, reference.line_end, reference.date_reference_key::VARCHAR AS date_reference_key, reference.night
FROM (SELECT DISTINCT night AS as_of FROM dw.fact_article) AS calendar
JOIN dw.fact_date_reference AS reference ON reference.night <= calendar.as_of AND reference.date_start > calendar.as_of
 AND reference.confidence >= {min_confidence}
JOIN dw.dim_article AS article
  ON article.article_key = reference.article_key AND calendar.as_of >= article.valid_from AND calendar.as_of < article.valid_to
LEFT JOIN dw.dim_source AS source
  ON source.source_id = article.source_id
 AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
