-- Every date that lay ahead as of a night, told by an article that held that night, with the lines of the dump it stands on.
-- grain: as_of date_reference_key
-- refs: dw.fact_date_reference dw.dim_article dw.fact_article dw.dim_source
-- load: view
SELECT calendar.as_of, found.date_start, found.date_end, date_diff('day', calendar.as_of, found.date_start) AS days_ahead,
       found.surface, found.timex_value, found.anchor_method, found.confidence, article.title,
       coalesce(source.name, article.source_id) AS source, article.published_at, article.dump_file, article.record_no,
       found.line_start, found.line_end, found.date_reference_key, found.night
FROM (SELECT DISTINCT night AS as_of FROM dw.fact_article) AS calendar
JOIN dw.fact_date_reference AS found ON found.night <= calendar.as_of AND found.date_start > calendar.as_of
JOIN dw.dim_article AS article
  ON article.article_key = found.article_key AND calendar.as_of >= article.valid_from AND calendar.as_of < article.valid_to
LEFT JOIN dw.dim_source AS source
  ON source.source_id = article.source_id
 AND article.valid_from >= source.valid_from AND article.valid_from < source.valid_to
