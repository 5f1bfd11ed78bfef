// The views of family replay: replays, and retrievals, which opens the list of what was retrieved.
import { trimSql } from './casts.ts';
import { createView, factsOf, fieldSql, inRange, rowsOf, selectList, type TimeRange, viewOf } from './select.ts';

const replay = factsOf('replay');

export function replayViews(range: TimeRange): string[] {
  const ts = fieldSql(replay, 'timestamp');
  const shown = inRange(range, ts);
  return [replaysView(ts, shown), retrievalsView(ts, shown)];
}

function replaysView(ts: string, shown: string): string {
  const view = viewOf(replay, 'replays');
  return createView(
    view,
    `SELECT ${selectList(replay, view, {
      ts,
      timestamp: '"timestamp"',
      retrieved_count: `CASE WHEN json_type("retrieved") = 'ARRAY' THEN CAST(json_array_length("retrieved") AS BIGINT) ELSE 0 END`,
    })}\nFROM ${rowsOf('replay', shown)}`,
  );
}

function retrievalsView(ts: string, shown: string): string {
  const view = viewOf(replay, 'retrievals');
  const named = ['id', 'candidate_id', 'worker_id'].map((name) => `nullif(json_extract_string(item, '$.${name}'), '')`);
  return createView(
    view,
    `SELECT ${selectList(replay, view, {
      ts: 'ts',
      timestamp: '"timestamp"',
      position: 'position',
      item_id: trimSql(
        `CASE json_type(item) WHEN 'OBJECT' THEN coalesce(${named.join(', ')}) WHEN 'ARRAY' THEN NULL ELSE json_extract_string(item, '$') END`,
      ),
    })}\nFROM (
  SELECT source_file, "session_id", ts, "timestamp", "task_id", "model", unnest(items) AS item, generate_subscripts(items, 1) AS position
  FROM (
    SELECT source_file, "session_id", ${ts} AS ts, "timestamp", "task_id", "model", json_transform("retrieved", '["JSON"]') AS items
    FROM ${rowsOf('replay', shown)}
  )
)`,
  );
}
