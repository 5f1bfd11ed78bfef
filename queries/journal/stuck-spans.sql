-- title: Spans that have been open for too long
-- description: Spans with an open and no close that began more than older before the newest line of the journal: hung, forgotten, or cut off by a crash. The newest line that is not later than now, so that old evidence reads the same tomorrow. cause tells them apart by the parent: crash, the parent is open too or there is none; forgotten, the parent has closed; orphan, the parent is nowhere in the journal. A close without an open is not counted: how long it took nobody knows. --since leaves out spans that began before it.
-- family: journal
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM spans WHERE status <> 'orphan-close'
-- param: older duration = 1h
-- param: now timestamp = now
-- identity: span_id, extension_id
-- columns: span_id, name, cause, started_at, age_ms, bound_ms, extension_id, parent_span_id, parent_status, conversation_id, turn_id, source_file
-- tags: crash, liveness
WITH seen AS (
  SELECT span_id, name, status, started_at, extension_id, parent_span_id, conversation_id, turn_id, source_file FROM spans
),
newest AS (
  SELECT max(ts) AS ts FROM journal WHERE ts <= $now
),
stuck AS (
  SELECT
    s.span_id, s.name, s.started_at, s.extension_id, s.parent_span_id, s.conversation_id, s.turn_id, s.source_file,
    EXTRACT(EPOCH FROM (n.ts - s.started_at)) * 1000 AS age_ms
  FROM seen AS s
  CROSS JOIN newest AS n
  WHERE s.status = 'open' AND s.started_at < n.ts - $older
),
-- What they name as their parent, in the same extension first; of several in others the first by name.
parents AS (
  SELECT
    o.extension_id, o.parent_span_id, p.status,
    row_number() OVER (
      PARTITION BY o.extension_id, o.parent_span_id
      ORDER BY CASE WHEN p.extension_id = o.extension_id THEN 0 ELSE 1 END, p.name, p.extension_id
    ) AS place
  FROM (SELECT DISTINCT extension_id, parent_span_id FROM stuck) AS o
  JOIN seen AS p ON p.span_id = o.parent_span_id
)
SELECT
  s.span_id,
  s.name,
  CASE
    WHEN s.parent_span_id IS NULL OR p.status = 'open' THEN 'crash'
    WHEN p.status IS NULL THEN 'orphan'
    ELSE 'forgotten'
  END AS cause,
  s.started_at,
  round(s.age_ms) AS age_ms,
  EXTRACT(EPOCH FROM $older) * 1000 AS bound_ms,
  s.extension_id,
  s.parent_span_id,
  p.status AS parent_status,
  s.conversation_id,
  s.turn_id,
  s.source_file
FROM stuck AS s
LEFT JOIN parents AS p ON p.extension_id = s.extension_id AND p.parent_span_id = s.parent_span_id AND p.place = 1
ORDER BY s.started_at, s.extension_id, s.span_id, s.source_file, s.name, s.parent_span_id, s.conversation_id, s.turn_id
