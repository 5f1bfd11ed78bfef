// A record of a log as a row of its view, as far as its line can say it: fields named as in SQL, so that a record and a row are told in the same words.
import { JsonText, type Value } from '../result.ts';
import { families } from '../schema/facts.ts';
import type { JsonValue } from '../schema/family.ts';
import type { EntryState, EntryType } from './entry.ts';
import type { ViewRow } from './gather.ts';
import type { RecordItem } from './item.ts';

export interface RecordRow {
  type: EntryType;
  row: ViewRow;
  state: EntryState;
  durationMs: number | null;
}

/** Null for a record of no known family or version. */
export function rowOf({ family, known, record }: RecordItem): RecordRow | null {
  const facts = families.find(({ name }) => name === family);
  if (facts === undefined || !known) return null;
  const row: Record<string, Value> = {};
  for (const { wire, name, kind } of facts.columns) {
    const value = Object.hasOwn(record, wire) ? record[wire] : undefined;
    if (value !== undefined && value !== null) row[name] = cellOf(value, kind === 'json');
  }
  const durationMs = typeof row.duration_ms === 'number' ? row.duration_ms : null;
  switch (facts.name) {
    case 'session': {
      if (row.grounded_in_roster !== undefined) {
        row.grounded_raw = row.grounded_in_roster;
        row.grounded_in_roster = row.grounded_in_roster === true || row.grounded_in_roster === 'true';
      }
      row.error = lastError(record.attempts);
      return { type: 'session', row, durationMs, state: row.final_verdict === 'accepted' ? 'ok' : 'error' };
    }
    case 'observer': {
      if (row.success === 'true' || row.success === 'false') row.success = row.success === 'true';
      return {
        type: 'op',
        row,
        durationMs,
        state: row.success === true ? 'ok' : row.success === false ? 'error' : null,
      };
    }
    case 'replay': {
      if (Array.isArray(record.retrieved)) row.retrieved_count = record.retrieved.length;
      return { type: 'replay', row, durationMs, state: null };
    }
    case 'journal': {
      if (row.kind === 'log')
        return {
          type: 'log',
          row,
          durationMs,
          state: row.level === 'error' ? 'error' : row.level === 'warn' ? 'warned' : null,
        };
      const state = row.kind === 'span-open' ? 'open' : row.status === 'ok' ? 'ok' : 'error';
      return { type: 'span', row, durationMs, state };
    }
  }
}

function cellOf(value: Exclude<JsonValue, null>, json: boolean): Value {
  if (typeof value !== 'object') return value;
  const text = jsonTextOf(value);
  return json ? new JsonText(text) : text;
}

/** One that is nested more deeply than the stack can follow (parsing does without) is told by its brackets: no record may end the looking on. */
function jsonTextOf(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? '[…]' : '{…}';
  }
}

/** What the last attempt of a session failed with. */
function lastError(attempts: JsonValue | undefined): Value {
  const last = Array.isArray(attempts) ? attempts.at(-1) : undefined;
  const error = typeof last === 'object' && last !== null && !Array.isArray(last) ? last.error : undefined;
  return typeof error === 'string' ? error : null;
}
