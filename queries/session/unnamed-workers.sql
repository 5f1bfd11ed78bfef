-- title: Accepted fills that do not say who was handed out
-- description: One row per entry of an accepted fill (artifact.fills) without a candidate_id, and one without a position per accepted fill that has no entry at all. phantom-workers and stamp-mismatch compare ids: an entry that has none is in neither of their populations, and their pass says nothing of it. An empty id is one, and no roster holds it (phantom-workers). Judged beside a roster, as they are: without one nothing reads the artifacts, and the check is skipped.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE kind = 'fill' AND final_verdict = 'accepted'
-- identity: session_id, daemon, position
-- columns: session_id, position, ts, daemon, grounded_raw, source_file
-- tags: grounding, roster
-- That there is a roster asks for one; an empty one is judged by nobody.
SELECT session_id, position, ts, daemon, grounded_raw, source_file
FROM (
  SELECT session_id, position, ts, daemon, grounded_raw, source_file
  FROM fills
  WHERE worker_id IS NULL
  UNION ALL
  SELECT s.session_id, NULL AS position, s.ts, s.daemon, s.grounded_raw, s.source_file
  FROM sessions AS s
  WHERE s.kind = 'fill' AND s.final_verdict = 'accepted'
    AND NOT EXISTS (
      SELECT 1
      FROM fills AS f
      WHERE f.source_file = s.source_file
        AND f.session_id IS NOT DISTINCT FROM s.session_id
        AND f.daemon IS NOT DISTINCT FROM s.daemon
        AND f.ts IS NOT DISTINCT FROM s.ts
    )
) AS unnamed
WHERE EXISTS (SELECT 1 FROM roster)
ORDER BY ts NULLS LAST, session_id, daemon, source_file, position NULLS FIRST, grounded_raw
