-- One published file of the warehouse that is still kept; the current one is the file you read this in.
-- Where one was made of several nights, as by a rebuild, the last of them is told.
-- grain: snapshot
-- reads: snapshots
-- load: merge
SELECT snapshot, night, run_id, published_at, bytes, row_counts, published_at = max(published_at) OVER () AS is_current
FROM snapshots
QUALIFY row_number() OVER (PARTITION BY snapshot ORDER BY night DESC) = 1
