// From rows of views to moments: when each began and ended, and how it went. Pure.
import type { Value } from '../result.ts';
import type { EntryState, EntryType, Moment } from './entry.ts';
import type { ViewRow } from './gather.ts';

/** The moment of a row. An attempt has no time of its own: it gets the one of its span, where there is one (tree.ts). */
export function momentOf(type: EntryType, row: ViewRow): Moment {
  const durationMs = typeof row.duration_ms === 'number' ? row.duration_ms : null;
  const state = stateOf(type, row);
  if (type === 'attempt') return { type, row, startMs: null, endMs: null, durationMs: null, state };
  if (type === 'log') {
    const at = msOf(row.ts);
    return { type, row, startMs: at, endMs: at, durationMs: null, state };
  }
  if (type === 'span') {
    const endMs = msOf(row.ended_at);
    const startMs = msOf(row.started_at) ?? began(endMs, durationMs);
    return { type, row, startMs, endMs, durationMs, state };
  }
  const endMs = msOf(row.ts);
  return { type, row, startMs: began(endMs, durationMs), endMs, durationMs, state };
}

function began(endMs: number | null, durationMs: number | null): number | null {
  return endMs === null ? null : endMs - Math.max(0, durationMs ?? 0);
}

function msOf(value: Value | undefined): number | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

function stateOf(type: EntryType, row: ViewRow): EntryState {
  switch (type) {
    case 'session':
      return row.final_verdict === null ? null : row.final_verdict === 'accepted' ? 'ok' : 'error';
    case 'attempt':
      return row.verdict_kind === null ? null : row.verdict_kind === 'accepted' ? 'ok' : 'error';
    case 'span':
      return row.status === 'open' || row.status === 'orphan-close' || row.status === 'ok'
        ? row.status
        : row.status === null
          ? null
          : 'error';
    case 'log':
      return row.level === 'error' ? 'error' : row.level === 'warn' ? 'warned' : null;
    case 'op':
      return row.success === null ? null : row.success === true ? 'ok' : 'error';
    case 'replay':
      return null;
  }
}
