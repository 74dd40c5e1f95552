-- One article version and its measures: of its text, and before repair of its page (page_word_count, page_rps_…).
-- Marts count it on its day, and as an origin where its text is its own.
-- grain: article_key
-- reads: articles article_warnings
-- refs: dw.dim_article dw.dim_source dw.dim_story dw.bridge_article_story changed_membership
-- load: merge
-- scope: night IN (FROM changed_nights) OR article_key IN (FROM changed_membership)
-- nights: SELECT DISTINCT valid_from FROM dw.dim_article SEMI JOIN changed_membership USING (article_key)
SELECT article.article_key, article.text_key, coalesce(source.source_key, -1) AS source_key, bridge.story_key, observed.night,
       dw.date_key(observed.published_day) AS published_date_key,
       dw.date_key(observed.night) AS ingest_date_key,
       coalesce(observed.published_day, observed.night) AS day,
       observed.page_id, observed.page_chars, observed.kept_chars, observed.repeat_chars, observed.boilerplate_chars,
       observed.language_confidence, COLUMNS('^(page_)?(word_count|sentence_count|rps_\w+)$'),
       list_concat(observed.quality_warnings, list_filter(late.quality_warnings, name -> NOT list_contains(observed.quality_warnings, name)))
           AS quality_warnings,
       bridge.relation = 'origin' AS is_canonical, bridge.relation = 'copy' AS is_copy,
       bridge.relation IN ('origin', 'update') AS is_own
FROM articles AS observed
JOIN dw.dim_article AS article ON article.page_id = observed.page_id AND article.valid_from = observed.night
JOIN dw.bridge_article_story AS bridge ON bridge.article_key = article.article_key AND bridge.is_current
LEFT JOIN article_warnings AS late ON late.page_id = observed.page_id AND late.night = observed.night
LEFT JOIN dw.dim_source AS source
  ON source.source_id = observed.source_id AND observed.night >= source.valid_from AND observed.night < source.valid_to
WHERE observed.night IN (FROM changed_nights) OR article.article_key IN (FROM changed_membership)
