-- title: Accepted fills that name a worker the roster does not hold
-- description: One row per worker id in an accepted fill (artifact.fills[].candidate_id) that is not in the roster given with --roster, whatever the fill's own flag says. Ids are compared as trimmed text, exactly; an empty one is in no roster. Without a roster the check is skipped.
-- family: session
-- kind: check
-- severity: error
-- expect: empty
-- population: SELECT count(worker_id) FROM fills
-- identity: session_id, position, worker_id
-- columns: session_id, position, worker_id, ts, daemon, source_file
-- tags: grounding, roster
SELECT session_id, position, worker_id, ts, daemon, source_file
FROM fills
WHERE worker_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM roster WHERE roster.worker_id = fills.worker_id)
ORDER BY ts NULLS LAST, session_id, daemon, source_file, position, worker_id
