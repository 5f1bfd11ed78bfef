-- title: Errors in the logs
-- description: Log lines of level error, fatal, critical or panic in any spelling, newest first, with the name of the span they were written in.
-- family: journal
-- kind: query
-- columns: ts, level, extension_id, msg, span_id, span_name, conversation_id, turn_id, source_file
-- tags: failures
WITH errors AS (
  SELECT ts, level, extension_id, msg, span_id, conversation_id, turn_id, source_file
  FROM logs
  WHERE lower(level) IN ('error', 'fatal', 'critical', 'panic')
),
names AS (
  SELECT extension_id, span_id, min(name) AS name
  FROM journal
  WHERE kind IN ('span-open', 'span-close') AND span_id IN (SELECT span_id FROM errors)
  GROUP BY extension_id, span_id
)
SELECT
  l.ts, l.level, l.extension_id, l.msg, l.span_id, s.name AS span_name, l.conversation_id, l.turn_id, l.source_file
FROM errors AS l
LEFT JOIN names AS s ON s.extension_id = l.extension_id AND s.span_id = l.span_id
ORDER BY l.ts DESC NULLS LAST, l.extension_id, l.msg, l.span_id, l.source_file, l.level, l.conversation_id, l.turn_id
