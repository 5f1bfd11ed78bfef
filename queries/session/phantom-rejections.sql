-- title: Sessions in which the validator caught an unknown worker
-- description: Sessions with a validation_failed whose error says that a worker (candidate, staffer, employee) is unknown, not found, does not exist, is phantom or invented, or is not in the roster. Told by these English words: another wording is not found. ids are the words of those errors that look like ids (letters with digits, or a number behind worker, candidate, staffer, employee, id); NULL when none does.
-- family: session
-- kind: query
-- columns: session_id, ts, daemon, kind, model, rejections, ids, last_error, source_file
-- tags: grounding, quality
WITH rejected AS (
  SELECT session_id, ts, daemon, kind, model, source_file, position, error, lower(error) AS said
  FROM attempts
  WHERE verdict_kind = 'validation_failed' AND error IS NOT NULL
),
caught AS (
  SELECT
    session_id, ts, daemon, kind, model, source_file, position, error,
    -- Keeps what looks like an id, one blank behind each; drops everything else.
    nullif(trim(regexp_replace(
      error,
      '(?s).*?(?:\b([0-9]*[A-Za-z][A-Za-z_-]*[0-9][A-Za-z0-9_-]*|[0-9][0-9_-]*[A-Za-z][A-Za-z0-9_-]*)|(?:[Ww]orker|[Cc]andidate|[Ss]taffer|[Ee]mployee|_id|\bid|\bID)s?[^A-Za-z0-9]{1,3}([0-9]+)\b)|.+',
      '\1\2 ',
      'g'
    )), '') AS ids,
    first_value(error) OVER (PARTITION BY session_id, ts, daemon, kind, model, source_file ORDER BY position DESC, error) AS last_error
  FROM rejected
  WHERE regexp_replace(
    said,
    '(unknown|no such)( or [a-z]+)?( roster)? (worker|candidate|staffer|employee)s?|\b(worker|candidate|staffer|employee)s? (is |was |are |were )?(not found|unknown($|[^a-z0-9 ])|(does|do) not exist|(doesn|don).t exist)|\b(worker|candidate|staffer|employee)s?[^ ;]* [^ ;]+( (id|ids|with|and|or|named|is|are|was|were|does|do|could|can|be|[^ ;]*[0-9\"<>`][^ ;]*))* (unknown($|[^a-z0-9 ]| to| id)|not (be )?found|not exist|(doesn|don).t exist|not (a )?known|not recogni[sz]ed|nonexistent|non-existent|invented|hallucinated|fabricated)|(\bnot|n.t|never)( [^ ;]+){0,3} (in|on|of|from|to)( [^ ;]+){0,2} roster|\b(absent|missing|outside|off)( from| of)?( [^ ;]+){0,2} roster|(phantom|hallucinated|invented|fabricated|made-up)( [^ ;]+)? ((worker|candidate|staffer|employee)s?|ids?)\b',
    ''
  ) <> said
)
SELECT
  session_id, ts, daemon, kind, model,
  count(DISTINCT position) AS rejections,
  string_agg(DISTINCT ids, ' ' ORDER BY ids) AS ids,
  last_error, source_file
FROM caught
GROUP BY session_id, ts, daemon, kind, model, last_error, source_file
ORDER BY ts NULLS LAST, session_id, daemon, source_file, kind, model
