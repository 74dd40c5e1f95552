-- What the cleaning of a night had learned from: it is stale where the nights before have come or changed since.
-- grain: night
-- reads: lessons
-- load: replace_night
SELECT night, memory_id, memory_before, learned_night, learned_id FROM lessons
