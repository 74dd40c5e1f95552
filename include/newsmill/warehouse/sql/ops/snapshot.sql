-- One published file of the warehouse that is still kept; the current one is the file you read this in.
-- grain: snapshot
-- reads: snapshots
-- load: merge
SELECT snapshot, night, run_id, published_at, bytes, row_counts, published_at = max(published_at) OVER () AS is_current
FROM snapshots
