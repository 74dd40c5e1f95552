-- One run of a night; one that neither ended nor was ended by an error before the next began counts as failed.
-- grain: run_id
-- reads: runs
-- load: replace_night
SELECT run_id, night, kind, code_version, ruleset_version, model_versions, started_at, finished_at,
       CASE WHEN status = 'running' AND lead(run_id) OVER (PARTITION BY night ORDER BY started_at) IS NOT NULL
            THEN 'failed' ELSE status END AS status,
       snapshot
FROM runs
