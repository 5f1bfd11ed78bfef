-- title: Spans that never ended
-- description: Spans with an open and no close: still running when the last line was written, or cut off by a crash. Oldest first. age_ms runs to the newest line of the journal, not to now, so that old evidence reads the same tomorrow. The parent is looked for in the same extension first.
-- family: journal
-- kind: query
-- columns: span_id, name, started_at, age_ms, extension_id, parent_span_id, parent_name, parent_status, conversation_id, turn_id, source_file
-- tags: crash
WITH seen AS (
  SELECT span_id, name, status, started_at, extension_id, parent_span_id, conversation_id, turn_id, source_file FROM spans
),
newest AS (
  SELECT max(ts) AS ts FROM journal
),
-- What open spans name as their parent, in the same extension first; of several in others the first by name.
parents AS (
  SELECT
    o.extension_id, o.parent_span_id, p.name, p.status,
    row_number() OVER (
      PARTITION BY o.extension_id, o.parent_span_id
      ORDER BY CASE WHEN p.extension_id = o.extension_id THEN 0 ELSE 1 END, p.name, p.extension_id
    ) AS place
  FROM (SELECT DISTINCT extension_id, parent_span_id FROM seen WHERE status = 'open') AS o
  JOIN seen AS p ON p.span_id = o.parent_span_id
)
SELECT
  s.span_id,
  s.name,
  s.started_at,
  round(EXTRACT(EPOCH FROM (n.ts - s.started_at)) * 1000) AS age_ms,
  s.extension_id,
  s.parent_span_id,
  p.name AS parent_name,
  p.status AS parent_status,
  s.conversation_id,
  s.turn_id,
  s.source_file
FROM seen AS s
CROSS JOIN newest AS n
LEFT JOIN parents AS p ON p.extension_id = s.extension_id AND p.parent_span_id = s.parent_span_id AND p.place = 1
WHERE s.status = 'open'
ORDER BY s.started_at NULLS LAST, s.extension_id, s.span_id, s.source_file, s.name, s.parent_span_id, s.conversation_id, s.turn_id
