// Baseline, --since-last and settings in whole runs over real files: what counts, what is written, and what is left alone when a check could not be judged.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CheckSettings, type Config, noConfig } from '../../src/catalog/config.ts';
import type { Scope } from '../../src/catalog/sources.ts';
import { type CheckOptions, runChecks } from '../../src/gate/check.ts';
import { parseQuery, type Query } from '../../src/query/header.ts';
import type { Row, Verdict } from '../../src/result.ts';
import { lakeAt, lines, paths, putOld, session, tempFolder } from '../catalog/ask.ts';

const root = tempFolder();
let turn = 0;
let folder = '';
let log = '';
let baseline = '';
beforeEach(() => {
  folder = join(root, String(++turn));
  mkdirSync(folder);
  log = join(folder, 'log.jsonl');
  baseline = join(folder, 'baseline.json');
});

const check = (name: string, sql: string, ...header: string[]): Query =>
  parseQuery(
    ['-- title: T', '-- family: session', '-- kind: check', ...header, sql].join('\n'),
    name,
    `${name}.sql`,
    false,
  );
const bad = check(
  'bad',
  "SELECT session_id, ts FROM sessions WHERE session_id LIKE 'bad%' ORDER BY ALL",
  '-- identity: session_id',
);
const ops = check('ops', 'SELECT endpoint FROM ops ORDER BY ALL', '-- severity: warn');
const put = (...ids: string[]): string => putOld(log, lines(session('good'), ...ids.map((id) => session(id))));

interface Asked extends Partial<CheckOptions> {
  checks?: readonly Query[];
  settings?: Record<string, CheckSettings>;
}

function run({ checks = [bad], settings = {}, scope, ...fields }: Asked = {}): Promise<Verdict> {
  const config: Config = { ...noConfig, file: '/c/lakeobs.json', checks: new Map(Object.entries(settings)) };
  return runChecks(checks, {
    scope: { ...(scope ?? paths(log)), config },
    failOn: 'error',
    allowEmpty: false,
    allowDamage: false,
    require: [],
    params: {},
    named: false,
    version: '0',
    startedAt: new Date('2026-03-10T12:00:00Z'),
    threads: 1,
    stateFolder: join(folder, 'state'),
    ...fields,
  });
}
const known = ['bad', 'ops', 'other'];
const update = (
  fields: Asked = {},
  entry: { expires: string | null; reason: string | null } = { expires: null, reason: null },
) => run({ ...fields, baseline: { file: baseline, checks: known, update: entry } });
const judge = (fields: Asked = {}) => run({ ...fields, baseline: { file: baseline, checks: known } });
const entries = (): {
  check: string;
  identity: { session_id: string };
  reason: string | null;
  expires: string | null;
  first_seen: string;
}[] => JSON.parse(readFileSync(baseline, 'utf8')).entries;
const ids = () =>
  entries()
    .map(({ identity }) => identity.session_id)
    .sort();

describe('settings of the config', () => {
  test('move severity and threshold, and the verdict says so', async () => {
    put('bad-1', 'bad-2');
    expect(await run()).toMatchObject({ verdict: 'fail', overrides: [] });
    const within = await run({ settings: { bad: { error_if: '> 3' } } });
    expect(within).toMatchObject({
      verdict: 'pass',
      overrides: [{ check: 'bad', key: 'error_if', value: '> 3', from: '/c/lakeobs.json' }],
    });
    expect(within.checks[0]).toMatchObject({
      status: 'pass',
      findings: 2,
      rows: [
        ['bad-1', expect.anything()],
        ['bad-2', expect.anything()],
      ],
      reason: '2 findings in a population of 3, fails from > 3',
    });
    expect(await run({ settings: { bad: { severity: 'warn' } } })).toMatchObject({
      verdict: 'pass',
      checks: [{ status: 'warn' }],
    });
  });

  test('a disabled check is not run, listed as skipped, and no pass when it was named', async () => {
    put('bad-1');
    const broken = check('broken', 'SELECT nothing FROM sessions', '-- param: n int');
    const settings = { broken: { enabled: false } };
    expect(await run({ checks: [broken, bad], settings })).toMatchObject({
      verdict: 'fail',
      checks: [
        { name: 'broken', status: 'skipped', reason: 'disabled in /c/lakeobs.json' },
        { name: 'bad', status: 'fail' },
      ],
      overrides: [{ check: 'broken', key: 'enabled', value: false }],
    });
    expect(await run({ checks: [bad], settings: { bad: { enabled: false } }, named: true })).toMatchObject({
      exit_code: 2,
    });
    expect(await run({ checks: [bad], settings: { bad: { enabled: false } } })).toMatchObject({ exit_code: 2 });
  });

  test('params: the flag beats the file, the file beats the header', async () => {
    put();
    const slow = check('slow', 'SELECT session_id FROM sessions WHERE duration_ms >= $n', '-- param: n int = 1');
    const status = async (fields: Asked) => (await run({ checks: [slow], ...fields })).checks[0]!.status;
    expect(await status({})).toBe('fail');
    expect(await status({ settings: { slow: { params: { n: '100' } } } })).toBe('pass');
    expect(await status({ settings: { slow: { params: { n: '100' } } }, params: { n: '1' } })).toBe('fail');
  });

  test('allow_empty and allow_damage hold for the one check', async () => {
    putOld(log, '');
    const other = { ...bad, name: 'other' };
    const statuses = async (settings: Record<string, CheckSettings>) =>
      (await run({ checks: [bad, other], settings, named: true })).checks.map(({ status }) => status);
    expect(await statuses({ bad: { allow_empty: true } })).toEqual(['pass', 'inconclusive']);
    putOld(log, lines(session('good'), 'broken'));
    expect(await statuses({ other: { allow_damage: true } })).toEqual(['inconclusive', 'pass']);
  });
});

