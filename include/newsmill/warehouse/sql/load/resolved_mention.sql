-- A mention in the first instance of a text: `entity_id` is the entity that people decided on, `text_entity_id` the entity
-- by the text alone. Of several decisions the one with the narrowest scope counts, then the latest. A decision on
-- `person:ada` holds for every person of that one name, unless another decision names the article too.
-- grain: page_id char_start char_end
-- reads: mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity_decision first_instance
-- load: temporary view
WITH first_mentions AS NOT MATERIALIZED (  -- decisions are few: on most nights it is read once
    SELECT article.article_key, article.source_id, split_part(mention.entity_id, '@', 1) AS bare_entity_id, mention.*
    FROM mentions AS mention
    JOIN first_instance AS article ON article.page_id = mention.page_id AND article.night = mention.night
),
decided_entities AS (
    SELECT mention.article_key, mention.entity_id, arg_max(decided.into_entity_id, (
               decided.source_id IS NOT NULL, decided.role_title IS NOT NULL, decided.entity_id = mention.entity_id,
               decided.decided_at, decided.into_entity_id)) AS into_entity_id
    FROM first_mentions AS mention JOIN dw.dim_entity_decision AS decided
      ON decided.entity_id IN (mention.entity_id, mention.bare_entity_id) AND decided.decision IN ('merge', 'split')
    WHERE (decided.source_id IS NULL OR decided.source_id = mention.source_id)
      AND (decided.role_title IS NULL OR contains(lower(mention.role_title), lower(decided.role_title)))
    GROUP BY mention.article_key, mention.entity_id
)
SELECT mention.article_key, mention.source_id, mention.page_id, mention.night, coalesce(into_entity_id, mention.entity_id) AS entity_id,
       mention.entity_id AS text_entity_id, surface, mention_type, canonical_name, role_title, country_code,
       char_start, char_end, page_char_start, page_char_end, line_start, line_end, sentence_index, confidence, rule, is_credit
FROM first_mentions AS mention LEFT JOIN decided_entities USING (article_key, entity_id)
