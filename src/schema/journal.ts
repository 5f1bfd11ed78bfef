// Family `journal`: structured logs and spans of a host and its extensions. A span is two lines, open and close, so that a crash leaves the open one.
import * as z from 'zod/mini';
import { columnsOf, field } from './columns.ts';
import type { Family, JsonObject, ViewColumn } from './family.ts';

export const journalKinds = ['log', 'span-open', 'span-close'] as const;
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export const spanStatuses = ['ok', 'error'] as const;

const attributeValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const link = z.looseObject({
  spanId: field(z.string(), 'Span linked to.'),
  turnId: field(z.optional(z.string()), 'Turn of that span.'),
  reason: field(z.optional(z.string()), 'Why they are linked.'),
});

export const journalRecord = z
  .looseObject({
    kind: field(z.enum(journalKinds), 'log, span-open or span-close.'),
    extensionId: field(z.string().check(z.minLength(1)), 'Who wrote it; stamped by the host.'),
    timestamp: field(z.number(), 'Milliseconds since 1970.', { kind: 'epoch-ms' }),
    conversationId: field(z.optional(z.string()), 'Conversation.'),
    turnId: field(z.optional(z.string()), 'Turn of the conversation.'),
    spanId: field(z.optional(z.string()), 'The span itself, or the span a log was written in.'),
    parentSpanId: field(z.optional(z.string()), 'Span around it.'),
    level: field(z.optional(z.enum(logLevels)), 'log: debug, info, warn, error.'),
    msg: field(z.optional(z.string()), 'log: the message.'),
    name: field(z.optional(z.string()), 'span: what was done.'),
    durationMs: field(z.optional(z.number().check(z.minimum(0))), 'span-close: wall time in milliseconds.'),
    status: field(z.optional(z.enum(spanStatuses)), 'span-close: ok or error.'),
    attributes: field(z.optional(z.record(z.string(), attributeValue)), 'Flat: text, number, boolean or null.', {
      wide: true,
    }),
    links: field(z.optional(z.array(link)), 'Links to other spans.'),
    body: field(z.optional(z.string()), 'Large verbatim text.', { wide: true }),
  })
  .check((context) => {
    const record = context.value as JsonObject;
    for (const name of neededBy[record.kind as string] ?? [])
      if (record[name] === undefined)
        context.issues.push({ code: 'custom', input: record, path: [name], message: `a ${record.kind} needs ${name}` });
  });

/** Wire fields a record must have beyond the common ones, by its kind. */
export const neededBy: Readonly<Record<string, readonly string[]>> = {
  log: ['level', 'msg'],
  'span-open': ['spanId', 'name'],
  'span-close': ['spanId', 'name', 'durationMs', 'status'],
};

export type JournalRecord = z.infer<typeof journalRecord>;

const common: readonly ViewColumn[] = [
  { name: 'extension_id', type: 'VARCHAR', doc: 'Who wrote it.' },
  { name: 'conversation_id', type: 'VARCHAR', doc: 'Conversation.' },
  { name: 'turn_id', type: 'VARCHAR', doc: 'Turn of the conversation.' },
  { name: 'span_id', type: 'VARCHAR', doc: 'The span itself, or the span a log was written in.' },
  { name: 'parent_span_id', type: 'VARCHAR', doc: 'Span around it.' },
];
const logOnly: readonly ViewColumn[] = [
  { name: 'level', type: 'VARCHAR', doc: 'debug, info, warn, error, or what the writer said.' },
  { name: 'msg', type: 'VARCHAR', doc: 'The message.' },
];
const attributes: ViewColumn = { name: 'attributes', type: 'JSON', doc: 'Attributes as written.' };
const sourceFile: ViewColumn = {
  name: 'source_file',
  type: 'VARCHAR',
  doc: 'Absolute path of the file the row is in.',
};

