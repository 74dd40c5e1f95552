-- One quotation or reported statement in the text of one article version, with who is said to have spoken.
-- Words quoted within a reported statement are a row of their own, which shares its cue and its statement_key: who counts
-- what was said counts statement keys.
-- The speaker is the entity whose mention lies in the speaker's span, a person before an organisation; he and she
-- are the person named last before them outside of quotations.
-- grain: quote_key
-- reads: quotes
-- refs: dw.dim_article dw.dim_text dw.dim_entity dw.dim_attribution dw.fact_mention first_print
-- load: replace_night
WITH said AS (
    SELECT article.article_key, quote.* FROM quotes AS quote
    JOIN first_print AS article ON article.page_id = quote.page_id AND article.night = quote.night
),
mentioned AS (
    SELECT mention.article_key, mention.char_start, mention.char_end, mention.entity_key, entity.entity_type = 'person' AS is_person
    FROM dw.fact_mention AS mention JOIN dw.dim_entity AS entity USING (entity_key)
    WHERE mention.night IN (FROM changed_nights)
),
named AS (
    SELECT said.article_key, said.char_start,
           arg_max(entity_key, (is_person, mentioned.char_end - mentioned.char_start, mentioned.char_start)) AS entity_key
    FROM said
    JOIN mentioned
      ON mentioned.article_key = said.article_key
     AND mentioned.char_start >= said.speaker_char_start AND mentioned.char_end <= said.speaker_char_end
    WHERE said.attribution_class = 'named' AND is_person
       OR said.attribution_class IN ('organization', 'media') AND NOT is_person
    GROUP BY ALL
),
told_of AS (
    SELECT * FROM mentioned
    WHERE is_person AND NOT EXISTS (
        FROM said
        WHERE said.article_key = mentioned.article_key AND said.quote_type <> 'indirect'
          AND mentioned.char_start BETWEEN said.char_start AND said.char_end
    )
),
meant AS (
    SELECT said.article_key, said.char_start, person.entity_key
    FROM said
    ASOF JOIN told_of AS person ON person.article_key = said.article_key AND person.char_start < said.speaker_char_start
    WHERE said.attribution_class = 'named' AND lower(said.speaker_surface) IN ('he', 'she')
),
speakers AS (FROM named UNION ALL FROM meant),
held AS (
    SELECT quote.article_key, quote.char_start, max(statement.char_start) AS statement_start,
           arg_max(statement.char_end, statement.char_start) AS statement_end
    FROM said AS quote
    JOIN said AS statement
      ON statement.article_key = quote.article_key AND statement.cue_char_start = quote.cue_char_start
     AND statement.char_start < quote.char_start AND statement.char_end >= quote.char_end
    WHERE quote.quote_type = 'mixed' AND statement.quote_type = 'indirect'
    GROUP BY ALL
)
SELECT dw.surrogate_key(concat_ws('|', quote.article_key, quote.char_start, quote.char_end)) AS quote_key,
       quote.article_key,
       dw.surrogate_key(concat_ws('|', quote.article_key, coalesce(held.statement_start, quote.char_start),
                                  coalesce(held.statement_end, quote.char_end))) AS statement_key,
       coalesce(speakers.entity_key, -1) AS speaker_entity_key,
       dw.surrogate_key(concat_ws('|', attribution_class, is_anonymous, source_role, source_country_code, seniority, relay)) AS attribution_key,
       -- marks around the words and the comma before the speaker are the reporter's
       dw.surrogate_key(trim(lower(quote_text), ' ,."“”„«»‘’')) AS words_key,
       quote.night, quote_text, quote_type, cue, speaker_surface, speaker_confidence, quote.rule,
       heard_by, reported_by, anonymity_reason, quote.sentence_index,
       quote.char_start, quote.char_end, page_char_start, page_char_end, line_start, line_end,
       quote.cue_char_start, quote.cue_char_end, quote.cue_page_char_start, quote.cue_page_char_end,
       quote.cue_line_start, quote.cue_line_end, quote.speaker_char_start, quote.speaker_char_end,
       quote.speaker_page_char_start, quote.speaker_page_char_end, quote.speaker_line_start, quote.speaker_line_end,
       quote.anonymity_char_start, quote.anonymity_char_end, quote.anonymity_page_char_start,
       quote.anonymity_page_char_end, quote.anonymity_line_start, quote.anonymity_line_end
FROM said AS quote
LEFT JOIN held ON held.article_key = quote.article_key AND held.char_start = quote.char_start
LEFT JOIN speakers ON speakers.article_key = quote.article_key AND speakers.char_start = quote.char_start
