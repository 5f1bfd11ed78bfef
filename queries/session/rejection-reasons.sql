-- title: Why attempts are rejected
-- description: Attempts with verdict no_json or validation_failed, grouped by their error with what changes from case to case folded: <id> words with digits, uuids and long hex, <name> quoted text, <time> dates, <n> numbers, … several of them in a row. example is one error as written.
-- family: session
-- kind: query
-- columns: verdict_kind, reason, attempts, sessions, models, first_ts, last_ts, example
-- tags: quality
WITH rejected AS (
  SELECT verdict_kind, session_id, model, ts, error, coalesce(error, '') AS r0
  FROM attempts
  WHERE verdict_kind IN ('no_json', 'validation_failed')
),
-- One fold a line: quoted text; dates and times; uuids and long hex; words with digits; numbers; several in a row; blanks.
quoted AS (
  SELECT verdict_kind, session_id, model, ts, error,
    regexp_replace(r0, '"[^"]*"|`[^`]*`|\B''[^'']*''\B', '<name>', 'g') AS r1
  FROM rejected
),
timed AS (
  SELECT verdict_kind, session_id, model, ts, error,
    regexp_replace(r1, '\b[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?\b', '<time>', 'g') AS r2
  FROM quoted
),
named AS (
  SELECT verdict_kind, session_id, model, ts, error,
    regexp_replace(r2, '\b(0x[0-9a-fA-F]+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|[0-9]*[A-Za-z][A-Za-z_-]*[0-9][A-Za-z0-9_-]*)\b', '<id>', 'g') AS r3
  FROM timed
),
counted AS (
  SELECT verdict_kind, session_id, model, ts, error,
    regexp_replace(r3, '[0-9]+([.,:][0-9]+)*', '<n>', 'g') AS r4
  FROM named
),
folded AS (
  SELECT verdict_kind, session_id, model, ts, error,
    trim(regexp_replace(
      regexp_replace(r4, '(<id>|<name>|<n>)((, ?| and | or |, and )(<id>|<name>|<n>))+', '\1 …', 'g'),
      '\s+', ' ', 'g'
    )) AS reason
  FROM counted
)
SELECT
  verdict_kind,
  nullif(reason, '') AS reason,
  count(*) AS attempts,
  count(DISTINCT session_id) AS sessions,
  count(DISTINCT model) AS models,
  min(ts) AS first_ts,
  max(ts) AS last_ts,
  min(error) AS example
FROM folded
GROUP BY verdict_kind, reason
ORDER BY attempts DESC, verdict_kind, reason NULLS LAST
