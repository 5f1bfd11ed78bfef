-- title: First-shot rate by model
-- description: How often a model is accepted at its first attempt. judged leaves out sessions that ended in infra_error: the model had no fair try. rate_low and rate_high are the 95 % Wilson interval: with few sessions they are far apart.
-- family: session
-- kind: query
-- columns: model, sessions, judged, first_shot, first_shot_rate, rate_low, rate_high
-- tags: quality
WITH counted AS (
  SELECT
    model,
    count(*) AS sessions,
    count(CASE WHEN final_verdict IS DISTINCT FROM 'infra_error' THEN 1 END) AS judged,
    count(CASE WHEN final_verdict = 'accepted' AND iterations = 1 THEN 1 END) AS first_shot
  FROM sessions
  GROUP BY model
),
rated AS (
  SELECT
    model,
    sessions,
    judged,
    first_shot,
    CAST(first_shot AS DOUBLE) / nullif(judged, 0) AS p,
    CAST(nullif(judged, 0) AS DOUBLE) AS n,
    1.959963984540054 AS z
  FROM counted
)
SELECT
  model,
  sessions,
  judged,
  first_shot,
  p AS first_shot_rate,
  CASE WHEN judged > 0 THEN greatest(0.0, (p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)) END AS rate_low,
  CASE WHEN judged > 0 THEN least(1.0, (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)) END AS rate_high
FROM rated
ORDER BY model NULLS LAST
