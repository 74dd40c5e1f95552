-- One published file of the warehouse that is still kept; the current one is the file you read this in.
-- Where one was made of several nights, as by a rebuild, the last of them is told.
-- Order is the number, for clocks can be wrong; the time orders only those made before numbers.
-- grain: snapshot
-- reads: snapshots
-- load: merge
WITH numbered AS (
    SELECT *, row(coalesce(snapshot_no, 0), published_at) AS place FROM snapshots
)
SELECT snapshot, snapshot_no, night, run_id, published_at, bytes, row_counts, place = max(place) OVER () AS is_current
FROM numbered
QUALIFY row_number() OVER (PARTITION BY snapshot ORDER BY night DESC) = 1
