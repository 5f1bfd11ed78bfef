// A time line as data: one document, or one row per entry for the formats that print tables.
import type { Row, ScanSummary, Table } from '../result.ts';
import type { Entry, Timeline } from '../timeline/entry.ts';
import { wordsOf } from '../timeline/words.ts';
import { jsonOf } from './json-text.ts';

/** `lakeobs.timeline.v1`; the field order is the printed order. */
export function timelineJson(timeline: Timeline, scanned: ScanSummary): string {
  const { id, kinds, startMs, endMs, entries, more, whole } = timeline;
  const head = {
    schema: 'lakeobs.timeline.v1',
    id,
    kinds,
    started_at: instant(startMs),
    ended_at: instant(endMs),
    complete: whole && Object.values(more).every((rows) => rows === 0),
    more,
    scanned: { ...scanned },
  };
  const fields = Object.entries(head).map(([name, value]) => `${jsonOf(name)}: ${jsonOf(value)}`);
  const listed = entries.map((entry) => `    ${entryJson(entry, startMs)}`).join(',\n');
  return `{\n  ${fields.join(',\n  ')},\n  "entries": [${listed === '' ? '' : `\n${listed}\n  `}]\n}\n`;
}

/** One entry a line. */
export function timelineJsonl({ entries, startMs }: Timeline): string {
  return entries.map((entry) => `${entryJson(entry, startMs)}\n`).join('');
}

function entryJson(entry: Entry, startMs: number | null): string {
  return jsonOf({
    type: entry.type,
    depth: entry.depth,
    parent: entry.parent,
    started_at: instant(entry.startMs),
    ended_at: instant(entry.endMs),
    offset_ms: offset(entry, startMs),
    duration_ms: entry.durationMs,
    state: entry.state,
    context: entry.context,
    circular: entry.circular,
    row: { ...entry.row },
  });
}

/** One row per entry, for tables and Markdown. */
export function timelineTable({ entries, startMs }: Timeline): Table {
  const columns = [
    ['started_at', 'TIMESTAMP WITH TIME ZONE'],
    ['offset_ms', 'DOUBLE'],
    ['duration_ms', 'DOUBLE'],
    ['depth', 'BIGINT'],
    ['type', 'VARCHAR'],
    ['state', 'VARCHAR'],
    ['what', 'VARCHAR'],
    ['details', 'VARCHAR'],
  ].map(([name, type]) => ({ name: name!, type: type! }));
  const rows = entries.map((entry): Row => {
    const { pieces, details } = wordsOf(entry.type, entry.row);
    return [
      instant(entry.startMs),
      offset(entry, startMs),
      entry.durationMs,
      entry.depth,
      entry.type,
      entry.state,
      pieces.map(({ text }) => text).join(' '),
      details.length === 0 ? null : details.map(({ label, text }) => `${label}: ${text}`).join(' · '),
    ];
  });
  return { columns, rows };
}

function offset({ startMs: at }: Entry, startMs: number | null): number | null {
  return at === null || startMs === null ? null : at - startMs;
}

function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
