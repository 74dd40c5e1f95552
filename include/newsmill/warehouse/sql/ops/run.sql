-- One run of a night; a run without an end and without an error counts as failed once the next begins.
-- A run whose staging copy was finalized counts as published: readers see the file that says so only once it is.
-- A published run whose repetition fails counts as published too: readers still see its facts.
-- grain: run_id
-- reads: runs snapshots
-- load: replace_night
WITH run_snapshots AS (
    SELECT run_id, max(published_at) AS published_at,
           arg_max(snapshot, row(coalesce(snapshot_no, 0), published_at)) AS snapshot
    FROM snapshots GROUP BY run_id
)
SELECT run_id, run_no, night, kind, code_version, ruleset_version, model_versions, started_at,
       coalesce(finished_at, published_at) AS finished_at,
       CASE WHEN run_snapshots.run_id IS NOT NULL THEN 'published'
            WHEN status = 'running' AND lead(run_id) OVER (
                PARTITION BY night ORDER BY coalesce(run_no, 0), started_at, run_id) IS NOT NULL THEN 'failed'
            ELSE status END AS status,
       coalesce(runs.snapshot, run_snapshots.snapshot) AS snapshot, learned_night
FROM runs LEFT JOIN run_snapshots USING (run_id)
