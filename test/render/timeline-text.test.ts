import { describe, expect, it } from 'vitest';
import { nothingScanned } from '../../src/catalog/evidence.ts';
import { timelineFirstShown, timelineIndentLevelsMax, timelineLastShown } from '../../src/limits.ts';
import { elapsed } from '../../src/render/elapsed.ts';
import { timelineJson, timelineJsonl, timelineTable } from '../../src/render/timeline-data.ts';
import { timelineText } from '../../src/render/timeline-text.ts';
import type { Timeline } from '../../src/timeline/entry.ts';
import type { Gathered, ViewRow } from '../../src/timeline/gather.ts';
import { timelineOf } from '../../src/timeline/tree.ts';
import { widthOf } from '../../src/width.ts';

const noMore = { sessions: 0, attempts: 0, ops: 0, spans: 0, logs: 0, replays: 0 };
function timeline(rows: Partial<Gathered['rows']>, fields: Partial<Gathered> = {}): Timeline {
  const all = { sessions: [], attempts: [], ops: [], spans: [], logs: [], replays: [], ...rows };
  return timelineOf('id-1', {
    id: 'id-1',
    kinds: ['session'],
    rows: all,
    more: noMore,
    around: new Set(),
    whole: true,
    ...fields,
  });
}
const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
const session: ViewRow = {
  session_id: 's1',
  ts: at(3_000),
  duration_ms: 3_000,
  kind: 'fill',
  model: 'm\u001b[31m1',
  daemon: 'd',
  iterations: 2,
  max_iterations: 5,
  final_verdict: 'accepted',
  grounded_in_roster: false,
  grounded_raw: 'false',
  prompt: `Fill two places ${'and so on '.repeat(100)}`,
};
const attempts: ViewRow[] = [
  {
    session_id: 's1',
    ts: at(3_000),
    position: 1,
    verdict_kind: 'validation_failed',
    error: `worker W-1 is not in the roster, ${'nor is another one, '.repeat(10)}\u202eend`,
  },
  { session_id: 's1', ts: at(3_000), position: 2, verdict_kind: 'accepted', error: null },
];
const log = (n: number, level = 'info'): ViewRow => ({
  ts: at(n),
  level,
  msg: `log ${n}`,
  turn_id: 's1',
  extension_id: 'e',
});

describe('a time line as text', () => {
  it('cuts prompts with their length, and never an error', () => {
    const text = timelineText(timeline({ sessions: [session], attempts }), { width: 80 });
    expect(text).toMatch(/prompt: Fill two places .*…\(1,016\)\n/);
    expect(text.replace(/\n[ │]*/g, ' ')).toContain(
      `error: worker W-1 is not in the roster, ${'nor is another one, '.repeat(10)}<U+202E>end`,
    );
    expect(text).toContain('✓ session accepted fill m␛[31m1 2 of 5 attempts NOT GROUNDED');
    expect(timelineText(timeline({ sessions: [session] }), { width: 80, full: true })).not.toContain('…(');
  });

  it.each([80, 120, 200])('is never wider than %i columns, and colour changes no text', (width) => {
    const wide = { ...session, model: '模型'.repeat(30), session_id: 's1' };
    const spans = Array.from(
      { length: 40 },
      (_, n): ViewRow => ({
        span_id: `p${n}`,
        parent_span_id: `p${n - 1}`,
        turn_id: 's1',
        name: `span ${n} 👩‍👩‍👧`,
        status: 'ok',
        started_at: at(n),
        ended_at: at(50),
        duration_ms: 50 - n,
      }),
    );
    const made = timeline({ sessions: [wide], attempts, spans, logs: [log(1, 'error')] });
    const text = timelineText(made, { width });
    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(width);
    expect(timelineText(made, { width, color: true }).replace(/\u001b\[[0-9;]*m/g, '')).toBe(text);
    expect(text).toContain('(level 40)');
    expect(timelineIndentLevelsMax).toBeLessThan(40);
  });

  it('of thousands of children prints the first, the last, what failed, and how many it does not', () => {
    const logs = Array.from({ length: 1_300 }, (_, n) => log(n, n === 700 ? 'error' : 'info'));
    const made = timeline({ sessions: [session], logs });
    const text = timelineText(made);
    const hidden = 1_300 - timelineFirstShown - timelineLastShown - 1;
    const counts = [...text.matchAll(/… ([\d,]+) more/g)].map(([, number]) => Number(number!.replace(',', '')));
    expect(counts.reduce((sum, number) => sum + number, 0)).toBe(hidden);
    expect(text).toContain('log 700');
    expect(text).toContain('log 1299');
    expect(text.split('\n').length).toBeLessThan(60);
    expect(timelineText(made, { full: true }).match(/log info/g)).toHaveLength(1_299);
  });

  it('marks what never ended, what never began, and what stands around', () => {
    const span = (span_id: string, status: string, parent_span_id: string | null = null): ViewRow => ({
      span_id,
      parent_span_id,
      name: span_id,
      status,
      started_at: status === 'orphan-close' ? null : at(0),
      ended_at: status === 'open' ? null : at(9),
      duration_ms: null,
    });
    const text = timelineText(
      timeline(
        { spans: [span('outer', 'ok'), span('a', 'open', 'outer'), span('b', 'orphan-close')] },
        { around: new Set(['outer']), more: { ...noMore, logs: 1_234 }, whole: false },
      ),
    );
    expect(text).toMatch(/2 spans \(1 open\)/);
    expect(text).toMatch(/✓ in outer ok outer\n.*└─ ○ a open: never closed a\n/);
    expect(text).toMatch(/● b closed, never opened/);
    expect(text).toMatch(/not shown: 1,234 logs/);
    expect(text).toMatch(/not followed to the end/);
  });
});

describe('a time line as data', () => {
  const made = timeline({ sessions: [session], attempts, logs: [log(5)] });
  const scanned = {
    ...nothingScanned,
    files: 1,
    bytes: 2,
    records: 3,
  };

  it('is one document with every row whole, its place and its time', () => {
    const document = JSON.parse(timelineJson(made, scanned));
    expect(document).toMatchObject({
      schema: 'lakeobs.timeline.v1',
      id: 'id-1',
      complete: true,
      started_at: at(0),
      scanned,
    });
    expect(
      document.entries.map(({ type, depth, parent, offset_ms }: Record<string, unknown>) => [
        type,
        depth,
        parent,
        offset_ms,
      ]),
    ).toEqual([
      ['session', 0, null, 0],
      ['attempt', 1, 0, null],
      ['attempt', 1, 0, null],
      ['log', 1, 0, 5],
    ]);
    expect(document.entries[0].row.prompt).toBe(session.prompt);
    expect(
      timelineJsonl(made)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(document.entries);
  });

  it('is a row per entry for tables', () => {
    const { columns, rows } = timelineTable(made);
    expect(columns.map(({ name }) => name)).toEqual([
      'started_at',
      'offset_ms',
      'duration_ms',
      'depth',
      'type',
      'state',
      'what',
      'details',
    ]);
    expect(rows).toHaveLength(4);
  });
});

describe('times between moments', () => {
  it.each([
    [0, '0 ms'],
    [0.4, '0.4 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [59_994, '59.99 s'],
    [59_996, '1m 00s'],
    [3_599_400, '59m 59s'],
    [3_599_600, '1h 00m'],
    [86_400_000 * 3, '3d 00h'],
    [-1_500, '-1.50 s'],
  ])('%d ms is %s', (ms, text) => expect(elapsed(ms)).toBe(text));
});
