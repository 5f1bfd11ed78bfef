// Family `replay`: one row per task of the replay tool, a sibling of session joined by session_id.
import * as z from 'zod/mini';
import { columnsOf, field } from './columns.ts';
import type { Family, JsonObject } from './family.ts';
import { mintId } from './ids.ts';

export const REPLAY_SCHEMA = 'replay.run.v1';

export const replayRecord = z.looseObject({
  schema: field(z.literal(REPLAY_SCHEMA), 'Version tag of the record.'),
  session_id: field(z.string().check(z.minLength(1)), 'Session replayed: joins with `sessions`.'),
  timestamp: field(z.string().check(z.minLength(1)), 'When the task ended, RFC 3339.', { kind: 'time' }),
  task_id: field(z.optional(z.string()), 'Task.'),
  model: field(z.optional(z.string()), 'Model used.'),
  retrieved: field(z.optional(z.array(z.unknown())), 'What retrieval returned: a list of ids or of objects.'),
  output: field(z.optional(z.unknown()), 'What came out.', { kind: 'text', wide: true }),
  score: field(z.optional(z.number()), 'Score of the output.'),
  duration_ms: field(z.optional(z.number().check(z.minimum(0))), 'Wall time in milliseconds.'),
});

export type ReplayRecord = z.infer<typeof replayRecord>;

export const replay: Family = {
  name: 'replay',
  title: 'Replay runs',
  doc: 'One row per task of the replay tool.',
  file: 'replay.jsonl',
  tag: 'replay.run',
  version: 1,
  recognisedBy: '`schema` = `replay.run.v1`',
  record: replayRecord,
  complete: (record: JsonObject, now: Date): JsonObject => ({
    ...record,
    schema: record.schema ?? REPLAY_SCHEMA,
    session_id: record.session_id ?? mintId(now.getTime()),
    timestamp: record.timestamp ?? now.toISOString(),
  }),
  columns: columnsOf(replayRecord),
  structural: ['schema', 'session_id', 'timestamp', 'task_id', 'model'],
  views: [
    {
      name: 'replays',
      doc: 'One row per replayed task.',
      columns: [
        { name: 'session_id', type: 'VARCHAR', doc: 'Session replayed.' },
        { name: 'ts', type: 'TIMESTAMP WITH TIME ZONE', doc: 'When it ended; NULL when the time cannot be read.' },
        { name: 'timestamp', type: 'VARCHAR', doc: 'The time as written.' },
        { name: 'schema', type: 'VARCHAR', doc: 'Version tag.' },
        { name: 'task_id', type: 'VARCHAR', doc: 'Task.' },
        { name: 'model', type: 'VARCHAR', doc: 'Model used.' },
        { name: 'retrieved', type: 'JSON', doc: 'What retrieval returned.' },
        { name: 'retrieved_count', type: 'BIGINT', doc: 'Items retrieved; 0 when absent or not a list.' },
        { name: 'output', type: 'VARCHAR', doc: 'What came out; JSON text when it was not text.' },
        { name: 'score', type: 'DOUBLE', doc: 'Score of the output.' },
        { name: 'duration_ms', type: 'DOUBLE', doc: 'Wall time in milliseconds.' },
        { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path of the file the row is in.' },
      ],
    },
    {
      name: 'retrievals',
      doc: 'One row per item retrieved for a replayed task.',
      columns: [
        { name: 'session_id', type: 'VARCHAR', doc: 'Session replayed.' },
        { name: 'ts', type: 'TIMESTAMP WITH TIME ZONE', doc: 'Time of the replay.' },
        { name: 'timestamp', type: 'VARCHAR', doc: 'That time as written.' },
        { name: 'task_id', type: 'VARCHAR', doc: 'Task.' },
        { name: 'model', type: 'VARCHAR', doc: 'Model used.' },
        { name: 'position', type: 'BIGINT', doc: '1-based place in `retrieved`.' },
        {
          name: 'item_id',
          type: 'VARCHAR',
          doc: 'The item itself, or its `id`, `candidate_id` or `worker_id`, as trimmed text; NULL when it has none.',
        },
        { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path of the file the row is in.' },
      ],
    },
  ],
};
