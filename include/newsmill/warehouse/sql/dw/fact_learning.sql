-- The training run that the cleaning of a night used: it is stale where earlier nights were added or changed since.
-- grain: night
-- reads: lessons
-- load: replace_night
SELECT night, memory_id, memory_before, learned_night, learned_id FROM lessons
