// The front door `lakeobs/schema`: record families, their schemas and types. Loads zod/mini and nothing else.
export { type Column, type ColumnKind, columnsOf } from './columns.ts';
export { families, familyNames, familyOf } from './families.ts';
export {
  type Family,
  type FamilyName,
  inWireOrder,
  type JsonObject,
  type JsonValue,
  type View,
  type ViewColumn,
} from './family.ts';
export { mintId, mintSpanId } from './ids.ts';
export { type JournalRecord, journalRecord } from './journal.ts';
export { type ObserverRecord, observerRecord } from './observer.ts';
export { type Recognised, recognise } from './recognise.ts';
export { REPLAY_SCHEMA, type ReplayRecord, replayRecord } from './replay.ts';
export { SESSION_SCHEMA, type SessionRecord, sessionAttempt, sessionRecord } from './session.ts';
export { describeIssues, type Validated, validateRecord } from './validate.ts';
