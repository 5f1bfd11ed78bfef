// `lakeobs show` from outside: linked records of all families, over a lake, files and a pipe, with and without an index.
import { appendFileSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openLake } from '../../src/lake.ts';
import { oneThreadBytesMax } from '../../src/limits.ts';
import { lakeobs } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();
const t0 = Date.UTC(2026, 2, 1, 10);
const iso = (ms: number) => new Date(t0 + ms).toISOString();
const json = (record: object) => `${JSON.stringify(record)}\n`;
const span = (kind: 'open' | 'close', spanId: string, ms: number, fields: object = {}) =>
  json({
    kind: `span-${kind}`,
    extensionId: 'daemon',
    timestamp: t0 + ms,
    conversationId: 'conv-7',
    spanId,
    name: spanId,
    ...(kind === 'close' ? { durationMs: 10, status: 'ok' } : {}),
    ...fields,
  });

/** Session trace-aaaa with two attempts, an op, a replay, spans, one of them open; another session of the same conversation; and one that has nothing to do with them. */
const journal =
  span('open', 'day-span', -5_000, { conversationId: 'conv-0' }) +
  span('open', 'root-span', 0, { turnId: 'trace-aaaa', parentSpanId: 'day-span' }) +
  span('open', 'try-one', 100, { turnId: 'trace-aaaa', parentSpanId: 'root-span' }) +
  json({ kind: 'log', extensionId: 'daemon', timestamp: t0 + 150, spanId: 'try-one', level: 'warn', msg: 'rejected' }) +
  span('close', 'try-one', 400, { turnId: 'trace-aaaa', parentSpanId: 'root-span', durationMs: 300, status: 'error' }) +
  span('open', 'try-two', 500, { turnId: 'trace-aaaa', parentSpanId: 'root-span' }) +
  span('open', 'search', 510, { parentSpanId: 'try-two', conversationId: undefined }) +
  span('close', 'root-span', 1_000, { turnId: 'trace-aaaa', parentSpanId: 'day-span', durationMs: 1_000 }) +
  span('open', 'other-root', 2_000, { turnId: 'trace-bbbb', parentSpanId: 'day-span' }) +
  span('close', 'other-root', 2_100, { turnId: 'trace-bbbb', parentSpanId: 'day-span' });
const sessions =
  `${sessionLine({
    session_id: 'trace-aaaa',
    timestamp: iso(1_000),
    duration_ms: 1_000,
    iterations: 2,
    attempts: [
      { iteration: 0, verdict_kind: 'validation_failed', error: 'worker W-9 is not in the roster', span_id: 'try-one' },
      { iteration: 1, verdict_kind: 'accepted', span_id: 'try-two' },
    ],
  })}\n` +
  `${sessionLine({ session_id: 'trace-bbbb', timestamp: iso(2_100) })}\n` +
  `${sessionLine({ session_id: 'elsewhere', timestamp: iso(9_000) })}\n`;
const ops =
  json({
    timestamp: iso(600),
    endpoint: '/tools/search',
    source: 'mcp',
    success: true,
    duration_ms: 5,
    session_id: 'trace-aaaa',
  }) + json({ timestamp: iso(1), endpoint: '/x', source: 'mcp', success: true });
const replays = json({
  schema: 'replay.run.v1',
  session_id: 'trace-aaaa',
  timestamp: iso(60_000),
  task_id: 'task-0042',
  score: 0.5,
});

let lake = '';
beforeEach(() => {
  lake = join(folder.path(), 'lake');
  mkdirSync(lake);
  for (const [name, text] of Object.entries({ session: sessions, journal, observer: ops, replay: replays })) {
    const path = folder.write(`lake/${name}.jsonl`, text);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
  }
});

const show = (...args: string[]) => lakeobs(['show', ...args, '--lake', lake]);
const entries = async (...args: string[]) =>
  (await show(...args, '--format', 'jsonl')).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const whole = [
  '0 span day-span',
  '1 session trace-aaaa',
  '2 span root-span',
  '3 attempt 1',
  '4 span try-one',
  '5 log rejected',
  '3 attempt 2',
  '4 span try-two',
  '5 span search',
  '2 op /tools/search',
  '0 replay task-0042',
];
const shape = (lines: { depth: number; type: string; row: Record<string, unknown> }[]) =>
  lines.map(
    ({ depth, type, row }) =>
      `${depth} ${type} ${row.position ?? (type === 'span' ? row.span_id : (row.msg ?? row.endpoint ?? row.task_id ?? row.session_id))}`,
  );

