-- title: Sessions rejected several times in a row
-- description: Sessions with at least n validation_failed attempts in a row, longest streak first. Any other verdict between two rejections ends a streak. last_error is the error of the session’s last rejection, last_verdict how its last attempt ended.
-- family: session
-- kind: query
-- param: n int = 3
-- columns: session_id, ts, daemon, kind, model, attempts, longest_streak, last_verdict, last_error, source_file
-- tags: quality
WITH rejected AS (
  SELECT
    session_id, ts, daemon, kind, model, source_file, position,
    -- Rejections without a gap between them share this number.
    position - dense_rank() OVER (PARTITION BY session_id, ts, daemon, kind, model, source_file ORDER BY position) AS streak
  FROM attempts
  WHERE verdict_kind = 'validation_failed'
),
streaks AS (
  SELECT
    session_id, ts, daemon, kind, model, source_file,
    max(position) - min(position) + 1 AS length,
    max(position) AS last_rejection
  FROM rejected
  GROUP BY session_id, ts, daemon, kind, model, source_file, streak
),
found AS (
  SELECT session_id, ts, daemon, kind, model, source_file, max(length) AS longest_streak, max(last_rejection) AS last_rejection
  FROM streaks
  GROUP BY session_id, ts, daemon, kind, model, source_file
  HAVING max(length) >= $n
),
ends AS (
  SELECT
    f.session_id, f.ts, f.daemon, f.kind, f.model, f.source_file, f.longest_streak, a.position,
    CASE WHEN a.position = f.last_rejection AND a.verdict_kind = 'validation_failed' THEN a.error END AS last_error,
    first_value(a.verdict_kind) OVER (
      PARTITION BY f.session_id, f.ts, f.daemon, f.kind, f.model, f.source_file ORDER BY a.position DESC, a.verdict_kind
    ) AS last_verdict
  FROM found AS f
  JOIN attempts AS a
    ON a.source_file = f.source_file
    AND a.session_id IS NOT DISTINCT FROM f.session_id
    AND a.ts IS NOT DISTINCT FROM f.ts
    AND a.daemon IS NOT DISTINCT FROM f.daemon
    AND a.kind IS NOT DISTINCT FROM f.kind
    AND a.model IS NOT DISTINCT FROM f.model
)
SELECT
  session_id, ts, daemon, kind, model, max(position) AS attempts, longest_streak, last_verdict, max(last_error) AS last_error, source_file
FROM ends
GROUP BY session_id, ts, daemon, kind, model, source_file, longest_streak, last_verdict
ORDER BY longest_streak DESC, ts NULLS LAST, session_id, daemon, source_file, kind, model
