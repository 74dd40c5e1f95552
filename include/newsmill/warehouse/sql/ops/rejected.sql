-- The quarantine: every record that a step turned away, and every row that the check withheld, with the reason.
-- Warnings and remarks are in ops.note.
-- grain: night page_id stage reason
-- reads: rejected
-- load: replace_night
SELECT night, page_id, dump, dump_file, record_no, stage, reason, detail, coalesce(row_count, 1) AS row_count,
       'open' AS state, CAST(NULL AS VARCHAR) AS decided_by, CAST(NULL AS TIMESTAMPTZ) AS decided_at
FROM rejected
