-- May a night be trusted: counts of its last run, read, rejected and loaded, next to the seven nights before.
-- A stale night was cleaned by a training run whose nights were added or changed since: run it again, the oldest first.
-- A night between two others without a run is missing, unless the gap is longer than a month: that is another period.
-- grain: night
-- refs: ops.run ops.stage_receipt ops.rejected ops.note ops.quality_result dw.fact_article dw.fact_training_run
-- load: view
-- group: operations
WITH last_run AS (
    SELECT * FROM ops.run QUALIFY row_number() OVER (PARTITION BY night ORDER BY coalesce(run_no, 0) DESC, started_at DESC, run_id DESC) = 1
),
read_counts AS (
    SELECT run_id, CAST(sum(rows_in) AS BIGINT) AS record_count FROM ops.stage_receipt WHERE stage = 'read' GROUP BY run_id
),
earlier_read_counts AS (
    SELECT run.night, arg_max(record_count, row(coalesce(run_no, 0), started_at)) AS record_count
    FROM read_counts JOIN ops.run USING (run_id) WHERE status = 'published' GROUP BY run.night
),
run_record_counts AS (  -- a rebuild from a later step on uses the pages read before
    SELECT run_id, coalesce(read_counts.record_count, CASE WHEN kind = 'rebuild' THEN earlier_read_counts.record_count END) AS record_count
    FROM last_run LEFT JOIN read_counts USING (run_id) LEFT JOIN earlier_read_counts USING (night)
),
article_counts AS (
    SELECT night, count(*) AS article_version_count,
           count(*) FILTER (is_copy) AS copy_count
    FROM dw.fact_article GROUP BY night
),
reject_counts AS (
    SELECT night, count(*) FILTER (state <> 'released') AS quarantine_count, count(*) FILTER (state = 'open') AS open_count,
           CAST(coalesce(sum(row_count) FILTER (stage = 'check'), 0) AS BIGINT) AS withheld_row_count FROM ops.rejected GROUP BY night
),
note_counts AS (SELECT night, count(*) AS note_count FROM ops.note GROUP BY night),
quality_counts AS (
    SELECT run_id, count(*) FILTER (NOT success AND severity = 'critical') AS critical_count,
           count(*) FILTER (NOT success AND severity = 'warning') AS warning_count,
           count(*) FILTER (broken) AS broken_count
    FROM ops.quality_result GROUP BY run_id
),
training_chain AS (
    SELECT *, previous_history_id IS DISTINCT FROM lag(history_id) OVER (ORDER BY night) AS is_broken FROM dw.fact_training_run
),
late_nights AS (
    SELECT *, bool_or(is_broken) OVER (ORDER BY night) AS is_late FROM training_chain
),
stale_nights AS (
    SELECT own.night, own.is_late OR own.learned_night <> own.night
               AND (training.is_late IS NOT FALSE OR training.history_id <> own.learned_id) AS is_stale
    FROM late_nights AS own LEFT JOIN late_nights AS training ON training.night = own.learned_night
),
gaps AS (
    SELECT night, lead(night) OVER (ORDER BY night) AS next_night FROM last_run
),
missing_nights AS (
    SELECT CAST(unnest(range(night + INTERVAL 1 DAY, next_night, INTERVAL 1 DAY)) AS DATE) AS night
    FROM gaps WHERE next_night - night BETWEEN 2 AND 31
)
SELECT last_run.night, last_run.run_id, last_run.status, last_run.snapshot,
       status = 'published' AND coalesce(critical_count, 0) = 0 AND coalesce(broken_count, 0) = 0 AS is_trusted,
       coalesce(record_count, 0) AS record_count, coalesce(article_version_count, 0) AS article_version_count,
       coalesce(copy_count, 0) AS copy_count, coalesce(quarantine_count, 0) AS quarantine_count,
       coalesce(note_count, 0) AS note_count, coalesce(withheld_row_count, 0) AS withheld_row_count, coalesce(open_count, 0) AS open_count,
       coalesce(critical_count, 0) AS critical_count,
       coalesce(warning_count, 0) AS warning_count, coalesce(broken_count, 0) AS broken_count,
       last_run.learned_night, coalesce(is_stale, false) AS is_stale,
       median(record_count) OVER (ORDER BY last_run.night ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING) AS median_record_count
FROM last_run
LEFT JOIN run_record_counts USING (run_id)
LEFT JOIN quality_counts USING (run_id)
LEFT JOIN article_counts USING (night)
LEFT JOIN stale_nights USING (night)
LEFT JOIN reject_counts USING (night)
LEFT JOIN note_counts USING (night)
UNION ALL BY NAME
SELECT night, 'missing' AS status, false AS is_trusted, 0 AS record_count, 0 AS article_version_count, 0 AS copy_count,
       0 AS quarantine_count, 0 AS note_count, 0 AS withheld_row_count, 0 AS open_count, 0 AS critical_count, 0 AS warning_count, 0 AS broken_count,
       false AS is_stale
FROM missing_nights
