-- One quotation or reported statement in the text of one article version, with its attribution.
-- Words quoted within a reported statement are a row of their own with the same cue and statement_key: count statement
-- keys to count statements. The speaker is the entity of the mention that the extractor resolved the speaker to: in the
-- speaker's span, next to it, or before it.
-- grain: quote_key
-- reads: quotes mentions
-- refs: dw.dim_article dw.dim_text dw.dim_entity dw.dim_attribution dw.fact_entity_name resolved_mention named_entity first_instance
-- load: replace_night
WITH first_quotes AS (
    SELECT article.article_key, quote.* FROM quotes AS quote
    JOIN first_instance AS article ON article.page_id = quote.page_id AND article.night = quote.night
),
speakers AS (  -- from the mentions themselves, so that the load of quotes need not wait for dw.fact_mention
    SELECT quote.article_key, quote.char_start, named.entity_key
    FROM first_quotes AS quote
    JOIN resolved_mention AS mention
      ON mention.article_key = quote.article_key AND mention.char_start = quote.speaker_mention_start
    JOIN named_entity AS named ON named.entity_id = mention.entity_id AND named.night = mention.night
),
enclosing_statements AS (
    SELECT quote.article_key, quote.char_start, max(statement.char_start) AS statement_start,
           arg_max(statement.char_end, statement.char_start) AS statement_end
    FROM first_quotes AS quote
    JOIN first_quotes AS statement
      ON statement.article_key = quote.article_key AND statement.cue_char_start = quote.cue_char_start
     AND statement.char_start < quote.char_start AND statement.char_end >= quote.char_end
    WHERE quote.quote_type = 'mixed' AND statement.quote_type = 'indirect'
    GROUP BY ALL
)
SELECT dw.surrogate_key(concat_ws('|', quote.article_key, quote.char_start, quote.char_end)) AS quote_key,
       quote.article_key,
       dw.surrogate_key(concat_ws('|', quote.article_key, coalesce(enclosing.statement_start, quote.char_start),
                                  coalesce(enclosing.statement_end, quote.char_end))) AS statement_key,
       coalesce(speakers.entity_key, -1) AS speaker_entity_key,
       dw.surrogate_key(concat_ws('|', attribution_class, is_anonymous, source_role, source_country_code, seniority, relay)) AS attribution_key,
       -- quotation marks around the words and the comma before the speaker are the reporter's
       dw.surrogate_key(regexp_replace(lower(quote_text), '^[ ,."“”„«»‘’]+|[ ,."“”„«»‘’]+$', '', 'g')) AS words_key,
       quote.night, quote_text, quote_type, cue, speaker_surface, speaker_confidence, quote.rule,
       interviewing_outlet, citing_outlet, anonymity_reason, quote.sentence_index,
       quote.char_start, quote.char_end, page_char_start, page_char_end, line_start, line_end,
       quote.cue_char_start, quote.cue_char_end, quote.cue_page_char_start, quote.cue_page_char_end,
       quote.cue_line_start, quote.cue_line_end, quote.speaker_char_start, quote.speaker_char_end,
       quote.speaker_page_char_start, quote.speaker_page_char_end, quote.speaker_line_start, quote.speaker_line_end,
       quote.anonymity_char_start, quote.anonymity_char_end, quote.anonymity_page_char_start,
       quote.anonymity_page_char_end, quote.anonymity_line_start, quote.anonymity_line_end
FROM first_quotes AS quote
LEFT JOIN enclosing_statements AS enclosing ON enclosing.article_key = quote.article_key AND enclosing.char_start = quote.char_start
LEFT JOIN speakers ON speakers.article_key = quote.article_key AND speakers.char_start = quote.char_start
