-- title: Clocks that cannot be right
-- description: Per family, writer and reason, records whose time says that a clock was wrong: later than now by more than ahead (future), before earliest (past), or a span that closed more than back before it opened (backwards). The writer is a session’s daemon, an operation’s source, the extension of a journal; replays name none. A clock that is merely slow cannot be told, nor one that ran backwards between two records: the views have no order of lines, and segments taken in later may rightly hold older records. Records without a readable time are counted in problems.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT (SELECT count(*) FROM sessions WHERE ts IS NOT NULL) + (SELECT count(*) FROM ops WHERE ts IS NOT NULL) + (SELECT count(*) FROM journal WHERE ts IS NOT NULL) + (SELECT count(*) FROM replays WHERE ts IS NOT NULL)
-- param: ahead duration = 5m
-- param: back duration = 5s
-- param: earliest timestamp = 2015-01-01
-- param: now timestamp = now
-- identity: family, writer, reason
-- columns: family, writer, reason, records, first_ts, last_ts, back_ms, files, source_file
-- tags: evidence
WITH timed AS (
  SELECT 'session' AS family, daemon AS writer, ts, source_file FROM sessions WHERE ts > $now + $ahead OR ts < $earliest
  UNION ALL
  SELECT 'observer' AS family, source AS writer, ts, source_file FROM ops WHERE ts > $now + $ahead OR ts < $earliest
  UNION ALL
  SELECT 'journal' AS family, extension_id AS writer, ts, source_file FROM journal WHERE ts > $now + $ahead OR ts < $earliest
  UNION ALL
  SELECT 'replay' AS family, NULL AS writer, ts, source_file FROM replays WHERE ts > $now + $ahead OR ts < $earliest
),
skewed AS (
  SELECT family, writer, CASE WHEN ts < $earliest THEN 'past' ELSE 'future' END AS reason, ts, NULL AS back_ms, source_file
  FROM timed
  UNION ALL
  SELECT
    'journal' AS family, extension_id AS writer, 'backwards' AS reason, ended_at AS ts,
    EXTRACT(EPOCH FROM (started_at - ended_at)) * 1000 AS back_ms, source_file
  FROM spans
  WHERE ended_at < started_at - $back
)
SELECT
  family, writer, reason,
  count(*) AS records,
  min(ts) AS first_ts,
  max(ts) AS last_ts,
  round(max(back_ms)) AS back_ms,
  count(DISTINCT source_file) AS files,
  min(source_file) AS source_file
FROM skewed
GROUP BY family, writer, reason
ORDER BY family, writer NULLS LAST, reason
