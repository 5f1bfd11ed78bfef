-- title: Accepted fills that are not grounded in the roster
-- description: An accepted fill whose grounded_in_roster flag is there and not true: a worker was handed out who is not in the roster. A flag of "false", 0 or "maybe" alarms too; a missing one does not (see ungrounded-unknown).
-- family: session
-- kind: check
-- severity: error
-- expect: empty
-- population: SELECT count(*) FROM sessions WHERE kind = 'fill' AND final_verdict = 'accepted' AND grounded_in_roster IS NOT NULL
-- identity: session_id, daemon
-- columns: session_id, ts, timestamp, daemon, model, iterations, grounded_raw, source_file
-- tags: alarm, grounding
SELECT session_id, ts, timestamp, daemon, model, iterations, grounded_raw, source_file
FROM sessions
WHERE kind = 'fill' AND final_verdict = 'accepted' AND NOT grounded_in_roster
ORDER BY ts NULLS LAST, session_id, daemon, source_file, timestamp, model, iterations, grounded_raw