export const journal: Family = {
  name: 'journal',
  title: 'Logs and spans',
  doc: 'Structured logs and spans of a host and its extensions.',
  file: 'journal.jsonl',
  recognisedBy: '`kind` in log, span-open, span-close and `extensionId`',
  record: journalRecord,
  complete: (record: JsonObject, now: Date): JsonObject => ({
    ...record,
    timestamp: record.timestamp ?? now.getTime(),
  }),
  columns: columnsOf(journalRecord),
  structural: [
    'kind',
    'extensionId',
    'timestamp',
    'conversationId',
    'turnId',
    'spanId',
    'parentSpanId',
    'level',
    'name',
    'status',
  ],
  views: [
    {
      name: 'journal',
      doc: 'One row per line: logs, opens and closes as written.',
      columns: [
        { name: 'kind', type: 'VARCHAR', doc: 'log, span-open, span-close.' },
        {
          name: 'ts',
          type: 'TIMESTAMP WITH TIME ZONE',
          doc: 'When it was written; NULL when the time cannot be read.',
        },
        { name: 'timestamp', type: 'VARCHAR', doc: 'The time as written.' },
        ...logOnly,
        ...common,
        { name: 'name', type: 'VARCHAR', doc: 'span: what was done.' },
        { name: 'status', type: 'VARCHAR', doc: 'span-close: ok or error.' },
        { name: 'started_at', type: 'TIMESTAMP WITH TIME ZONE', doc: 'span-open: its time.' },
        { name: 'ended_at', type: 'TIMESTAMP WITH TIME ZONE', doc: 'span-close: its time.' },
        { name: 'duration_ms', type: 'DOUBLE', doc: 'span-close: wall time in milliseconds.' },
        attributes,
        { name: 'links', type: 'JSON', doc: 'Links to other spans.' },
        { name: 'has_body', type: 'BOOLEAN', doc: 'Whether a verbatim body was written.' },
        sourceFile,
      ],
    },
    {
      name: 'logs',
      doc: 'One row per log line.',
      columns: [
        {
          name: 'ts',
          type: 'TIMESTAMP WITH TIME ZONE',
          doc: 'When it was written; NULL when the time cannot be read.',
        },
        { name: 'timestamp', type: 'VARCHAR', doc: 'The time as written.' },
        ...logOnly,
        ...common,
        attributes,
        sourceFile,
      ],
    },
    {
      name: 'spans',
      doc: 'One row per span: its open joined with its close.',
      columns: [
        { name: 'span_id', type: 'VARCHAR', doc: 'Span id.' },
        { name: 'parent_span_id', type: 'VARCHAR', doc: 'Span around it.' },
        { name: 'name', type: 'VARCHAR', doc: 'What was done.' },
        {
          name: 'status',
          type: 'VARCHAR',
          doc: 'ok, error, or what the close said; open: never closed (crash evidence); orphan-close: a close without an open.',
        },
        { name: 'started_at', type: 'TIMESTAMP WITH TIME ZONE', doc: 'Time of the open; NULL for an orphan-close.' },
        { name: 'ended_at', type: 'TIMESTAMP WITH TIME ZONE', doc: 'Time of the close.' },
        {
          name: 'duration_ms',
          type: 'DOUBLE',
          doc: 'As the close says; when it does not, the time between open and close; NULL while open.',
        },
        { name: 'extension_id', type: 'VARCHAR', doc: 'Who wrote it.' },
        { name: 'conversation_id', type: 'VARCHAR', doc: 'Conversation.' },
        { name: 'turn_id', type: 'VARCHAR', doc: 'Turn of the conversation.' },
        { ...attributes, doc: 'Attributes of the close, else of the open.' },
        { name: 'links', type: 'JSON', doc: 'Links of the close, else of the open.' },
        { name: 'has_body', type: 'BOOLEAN', doc: 'Whether a verbatim body was written with the open or the close.' },
        { name: 'started_at_raw', type: 'VARCHAR', doc: 'Time of the open as written.' },
        { name: 'ended_at_raw', type: 'VARCHAR', doc: 'Time of the close as written.' },
        { ...sourceFile, doc: 'File of the open; of the close for an orphan-close.' },
      ],
    },
  ],
};
