// The fronts programs call.
export type { BestEffortLog, FrontOptions } from './best-effort.ts';
export type { Attributes, AttributesInput, AttributeValue } from './flat-attributes.ts';
export { createHost, type Host, type HostOptions, type HostStats, type Logger } from './journal-host.ts';
export type { LogCall, LogLevel } from './journal-log.ts';
export type { Bindings, JournalTarget, LogExtras, SpanLink } from './journal-pen.ts';
export { createJournalSink, type JournalSink, serialize } from './journal-sink.ts';
export type { Span, SpanEnd, SpanOptions, SpanStatus } from './journal-span.ts';
export { openLog } from './open-log.ts';
export { createRosterCheck, type RosterCheckOptions, type WorkerId } from './roster-check.ts';
export { SessionLogger, type SessionLoggerOptions } from './session-logger.ts';
export {
  buildSessionRecord,
  type SessionAttempt,
  type SessionInput,
  type SessionKind,
  type VerdictKind,
} from './session-record.ts';
