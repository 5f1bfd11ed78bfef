// The checks that compare shares, held to a second writing of their descriptions (windows.ts) over random logs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoRecords } from '../../src/demo/generate.ts';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { listQueries, loadQuery } from '../../src/query/load.ts';
import { bindParams } from '../../src/query/params.ts';
import { runs } from '../runs.ts';
import { fillLines, objects } from './lines.ts';
import { changed, isFirstShot, isRejected, type Judged, usedUp } from './windows.ts';

const catalogue = listQueries([]);
const folder = mkdtempSync(join(tmpdir(), 'lakeobs-windows-'));
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ threads: 1 });
});
afterAll(() => {
  engine.close();
  rmSync(folder, { recursive: true });
});

/** Rows as the log of one daemon and kind, or model, per group. */
async function log(rows: readonly Judged[]): Promise<void> {
  const file = join(folder, 'session.jsonl');
  const lines = rows.map(({ group, at, verdict, iterations }) =>
    JSON.stringify({
      schema: 'session.iterate.v1',
      timestamp: at === null ? 'some day' : new Date(at).toISOString(),
      kind: group,
      model: group,
      final_verdict: verdict,
      iterations,
    }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  await fillLines(engine, [file]);
}

function ask(name: string, params: Record<string, string>) {
  const query = loadQuery(name, catalogue);
  return objects(engine, query.sql, bindParams(query, params));
}

const nowMs = Date.parse('2026-06-10T00:00:00Z');
const hourMs = 3_600_000;
const windowMs = 6 * hourMs;

/** One group: so many sessions in the last window and before, and how many of ten are good; some on the very edge of a window. */
const batch = fc.record({
  group: fc.constantFrom('fill', 'email', 'playbook', null),
  now: fc.integer({ min: 0, max: 60 }),
  before: fc.integer({ min: 0, max: 120 }),
  goodNow: fc.integer({ min: 0, max: 10 }),
  goodBefore: fc.integer({ min: 0, max: 10 }),
  odd: fc.array(
    fc.record({
      at: fc.constantFrom(
        nowMs,
        nowMs - windowMs,
        nowMs - windowMs + 1,
        nowMs - 3 * windowMs,
        nowMs - 3 * windowMs + 1,
        nowMs + 1,
        null,
      ),
      verdict: fc.constantFrom('accepted', 'max_iter_exhausted', 'infra_error', 'something else', null),
      iterations: fc.constantFrom(0, 1, 2, null),
    }),
    { maxLength: 30 },
  ),
});

const rowsOf = (batches: readonly (typeof batch extends fc.Arbitrary<infer T> ? T : never)[]): Judged[] =>
  batches.flatMap(({ group, now, before, goodNow, goodBefore, odd }) => {
    const some = (count: number, good: number, at: (index: number) => number): Judged[] =>
      Array.from({ length: count }, (_, index) =>
        index % 10 < good
          ? { group, at: at(index), verdict: 'accepted', iterations: 1 }
          : { group, at: at(index), verdict: index % 3 === 0 ? 'accepted' : 'max_iter_exhausted', iterations: 3 },
      );
    return [
      ...some(now, goodNow, (index) => nowMs - index * 60_000),
      ...some(before, goodBefore, (index) => nowMs - windowMs - index * 60_000),
      ...odd.map((one) => ({ group, ...one })),
    ];
  });

const options = fc.record({
  leastSessions: fc.constantFrom(0, 1, 20, 30, 31),
  least: fc.constantFrom(-0.2, 0, 0.0503, 0.1007, 0.3011),
  z: fc.constantFrom(1, 1.96, 3),
});

describe('over any log the SQL finds what its description says', () => {
  let findings = 0;
  test('rejection-spike and first-shot-drop and exhausted-rate', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), options, async (batches, given) => {
        const rows = rowsOf(batches);
        if (rows.length === 0) return;
        await log(rows);
        const params = { windowMs, windows: 2, nowMs, ...given };
        const common = {
          window: '6h',
          least_sessions: String(given.leastSessions),
          z: String(given.z),
          now: new Date(nowMs).toISOString(),
        };
        const spikes = await ask('rejection-spike', { ...common, windows: '2', least_rise: String(given.least) });
        const drops = await ask('first-shot-drop', { ...common, windows: '2', least_drop: String(given.least) });
        const exhausted = await ask('exhausted-rate', { ...common, bound: String(Math.abs(given.least)) });
        findings += spikes.length + drops.length + exhausted.length;
        same(
          spikes.map((row) => [
            row.kind,
            row.sessions,
            row.rejected,
            row.sessions_before,
            row.rejected_before,
            row.rise_low,
          ]),
          changed(rows, isRejected, 1, params),
        );
        same(
          drops.map((row) => [
            row.model,
            row.sessions,
            row.first_shot,
            row.sessions_before,
            row.first_shot_before,
            row.drop_low,
          ]),
          changed(rows, isFirstShot, -1, params),
        );
        same(
          exhausted.map((row) => [row.kind, row.sessions, row.exhausted, row.share_low]),
          usedUp(rows, { ...params, bound: Math.abs(given.least) }),
        );
      }),
      { numRuns: runs(25, 100) },
    );
    // The law was asked of something.
    expect(findings).toBeGreaterThan(0);
  }, 60_000);
});

describe('few sessions, and chance, are no alarm', () => {
  const defaults = { windowMs: 24 * hourMs, windows: 7, leastSessions: 30, least: 0.05, z: 3, nowMs };

  test('29 sessions that are all rejected after a clean week', async () => {
    const day = (count: number, from: number, good: boolean): Judged[] =>
      Array.from({ length: count }, (_, index) => ({
        group: 'fill',
        at: from - index * 60_000,
        verdict: good ? 'accepted' : 'max_iter_exhausted',
        iterations: good ? 1 : 3,
      }));
    for (const [count, found] of [
      [29, 0],
      [30, 1],
    ] as const) {
      await log([...day(count, nowMs, false), ...day(700, nowMs - 24 * hourMs, true)]);
      for (const name of ['rejection-spike', 'first-shot-drop'])
        expect(await ask(name, { now: new Date(nowMs).toISOString() }), name).toHaveLength(found);
    }
  });

  test('ten days of one and the same chance, a hundred times over: the model finds nothing at all', () => {
    for (let seed = 0; seed < runs(10, 30); seed++) {
      const records = demoRecords({ seed, sessions: 1_000, now: new Date(nowMs) }).session;
      for (let part = 0; part < 10; part++) {
        const rows = records
          // wren-14b does fade.
          .filter(({ model }) => model !== 'wren-14b')
          .map(({ kind, timestamp, final_verdict, iterations }, index) => ({
            group: kind,
            // Shuffled over the days, so that nothing changed but by chance.
            at: nowMs - ((index * 7_919 * (part + 1)) % 240) * hourMs,
            verdict: timestamp === '' ? null : final_verdict,
            iterations,
          }));
        expect(changed(rows, isRejected, 1, defaults)).toEqual([]);
        expect(changed(rows, isFirstShot, -1, defaults)).toEqual([]);
      }
    }
  });
});

/** Rows and what the model says, in any order of ties. */
function same(rows: readonly (readonly unknown[])[], expected: readonly object[]): void {
  const sorted = (list: readonly (readonly unknown[])[]) =>
    list
      .map((row) => row.map((value) => (typeof value === 'number' ? Number(value.toFixed(9)) : value)))
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  expect(sorted(rows)).toEqual(sorted(expected.map((one) => Object.values(one))));
}
