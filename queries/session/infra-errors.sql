-- title: Sessions ended by the infrastructure
-- description: Sessions with the verdict infra_error, newest first, with the error of their last infra_error attempt. iterations counts the attempts made before.
-- family: session
-- kind: query
-- columns: session_id, ts, daemon, kind, model, provider, iterations, error, duration_ms, source_file
-- tags: infrastructure
WITH failed AS (
  SELECT
    session_id, ts, daemon, source_file, error,
    row_number() OVER (PARTITION BY session_id, ts, daemon, source_file ORDER BY position DESC, error) AS from_end
  FROM attempts
  WHERE verdict_kind = 'infra_error'
)
SELECT s.session_id, s.ts, s.daemon, s.kind, s.model, s.provider, s.iterations, f.error, s.duration_ms, s.source_file
FROM sessions AS s
LEFT JOIN failed AS f
  ON f.from_end = 1
  AND f.source_file = s.source_file
  AND f.session_id IS NOT DISTINCT FROM s.session_id
  AND f.daemon IS NOT DISTINCT FROM s.daemon
  AND f.ts IS NOT DISTINCT FROM s.ts
WHERE s.final_verdict = 'infra_error'
ORDER BY s.ts DESC NULLS LAST, s.session_id, s.daemon, s.source_file, s.kind, s.model, s.provider, s.iterations, s.duration_ms
