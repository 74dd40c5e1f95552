-- May a night be trusted: what its last run read, turned away and found, beside the seven nights before.
-- A stale night was cleaned by what other nights had taught before they came or changed: run it again, the oldest first.
-- grain: night
-- refs: ops.run ops.stage_receipt ops.rejected ops.quality_result dw.fact_article dw.fact_learning
-- load: view
WITH last_run AS (
    SELECT * FROM ops.run QUALIFY row_number() OVER (PARTITION BY night ORDER BY coalesce(run_no, 0) DESC, started_at DESC, run_id DESC) = 1
),
told AS (
    SELECT run_id, CAST(sum(rows_in) AS BIGINT) AS record_count FROM ops.stage_receipt WHERE stage = 'read' GROUP BY run_id
),
told_before AS (
    SELECT run.night, arg_max(record_count, row(coalesce(run_no, 0), started_at)) AS record_count
    FROM told JOIN ops.run USING (run_id) WHERE status = 'published' GROUP BY run.night
),
read AS (  -- a rebuild from a later step on stands on what was read before
    SELECT run_id, coalesce(told.record_count, CASE WHEN kind = 'rebuild' THEN told_before.record_count END) AS record_count
    FROM last_run LEFT JOIN told USING (run_id) LEFT JOIN told_before USING (night)
),
loaded AS (
    SELECT night, count(*) AS article_version_count,
           count(*) FILTER (is_copy) AS copy_count
    FROM dw.fact_article GROUP BY night
),
turned_away AS (
    SELECT night, count(*) AS quarantine_count, count(*) FILTER (state = 'open') AS open_count,
           CAST(coalesce(sum(row_count) FILTER (stage = 'check'), 0) AS BIGINT) AS withheld_row_count FROM ops.rejected GROUP BY night
),
judged AS (
    SELECT run_id, count(*) FILTER (NOT success AND severity = 'critical') AS critical_count,
           count(*) FILTER (NOT success AND severity = 'warning') AS warning_count,
           count(*) FILTER (broken) AS broken_count
    FROM ops.quality_result GROUP BY run_id
),
linked AS (
    SELECT *, memory_before IS DISTINCT FROM lag(memory_id) OVER (ORDER BY night) AS is_broken FROM dw.fact_learning
),
followed AS (
    SELECT *, bool_or(is_broken) OVER (ORDER BY night) AS is_late FROM linked
),
learned AS (
    SELECT own.night, own.is_late OR own.learned_night <> own.night
               AND (teacher.is_late IS NOT FALSE OR teacher.memory_id <> own.learned_id) AS is_stale
    FROM followed AS own LEFT JOIN followed AS teacher ON teacher.night = own.learned_night
)
SELECT last_run.night, last_run.run_id, last_run.status, last_run.snapshot,
       status = 'published' AND coalesce(critical_count, 0) = 0 AND coalesce(broken_count, 0) = 0 AS is_trusted,
       coalesce(record_count, 0) AS record_count, coalesce(article_version_count, 0) AS article_version_count,
       coalesce(copy_count, 0) AS copy_count, coalesce(quarantine_count, 0) AS quarantine_count,
       coalesce(withheld_row_count, 0) AS withheld_row_count, coalesce(open_count, 0) AS open_count,
       coalesce(critical_count, 0) AS critical_count,
       coalesce(warning_count, 0) AS warning_count, coalesce(broken_count, 0) AS broken_count,
       last_run.learned_night, coalesce(is_stale, false) AS is_stale,
       median(record_count) OVER (ORDER BY last_run.night ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING) AS median_record_count
FROM last_run
LEFT JOIN read USING (run_id)
LEFT JOIN judged USING (run_id)
LEFT JOIN loaded USING (night)
LEFT JOIN learned USING (night)
LEFT JOIN turned_away USING (night)
