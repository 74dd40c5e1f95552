-- A warning or a remark about a record that is loaded, or about a dump: nothing was turned away.
-- Rows that fail an expectation of severity warning, articles without rows of an extractor, records of a file that are no
-- pages, and dumps without a new file.
-- grain: night page_id stage reason
-- reads: noted
-- load: replace_night
SELECT night, page_id, dump, dump_file, record_no, stage, reason, detail, coalesce(row_count, 1) AS row_count
FROM noted
