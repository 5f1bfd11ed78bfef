-- title: Accepted fills that nobody checked against the roster
-- description: An accepted fill without a grounded_in_roster flag: the roster check was off, or the artifact named no worker. Such a fill can be right; nothing here says that it is.
-- family: session
-- kind: check
-- severity: warn
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE kind = 'fill' AND final_verdict = 'accepted'
-- identity: session_id, daemon
-- columns: session_id, ts, timestamp, daemon, model, iterations, source_file
-- tags: grounding
SELECT session_id, ts, timestamp, daemon, model, iterations, source_file
FROM sessions
WHERE kind = 'fill' AND final_verdict = 'accepted' AND grounded_in_roster IS NULL
ORDER BY ts NULLS LAST, session_id, daemon, source_file, timestamp, model, iterations