describe('a baseline', () => {
  test('accepts what it lists, however many there are; what is new counts and is shown first', async () => {
    const many = Array.from({ length: 5_000 }, (_, n) => `bad-${n}`);
    put(...many);
    expect(await update()).toMatchObject({ verdict: 'pass', baseline: { entries: 5_000, updated: { added: 5_000 } } });
    put(...many, 'bad-zzz');
    const verdict = await judge();
    expect(verdict).toMatchObject({
      verdict: 'fail',
      reason: 'bad: 1 finding, 5,000 accepted by baseline',
      baseline: { accepted: 5_000, gone: 0, expired: 0, updated: null },
      checks: [{ findings: 5_001, accepted: 5_000, rows: [['bad-zzz', expect.anything()]] }],
    });
    expect(verdict.checks[0]!.acceptedRows).toHaveLength(100);
  });

  test('a threshold counts what is left', async () => {
    put('bad-1', 'bad-2');
    await update();
    put('bad-1', 'bad-2', 'bad-3', 'bad-4');
    const settings = { bad: { error_if: '> 2' } };
    expect(await judge({ settings })).toMatchObject({
      verdict: 'pass',
      checks: [
        { findings: 4, accepted: 2, reason: '2 findings in a population of 5, fails from > 2; 2 accepted by baseline' },
      ],
    });
    put('bad-1', 'bad-2', 'bad-3', 'bad-4', 'bad-5');
    expect(await judge({ settings })).toMatchObject({ verdict: 'fail' });
  });

  test('says what is gone and what has expired, which counts again', async () => {
    put('bad-1', 'bad-2');
    await update({}, { expires: '2026-03-20', reason: 'known' });
    put('bad-2');
    expect(await judge()).toMatchObject({ verdict: 'pass', baseline: { gone: 1, expired: 0 } });
    expect(await judge({ startedAt: new Date('2026-03-20T00:00:00Z') })).toMatchObject({
      verdict: 'fail',
      baseline: { gone: 1, expired: 1, accepted: 0 },
      checks: [{ reason: expect.stringContaining('the acceptance of 1 of them is over') }],
    });
  });

  test('rows carry reason and expiry', async () => {
    put('bad-1');
    await update({}, { expires: '2026-03-20', reason: 'known' });
    expect((await judge()).checks[0]!.acceptedRows).toEqual([
      { row: ['bad-1', expect.anything()], expires: '2026-03-20', reason: 'known' },
    ]);
  });

  test('an update twice is the same file; what still occurs keeps its words, what is gone leaves', async () => {
    put('bad-1', 'bad-2');
    await update({}, { expires: '2027-01-01', reason: 'first' });
    const first = readFileSync(baseline, 'utf8');
    await update({ startedAt: new Date('2026-04-01T00:00:00Z') });
    expect(readFileSync(baseline, 'utf8')).toBe(first);
    put('bad-2', 'bad-3');
    expect(await update({}, { expires: null, reason: 'second' })).toMatchObject({
      baseline: { updated: { added: 1, dropped: 1 } },
    });
    expect(
      entries()
        .map(({ identity, reason }) => [identity.session_id, reason])
        .sort(),
    ).toEqual([
      ['bad-2', 'first'],
      ['bad-3', 'second'],
    ]);
    expect(await judge()).toMatchObject({ verdict: 'pass', baseline: { gone: 0 } });
  });

  test('a run that could judge nothing writes nothing', async () => {
    put('bad-1');
    await update();
    const before = readFileSync(baseline, 'utf8');
    putOld(log, lines(session('good'), 'broken'));
    expect(await update()).toMatchObject({
      exit_code: 2,
      reason: expect.stringMatching(/was not written/),
      baseline: { updated: null },
    });
    expect(await update({ scope: paths(join(folder, 'missing.jsonl')) })).toMatchObject({ exit_code: 2 });
    expect(readFileSync(baseline, 'utf8')).toBe(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('keeps the entries of checks that were skipped, not run or not judged, and says which', async () => {
    put('bad-1');
    const other = { ...bad, name: 'other' };
    await update({ checks: [bad, other] });
    await update({ checks: [bad] });
    expect(entries().map(({ check }) => check)).toEqual(['bad', 'other']);
    const broken = check('other', 'SELECT nothing FROM sessions');
    put('good-again');
    expect(await update({ checks: [bad, broken, ops] })).toMatchObject({
      exit_code: 2,
      baseline: { updated: { dropped: 1, unjudged: ['other'] } },
    });
    expect(entries().map(({ check }) => check)).toEqual(['other']);
  });

  test('beside damage findings are added and none is dropped', async () => {
    put('bad-1');
    await update();
    putOld(log, lines(session('good'), session('bad-2'), 'broken'));
    // What is left is what could not be read.
    expect(await update()).toMatchObject({ exit_code: 2, checks: [{ status: 'inconclusive', accepted: 1 }] });
    expect(ids()).toEqual(['bad-1', 'bad-2']);
    expect(await judge()).toMatchObject({ exit_code: 2, baseline: { gone: 0 } });
    expect(await judge({ allowDamage: true })).toMatchObject({ exit_code: 0, baseline: { gone: 0 } });
  });

  test('in a time window nothing is gone', async () => {
    put('bad-1');
    await update();
    const later = { since: new Date('2026-03-02T00:00:00Z'), allowEmpty: true };
    expect(await judge(later)).toMatchObject({ exit_code: 0, baseline: { gone: 0, accepted: 0 } });
    await update(later);
    expect(ids()).toEqual(['bad-1']);
  });

  test('does not touch a check that asks for a number of rows', async () => {
    put('bad-1', 'bad-2');
    const few = check('few', 'SELECT session_id FROM sessions', '-- error_if: < 2');
    const none = check('none', 'SELECT session_id FROM sessions WHERE false', '-- error_if: = 0');
    expect(await update({ checks: [few, none, bad] })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/^none: /),
      checks: [
        { status: 'pass', accepted: 0 },
        { status: 'fail', accepted: 0 },
        { status: 'pass', accepted: 2 },
      ],
    });
    expect(new Set(entries().map(({ check }) => check))).toEqual(new Set(['bad']));
    expect(await judge({ checks: [few] })).toMatchObject({ verdict: 'pass', checks: [{ findings: 3, accepted: 0 }] });
  });

  test('names checks there are none of', async () => {
    put('bad-1');
    await update({ checks: [bad, { ...bad, name: 'renamed' }] });
    expect((await judge()).baseline).toMatchObject({ entries: 2, unknown_checks: ['renamed'] });
  });

  test('one entry accepts every row with its identity', async () => {
    put('bad-1');
    await update();
    putOld(log, lines(session('bad-1'), session('bad-1', { timestamp: '2026-03-02T00:00:00Z' })));
    expect(await judge()).toMatchObject({ verdict: 'pass', checks: [{ findings: 2, accepted: 2 }] });
  });

  test('that is missing, damaged or cannot be written ends the run before anything is read', async () => {
    put('bad-1');
    let read = false;
    const onEvidence = () => {
      read = true;
    };
    await expect(judge({ onEvidence })).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('--update-baseline'),
    });
    writeFileSync(baseline, '{"schema":"lakeobs.baseline.v9"}');
    await expect(judge({ onEvidence })).rejects.toMatchObject({ code: 'input', line: 1 });
    await expect(update({ onEvidence })).rejects.toMatchObject({ code: 'input', line: 1 });
    baseline = join(log, 'no-folder.json');
    await expect(update({ onEvidence })).rejects.toMatchObject({ code: expect.stringMatching(/io|input/) });
    baseline = join(folder, 'missing', 'b.json');
    await expect(update({ onEvidence })).rejects.toMatchObject({ code: 'io', hint: expect.any(String) });
    expect(read).toBe(false);
  });

  test('whoever takes the rows is told which are accepted', async () => {
    put('bad-1');
    await update();
    put('bad-1', 'bad-2');
    const seen: [unknown, boolean | undefined][] = [];
    await judge({
      onRows: async (_check, { chunks }, isAccepted) => {
        for await (const rows of chunks) for (const row of rows) seen.push([row[0], isAccepted?.(row)]);
      },
    });
    expect(seen).toEqual([
      ['bad-1', true],
      ['bad-2', false],
    ]);
  });
});

