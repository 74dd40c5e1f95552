-- A kind of attribution: who is said to have spoken, and how closely the text identifies the speaker.
-- grain: attribution_key
-- reads: quotes
-- load: latest
SELECT dw.surrogate_key(concat_ws('|', attribution_class, is_anonymous, source_role, source_country_code, seniority, relay)) AS attribution_key, *
FROM (SELECT DISTINCT attribution_class, is_anonymous, source_role, source_country_code, seniority, relay FROM quotes)
