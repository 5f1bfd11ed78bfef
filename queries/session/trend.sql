-- title: First-shot rate by day and model
-- description: first-shot, one row per day and model, oldest day first. Days are UTC unless --tz says otherwise; sessions without a readable time stand last, without a day.
-- family: session
-- kind: query
-- columns: day, model, sessions, judged, first_shot, first_shot_rate
-- tags: quality, trend
-- chart: line x=day y=first_shot_rate series=model
WITH dated AS (
  SELECT CAST(ts AS DATE) AS day, model, final_verdict, iterations
  FROM sessions
),
counted AS (
  SELECT
    day, model,
    count(*) AS sessions,
    count(CASE WHEN final_verdict IS DISTINCT FROM 'infra_error' THEN 1 END) AS judged,
    count(CASE WHEN final_verdict = 'accepted' AND iterations = 1 THEN 1 END) AS first_shot
  FROM dated
  GROUP BY day, model
)
SELECT day, model, sessions, judged, first_shot, CAST(first_shot AS DOUBLE) / nullif(judged, 0) AS first_shot_rate
FROM counted
ORDER BY day NULLS LAST, model NULLS LAST
