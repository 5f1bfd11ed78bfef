// Family `session`: one row per iterate session, a generate → validate → retry loop with its whole retry chain. The field order below is the wire order.
import * as z from 'zod/mini';
import { columnsOf, field } from './columns.ts';
import type { Family, JsonObject } from './family.ts';
import { mintId } from './ids.ts';

export const SESSION_SCHEMA = 'session.iterate.v1';
export const sessionKinds = ['fill', 'email', 'playbook'] as const;
const finalVerdicts = ['accepted', 'max_iter_exhausted', 'infra_error'] as const;
export const verdictKinds = ['no_json', 'validation_failed', 'accepted', 'infra_error'] as const;

export const sessionAttempt = z.looseObject({
  iteration: field(z.int().check(z.minimum(0)), '0-based number of the attempt.'),
  verdict_kind: field(
    z.enum(verdictKinds),
    'What the validator said: no_json, validation_failed, accepted, infra_error.',
  ),
  error: field(z.optional(z.string()), 'The validator’s or the system’s words; never raw model output.'),
  span_id: field(z.optional(z.string()), 'Span of this attempt in the journal.'),
});

export const sessionRecord = z.looseObject({
  schema: field(z.literal(SESSION_SCHEMA), 'Version tag of the record.'),
  session_id: field(z.string().check(z.minLength(1)), 'Trace id: the join key of every family.'),
  timestamp: field(z.string().check(z.minLength(1)), 'When the session ended, RFC 3339, UTC.', { kind: 'time' }),
  daemon: field(z.string().check(z.minLength(1)), 'Which program wrote the row; several may share one file.'),
  kind: field(z.enum(sessionKinds), 'What was generated: fill, email, playbook.'),
  model: field(z.string(), 'Model that generated.'),
  provider: field(z.string(), 'Who served the model.'),
  prompt: field(z.string(), 'The prompt, cut to 4000 code points.', { wide: true }),
  iterations: field(
    z.int().check(z.minimum(0)),
    'Attempts spent: 1 = first shot, 0 = the infrastructure failed before the first.',
  ),
  max_iterations: field(z.int().check(z.minimum(0)), 'Attempts allowed.'),
  final_verdict: field(z.enum(finalVerdicts), 'How it ended: accepted, max_iter_exhausted, infra_error.'),
  attempts: field(z.array(sessionAttempt), 'The retry chain, oldest first; always a list.'),
  artifact: field(z.optional(z.looseObject({})), 'What was accepted.', { wide: true }),
  grounded_in_roster: field(
    z.optional(z.boolean()),
    'On an accepted fill: whether every worker named is in the roster.',
    { kind: 'text' },
  ),
  duration_ms: field(z.number().check(z.minimum(0)), 'Wall time of the whole loop in milliseconds.', {
    kind: 'number',
  }),
});

export type SessionRecord = z.infer<typeof sessionRecord>;

