// The SQL of a time line, in two steps. First the narrow one, over id columns only: what is the id, which ids hang together with it, which files hold them. Then
// the rows themselves, all columns, by those ids. The statements are constant text; ids are bound, lists of ids as one JSON text.
import type { Params } from '../engine/engine.ts';
import { nearIdsCompared, timelineIdsMax, timelineRowsMax } from '../limits.ts';
import { idColumns } from './ids.ts';

/** Ids that hang together. trace: a session's or a turn's, which are one name space. around: spans that the others happened in, shown for context. */
export interface Reach {
  trace: readonly string[];
  span: readonly string[];
  around: readonly string[];
  conversation: readonly string[];
  extension: readonly string[];
}

const idsSql = idColumns
  .map(({ view, column, kind }) => `SELECT '${kind}' AS kind, ${column} AS id FROM ${view}`)
  .join(' UNION ALL ');

/** kind, id: what begins with $id, an exact one first. */
export const matchesSql = `SELECT DISTINCT kind, id FROM (${idsSql}) WHERE starts_with(id, $id) ORDER BY id <> $id, id, kind LIMIT 20`;

/** id: those that share a beginning or an end with $id, or hold it; of very many a sample that is always the same. */
export const nearSql = `SELECT DISTINCT id FROM (${idsSql}) WHERE starts_with(id, left($id, 3)) OR ends_with(id, right($id, 3)) OR contains(id, $id) ORDER BY hash(id), id LIMIT ${nearIdsCompared}`;

/** id: a few that exist. */
export const examplesSql = `SELECT id FROM (SELECT session_id AS id, ts FROM sessions UNION ALL SELECT turn_id, ts FROM journal) WHERE id IS NOT NULL GROUP BY id ORDER BY max(ts) DESC NULLS LAST, id LIMIT 3`;

/** node, id: where a conversation's or a task's time line begins. */
export const startsSql = `SELECT DISTINCT 'span' AS node, span_id AS id FROM journal WHERE kind <> 'log' AND conversation_id = $id AND span_id IS NOT NULL
UNION ALL SELECT DISTINCT 'trace', turn_id FROM journal WHERE conversation_id = $id AND turn_id IS NOT NULL
UNION ALL SELECT DISTINCT 'trace', session_id FROM replays WHERE task_id = $id AND session_id IS NOT NULL
ORDER BY ALL LIMIT ${timelineIdsMax + 1}`;

const listed = (name: string) => `(SELECT unnest(from_json($${name}, '["VARCHAR"]')))`;
const inTraces = `session_id IN ${listed('trace')}`;
const isLog = `(span_id IN ${listed('span')} OR turn_id IN ${listed('trace')} OR conversation_id IN ${listed('conversation')} OR extension_id IN ${listed('extension')})`;
const isSpan = `(span_id IN ${listed('span')} OR span_id IN ${listed('around')} OR extension_id IN ${listed('extension')})`;

/** span_id, parent_span_id, trace: every link that one of these ids is an end of. */
export const linksSql = `SELECT DISTINCT span_id, parent_span_id, turn_id AS trace FROM journal
WHERE kind <> 'log' AND span_id IS NOT NULL
  AND (turn_id IN ${listed('trace')} OR span_id IN ${listed('span')} OR span_id IN ${listed('around')} OR parent_span_id IN ${listed('span')})
UNION SELECT span_id, NULL, session_id FROM attempts
WHERE span_id IS NOT NULL AND session_id IS NOT NULL AND (session_id IN ${listed('trace')} OR span_id IN ${listed('span')} OR span_id IN ${listed('around')})
ORDER BY ALL LIMIT ${timelineIdsMax + 1}`;

/** view, source_file, lines: how much there is, and where. */
export const placesSql = `SELECT 'sessions' AS view, source_file, count(*) AS lines FROM sessions WHERE ${inTraces} GROUP BY ALL
UNION ALL SELECT 'ops', source_file, count(*) FROM ops WHERE ${inTraces} GROUP BY ALL
UNION ALL SELECT 'replays', source_file, count(*) FROM replays WHERE ${inTraces} GROUP BY ALL
UNION ALL SELECT 'logs', source_file, count(*) FROM journal WHERE kind = 'log' AND ${isLog} GROUP BY ALL
UNION ALL SELECT 'spans', source_file, count(*) FROM journal WHERE kind <> 'log' AND ${isSpan} GROUP BY ALL
ORDER BY ALL`;

/** The views whose rows make a time line, each with its statement; rows in the order of time. */
export const rowStatements = {
  sessions: rowsSql('sessions', inTraces, 'ts NULLS LAST, session_id, source_file'),
  attempts: rowsSql('attempts', inTraces, 'ts NULLS LAST, session_id, source_file, position'),
  ops: rowsSql('ops', inTraces, 'ts NULLS LAST, endpoint, source_file'),
  spans: rowsSql(
    'spans',
    isSpan,
    'coalesce(started_at, ended_at) NULLS LAST, ended_at DESC NULLS FIRST, span_id, source_file',
  ),
  logs: rowsSql('logs', isLog, 'ts NULLS LAST, source_file, level, msg'),
  replays: rowsSql('replays', inTraces, 'ts NULLS LAST, task_id, source_file'),
} as const;

export type RowView = keyof typeof rowStatements;

function rowsSql(view: string, condition: string, order: string): string {
  return `SELECT * FROM ${view} WHERE ${condition} ORDER BY ${order} LIMIT ${timelineRowsMax + 1}`;
}

/** The ids as the statements take them. */
export function reachParams(reach: Reach): Params {
  return Object.fromEntries(
    Object.entries(reach).map(([node, ids]) => [node, { value: JSON.stringify(ids), type: 'text' as const }]),
  );
}
