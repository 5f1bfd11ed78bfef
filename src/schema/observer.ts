// Family `observer`: one row per observed operation (a tool call, a scenario step, a correction). Recognised by its fields, it carries no version tag.
import * as z from 'zod/mini';
import { columnsOf, field } from './columns.ts';
import type { Family, JsonObject } from './family.ts';

export const observerRecord = z.looseObject({
  timestamp: field(z.string().check(z.minLength(1)), 'When the operation ended, RFC 3339.', { kind: 'time' }),
  endpoint: field(z.string().check(z.minLength(1)), 'What was called.'),
  source: field(
    z.string(),
    'Who reported it: mcp (default), scenario, langfuse, overseer_correction, workflow, inbox or other text.',
  ),
  success: field(z.boolean(), 'Whether it worked.'),
  duration_ms: field(z.optional(z.number().check(z.minimum(0))), 'Wall time in milliseconds.'),
  input_summary: field(z.optional(z.string()), 'The input in short.', { wide: true }),
  output_summary: field(z.optional(z.string()), 'The output in short.', { wide: true }),
  error: field(z.optional(z.string()), 'What went wrong.'),
  event_kind: field(z.optional(z.string()), 'Kind of scenario event.'),
  staffer_id: field(z.optional(z.string()), 'Staffer concerned.'),
  role: field(z.optional(z.string()), 'Role concerned.'),
  sig_hash: field(z.optional(z.string()), 'Signature of the operation: like failures share it.'),
  city: field(z.optional(z.string()), 'Place of the scenario.'),
  state: field(z.optional(z.string()), 'State of the scenario.'),
  count: field(z.optional(z.number()), 'How many were asked for.'),
  rescue_attempted: field(z.optional(z.boolean()), 'Whether a rescue was tried.'),
  rescue_succeeded: field(z.optional(z.boolean()), 'Whether the rescue worked.'),
  task_class: field(z.optional(z.string()), 'Class of task.'),
  session_id: field(z.optional(z.string()), 'Session it was done for: joins with `sessions`.'),
});

export type ObserverRecord = z.infer<typeof observerRecord>;

export const observer: Family = {
  name: 'observer',
  title: 'Observed operations',
  doc: 'One row per observed operation.',
  file: 'observer.jsonl',
  recognisedBy: '`endpoint` and `success`',
  record: observerRecord,
  complete: (record: JsonObject, now: Date): JsonObject => ({
    ...record,
    timestamp: record.timestamp ?? now.toISOString(),
    source: record.source ?? 'mcp',
  }),
  columns: columnsOf(observerRecord),
  structural: [
    'timestamp',
    'endpoint',
    'source',
    'event_kind',
    'staffer_id',
    'role',
    'sig_hash',
    'city',
    'state',
    'task_class',
    'session_id',
  ],
  views: [
    {
      name: 'ops',
      doc: 'One row per observed operation.',
      columns: [
        { name: 'ts', type: 'TIMESTAMP WITH TIME ZONE', doc: 'When it ended; NULL when the time cannot be read.' },
        { name: 'timestamp', type: 'VARCHAR', doc: 'The time as written.' },
        { name: 'endpoint', type: 'VARCHAR', doc: 'What was called.' },
        { name: 'source', type: 'VARCHAR', doc: 'Who reported it.' },
        { name: 'success', type: 'BOOLEAN', doc: 'Whether it worked; NULL when neither true nor false was written.' },
        { name: 'duration_ms', type: 'DOUBLE', doc: 'Wall time in milliseconds.' },
        { name: 'input_summary', type: 'VARCHAR', doc: 'The input in short.' },
        { name: 'output_summary', type: 'VARCHAR', doc: 'The output in short.' },
        { name: 'error', type: 'VARCHAR', doc: 'What went wrong.' },
        { name: 'event_kind', type: 'VARCHAR', doc: 'Kind of scenario event.' },
        { name: 'staffer_id', type: 'VARCHAR', doc: 'Staffer concerned.' },
        { name: 'role', type: 'VARCHAR', doc: 'Role concerned.' },
        { name: 'sig_hash', type: 'VARCHAR', doc: 'Signature of the operation.' },
        { name: 'city', type: 'VARCHAR', doc: 'Place of the scenario.' },
        { name: 'state', type: 'VARCHAR', doc: 'State of the scenario.' },
        { name: 'count', type: 'DOUBLE', doc: 'How many were asked for.' },
        { name: 'rescue_attempted', type: 'BOOLEAN', doc: 'Whether a rescue was tried.' },
        { name: 'rescue_succeeded', type: 'BOOLEAN', doc: 'Whether the rescue worked.' },
        { name: 'task_class', type: 'VARCHAR', doc: 'Class of task.' },
        { name: 'session_id', type: 'VARCHAR', doc: 'Session it was done for.' },
        { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path of the file the row is in.' },
      ],
    },
  ],
};