describe('--since-last', () => {
  const since = (fields: Asked = {}) => run({ sinceLast: { choice: [] }, ...fields });
  const counts = ({ since_last }: Verdict) => [since_last!.new, since_last!.known, since_last!.resolved];

  test('the first run is all new; then only what the last run did not have counts and is handed out', async () => {
    put('bad-1', 'bad-2');
    expect(await since()).toMatchObject({
      verdict: 'fail',
      since_last: { previous: null, new: 2, known: 0, resolved: 0, kept: true },
    });
    const again = await since({ startedAt: new Date('2026-03-11T12:00:00Z') });
    expect(again).toMatchObject({
      verdict: 'pass',
      reason: expect.stringContaining('2 known from the last run'),
      since_last: { previous: '2026-03-10T12:00:00.000Z', new: 0, known: 2, resolved: 0 },
      checks: [{ findings: 2, known: 2, rows: [] }],
    });
    put('bad-2', 'bad-3');
    const handed: Row[] = [];
    const third = await since({
      onRows: async (_check, { chunks }) => {
        for await (const rows of chunks) handed.push(...rows);
      },
    });
    expect(third).toMatchObject({
      verdict: 'fail',
      reason: 'bad: 1 finding, 1 known from the last run',
      checks: [{ findings: 2, known: 1, resolved: 1, resolvedFindings: [{ session_id: 'bad-1' }] }],
    });
    expect(handed.map(([id]) => id)).toEqual(['bad-3']);
    put();
    const last = await since();
    expect([counts(last), last.verdict]).toEqual([[0, 0, 2], 'pass']);
    expect(counts(await since())).toEqual([0, 0, 0]);
  });

  test('a finding that comes back is new', async () => {
    put('bad-1');
    await since();
    put();
    await since();
    put('bad-1');
    expect(counts(await since())).toEqual([1, 0, 0]);
  });

  test('a run that could not judge is not the last run: what it did not see is neither resolved nor forgotten', async () => {
    put('bad-1');
    await since();
    putOld(log, lines(session('good'), 'broken'));
    expect(await since()).toMatchObject({ exit_code: 2, since_last: { kept: false }, checks: [{ resolved: null }] });
    // Found beside damage: certain, and all that is certain.
    putOld(log, lines(session('bad-2'), 'broken'));
    expect(await since()).toMatchObject({
      exit_code: 1,
      since_last: { new: 1, kept: true },
      checks: [{ resolved: null }],
    });
    put('bad-1', 'bad-2');
    expect(counts(await since())).toEqual([0, 2, 0]);
  });

  test('a check that joins has only news, one that is left out is remembered', async () => {
    put('bad-1');
    const other = { ...bad, name: 'other' };
    await since();
    expect(counts(await since({ checks: [bad, other] }))).toEqual([1, 1, 0]);
    expect(counts(await since({ checks: [other] }))).toEqual([0, 1, 0]);
    expect(counts(await since({ checks: [bad, other] }))).toEqual([0, 2, 0]);
  });

  test('runs of another scope, choice, param or window are other runs', async () => {
    put('bad-1');
    await since();
    const copy = putOld(join(folder, 'copy.jsonl'), readFileSync(log));
    for (const other of [
      { scope: paths(copy) },
      { sinceLast: { choice: ['names bad'] } },
      { params: { n: '1' }, checks: [check('bad', bad.sql, '-- param: n int = 0', '-- identity: session_id')] },
      { since: new Date('2020-01-01T00:00:00Z') },
      { until: new Date('2030-01-01T00:00:00Z') },
    ])
      expect(await since(other)).toMatchObject({ since_last: { previous: null, new: 1 } });
    expect(counts(await since())).toEqual([0, 1, 0]);
  });

  test('what has left a time window is not called resolved', async () => {
    put('bad-1');
    expect(counts(await since({ since: new Date('2026-02-01T00:00:00Z') }))).toEqual([1, 0, null]);
    const moved = await since({ since: new Date('2026-03-05T00:00:00Z'), allowEmpty: true });
    expect(counts(moved)).toEqual([0, 0, null]);
    expect(moved.checks[0]).toMatchObject({ resolved: null, resolvedFindings: [] });
  });

  test('what a baseline accepts is neither new nor resolved, and new when its acceptance is over', async () => {
    put('bad-1');
    await update({}, { expires: '2026-03-20', reason: null });
    const both = { baseline: { file: baseline, checks: known } };
    expect(counts(await since(both))).toEqual([0, 0, 0]);
    expect(counts(await since({ ...both, startedAt: new Date('2026-03-21T00:00:00Z') }))).toEqual([1, 0, 0]);
    rmSync(join(folder, 'state'), { recursive: true });
    await since();
    expect(counts(await since(both))).toEqual([0, 0, 0]);
  });

  describe('the state', () => {
    const lake = (): Scope => lakeAt(join(folder, 'lake'));
    const putLake = (...ids: string[]) => {
      mkdirSync(join(folder, 'lake'), { recursive: true });
      putOld(join(folder, 'lake', 'session.jsonl'), lines(session('good'), ...ids.map((id) => session(id))));
    };

    test('lies in the lake, beside what is derived, and is no log', async () => {
      putLake('bad-1');
      const first = await since({ scope: lake() });
      expect(first.since_last!.state).toMatch(/lake\/since-last\/[0-9a-f]{32}\.state$/);
      rmSync(join(folder, 'lake', '.lakeobs'), { recursive: true, force: true });
      expect(counts(await since({ scope: lake() }))).toEqual([0, 1, 0]);
      expect(existsSync(join(folder, 'state'))).toBe(false);
      expect(readdirSync(join(folder, 'lake', 'since-last'))).toHaveLength(1);
    });

    test('lies in the state folder when the lake cannot be written; the younger of two counts', async () => {
      putLake('bad-1');
      await since({ scope: lake() });
      const inside = join(folder, 'lake', 'since-last');
      const kept = join(folder, 'kept');
      mkdirSync(kept);
      const [name] = readdirSync(inside);
      const state = readFileSync(join(inside, name!));
      rmSync(inside, { recursive: true });
      writeFileSync(inside, 'no folder');
      putLake('bad-1', 'bad-2');
      const outside = await since({ scope: lake(), startedAt: new Date('2026-03-11T00:00:00Z') });
      expect(outside.since_last).toMatchObject({
        state: expect.stringContaining(join(folder, 'state')),
        previous: null,
      });
      rmSync(inside);
      mkdirSync(inside);
      writeFileSync(join(inside, name!), state);
      const back = await since({ scope: lake(), startedAt: new Date('2026-03-12T00:00:00Z') });
      expect(back.since_last).toMatchObject({
        state: join(inside, name!),
        previous: '2026-03-11T00:00:00.000Z',
        new: 0,
        known: 2,
      });
    });

    test('without any place to be the run is refused', async () => {
      put('bad-1');
      writeFileSync(join(folder, 'state'), 'no folder');
      await expect(since()).rejects.toMatchObject({ code: 'io', hint: expect.stringContaining('XDG_STATE_HOME') });
    });

    test.each<[why: string, change: (text: string) => string, message: RegExp]>([
      ['cut', (text) => text.slice(0, -20), /is damaged/],
      ['short of a line', (text) => text.split('\n').slice(0, 2).join('\n'), /lines of bad are missing/],
      ['empty', () => '', /is empty/],
      ['of another version', (text) => text.replace('.v1', '.v2'), /a version this lakeobs does not know/],
      ['with a line that is none', (text) => `${text}{"a":1}\n`, /a line that is no finding/],
    ])('that is %s ends the run with what to do', async (_why, change, message) => {
      put('bad-1', 'bad-2');
      const { state } = (await since()).since_last!;
      writeFileSync(state, change(readFileSync(state, 'utf8')));
      await expect(since()).rejects.toMatchObject({
        code: 'input',
        path: state,
        message: expect.stringMatching(message),
        hint: expect.stringContaining('Remove the file'),
      });
    });

    test('of two runs at once is one of both', async () => {
      put('bad-1');
      await since();
      put('bad-1', 'bad-2');
      const both = await Promise.all([since(), since()]);
      expect(both.map(counts)).toEqual([
        [1, 1, 0],
        [1, 1, 0],
      ]);
      expect(counts(await since())).toEqual([0, 2, 0]);
      expect(readdirSync(join(folder, 'state', 'since-last')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    });
  });
});
