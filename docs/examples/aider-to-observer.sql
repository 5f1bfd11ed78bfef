-- aider's analytics log (aider --analytics-log FILE) as observer ops: one event, one op, nothing left out.
--
--   lakeobs ingest --family observer --map docs/examples/aider-to-observer.sql analytics.jsonl
--
-- An event is {"event": name, "properties": {…}, "user_id": text, "time": seconds since 1970}.
-- It counts as failed when it is an exception, or an exit for another reason than that the work was done or the user wanted to stop.
WITH events AS (
  SELECT
    line,
    json ->> '$.event' AS event,
    json -> '$.properties' AS properties,
    json ->> '$.properties.reason' AS reason,
    json ->> '$.properties.exception' AS exception,
    json ->> '$.user_id' AS user_id,
    CAST(json ->> '$.time' AS DOUBLE) AS seconds
  FROM input
),
judged AS (
  SELECT
    *,
    NOT (
      event LIKE '%exception%'
      OR (
        event = 'exit'
        AND coalesce(reason, '') NOT LIKE 'Completed %'
        AND coalesce(reason, '') NOT LIKE 'Keyboard interrupt%'
        AND coalesce(reason, '') NOT IN ('/exit', 'Control-C', 'Exit flag set', 'GUI session ended', 'Listed models', 'Showed prompts', 'Showed repo map')
      )
    ) AS success
  FROM events
)
SELECT
  to_timestamp(seconds) AS timestamp,
  'aider/' || event AS endpoint,
  'aider' AS source,
  success,
  CASE WHEN CAST(properties AS VARCHAR) <> '{}' THEN CAST(properties AS VARCHAR) END AS input_summary,
  CASE WHEN NOT success THEN coalesce(exception, reason, 'no reason given') END AS error,
  -- Like failures share a signature: failure-clusters counts them.
  CASE WHEN NOT success THEN md5(event || ': ' || coalesce(exception, reason, '')) END AS sig_hash,
  -- Fields the family does not name are kept as they are.
  nullif(properties ->> '$.main_model', 'None') AS model,
  CAST(properties ->> '$.prompt_tokens' AS BIGINT) AS prompt_tokens,
  CAST(properties ->> '$.completion_tokens' AS BIGINT) AS completion_tokens,
  CAST(properties ->> '$.cost' AS DOUBLE) AS cost,
  user_id,
  -- Not stored: says which line a row came from, should it be rejected.
  line AS _line
FROM judged
ORDER BY line
