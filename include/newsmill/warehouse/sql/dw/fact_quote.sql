-- One quotation in the text of one article version, with who is said to have spoken.
-- The speaker is the entity whose mention lies in the speaker's span, a person before an organisation; he and she
-- are the person named last before them outside of quotations.
-- grain: quote_key
-- reads: quotes mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity dw.dim_attribution
-- load: replace_night
WITH named AS (
    SELECT quote.page_id, quote.char_start,
           arg_max(mention.entity_id, (mention.entity_type = 'person', mention.char_end - mention.char_start, mention.char_start)) AS entity_id
    FROM quotes AS quote
    JOIN mentions AS mention
      ON mention.page_id = quote.page_id
     AND mention.char_start >= quote.speaker_char_start AND mention.char_end <= quote.speaker_char_end
    WHERE quote.attribution_class = 'named' AND mention.entity_type = 'person'
       OR quote.attribution_class IN ('organization', 'media') AND mention.entity_type <> 'person'
    GROUP BY ALL
),
told_of AS (
    SELECT * FROM mentions AS mention
    WHERE entity_type = 'person' AND NOT EXISTS (
        FROM quotes AS quote
        WHERE quote.page_id = mention.page_id AND mention.char_start BETWEEN quote.char_start AND quote.char_end
    )
),
meant AS (
    SELECT quote.page_id, quote.char_start, person.entity_id
    FROM quotes AS quote
    ASOF JOIN told_of AS person ON person.page_id = quote.page_id AND person.char_start < quote.speaker_char_start
    WHERE quote.attribution_class = 'named' AND lower(quote.speaker_surface) IN ('he', 'she')
),
speakers AS (FROM named UNION ALL FROM meant)
SELECT dw.surrogate_key(concat_ws('|', article.article_key, quote.char_start, quote.char_end)) AS quote_key,
       article.article_key, coalesce(entity.entity_key, -1) AS speaker_entity_key,
       dw.surrogate_key(concat_ws('|', attribution_class, source_role, source_country_code, seniority, relay)) AS attribution_key,
       quote.night, quote_text, quote_type, cue, speaker_surface, speaker_confidence, quote.rule,
       quote.char_start, quote.char_end, page_char_start, page_char_end, line_start, line_end,
       quote.cue_char_start, quote.cue_char_end, quote.cue_page_char_start, quote.cue_page_char_end,
       quote.cue_line_start, quote.cue_line_end, quote.speaker_char_start, quote.speaker_char_end,
       quote.speaker_page_char_start, quote.speaker_page_char_end, quote.speaker_line_start, quote.speaker_line_end
FROM quotes AS quote
JOIN dw.dim_article AS article ON article.page_id = quote.page_id AND article.valid_from = quote.night
SEMI JOIN dw.dim_text ON dim_text.article_key = article.article_key
LEFT JOIN speakers ON speakers.page_id = quote.page_id AND speakers.char_start = quote.char_start
LEFT JOIN dw.dim_entity AS entity
  ON entity.entity_id = speakers.entity_id AND quote.night >= entity.valid_from AND quote.night < entity.valid_to