describe('lakeobs show', () => {
  it.each(['trace-aaaa', 'try-one', 'search', 'task-0042', 'trace-a'])(
    '%s leads to the whole session, over all families',
    async (id) => {
      // A span below the one asked for does not lead up again: what stands around it is the same.
      expect(shape(await entries(id)).sort()).toEqual([...whole].sort());
    },
  );

  it('stands in the order of time, the session in the span it began in', async () => {
    const lines = await entries('trace-aaaa');
    expect(shape(lines).filter((line) => !line.includes(' op '))).toEqual(
      whole.filter((line) => !line.includes(' op ')),
    );
    expect(lines.find(({ row }) => row.span_id === 'day-span' && row.status === 'open')).toMatchObject({
      context: true,
    });
    expect(lines.find(({ row }) => row.span_id === 'search')).toMatchObject({ state: 'open', offset_ms: 510 });
  });

  it('a conversation has all of its sessions and none of another; an extension only what carries its name', async () => {
    const sessionsOf = (lines: { type: string; row: Record<string, unknown> }[]) =>
      lines.filter(({ type }) => type === 'session').map(({ row }) => row.session_id);
    expect(sessionsOf(await entries('conv-7'))).toEqual(['trace-aaaa', 'trace-bbbb']);
    expect(sessionsOf(await entries('conv-0'))).toEqual(['trace-aaaa', 'trace-bbbb']);
    expect((await entries('daemon')).every(({ type }) => type === 'span' || type === 'log')).toBe(true);
  });

  it('prints a page: verdict, flag, rejected attempts with their error, open marks', async () => {
    const { code, stdout, stderr } = await show('trace-aaaa');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^trace-aaaa session, turn\n1 session, 2 attempts, 4 spans \(1 failed, 2 open\), 1 log, 1 op, 1 replay\n/,
    );
    expect(stdout).toMatch(/✓ session accepted fill m1 2 of 3 attempts grounded/);
    expect(stdout).toMatch(/✗ attempt 1 validation_failed\n.*error: worker W-9 is not in the roster\n/);
    expect(stdout).toMatch(/○ search open: never closed/);
  });

  it('an unknown id is 2 with the nearest, a beginning of several with some of them, a short one is no beginning', async () => {
    expect(await show('trace-aaab')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/no record carries .*9 records|Did you mean trace-aaaa/s),
    });
    expect((await show('race-aaaa')).stderr).toMatch(/Did you mean trace-aaaa/);
    expect((await show('trace')).stderr).toMatch(/more than one id begins with "trace"[\s\S]*trace-aaaa, trace-bbbb/);
    expect((await show('els')).stderr).toMatch(/Did you mean elsewhere\? From 4 characters/);
    expect((await show('0000')).stderr).toMatch(/The newest ids are/);
    expect((await show('')).code).toBe(2);
  });

  it('reads files and a pipe, and says what it could not read', async () => {
    const damaged = folder.write('damaged.jsonl', `${sessions}{"torn`);
    const named = await lakeobs(['show', 'trace-aaaa', damaged]);
    expect(named.code).toBe(0);
    expect(named.stderr).toMatch(/1 damaged range could not be read/);
    expect((await lakeobs(['show', 'trace-aaaa', '-'], { input: sessions + journal })).stdout).toMatch(
      /1 session, 2 attempts, 4 spans/,
    );
  });

  it('more data than one thread reads: the rows are those of the files that hold them, indexed or not', async () => {
    const many = Array.from(
      { length: 400 },
      (_, n) => `${sessionLine({ session_id: `m${n}`, prompt: 'x'.repeat(60_000) })}\n`,
    ).join('');
    expect(many.length).toBeGreaterThan(oneThreadBytesMax);
    folder.write('lake/session.000001.jsonl', many);
    const unindexed = await show('trace-aaaa', '--format', 'json');
    await lakeobs(['index', '--lake', lake, '--quiet']);
    const indexed = await show('trace-aaaa', '--format', 'json');
    expect(shape(JSON.parse(unindexed.stdout).entries)).toEqual(shape(await entries('trace-aaaa')));
    expect(indexed.stdout).toBe(unindexed.stdout);
    expect(JSON.parse(indexed.stdout).scanned.files).toBe(5);
    appendFileSync(
      join(lake, 'observer.jsonl'),
      json({ timestamp: iso(700), endpoint: '/late', source: 'mcp', success: false, session_id: 'trace-aaaa' }),
    );
    expect((await entries('trace-aaaa')).map(({ row }) => row.endpoint)).toContain('/late');
  });

  it('is in the library under the same name', async () => {
    const timeline = await openLake({ lake, config: null }).show('trace-aaaa');
    expect(timeline).toMatchObject({
      id: 'trace-aaaa',
      kinds: ['session', 'turn'],
      whole: true,
      scanned: { files: 4 },
    });
    expect(shape(timeline.entries as never).sort()).toEqual([...whole].sort());
    await expect(openLake({ lake, config: null }).show('none-such')).rejects.toMatchObject({ code: 'usage' });
  });
});
