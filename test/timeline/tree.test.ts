import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/timeline/entry.ts';
import type { Gathered, ViewRow } from '../../src/timeline/gather.ts';
import { timelineOf } from '../../src/timeline/tree.ts';

type Rows = Partial<Gathered['rows']>;

function line(rows: Rows, around: readonly string[] = []): readonly Entry[] {
  const all = { sessions: [], attempts: [], ops: [], spans: [], logs: [], replays: [], ...rows };
  const more = { sessions: 0, attempts: 0, ops: 0, spans: 0, logs: 0, replays: 0 };
  return timelineOf('x', { id: 'x', kinds: [], rows: all, more, around: new Set(around), whole: true }).entries;
}

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
const span = (id: string, from: number, to: number | null, fields: ViewRow = {}): ViewRow => ({
  span_id: id,
  parent_span_id: null,
  turn_id: null,
  name: id,
  status: to === null ? 'open' : 'ok',
  started_at: at(from),
  ended_at: to === null ? null : at(to),
  duration_ms: to === null ? null : to - from,
  ...fields,
});
const session = (id: string, end: number, took: number, fields: ViewRow = {}): ViewRow => ({
  session_id: id,
  ts: at(end),
  duration_ms: took,
  final_verdict: 'accepted',
  source_file: '/f',
  ...fields,
});
const attempt = (id: string, end: number, position: number, span_id: string | null = null): ViewRow => ({
  session_id: id,
  ts: at(end),
  source_file: '/f',
  position,
  verdict_kind: 'accepted',
  span_id,
});

/** `session s` with two blanks a level. */
const shape = (entries: readonly Entry[]) =>
  entries.map(
    ({ type, depth, row }) =>
      `${'  '.repeat(depth)}${type} ${String(row.span_id && type === 'span' ? row.span_id : (row.position ?? row.session_id ?? row.msg ?? row.endpoint))}`,
  );

