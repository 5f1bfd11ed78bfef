-- title: Replays by model
-- description: How often each model was replayed, how the runs scored, how much was retrieved, how long they took. Means are rounded to six digits; percentiles are interpolated.
-- family: replay
-- kind: query
-- columns: model, runs, sessions, scored, score_mean, score_min, score_p50, score_max, retrieved_mean, nothing_retrieved, p50_ms, p95_ms
-- tags: overview
SELECT
  model,
  count(*) AS runs,
  count(DISTINCT session_id) AS sessions,
  count(score) AS scored,
  round(avg(score), 6) AS score_mean,
  min(score) AS score_min,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS score_p50,
  max(score) AS score_max,
  round(avg(retrieved_count), 6) AS retrieved_mean,
  count(CASE WHEN retrieved_count = 0 THEN 1 END) AS nothing_retrieved,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50_ms,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_ms
FROM replays
GROUP BY model
ORDER BY model NULLS LAST