export const session: Family = {
  name: 'session',
  title: 'Iterate sessions',
  doc: 'One row per generate → validate → retry loop, with its whole retry chain.',
  file: 'session.jsonl',
  tag: 'session.iterate',
  version: 1,
  recognisedBy: '`schema` = `session.iterate.v1`',
  record: sessionRecord,
  complete: (record: JsonObject, now: Date): JsonObject => ({
    ...record,
    schema: record.schema ?? SESSION_SCHEMA,
    session_id: record.session_id ?? mintId(now.getTime()),
    timestamp: record.timestamp ?? now.toISOString(),
    daemon: record.daemon ?? 'validatord',
    attempts: record.attempts === undefined ? [] : record.attempts,
  }),
  columns: columnsOf(sessionRecord),
  structural: [
    'schema',
    'session_id',
    'timestamp',
    'daemon',
    'kind',
    'model',
    'provider',
    'final_verdict',
    'iteration',
    'verdict_kind',
    'span_id',
    'candidate_id',
  ],
  views: [
    {
      name: 'sessions',
      doc: 'One row per session.',
      columns: [
        { name: 'session_id', type: 'VARCHAR', doc: 'Trace id.' },
        { name: 'ts', type: 'TIMESTAMP WITH TIME ZONE', doc: 'When it ended; NULL when the time cannot be read.' },
        { name: 'timestamp', type: 'VARCHAR', doc: 'The time as written.' },
        { name: 'schema', type: 'VARCHAR', doc: 'Version tag.' },
        { name: 'daemon', type: 'VARCHAR', doc: 'Which program wrote the row.' },
        { name: 'kind', type: 'VARCHAR', doc: 'fill, email, playbook, or what the writer said.' },
        { name: 'model', type: 'VARCHAR', doc: 'Model that generated.' },
        { name: 'provider', type: 'VARCHAR', doc: 'Who served the model.' },
        { name: 'prompt', type: 'VARCHAR', doc: 'The prompt.' },
        { name: 'iterations', type: 'BIGINT', doc: 'Attempts spent; 1 = first shot.' },
        { name: 'max_iterations', type: 'BIGINT', doc: 'Attempts allowed.' },
        {
          name: 'final_verdict',
          type: 'VARCHAR',
          doc: 'accepted, max_iter_exhausted, infra_error, or what the writer said.',
        },
        { name: 'artifact', type: 'JSON', doc: 'What was accepted.' },
        { name: 'has_artifact', type: 'BOOLEAN', doc: 'Whether there is one; much quicker to read than the artifact.' },
        {
          name: 'grounded_in_roster',
          type: 'BOOLEAN',
          doc: 'true only for JSON true or the text "true"; NULL when absent or null; anything else false.',
        },
        { name: 'grounded_raw', type: 'VARCHAR', doc: 'The flag as written.' },
        { name: 'duration_ms', type: 'DOUBLE', doc: 'Wall time in milliseconds.' },
        { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path of the file the row is in.' },
      ],
    },
    {
      name: 'attempts',
      doc: 'One row per attempt of a session.',
      columns: [
        { name: 'session_id', type: 'VARCHAR', doc: 'Session of the attempt.' },
        { name: 'ts', type: 'TIMESTAMP WITH TIME ZONE', doc: 'Time of the session.' },
        { name: 'daemon', type: 'VARCHAR', doc: 'Which program wrote the row.' },
        { name: 'kind', type: 'VARCHAR', doc: 'Kind of the session.' },
        { name: 'model', type: 'VARCHAR', doc: 'Model that generated.' },
        {
          name: 'position',
          type: 'BIGINT',
          doc: '1-based place in the chain; an entry that is not an object keeps its place as a row of NULLs.',
        },
        { name: 'iteration', type: 'BIGINT', doc: '0-based number as written.' },
        {
          name: 'verdict_kind',
          type: 'VARCHAR',
          doc: 'no_json, validation_failed, accepted, infra_error, or what the writer said.',
        },
        { name: 'error', type: 'VARCHAR', doc: 'Words of the validator or the system.' },
        { name: 'span_id', type: 'VARCHAR', doc: 'Span of the attempt in the journal.' },
        { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path of the file the row is in.' },
      ],
    },
    {
      name: 'fills',
      doc: 'One row per entry of `artifact.fills` of an accepted fill.',
      columns: [
        { name: 'session_id', type: 'VARCHAR', doc: 'Session of the fill.' },
        { name: 'ts', type: 'TIMESTAMP WITH TIME ZONE', doc: 'Time of the session.' },
        { name: 'daemon', type: 'VARCHAR', doc: 'Which program wrote the row.' },
        { name: 'position', type: 'BIGINT', doc: '1-based place in `artifact.fills`.' },
        {
          name: 'worker_id',
          type: 'VARCHAR',
          doc: '`candidate_id` as trimmed text, a number by its decimal text; NULL for an entry without one.',
        },
        { name: 'grounded_in_roster', type: 'BOOLEAN', doc: 'As in sessions.' },
        { name: 'grounded_raw', type: 'VARCHAR', doc: 'As in sessions.' },
        {
          name: 'artifact_md5',
          type: 'VARCHAR',
          doc: 'Hash of the artifact as read: tells entries of two records apart that share everything else.',
        },
        { name: 'source_file', type: 'VARCHAR', doc: 'Absolute path of the file the row is in.' },
      ],
    },
  ],
};
