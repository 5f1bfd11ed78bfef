-- title: Accepted fills whose flag disagrees with the roster
-- description: Stamped true although a worker is not in the roster given with --roster, or stamped anything else although every worker is. phantoms counts the different ids that the roster does not hold. Judged are stamped accepted fills that name a worker; a record that was logged twice word for word counts once. Without a roster the check is skipped.
-- family: session
-- kind: check
-- severity: error
-- expect: empty
-- population: SELECT count(*) FROM (SELECT DISTINCT session_id, ts, daemon, grounded_raw, artifact_md5, source_file FROM fills WHERE grounded_raw IS NOT NULL AND worker_id IS NOT NULL) AS stamped
-- identity: session_id, daemon
-- columns: session_id, ts, daemon, grounded_raw, worker_ids, phantoms, source_file
-- tags: grounding, roster
SELECT session_id, ts, daemon, grounded_raw, worker_ids, phantoms, source_file
FROM (
  SELECT f.session_id, f.ts, f.daemon, f.grounded_raw, f.grounded_in_roster, f.artifact_md5, f.source_file,
    count(DISTINCT f.worker_id) AS worker_ids,
    count(DISTINCT CASE WHEN r.worker_id IS NULL THEN f.worker_id END) AS phantoms
  FROM fills AS f
  LEFT JOIN roster AS r ON r.worker_id = f.worker_id
  WHERE f.grounded_raw IS NOT NULL AND f.worker_id IS NOT NULL
  GROUP BY f.session_id, f.ts, f.daemon, f.grounded_raw, f.grounded_in_roster, f.artifact_md5, f.source_file
) AS stamped
WHERE grounded_in_roster = (phantoms > 0)
ORDER BY ts NULLS LAST, session_id, daemon, source_file, grounded_raw, worker_ids, phantoms, artifact_md5
