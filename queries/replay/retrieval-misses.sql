-- title: Replays whose retrieval missed
-- description: Replays of known sessions (joined by session_id) that retrieved nothing, or, for a session with a validation_failed, not every right id. Right ids are the workers in the accepted fill of that session; of a session never accepted nobody knows them, so only "nothing retrieved" can be told. One row per missing id. An item counts by its text, or by its id, candidate_id or worker_id.
-- family: replay
-- kind: query
-- columns: session_id, task_id, ts, model, reason, missing_id, retrieved_count, source_file
-- tags: quality, retrieval
WITH rejected AS (
  SELECT DISTINCT session_id FROM attempts WHERE verdict_kind = 'validation_failed'
),
right_ids AS (
  SELECT DISTINCT f.session_id, f.worker_id
  FROM fills AS f
  JOIN rejected AS r ON r.session_id = f.session_id
  WHERE f.worker_id <> ''
),
misses AS (
  SELECT p.session_id, p.task_id, p.ts, p.model, 'nothing retrieved' AS reason, CAST(NULL AS VARCHAR) AS missing_id, p.retrieved_count, p.source_file, p.timestamp
  FROM replays AS p
  WHERE p.retrieved_count = 0 AND EXISTS (SELECT 1 FROM sessions AS s WHERE s.session_id = p.session_id)
  UNION ALL
  SELECT p.session_id, p.task_id, p.ts, p.model, 'right id not retrieved' AS reason, w.worker_id AS missing_id, p.retrieved_count, p.source_file, p.timestamp
  FROM replays AS p
  JOIN right_ids AS w ON w.session_id = p.session_id
  WHERE p.retrieved_count > 0 AND NOT EXISTS (
    SELECT 1
    FROM retrievals AS i
    WHERE i.session_id = p.session_id
      AND i.item_id = w.worker_id
      AND i.source_file = p.source_file
      AND i.task_id IS NOT DISTINCT FROM p.task_id
      AND i.timestamp IS NOT DISTINCT FROM p.timestamp
  )
)
SELECT session_id, task_id, ts, model, reason, missing_id, retrieved_count, source_file
FROM misses
ORDER BY ts NULLS LAST, session_id, task_id, missing_id, source_file, timestamp, model, retrieved_count
