-- title: Kinds whose sessions are rejected more often than before
-- description: Per kind, the share of sessions with a rejected attempt in the last window against the share in the windows before it, pooled. A finding is a rise that is at least least_rise even at the low end of its interval (rise_low, Newcombe’s of two Wilson intervals of width z), with least_sessions on both sides: few sessions make the interval wide and never alarm. Windows end at the newest session that is not later than now, so that an old log is judged alike every day. Rejected: more than one attempt, or not accepted; infra_error is left out. With --since only the windows it leaves are compared; without any before the last there is no finding.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE final_verdict IS DISTINCT FROM 'infra_error' AND iterations IS NOT NULL AND ts <= $now AND ts > (SELECT max(ts) FROM sessions WHERE final_verdict IS DISTINCT FROM 'infra_error' AND iterations IS NOT NULL AND ts <= $now) - $window * ($windows + 1)
-- param: window duration = 24h
-- param: windows int = 7
-- param: least_sessions int = 30
-- param: least_rise float = 0.05
-- param: z float = 3
-- param: now timestamp = now
-- identity: kind
-- columns: kind, sessions, rejected, share, sessions_before, rejected_before, share_before, rise, rise_low, bound, from_ts, to_ts
-- tags: quality, trend
WITH judged AS (
  SELECT kind, ts, CASE WHEN iterations > 1 OR final_verdict IS DISTINCT FROM 'accepted' THEN 1 ELSE 0 END AS hit
  FROM sessions
  WHERE final_verdict IS DISTINCT FROM 'infra_error' AND iterations IS NOT NULL AND ts <= $now
),
newest AS (
  SELECT max(ts) AS to_ts, max(ts) - $window AS from_ts, max(ts) - $window * ($windows + 1) AS first_ts
  FROM judged
),
counted AS (
  SELECT
    j.kind, n.from_ts, n.to_ts,
    CAST(count(CASE WHEN j.ts > n.from_ts THEN 1 END) AS DOUBLE) AS n1,
    CAST(count(CASE WHEN j.ts > n.from_ts AND j.hit = 1 THEN 1 END) AS DOUBLE) AS x1,
    CAST(count(CASE WHEN j.ts <= n.from_ts THEN 1 END) AS DOUBLE) AS n2,
    CAST(count(CASE WHEN j.ts <= n.from_ts AND j.hit = 1 THEN 1 END) AS DOUBLE) AS x2
  FROM judged AS j
  CROSS JOIN newest AS n
  WHERE j.ts > n.first_ts
  GROUP BY j.kind, n.from_ts, n.to_ts
),
rated AS (
  SELECT kind, from_ts, to_ts, n1, x1, n2, x2, x1 / n1 AS p1, x2 / n2 AS p2
  FROM counted
  WHERE n1 >= greatest($least_sessions, 1) AND n2 >= greatest($least_sessions, 1)
),
-- The Wilson bounds that count: the low one of now, the high one of before.
bounded AS (
  SELECT
    kind, from_ts, to_ts, n1, x1, n2, x2, p1, p2,
    (p1 + $z * $z / (2 * n1) - $z * sqrt(p1 * (1 - p1) / n1 + $z * $z / (4 * n1 * n1))) / (1 + $z * $z / n1) AS low1,
    (p2 + $z * $z / (2 * n2) + $z * sqrt(p2 * (1 - p2) / n2 + $z * $z / (4 * n2 * n2))) / (1 + $z * $z / n2) AS high2
  FROM rated
),
compared AS (
  SELECT
    kind, from_ts, to_ts, n1, x1, n2, x2, p1, p2,
    p1 - p2 - sqrt((p1 - low1) * (p1 - low1) + (high2 - p2) * (high2 - p2)) AS rise_low
  FROM bounded
)
SELECT
  kind,
  CAST(n1 AS BIGINT) AS sessions,
  CAST(x1 AS BIGINT) AS rejected,
  p1 AS share,
  CAST(n2 AS BIGINT) AS sessions_before,
  CAST(x2 AS BIGINT) AS rejected_before,
  p2 AS share_before,
  p1 - p2 AS rise,
  rise_low,
  $least_rise AS bound,
  from_ts,
  to_ts
FROM compared
WHERE p1 > p2 AND rise_low >= $least_rise
ORDER BY rise_low DESC, kind NULLS LAST
