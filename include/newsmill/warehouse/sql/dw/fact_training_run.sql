-- The training run that the cleaning of a night used: it is stale where earlier nights were added or changed since.
-- grain: night
-- reads: training_runs
-- load: replace_night
SELECT night, history_id, previous_history_id, learned_night, learned_id FROM training_runs
