-- One published file of the warehouse that is still kept; the current one is the file you read this in.
-- Of a file made of several nights, as by a rebuild, the last night is shown.
-- Snapshots are ordered by number, because clocks can be wrong; those older than numbers are ordered by time.
-- grain: snapshot
-- reads: snapshots
-- load: merge
WITH ordered_snapshots AS (
    SELECT *, row(coalesce(snapshot_no, 0), published_at) AS publish_order FROM snapshots
)
SELECT snapshot, snapshot_no, night, run_id, published_at, bytes, row_counts, publish_order = max(publish_order) OVER () AS is_current
FROM ordered_snapshots
QUALIFY row_number() OVER (PARTITION BY snapshot ORDER BY night DESC) = 1
