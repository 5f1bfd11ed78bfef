// What a process and its child for SQL say to each other, over Node's IPC with structured clones: values arrive as they were sent. Only JSON texts need care, because
// a clone has no class: they travel as String objects, which nothing else is.
import { type Ending, InterruptedError, type Params } from '../engine/engine.ts';
import { type ErrorCode, inOurWords, LakeobsError } from '../errors.ts';
import { JsonText, type ResultColumn, type Row, type ScanSummary, type SourceSummary, type Value } from '../result.ts';
import type { RunOptions } from './run.ts';

/** Options of a run that can be sent: data only. */
export type SentOptions = Omit<RunOptions, 'signal' | 'onProgress' | 'onScan' | 'leaving' | 'unplanned'>;

export type ToChild =
  | { type: 'run'; id: number; sql: string; params: Params; options: SentOptions; limit: number; held: boolean }
  /** The rows sent last were taken. */
  | { type: 'taken'; id: number }
  | { type: 'cancel'; id: number };

export type FromChild = { id: number } & (
  | { type: 'progress'; what: string; done: number; total: number }
  | { type: 'columns'; columns: readonly ResultColumn[] }
  | { type: 'rows'; rows: unknown }
  | {
      type: 'done';
      more: number;
      counted: boolean;
      scanned: ScanSummary;
      sources: readonly SourceSummary[];
      ms: number;
    }
  | { type: 'failed'; error: SentError }
);

/** A LakeobsError without its class. */
export interface SentError {
  code: ErrorCode;
  message: string;
  hint: string | undefined;
  path: string | undefined;
  line: number | undefined;
  byteOffset: number | undefined;
  by: Ending | null;
}

export function sentError(thrown: unknown): SentError {
  const error = inOurWords(thrown);
  const known =
    error instanceof LakeobsError
      ? error
      : new LakeobsError('internal', error instanceof Error ? error.message : String(error));
  const { code, message, hint, path, line, byteOffset, cause } = known;
  return { code, message, hint, path, line, byteOffset, by: cause instanceof InterruptedError ? cause.by : null };
}

export function receivedError({ code, message, hint, path, line, byteOffset, by }: SentError): LakeobsError {
  return new LakeobsError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(path === undefined ? {} : { path }),
    ...(line === undefined ? {} : { line }),
    ...(byteOffset === undefined ? {} : { byteOffset }),
    ...(by === null ? {} : { cause: new InterruptedError(by) }),
  });
}

/** Rows as they are sent. */
export function sentRows(rows: readonly Row[]): unknown {
  return rows.map((row) => row.map(sentValue));
}

/** Rows as they were before. */
export function receivedRows(rows: unknown): Row[] {
  return (rows as unknown[][]).map((row) => row.map(receivedValue));
}

function sentValue(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof JsonText) return new String(value.text);
  if (Array.isArray(value)) return value.map(sentValue);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sentValue(member)]));
}

function receivedValue(value: unknown): Value {
  if (typeof value !== 'object' || value === null) return value as Value;
  if (value instanceof String) return new JsonText(value.toString());
  if (Array.isArray(value)) return value.map(receivedValue);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, receivedValue(member)]));
}