describe('the tree of a session', () => {
  it('has attempts in front of their spans, inside the span around them, and logs in their span', () => {
    const entries = line({
      sessions: [session('s', 1_000, 1_000)],
      attempts: [attempt('s', 1_000, 1, 'a1'), attempt('s', 1_000, 2, 'a2')],
      spans: [
        span('root', 0, 990, { turn_id: 's' }),
        span('a1', 10, 400, { turn_id: 's', parent_span_id: 'root' }),
        span('a2', 410, 900, { turn_id: 's', parent_span_id: 'root' }),
      ],
      logs: [{ ts: at(20), span_id: 'a1', msg: 'hello', level: 'info', turn_id: 's' }],
    });
    expect(shape(entries)).toEqual([
      'session s',
      '  span root',
      '    attempt 1',
      '      span a1',
      '        log hello',
      '    attempt 2',
      '      span a2',
    ]);
    expect(entries[2]).toMatchObject({ durationMs: 390, state: 'ok', parent: 1 });
  });

  it('stands inside the span it began in, when that is not its own', () => {
    const entries = line(
      {
        sessions: [session('s', 1_000, 900)],
        attempts: [attempt('s', 1_000, 1, 'a1')],
        spans: [
          span('outer', 0, 2_000),
          span('a1', 110, 900, { parent_span_id: 'outer' }),
          span('tool', 120, 130, { parent_span_id: 'a1' }),
        ],
      },
      ['outer'],
    );
    expect(shape(entries)).toEqual([
      'span outer',
      '  session s',
      '    attempt 1',
      '      span a1',
      '        span tool',
    ]);
    expect(entries[0]!.context).toBe(true);
  });

  it('keeps the chain of attempts in order where only some have a span, and in front where none has', () => {
    const rows = (spans: readonly ViewRow[], spanOfFirst: string | null) =>
      shape(
        line({
          sessions: [session('s', 1_000, 1_000)],
          attempts: [attempt('s', 1_000, 1, spanOfFirst), attempt('s', 1_000, 2)],
          ops: [{ session_id: 's', ts: at(100), duration_ms: 10, endpoint: '/op', success: true }],
          spans,
        }),
      );
    expect(rows([], null)).toEqual(['session s', '  attempt 1', '  attempt 2', '  op s']);
    expect(rows([span('a1', 500, 600)], 'a1')).toEqual([
      'session s',
      '  op s',
      '  attempt 1',
      '    span a1',
      '  attempt 2',
    ]);
  });

  it('gives each of two records of one id its own attempts', () => {
    const entries = line({
      sessions: [session('s', 1_000, 10), session('s', 2_000, 10)],
      attempts: [attempt('s', 1_000, 1), attempt('s', 2_000, 1), attempt('s', 2_000, 2)],
    });
    expect(shape(entries)).toEqual(['session s', '  attempt 1', 'session s', '  attempt 1', '  attempt 2']);
  });

  it('keeps orphans at the top, and marks what never ended', () => {
    const entries = line({
      spans: [span('a', 5, null, { parent_span_id: 'gone' })],
      logs: [{ ts: null, msg: 'no time', level: 'warn', span_id: 'gone too' }],
    });
    expect(entries.map(({ type, depth, state }) => [type, depth, state])).toEqual([
      ['span', 0, 'open'],
      ['log', 0, 'warned'],
    ]);
  });

  it('cuts circles where they begin, and says so', () => {
    const entries = line({
      spans: [
        span('b', 2, 9, { parent_span_id: 'a' }),
        span('a', 1, 9, { parent_span_id: 'c' }),
        span('c', 3, 9, { parent_span_id: 'b' }),
        span('self', 4, 5, { parent_span_id: 'self' }),
      ],
    });
    expect(shape(entries)).toEqual(['span a', '  span b', '    span c', 'span self']);
    expect(entries.map(({ circular }) => circular)).toEqual([true, false, false, true]);
  });

  it('takes a chain of 100,000 spans', () => {
    const spans = Array.from({ length: 100_000 }, (_, n) => span(`s${n}`, n, n + 1, { parent_span_id: `s${n - 1}` }));
    const entries = line({ spans });
    expect([entries.length, entries.at(-1)!.depth]).toEqual([100_000, 99_999]);
  });
});

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const time = maybe(fc.integer({ min: 0, max: 20 }).map(at));
const anyRows = fc.record({
  sessions: fc.array(
    fc.record({
      session_id: maybe(id),
      ts: time,
      duration_ms: maybe(fc.integer({ min: 0, max: 9 })),
      source_file: fc.constant('/f'),
    }),
    { maxLength: 4 },
  ),
  attempts: fc.array(
    fc.record({
      session_id: maybe(id),
      ts: time,
      position: fc.nat(3),
      span_id: maybe(id),
      source_file: fc.constant('/f'),
    }),
    { maxLength: 6 },
  ),
  spans: fc.array(
    fc.record({
      span_id: maybe(id),
      parent_span_id: maybe(id),
      turn_id: maybe(id),
      started_at: time,
      ended_at: time,
      duration_ms: maybe(fc.nat(9)),
    }),
    { maxLength: 12 },
  ),
  ops: fc.array(fc.record({ session_id: maybe(id), ts: time }), { maxLength: 3 }),
  logs: fc.array(fc.record({ span_id: maybe(id), turn_id: maybe(id), ts: time }), { maxLength: 6 }),
  replays: fc.array(fc.record({ session_id: maybe(id), ts: time }), { maxLength: 2 }),
});

describe('any rows', () => {
  it('stand in the tree exactly once, below their parents, siblings in the order of time', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const entries = line(rows);
        const given = Object.values(rows).flat() as ViewRow[];
        expect(entries).toHaveLength(given.length);
        expect(new Set(entries.map(({ row }) => row))).toEqual(new Set(given));
        const lastMs = new Map<number | null, number>();
        for (const [index, { parent, depth, startMs, type }] of entries.entries()) {
          expect(parent === null ? -1 : parent).toBeLessThan(index);
          expect(depth).toBe(parent === null ? 0 : entries[parent]!.depth + 1);
          if (startMs === null || type === 'attempt') continue;
          expect(startMs).toBeGreaterThanOrEqual(lastMs.get(parent) ?? Number.NEGATIVE_INFINITY);
          lastMs.set(parent, startMs);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
