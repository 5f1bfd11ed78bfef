-- title: Sessions accepted at the first attempt
-- description: The sessions that first-shot counts as first_shot, newest first.
-- family: session
-- kind: query
-- columns: session_id, ts, daemon, kind, model, provider, duration_ms, source_file
-- tags: quality
SELECT session_id, ts, daemon, kind, model, provider, duration_ms, source_file
FROM sessions
WHERE final_verdict = 'accepted' AND iterations = 1
ORDER BY ts DESC NULLS LAST, session_id, daemon, source_file, kind, model, provider, duration_ms
