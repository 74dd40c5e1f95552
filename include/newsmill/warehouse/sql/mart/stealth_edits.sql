-- Articles that changed after publication: each version with the previous one, the size of the change, and its note if any.
-- Overlaps were counted at load, and quotations are compared by the key of their words: no text is read.
-- grain: article_key
-- refs: dw.fact_article_pair dw.dim_article dw.fact_article dw.dim_source dw.dim_text dw.fact_quote
-- load: view
-- group: stories
WITH version_pairs AS (
    SELECT from_article_key AS article_key, to_article_key AS earlier_key, similarity, containment, shared_chars
    FROM dw.fact_article_pair WHERE relation = 'version'
),
-- both texts of a pair, with the article that has their facts
pair_texts AS (
    SELECT article_key, dim_text.article_key AS first_instance_key, true AS is_later
    FROM version_pairs JOIN dw.fact_article USING (article_key) JOIN dw.dim_text USING (text_key)
    UNION ALL
    SELECT pair.article_key, dim_text.article_key, false
    FROM version_pairs AS pair JOIN dw.fact_article AS fact ON fact.article_key = earlier_key
    JOIN dw.dim_text USING (text_key)
),
quoted_words AS (
    SELECT pair_texts.article_key, words_key, bool_or(is_later) AS is_now, bool_or(NOT is_later) AS was_before
    FROM pair_texts JOIN dw.fact_quote AS quote ON quote.article_key = first_instance_key
    GROUP BY pair_texts.article_key, words_key
),
quote_changes AS (
    SELECT article_key, count(*) FILTER (NOT was_before) AS quotes_gained, count(*) FILTER (NOT is_now) AS quotes_lost
    FROM quoted_words GROUP BY article_key
)
SELECT article_key::VARCHAR AS article_key, later.article_id, later.version, later.valid_from AS night, earlier.valid_from AS earlier_night,
       coalesce(source.name, later.source_id) AS source, later.published_at, later.title, earlier.title AS earlier_title,
       later.title IS DISTINCT FROM earlier.title AS is_title_changed, later.text_key <> earlier.text_key AS is_text_changed,
       len(later.notes) > 0 AND later.notes IS DISTINCT FROM earlier.notes AS is_noted,
       similarity, containment, shared_chars, fact.word_count, before.word_count AS earlier_word_count,
       fact.word_count - before.word_count AS word_change, later.kept_chars - earlier.kept_chars AS char_change,
       coalesce(quotes_gained, 0) AS quotes_gained, coalesce(quotes_lost, 0) AS quotes_lost, fact.is_copy,
       later.dump_file, later.record_no
FROM version_pairs
JOIN dw.dim_article AS later USING (article_key)
JOIN dw.dim_article AS earlier ON earlier.article_key = earlier_key
JOIN dw.fact_article AS fact USING (article_key)
JOIN dw.fact_article AS before ON before.article_key = earlier_key
LEFT JOIN dw.dim_source AS source ON source.source_key = fact.source_key
LEFT JOIN quote_changes USING (article_key)
