// What `check` keeps apart: the document, the files beside it, the words on stderr, and the exit code that none of them changes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CheckCommandOptions, runCheck } from '../../src/commands/check.ts';
import { ClosedPipe } from '../../src/commands/io.ts';
import { runQuery } from '../../src/commands/query.ts';
import { LakeobsError } from '../../src/errors.ts';
import { lines, putOld, session, tempFolder } from '../catalog/ask.ts';
import { testIo } from './io.ts';

const folder = tempFolder();
const io = (fields = {}) => testIo({ cwd: folder, env: { XDG_CONFIG_HOME: join(folder, 'nowhere') }, ...fields });
const clean = putOld(join(folder, 'clean.jsonl'), lines(session('good', { grounded_in_roster: true })));
const alarm = putOld(join(folder, 'alarm.jsonl'), lines(session('bad', { grounded_in_roster: false })));
const options = (fields: Partial<CheckCommandOptions> = {}): CheckCommandOptions => ({ color: false, ...fields });
const broken: [why: string, error: Error][] = [
  ['a reader that went away', new ClosedPipe()],
  ['a disk that is full', new LakeobsError('io', 'no space left on device')],
];

test.each(broken)('%s does not change the verdict', async (_why, error) => {
  const stdout = () => Promise.reject(error);
  expect(await runCheck(['alarm', alarm], options(), io({ stdout }))).toBe(1);
  expect(await runCheck(['alarm', clean], options(), io({ stdout }))).toBe(0);
});

test('an output that cannot be written is a failure, but no alarm hides behind it', async () => {
  const output = ['missing/x.json', 'y.json'];
  const failed = io();
  expect(await runCheck(['alarm', clean], options({ output }), failed)).toBe(2);
  expect(failed.err()).toMatch(/cannot write .*missing\/x\.json/);
  expect(failed.out()).toMatch(/PASS/);
  expect(JSON.parse(readFileSync(join(folder, 'y.json'), 'utf8'))).toMatchObject({ verdict: 'pass' });
  const alarmed = io();
  expect(await runCheck(['alarm', alarm], options({ output }), alarmed)).toBe(1);
  expect(alarmed.out()).toMatch(/FAIL/);
});

test('what could not be read is a document and a word on stderr', async () => {
  const read = io();
  expect(await runCheck(['alarm', './missing.jsonl'], options({ format: 'json' }), read)).toBe(2);
  expect(JSON.parse(read.out())).toMatchObject({
    verdict: 'inconclusive',
    exit_code: 2,
    checks: [{ name: 'alarm', status: 'error' }],
  });
  expect(read.err()).toMatch(/no such file or folder: \.\/missing\.jsonl/);
});

test('segments that nobody asked for are named once the rest is read', async () => {
  putOld(join(folder, 'clean.000001.jsonl'), lines(session('bad', { grounded_in_roster: false })));
  const read = io();
  expect(await runCheck(['alarm', clean], options(), read)).toBe(0);
  expect(read.err()).toMatch(/not read: .*clean\.000001\.jsonl/);
  const quiet = io();
  await runCheck(['alarm', clean], options({ quiet: true }), quiet);
  expect(quiet.err()).toBe('');
});

test('a dry run takes params and names what is broken', async () => {
  const sql = (name: string, text: string) => putOld(join(folder, `${name}.sql`), text);
  const header = '-- title: T\n-- family: session\n-- kind: check\n';
  const fine = sql('fine', `${header}-- param: n int\nSELECT 1 FROM sessions WHERE iterations > $n`);
  const bad = sql('bad', `${header}SELECT nosuch FROM sessions`);
  const read = io();
  expect(await runCheck([fine, bad], options({ dryRun: true, param: ['n=3'] }), read)).toBe(2);
  expect(read.out()).toMatch(/^ok {5}fine\nbroken bad: .*nosuch/);
  expect(await runCheck([fine], options({ dryRun: true }), io())).toBe(0);
  const closed = () => io({ stdout: () => Promise.reject(new ClosedPipe()) });
  expect(await runCheck([fine, bad], options({ dryRun: true }), closed())).toBe(2);
  expect(await runCheck([fine], options({ dryRun: true }), closed())).toBe(0);
});

