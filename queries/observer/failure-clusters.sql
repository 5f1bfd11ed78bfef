-- title: Failures that look alike
-- description: Failed operations with the same sig_hash, at least n of them, most frequent first. endpoint and error are one example each; rescued counts rescues that succeeded. Failures without a sig_hash belong to no cluster.
-- family: observer
-- kind: query
-- param: n int = 3
-- columns: sig_hash, failures, endpoints, endpoint, error, rescued, first_ts, last_ts
-- tags: failures
SELECT
  sig_hash,
  count(*) AS failures,
  count(DISTINCT endpoint) AS endpoints,
  min(endpoint) AS endpoint,
  min(error) AS error,
  count(CASE WHEN rescue_succeeded = true THEN 1 END) AS rescued,
  min(ts) AS first_ts,
  max(ts) AS last_ts
FROM ops
WHERE success = false AND sig_hash IS NOT NULL
GROUP BY sig_hash
HAVING count(*) >= $n
ORDER BY failures DESC, sig_hash
