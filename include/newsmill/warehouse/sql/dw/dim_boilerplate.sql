-- A block of text known as furniture, of a site or of all, or decided on by a person; as the latest night tells it.
-- What was furniture on any night stays, since blocks of that night lead to it; of decisions the last that a night
-- went by is told.
-- grain: block_hash
-- reads: furniture
-- load: merge
WITH latest AS (
    FROM furniture
    QUALIFY rank() OVER (PARTITION BY words_hash ORDER BY learned_night DESC, night DESC) = 1
),
told AS (
    SELECT format('{:016x}', words_hash) AS block_hash, min(sample_text) AS sample_text, min(reason) AS reason,
           -- one row speaks of all sources, or several each of one
           CAST(coalesce(max(page_count) FILTER (scope = '*'), sum(page_count)) AS BIGINT) AS page_count,
           CAST(coalesce(max(source_count) FILTER (scope = '*'), sum(source_count)) AS BIGINT) AS source_count,
           max(story_count) AS story_count, min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM latest GROUP BY words_hash
),
decided AS (
    SELECT format('{:016x}', words_hash) AS block_hash, decision, decided_by, decided_at, because
    FROM furniture WHERE decision IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY words_hash ORDER BY decided_at DESC, decision, decided_by, because) = 1
)
SELECT dw.surrogate_key(block_hash) AS boilerplate_key, told.*, decision, decided_by, decided_at, because
FROM told LEFT JOIN decided USING (block_hash)
