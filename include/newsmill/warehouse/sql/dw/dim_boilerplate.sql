-- A block of text known as boilerplate, of one source or of all, or decided on by a person; as of the latest night.
-- A block that was boilerplate on any night stays, since text blocks of that night lead to it. Of several decisions the
-- latest that a night applied is shown.
-- grain: block_hash
-- reads: known_boilerplate
-- load: merge
WITH latest AS (
    FROM known_boilerplate
    QUALIFY rank() OVER (PARTITION BY words_hash ORDER BY learned_night DESC, night DESC) = 1
),
block_counts AS (
    SELECT format('{:016x}', words_hash) AS block_hash, min(sample_text) AS sample_text, min(reason) AS reason,
           -- a block has one row for all sources, or several rows, each for one source
           CAST(coalesce(max(page_count) FILTER (scope = '*'), sum(page_count)) AS BIGINT) AS page_count,
           CAST(coalesce(max(source_count) FILTER (scope = '*'), sum(source_count)) AS BIGINT) AS source_count,
           max(story_count) AS story_count, min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM latest GROUP BY words_hash
),
block_decisions AS (
    SELECT format('{:016x}', words_hash) AS block_hash, decision, decided_by, decided_at, because
    FROM known_boilerplate WHERE decision IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY words_hash ORDER BY decided_at DESC, decision, decided_by, because) = 1
)
SELECT dw.surrogate_key(block_hash) AS boilerplate_key, block_counts.*, decision, decided_by, decided_at, because
FROM block_counts LEFT JOIN block_decisions USING (block_hash)