test('a dry run lists every own file that is broken, and takes a query among the named files', async () => {
  const own = join(folder, 'own');
  mkdirSync(own);
  const config = join(folder, 'own.json');
  writeFileSync(config, '{"queries": ["own"], "checks": {"one": {"severity": "warn"}}}');
  writeFileSync(join(own, 'one.sql'), '-- title: T\n-- familly: session\n-- kind: check\nSELECT 1');
  writeFileSync(join(own, 'two.sql'), 'SELECT 1');
  writeFileSync(join(own, 'rows.sql'), '-- title: T\n-- family: session\n-- kind: query\nSELECT nosuch FROM sessions');
  const read = io();
  expect(await runCheck([], options({ dryRun: true, config }), read)).toBe(2);
  const lines = read.out().trim().split('\n');
  expect(lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^broken one: .*one\.sql:2: unknown header key "familly"/),
    expect.stringMatching(/^broken two: .*two\.sql:1: the header has no title/),
  ]);
  expect(lines.slice(2).every((line) => line.startsWith('ok     '))).toBe(true);
  expect(lines).toContain('ok     alarm');
  const named = io();
  expect(await runCheck([join(own, 'rows.sql')], options({ dryRun: true }), named)).toBe(2);
  expect(named.out()).toMatch(/^broken rows: .*nosuch/);
});

test('query --fail-on-rows gives the rows and the gate’s exit code from one reading, whoever reads them', async () => {
  const read = io();
  expect(await runQuery(['alarm', alarm], { color: false, failOnRows: true }, read)).toBe(1);
  expect(read.out()).toMatch(/"session_id":"bad"/);
  expect(read.err()).toMatch(/fail: alarm: 1 finding/);
  const closed = io({ stdout: () => Promise.reject(new ClosedPipe()) });
  expect(await runQuery(['alarm', alarm], { color: false, failOnRows: true }, closed)).toBe(1);
  expect(await runQuery(['verdicts', alarm], { color: false, failOnRows: true }, closed)).toBe(1);
  expect(await runQuery(['alarm', clean], { color: false, failOnRows: true, output: ['rows.csv'] }, io())).toBe(0);
  expect(existsSync(join(folder, 'rows.csv'))).toBe(true);
});

test('a folder of checks named where logs are is refused, not read as a folder without logs', async () => {
  const checks = join(folder, 'checks');
  mkdirSync(checks);
  writeFileSync(
    join(checks, 'mine.sql'),
    '-- title: T\n-- family: session\n-- kind: check\nSELECT nosuch FROM sessions',
  );
  const words = { code: 'usage', hint: expect.stringMatching(/checks\/mine\.sql.*"queries" in lakeobs\.json/) };
  await expect(runCheck(['./checks'], options(), io())).rejects.toMatchObject(words);
  await expect(runCheck(['./checks', clean], options(), io())).rejects.toMatchObject(words);
  await expect(runCheck(['./checks'], options({ dryRun: true }), io())).rejects.toMatchObject(words);
  // Beside logs a .sql file is only a neighbour; a dry run reads no log, so that its folder can only be meant for checks.
  writeFileSync(join(checks, 'log.jsonl'), readFileSync(clean));
  expect(await runCheck(['alarm', './checks'], options(), io())).toBe(0);
  await expect(runCheck(['./checks'], options({ dryRun: true }), io())).rejects.toMatchObject(words);
});

test('a check whose suffix is in upper case is a check, named or in a folder of the config', async () => {
  const own = join(folder, 'upper');
  mkdirSync(own);
  writeFileSync(
    join(own, 'LOUD.SQL'),
    '-- title: T\n-- family: session\n-- kind: check\nSELECT session_id FROM sessions',
  );
  const config = join(folder, 'upper.json');
  writeFileSync(config, '{"queries": ["upper"]}');
  const all = io();
  expect(await runCheck([clean], options({ config }), all)).toBe(1);
  expect(all.out()).toMatch(/FAIL\s+LOUD/);
  expect(await runCheck([join(own, 'LOUD.SQL'), clean], options(), io())).toBe(1);
});
