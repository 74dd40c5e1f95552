-- A mention in an article version on its first night, and whom people decided that it means: `entity_id`, which
-- `said_entity_id` was before. Of several decisions the one that says most of where it holds counts, then the last.
-- A decision on `person:ada` holds for everybody who goes by that one name, unless one names the article too.
-- grain: page_id char_start char_end
-- reads: mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity_decision first_print
-- load: temporary view
WITH said AS NOT MATERIALIZED (  -- decisions are few: most nights nothing looks at it twice
    SELECT article.article_key, article.source_id, split_part(mention.entity_id, '@', 1) AS bare_entity_id, mention.*
    FROM mentions AS mention
    JOIN first_print AS article ON article.page_id = mention.page_id AND article.night = mention.night
),
moved AS (
    SELECT said.article_key, said.entity_id, arg_max(decided.into_entity_id, (
               decided.source_id IS NOT NULL, decided.role_title IS NOT NULL, decided.entity_id = said.entity_id,
               decided.decided_at, decided.into_entity_id)) AS into_entity_id
    FROM said JOIN dw.dim_entity_decision AS decided
      ON decided.entity_id IN (said.entity_id, said.bare_entity_id) AND decided.decision IN ('merge', 'split')
    WHERE (decided.source_id IS NULL OR decided.source_id = said.source_id)
      AND (decided.role_title IS NULL OR contains(lower(said.role_title), lower(decided.role_title)))
    GROUP BY said.article_key, said.entity_id
)
SELECT said.article_key, said.page_id, said.night, coalesce(moved.into_entity_id, said.entity_id) AS entity_id,
       said.entity_id AS said_entity_id, surface, mention_type, canonical_name, role_title, country_code,
       char_start, char_end, page_char_start, page_char_end, line_start, line_end, sentence_index, confidence, rule
FROM said LEFT JOIN moved USING (article_key, entity_id)
