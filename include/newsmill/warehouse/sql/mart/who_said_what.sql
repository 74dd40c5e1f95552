-- Every quotation and reported statement with its speaker, its secondary source, its article and its lines of the dump.
-- Words quoted within a reported statement are a row of their own, under the same statement_key.
-- The article is the first instance of the text. A copy is a text that no source has as its own: a newspaper may be seen
-- with the wire's words before the wire is.
-- The speaker is an entity, from a confidence of min_confidence on (0.5, or the session's SET VARIABLE min_confidence). It is
-- null for a pronoun, a document and unnamed people; speaker_surface has the words of the text.
-- grain: quote_key
-- refs: dw.fact_quote dw.dim_article dw.fact_article dw.dim_entity dw.dim_attribution dw.dim_source
-- load: view
-- group: people
SELECT quote.quote_key::VARCHAR AS quote_key, quote.statement_key::VARCHAR AS statement_key, entity.canonical_name AS speaker, quote.speaker_surface,
       entity.role_title, attribution.attribution_class, attribution.is_anonymous, attribution.source_role,
       attribution.source_country_code, attribution.seniority, attribution.relay, quote.interviewing_outlet, quote.citing_outlet,
       quote.anonymity_reason, quote.quote_text, quote.quote_type, quote.cue, quote.speaker_confidence,
       article.title, coalesce(source.name, article.source_id) AS source, article.published_at,
       fact.text_key NOT IN (SELECT text_key FROM dw.fact_article WHERE is_own) AS is_copy,
       article.dump_file, article.record_no, quote.line_start, quote.line_end, quote.night
FROM dw.fact_quote AS quote
JOIN dw.dim_article AS article USING (article_key)
JOIN dw.fact_article AS fact USING (article_key)
JOIN dw.dim_attribution AS attribution USING (attribution_key)
LEFT JOIN dw.dim_entity AS entity
  ON entity.entity_key = quote.speaker_entity_key AND NOT entity.is_hidden AND quote.speaker_confidence >= {min_confidence}
LEFT JOIN dw.dim_source AS source USING (source_key)
