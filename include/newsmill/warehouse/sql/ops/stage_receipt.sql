-- The counts of one step for one part of a night.
-- grain: run_id stage part
-- reads: receipts
-- load: replace_night
SELECT run_id, night, stage, part, rows_in, rows_out, rejected, seconds, bytes, peak_rss_bytes
FROM receipts
