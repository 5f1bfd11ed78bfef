import { describe, expect, test } from 'vitest';
import { demoRecords } from '../../src/demo/generate.ts';
import { familyOf } from '../../src/schema/families.ts';
import type { FamilyName, JsonObject } from '../../src/schema/family.ts';
import { recognise } from '../../src/schema/recognise.ts';
import { validateRecord } from '../../src/schema/validate.ts';
import { cpuMs } from '../cpu.ts';

const now = new Date('2026-03-02T10:00:00Z');
const demo = demoRecords({ seed: 7, sessions: 1200, now });
const names: readonly FamilyName[] = ['session', 'observer', 'journal', 'replay'];
const fills = demo.session.filter((record) => record.kind === 'fill' && record.final_verdict === 'accepted');

describe.each(names)('%s', (name) => {
  const family = familyOf(name)!;
  const records: readonly object[] = demo[name];

  test('every record is valid, whole, recognised, and in wire order', () => {
    for (const record of records) {
      const validated = validateRecord(family, record, now);
      if (!validated.ok) expect.fail(`${validated.issues.join('; ')}: ${JSON.stringify(record)}`);
      expect(validated.record).toEqual(record);
      expect(recognise(record as JsonObject)).toEqual({ family: name, known: true });
    }
    if (name === 'session')
      for (const record of records)
        expect(Object.keys(record)).toEqual(Object.keys(family.record.shape).filter((key) => key in record));
  });

  test('is in the order of time, within the ten days before now', () => {
    const times = records.map((record) => new Date((record as { timestamp: string | number }).timestamp).getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(now.getTime() - 10 * 86_400_000);
    expect(times.at(-1)).toBeLessThanOrEqual(now.getTime());
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(9 * 86_400_000);
  });
});

test('the same seed and clock give the same records, another seed gives others', () => {
  expect(demoRecords({ seed: 7, sessions: 50, now })).toEqual(demoRecords({ seed: 7, sessions: 50, now }));
  const other = demoRecords({ seed: 8, sessions: 50, now });
  expect(other.session[0]).not.toEqual(demoRecords({ seed: 7, sessions: 50, now }).session[0]);
});

describe('the planted fill', () => {
  const flagged = demo.session.filter((record) => record.grounded_in_roster === false);

  test('is the only one that is not grounded, and names one worker who is not in the roster', () => {
    expect(flagged.map((record) => record.session_id)).toEqual([demo.planted.sessionId]);
    const workers = workersOf(flagged[0]!);
    expect(workers.filter((worker) => !demo.roster.includes(worker))).toEqual([demo.planted.workerId]);
    expect(flagged[0]).toMatchObject({ kind: 'fill', final_verdict: 'accepted', iterations: 1 });
  });

  test('is there for any seed and any number of sessions', () => {
    for (const [seed, sessions] of [
      [1, 1],
      [2, 2],
      [3, 40],
      [4_294_967_295, 100],
      [-5, 100],
    ] as const) {
      const made = demoRecords({ seed, sessions, now });
      expect(made.session).toHaveLength(sessions);
      const ungrounded = made.session.filter((record) => record.grounded_in_roster === false);
      expect(ungrounded.map((record) => record.session_id)).toEqual([made.planted.sessionId]);
      expect(made.roster).not.toContain(made.planted.workerId);
    }
  });

  test('every other accepted fill carries the flag true and names only workers of the roster', () => {
    const others = fills.filter((record) => record.session_id !== demo.planted.sessionId);
    expect(others.length).toBeGreaterThan(500);
    for (const record of others) {
      expect(record.grounded_in_roster).toBe(true);
      for (const worker of workersOf(record)) expect(demo.roster).toContain(worker);
    }
    expect(demo.session.filter((record) => record.grounded_in_roster !== undefined)).toHaveLength(fills.length);
  });
});

test('chains of attempts agree with the verdict', () => {
  for (const { attempts, iterations, max_iterations, final_verdict } of demo.session) {
    expect(attempts.map((attempt) => attempt.iteration)).toEqual(attempts.map((_, index) => index));
    const kinds = attempts.map((attempt) => attempt.verdict_kind);
    expect(kinds.slice(0, -1).every((kind) => kind === 'validation_failed' || kind === 'no_json')).toBe(true);
    if (final_verdict === 'accepted') expect([kinds.at(-1), iterations]).toEqual(['accepted', attempts.length]);
    if (final_verdict === 'infra_error')
      expect([kinds.at(-1), iterations]).toEqual(['infra_error', attempts.length - 1]);
    if (final_verdict === 'max_iter_exhausted')
      expect([attempts.length, iterations]).toEqual([max_iterations, max_iterations]);
    for (const attempt of attempts) expect(attempt.error === undefined).toBe(attempt.verdict_kind === 'accepted');
  }
});

test('a rejected worker is really not in the roster', () => {
  const phantoms = errors().flatMap((error) => /^worker (W-\d+) is not in the roster$/.exec(error)?.[1] ?? []);
  expect(phantoms.length).toBeGreaterThan(30);
  for (const worker of phantoms) expect(demo.roster).not.toContain(worker);
});

test('there is something to find for every question', () => {
  const perModel = new Map<string, { judged: number; firstShot: number }>();
  for (const { model, final_verdict, iterations } of demo.session) {
    if (final_verdict === 'infra_error') continue;
    const tally = perModel.get(model) ?? { judged: 0, firstShot: 0 };
    tally.judged++;
    if (final_verdict === 'accepted' && iterations === 1) tally.firstShot++;
    perModel.set(model, tally);
  }
  const rates = [...perModel.values()].map(({ judged, firstShot }) => firstShot / judged);
  expect(rates).toHaveLength(5);
  expect(Math.max(...rates) - Math.min(...rates)).toBeGreaterThan(0.25);

  expect(new Set(demo.session.map((record) => record.daemon)).size).toBe(3);
  expect(new Set(demo.session.map((record) => record.final_verdict)).size).toBe(3);
  expect(demo.session.filter(({ attempts }) => streakOf(attempts) >= 3).length).toBeGreaterThan(10);
  expect(errors()).toContain('no JSON object in the answer');

  const failures = new Map<string, number>();
  for (const { sig_hash, success } of demo.observer)
    if (sig_hash !== undefined && !success) failures.set(sig_hash, (failures.get(sig_hash) ?? 0) + 1);
  expect([...failures.values()].filter((count) => count >= 3).length).toBeGreaterThanOrEqual(3);

  expect(demo.journal.some((line) => line.kind === 'log' && line.level === 'error')).toBe(true);
  const sessions = new Set(demo.session.map((record) => record.session_id));
  for (const { session_id } of demo.replay) expect(sessions).toContain(session_id);
  expect(demo.replay.filter((row) => row.retrieved?.length === 0).length).toBeGreaterThan(0);
});

test('spans: every attempt of the journaling daemon has one, all close but those of the crashes, children lie within their parents', () => {
  const opened = new Map(demo.journal.filter((line) => line.kind === 'span-open').map((line) => [line.spanId!, line]));
  const closed = new Map(demo.journal.filter((line) => line.kind === 'span-close').map((line) => [line.spanId!, line]));
  const journaled = demo.session.filter((record) => record.daemon === 'dispatchd');
  expect(journaled.length).toBeGreaterThan(100);
  for (const { attempts, session_id } of journaled)
    for (const { span_id } of attempts) expect(opened.get(span_id!)?.turnId).toBe(session_id);
  for (const spanId of closed.keys()) expect(opened.has(spanId)).toBe(true);
  expect([...opened.keys()].filter((spanId) => !closed.has(spanId))).toHaveLength(6);
  for (const [spanId, close] of closed) {
    const open = opened.get(spanId)!;
    expect(close.timestamp - open.timestamp).toBe(close.durationMs);
    const parent = closed.get(open.parentSpanId ?? '');
    if (parent !== undefined) expect(parent.timestamp).toBeGreaterThanOrEqual(close.timestamp);
  }
});

test('a demo lake is quick to make', () => {
  expect(cpuMs(() => demoRecords({ seed: 1, sessions: 2000, now }))).toBeLessThan(2_000);
});

function workersOf(record: (typeof demo.session)[number]): string[] {
  return (record.artifact as { fills: { candidate_id: string }[] }).fills.map((fill) => fill.candidate_id);
}

function errors(): string[] {
  return demo.session.flatMap((record) => record.attempts.flatMap((attempt) => attempt.error ?? []));
}

/** Longest run of validation_failed. */
function streakOf(attempts: (typeof demo.session)[number]['attempts']): number {
  let longest = 0;
  let run = 0;
  for (const { verdict_kind } of attempts) {
    run = verdict_kind === 'validation_failed' ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
