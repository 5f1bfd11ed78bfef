-- title: Daemons that wrote regularly and have stopped
-- description: Daemons whose silence since their last session is longer than factor times the longest pause they made in the history before it, and longer than least_silence. Judged only with least_sessions in that history, and where it is at least three times as long as the silence: a pause as long could not have been seen in less. Silence is measured up to the newest record of any family that is not later than now, so that an old folder is judged alike every day; with live=true up to now, which also finds a lake in which nobody writes any more. Pauses are told to the minute. --since cuts the history.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE ts <= $now
-- param: factor float = 2
-- param: history duration = 30d
-- param: least_sessions int = 30
-- param: least_silence duration = 1h
-- param: live bool = false
-- param: now timestamp = now
-- identity: daemon
-- columns: daemon, last_ts, silent_ms, longest_pause_ms, bound_ms, sessions, history_from, measured_to
-- tags: liveness
-- One row per minute with a session: days of sessions become few rows to sort.
WITH minutes AS (
  SELECT daemon, floor(EXTRACT(EPOCH FROM ts) / 60) AS minute, min(ts) AS first_ts, max(ts) AS last_ts, count(*) AS sessions
  FROM sessions
  WHERE ts <= $now
  GROUP BY daemon, floor(EXTRACT(EPOCH FROM ts) / 60)
),
newest AS (
  SELECT max(last_ts) AS ts FROM minutes
  UNION ALL
  SELECT max(ts) AS ts FROM ops WHERE ts <= $now
  UNION ALL
  SELECT max(ts) AS ts FROM journal WHERE ts <= $now
  UNION ALL
  SELECT max(ts) AS ts FROM replays WHERE ts <= $now
),
measured AS (
  SELECT CASE WHEN $live THEN $now ELSE max(ts) END AS to_ts FROM newest
),
lasts AS (
  SELECT daemon, max(last_ts) AS last_ts FROM minutes GROUP BY daemon
),
paused AS (
  SELECT
    m.daemon, m.first_ts, m.sessions, l.last_ts,
    EXTRACT(EPOCH FROM (m.first_ts - lag(m.last_ts) OVER (PARTITION BY m.daemon ORDER BY m.minute))) * 1000 AS pause_ms
  FROM minutes AS m
  JOIN lasts AS l ON l.daemon IS NOT DISTINCT FROM m.daemon
  WHERE m.last_ts > l.last_ts - $history
),
usual AS (
  SELECT
    daemon, last_ts, min(first_ts) AS history_from, sum(sessions) AS sessions, coalesce(max(pause_ms), 0) AS longest_pause_ms
  FROM paused
  GROUP BY daemon, last_ts
),
silent AS (
  SELECT
    u.daemon, u.last_ts, u.history_from, u.sessions, u.longest_pause_ms, m.to_ts,
    EXTRACT(EPOCH FROM (m.to_ts - u.last_ts)) * 1000 AS silent_ms,
    EXTRACT(EPOCH FROM (u.last_ts - u.history_from)) * 1000 AS history_ms,
    greatest($factor * u.longest_pause_ms, EXTRACT(EPOCH FROM $least_silence) * 1000) AS bound_ms
  FROM usual AS u
  CROSS JOIN measured AS m
)
SELECT
  daemon, last_ts,
  round(silent_ms) AS silent_ms,
  round(longest_pause_ms) AS longest_pause_ms,
  round(bound_ms) AS bound_ms,
  CAST(sessions AS BIGINT) AS sessions,
  history_from,
  to_ts AS measured_to
FROM silent
WHERE silent_ms > bound_ms AND sessions >= $least_sessions AND history_ms >= 3 * silent_ms
ORDER BY silent_ms DESC, daemon NULLS LAST
