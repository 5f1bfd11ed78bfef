-- title: The last scenario operations
-- description: The newest n operations with source scenario, oldest of them first. Operations without a readable time count as older than all others.
-- family: observer
-- kind: query
-- param: n int = 10
-- columns: ts, ok, staffer, kind, role, endpoint, error, source_file
-- tags: overview
WITH ranked AS (
  SELECT
    ts, success AS ok, staffer_id AS staffer, event_kind AS kind, role, endpoint, error, source_file, timestamp, duration_ms,
    row_number() OVER (
      ORDER BY ts DESC NULLS LAST, source_file DESC, endpoint DESC, staffer_id DESC, event_kind DESC, role DESC, timestamp DESC, success DESC, error DESC, duration_ms DESC
    ) AS from_end
  FROM ops
  WHERE source = 'scenario'
)
SELECT ts, ok, staffer, kind, role, endpoint, error, source_file
FROM ranked
WHERE from_end <= $n
ORDER BY from_end DESC
