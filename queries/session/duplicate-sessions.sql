-- title: Sessions that are in the logs more than once
-- description: The same session_id written by the same daemon in several rows. times is the number of different timestamps: 1 is one row that was copied (a backup beside the log, a file delivered twice), more is a session that was run or written again. Either way every rate and count has it as often as rows says. Rows without a session_id are no copies of each other.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE session_id IS NOT NULL
-- identity: session_id, daemon
-- columns: session_id, daemon, rows, times, verdicts, first_ts, last_ts, files, source_file
-- tags: evidence
WITH repeated AS (
  SELECT session_id, daemon
  FROM sessions
  WHERE session_id IS NOT NULL
  GROUP BY session_id, daemon
  HAVING count(*) > 1
)
SELECT
  s.session_id,
  s.daemon,
  count(*) AS "rows",
  count(DISTINCT s.timestamp) AS times,
  count(DISTINCT s.final_verdict) AS verdicts,
  min(s.ts) AS first_ts,
  max(s.ts) AS last_ts,
  count(DISTINCT s.source_file) AS files,
  min(s.source_file) AS source_file
FROM sessions AS s
JOIN repeated AS r ON r.session_id = s.session_id AND r.daemon IS NOT DISTINCT FROM s.daemon
GROUP BY s.session_id, s.daemon
ORDER BY count(*) DESC, first_ts NULLS LAST, s.session_id, s.daemon NULLS LAST
