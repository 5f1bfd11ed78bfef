-- title: How many attempts sessions need
-- description: Histogram of iterations: 1 is a first shot, 0 an infrastructure failure before the first attempt. share is the part of all sessions.
-- family: session
-- kind: query
-- columns: iterations, sessions, accepted, max_iter_exhausted, infra_error, share
-- tags: quality, overview
-- chart: bar x=iterations y=sessions
SELECT
  iterations,
  count(*) AS sessions,
  count(CASE WHEN final_verdict = 'accepted' THEN 1 END) AS accepted,
  count(CASE WHEN final_verdict = 'max_iter_exhausted' THEN 1 END) AS max_iter_exhausted,
  count(CASE WHEN final_verdict = 'infra_error' THEN 1 END) AS infra_error,
  CAST(count(*) AS DOUBLE) / (SELECT count(*) FROM sessions) AS share
FROM sessions
GROUP BY iterations
ORDER BY iterations NULLS LAST
