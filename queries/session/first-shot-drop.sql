-- title: Models whose first answer holds less often than before
-- description: Per model, the first-shot rate in the last window against the rate in the windows before it, pooled. A finding is a drop that is at least least_drop even at the low end of its interval (drop_low, Newcombe’s of two Wilson intervals of width z), with least_sessions on both sides: few sessions make the interval wide and never alarm. Windows end at the newest session that is not later than now, so that an old log is judged alike every day. As in first-shot, infra_error is left out: the model had no fair try. With --since only the windows it leaves are compared; without any before the last there is no finding.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE final_verdict IS DISTINCT FROM 'infra_error' AND iterations IS NOT NULL AND ts <= $now AND ts > (SELECT max(ts) FROM sessions WHERE final_verdict IS DISTINCT FROM 'infra_error' AND iterations IS NOT NULL AND ts <= $now) - $window * ($windows + 1)
-- param: window duration = 24h
-- param: windows int = 7
-- param: least_sessions int = 30
-- param: least_drop float = 0.05
-- param: z float = 3
-- param: now timestamp = now
-- identity: model
-- columns: model, sessions, first_shot, rate, sessions_before, first_shot_before, rate_before, drop, drop_low, bound, from_ts, to_ts
-- tags: quality, trend
WITH judged AS (
  SELECT model, ts, CASE WHEN iterations = 1 AND final_verdict = 'accepted' THEN 1 ELSE 0 END AS hit
  FROM sessions
  WHERE final_verdict IS DISTINCT FROM 'infra_error' AND iterations IS NOT NULL AND ts <= $now
),
newest AS (
  SELECT max(ts) AS to_ts, max(ts) - $window AS from_ts, max(ts) - $window * ($windows + 1) AS first_ts
  FROM judged
),
counted AS (
  SELECT
    j.model, n.from_ts, n.to_ts,
    CAST(count(CASE WHEN j.ts > n.from_ts THEN 1 END) AS DOUBLE) AS n1,
    CAST(count(CASE WHEN j.ts > n.from_ts AND j.hit = 1 THEN 1 END) AS DOUBLE) AS x1,
    CAST(count(CASE WHEN j.ts <= n.from_ts THEN 1 END) AS DOUBLE) AS n2,
    CAST(count(CASE WHEN j.ts <= n.from_ts AND j.hit = 1 THEN 1 END) AS DOUBLE) AS x2
  FROM judged AS j
  CROSS JOIN newest AS n
  WHERE j.ts > n.first_ts
  GROUP BY j.model, n.from_ts, n.to_ts
),
rated AS (
  SELECT model, from_ts, to_ts, n1, x1, n2, x2, x1 / n1 AS p1, x2 / n2 AS p2
  FROM counted
  WHERE n1 >= greatest($least_sessions, 1) AND n2 >= greatest($least_sessions, 1)
),
-- The Wilson bounds that count: the high one of now, the low one of before.
bounded AS (
  SELECT
    model, from_ts, to_ts, n1, x1, n2, x2, p1, p2,
    (p1 + $z * $z / (2 * n1) + $z * sqrt(p1 * (1 - p1) / n1 + $z * $z / (4 * n1 * n1))) / (1 + $z * $z / n1) AS high1,
    (p2 + $z * $z / (2 * n2) - $z * sqrt(p2 * (1 - p2) / n2 + $z * $z / (4 * n2 * n2))) / (1 + $z * $z / n2) AS low2
  FROM rated
),
compared AS (
  SELECT
    model, from_ts, to_ts, n1, x1, n2, x2, p1, p2,
    p2 - p1 - sqrt((high1 - p1) * (high1 - p1) + (p2 - low2) * (p2 - low2)) AS drop_low
  FROM bounded
)
SELECT
  model,
  CAST(n1 AS BIGINT) AS sessions,
  CAST(x1 AS BIGINT) AS first_shot,
  p1 AS rate,
  CAST(n2 AS BIGINT) AS sessions_before,
  CAST(x2 AS BIGINT) AS first_shot_before,
  p2 AS rate_before,
  p2 - p1 AS "drop",
  drop_low,
  $least_drop AS bound,
  from_ts,
  to_ts
FROM compared
WHERE p2 > p1 AND drop_low >= $least_drop
ORDER BY drop_low DESC, model NULLS LAST
