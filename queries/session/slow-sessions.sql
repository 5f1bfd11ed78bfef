-- title: How long sessions take, by model
-- description: Median, 95th and 99th percentile and maximum of duration_ms for models with at least n sessions whose duration can be read, slowest first. Percentiles are interpolated.
-- family: session
-- kind: query
-- param: n int = 5
-- columns: model, sessions, p50_ms, p95_ms, p99_ms, max_ms
-- tags: speed
-- chart: bar x=model y=p95_ms
SELECT
  model,
  count(*) AS sessions,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50_ms,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_ms,
  percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99_ms,
  max(duration_ms) AS max_ms
FROM sessions
WHERE duration_ms IS NOT NULL
GROUP BY model
HAVING count(*) >= $n
ORDER BY p95_ms DESC, model NULLS LAST
