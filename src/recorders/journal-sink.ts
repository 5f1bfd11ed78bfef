// Where journal records go: a log of family journal behind a front that never throws, and the line a record becomes.
import { LakeobsError } from '../errors.ts';
import { lineOf } from '../ndjson/frame.ts';
import type { Log } from '../ndjson/writer.ts';
import { inWireOrder, type JournalRecord, type JsonObject } from '../schema/index.ts';
import { journal } from '../schema/journal.ts';
import { bestEffortLog, type FrontOptions } from './best-effort.ts';

export interface JournalSink extends Log {
  /** False: there is no path, and every call does nothing. */
  readonly enabled: boolean;
  /** Whether records are redacted on their way to the file. */
  readonly redacts: boolean;
}

/**
 * Opens a journal. Direct by default: append returns when the kernel has the line, so a crash of the process loses nothing that was appended.
 * An empty path disables it. Never throws or rejects; what cannot be written is counted (stats().dropped) and warned about at most once a minute.
 */
export function createJournalSink(target: string | undefined | null | FrontOptions): JournalSink {
  const log = bestEffortLog('journal', target);
  const redacts = !(typeof target === 'object' && target !== null && target.redact === false);
  return { ...log, redacts };
}

/**
 * The line of a journal record, without its newline: known fields in wire order, unknown ones behind them, absent (undefined) fields left out. Pure; parses
 * back to the same record, except for what JSON has no words for: NaN and ±Infinity are written as null, half a surrogate pair as U+FFFD.
 * @throws LakeobsError('input') for a cycle or a BigInt.
 */
export function serialize(record: JournalRecord): string {
  const line = lineOf(inWireOrder(journal, record as JsonObject));
  if (typeof line === 'string') return line;
  throw new LakeobsError('input', line.message, { hint: 'Log plain JSON values: no cycles, no BigInt.' });
}
