-- title: Where too many sessions end without an answer
-- description: Per daemon, kind and model, the share of sessions of the last window that used up their attempts (max_iter_exhausted). A finding is a share that is over the bound even at the low end of its Wilson interval of width z, from least_sessions on: few sessions make the interval wide and never alarm. The window ends at the newest session that is not later than now, so that an old log is judged alike every day; --since cuts it short. infra_error is left out: those sessions were not used up.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE final_verdict IS DISTINCT FROM 'infra_error' AND ts <= $now AND ts > (SELECT max(ts) FROM sessions WHERE final_verdict IS DISTINCT FROM 'infra_error' AND ts <= $now) - $window
-- param: window duration = 7d
-- param: least_sessions int = 30
-- param: bound float = 0.2
-- param: z float = 3
-- param: now timestamp = now
-- identity: daemon, kind, model
-- columns: daemon, kind, model, sessions, exhausted, share, share_low, bound, from_ts, to_ts
-- tags: quality
WITH judged AS (
  SELECT daemon, kind, model, ts, CASE WHEN final_verdict = 'max_iter_exhausted' THEN 1 ELSE 0 END AS hit
  FROM sessions
  WHERE final_verdict IS DISTINCT FROM 'infra_error' AND ts <= $now
),
newest AS (
  SELECT max(ts) AS to_ts, max(ts) - $window AS from_ts
  FROM judged
),
counted AS (
  SELECT j.daemon, j.kind, j.model, n.from_ts, n.to_ts, CAST(count(*) AS DOUBLE) AS n, CAST(sum(j.hit) AS DOUBLE) AS x
  FROM judged AS j
  CROSS JOIN newest AS n
  WHERE j.ts > n.from_ts
  GROUP BY j.daemon, j.kind, j.model, n.from_ts, n.to_ts
),
bounded AS (
  SELECT
    daemon, kind, model, from_ts, to_ts, n, x, x / n AS p,
    (x / n + $z * $z / (2 * n) - $z * sqrt(x / n * (1 - x / n) / n + $z * $z / (4 * n * n))) / (1 + $z * $z / n) AS low
  FROM counted
  WHERE n >= $least_sessions
)
SELECT
  daemon, kind, model,
  CAST(n AS BIGINT) AS sessions,
  CAST(x AS BIGINT) AS exhausted,
  p AS share,
  low AS share_low,
  $bound AS bound,
  from_ts,
  to_ts
FROM bounded
WHERE x > 0 AND low > $bound
ORDER BY share_low DESC, daemon NULLS LAST, kind NULLS LAST, model NULLS LAST
