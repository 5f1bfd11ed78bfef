-- title: How long spans take, by extension and name
-- description: Median, 95th and 99th percentile and maximum of duration_ms over spans that ended, for names with at least n of them, slowest first. errors counts status error; slowest_span_id is a span that took max_ms. Percentiles are interpolated.
-- family: journal
-- kind: query
-- param: n int = 1
-- columns: extension_id, name, spans, errors, p50_ms, p95_ms, p99_ms, max_ms, slowest_span_id
-- tags: speed
WITH timed AS (
  SELECT
    extension_id, name, status, duration_ms,
    first_value(span_id) OVER (PARTITION BY extension_id, name ORDER BY duration_ms DESC, span_id NULLS LAST) AS slowest_span_id
  FROM spans
  WHERE duration_ms IS NOT NULL
)
SELECT
  extension_id,
  name,
  count(*) AS spans,
  count(CASE WHEN status = 'error' THEN 1 END) AS errors,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50_ms,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_ms,
  percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99_ms,
  max(duration_ms) AS max_ms,
  slowest_span_id
FROM timed
GROUP BY extension_id, name, slowest_span_id
HAVING count(*) >= $n
ORDER BY p95_ms DESC, extension_id, name NULLS LAST
