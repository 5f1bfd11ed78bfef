// The front door `lakeobs/writer`: what programs need to write records, and nothing that asks questions of them. Importing it never loads DuckDB.

export { type ErrorCode, type ErrorDetails, EXIT, LakeobsError } from './errors.ts';
export * as limits from './limits.ts';
export type { LogEvent } from './ndjson/report.ts';
export type { Keep } from './ndjson/retention.ts';
export type { SyncPolicy } from './ndjson/sync.ts';
export type { Log, LogOptions, LogStats } from './ndjson/writer.ts';
export * from './recorders/index.ts';
export * from './redact/index.ts';
export type { Drop, DropReason } from './result.ts';
export * from './schema/index.ts';
