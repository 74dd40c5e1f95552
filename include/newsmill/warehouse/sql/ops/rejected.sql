-- The quarantine: every record that a step turned away, and every row that the check withheld, with the reason.
-- The state is that of the night's last load: a released record is loaded, and decided on is by whom, when and why.
-- Warnings and remarks are in ops.note.
-- grain: night page_id stage reason
-- reads: rejected released record_decisions
-- load: replace_night
WITH rejected_records AS (
    SELECT night, page_id, dump, dump_file, record_no, stage, reason, detail, row_count, false AS is_loaded FROM rejected
    UNION ALL
    SELECT night, page_id, dump, dump_file, record_no, stage, reason, detail, row_count, true AS is_loaded FROM released
), matches AS (
    SELECT rejected_records.night, page_id, stage, reason, decided FROM rejected_records
    JOIN (SELECT night, page_id, record_decisions AS decided FROM record_decisions) USING (night, page_id)
    UNION ALL
    SELECT rejected_records.night, page_id, stage, reason, decided FROM rejected_records
    JOIN (SELECT night, dump, reason, record_decisions AS decided FROM record_decisions WHERE page_id IS NULL)
        USING (night, dump, reason)
), last_decision AS (
    SELECT night, page_id, stage, reason, arg_max(decided, decided.decision_no) AS decided FROM matches GROUP BY ALL
), decided_record AS (
    -- a release that the night has not applied yet, and a discard of a record that is still loaded, leave it open
    SELECT rejected_records.*, CASE WHEN is_loaded = (decided.decision = 'release') THEN decided END AS decided
    FROM rejected_records LEFT JOIN last_decision USING (night, page_id, stage, reason)
)
SELECT night, page_id, dump, dump_file, record_no, stage, reason, detail, coalesce(row_count, 1) AS row_count,
       CASE decided.decision WHEN 'release' THEN 'released' WHEN 'discard' THEN 'discarded' ELSE 'open' END AS state,
       decided.decided_by AS decided_by, decided.decided_at AS decided_at, decided.because AS because
FROM decided_record
