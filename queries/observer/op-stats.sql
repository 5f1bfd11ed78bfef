-- title: Operations by endpoint and source
-- description: How often each operation was seen, how often it worked, how long it took. unknown counts operations whose success is neither true nor false; success_rate leaves them out. Percentiles are interpolated.
-- family: observer
-- kind: query
-- columns: endpoint, source, ops, successes, failures, unknown, success_rate, p50_ms, p95_ms, max_ms, first_ts, last_ts
-- tags: overview, speed
SELECT
  endpoint,
  source,
  count(*) AS ops,
  count(CASE WHEN success = true THEN 1 END) AS successes,
  count(CASE WHEN success = false THEN 1 END) AS failures,
  count(CASE WHEN success IS NULL THEN 1 END) AS unknown,
  CAST(count(CASE WHEN success = true THEN 1 END) AS DOUBLE) / nullif(count(success), 0) AS success_rate,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50_ms,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_ms,
  max(duration_ms) AS max_ms,
  min(ts) AS first_ts,
  max(ts) AS last_ts
FROM ops
GROUP BY endpoint, source
ORDER BY ops DESC, endpoint NULLS LAST, source NULLS LAST
