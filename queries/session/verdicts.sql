-- title: How sessions end, by daemon, kind and model
-- description: One row per daemon, kind and model. other counts verdicts that are none of the three; accepted_rate leaves out infra_error.
-- family: session
-- kind: query
-- columns: daemon, kind, model, sessions, accepted, max_iter_exhausted, infra_error, other, accepted_rate
-- tags: overview
WITH counted AS (
  SELECT
    daemon, kind, model,
    count(*) AS sessions,
    count(CASE WHEN final_verdict = 'accepted' THEN 1 END) AS accepted,
    count(CASE WHEN final_verdict = 'max_iter_exhausted' THEN 1 END) AS max_iter_exhausted,
    count(CASE WHEN final_verdict = 'infra_error' THEN 1 END) AS infra_error
  FROM sessions
  GROUP BY daemon, kind, model
)
SELECT
  daemon, kind, model, sessions, accepted, max_iter_exhausted, infra_error,
  sessions - accepted - max_iter_exhausted - infra_error AS other,
  CAST(accepted AS DOUBLE) / nullif(sessions - infra_error, 0) AS accepted_rate
FROM counted
ORDER BY daemon NULLS LAST, kind NULLS LAST, model NULLS LAST
