-- Pairs that make stories: core pairs, which put two articles into one core, and weaker ones.
-- Short texts of one publisher are no copies if each is about a word of its title that the other text lacks: they share a
-- paywall, a pitch, the footer of a scraper, or the sentences of a template. A brief shares formulas with other publishers, too.
-- grain: from_article_key to_article_key relation
-- refs: dw.fact_article_pair dw.dim_article cluster_member
-- load: temporary
WITH pairs AS (
    SELECT from_article_key, to_article_key, relation, pair.night,
           CASE relation WHEN 'near' THEN similarity >= 0.6 ELSE relation IN ('exact', 'version') END AS is_core,
           own_words(later.title, earlier.title) AS later_words, own_words(earlier.title, later.title) AS earlier_words,
           relation IN ('near', 'contains', 'contained_in') AND (later.source_id = earlier.source_id OR least(later.kept_chars, earlier.kept_chars) < max_brief_chars())
           AND greatest(later.kept_chars, earlier.kept_chars) < max_template_chars()
           AND len(later_words) > 0 AND len(earlier_words) > 0 AS may_be_template
    FROM dw.fact_article_pair AS pair
    JOIN cluster_member AS later ON later.article_key = from_article_key
    JOIN cluster_member AS earlier ON earlier.article_key = to_article_key
    -- a page with other content today is another article, unless it continues under the same title
    WHERE relation <> 'version' OR containment >= 0.5 OR later.title = earlier.title
),
template_keys AS (
    SELECT from_article_key AS article_key FROM pairs WHERE may_be_template
    UNION SELECT to_article_key FROM pairs WHERE may_be_template
),
template_rows AS MATERIALIZED (SELECT rowid AS row_id FROM dw.dim_article SEMI JOIN template_keys USING (article_key)),
template_texts AS MATERIALIZED (
    SELECT article_key, list_distinct(list_words(text)) AS words
    FROM dw.dim_article WHERE rowid IN (SELECT row_id FROM template_rows)
),
template_pairs AS (
    SELECT from_article_key, to_article_key, relation
    FROM pairs
    JOIN template_texts AS later ON later.article_key = from_article_key
    JOIN template_texts AS earlier ON earlier.article_key = to_article_key
    WHERE may_be_template
      AND len(list_filter(later_words, word -> list_contains(later.words, word) AND NOT list_contains(earlier.words, word))) > 0
      AND len(list_filter(earlier_words, word -> list_contains(earlier.words, word) AND NOT list_contains(later.words, word))) > 0
)
SELECT from_article_key, to_article_key, relation, night, is_core
FROM pairs ANTI JOIN template_pairs USING (from_article_key, to_article_key, relation)
