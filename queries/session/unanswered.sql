-- title: Accepted sessions without an artifact
-- description: Sessions that ended accepted and whose row has no artifact: what was accepted is not in the evidence, and nobody can look at it again. A writer that keeps artifacts elsewhere on purpose leaves this check out (--exclude unanswered).
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE final_verdict = 'accepted'
-- identity: session_id, daemon
-- columns: session_id, ts, timestamp, daemon, kind, model, iterations, source_file
-- tags: evidence
SELECT session_id, ts, timestamp, daemon, kind, model, iterations, source_file
FROM sessions
WHERE final_verdict = 'accepted' AND NOT has_artifact
ORDER BY ts NULLS LAST, session_id, daemon, source_file, timestamp, kind, model, iterations
