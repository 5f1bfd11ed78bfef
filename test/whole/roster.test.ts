// The roster from outside: where it may be named, what every verb says of it, and the exit code.
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLake } from '../../src/lake.ts';
import { lakeobs } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();
const fill = (id: string, worker: string) =>
  `${sessionLine({ session_id: id, artifact: { fills: [{ candidate_id: worker }] } })}\n`;
const checks = ['check', 'phantom-workers', 'stamp-mismatch'];

describe('a roster', () => {
  it('makes the same log a pass, a finding, or nothing to go by', async () => {
    const cwd = folder.path();
    folder.write('session.jsonl', fill('s1', 'W-1') + fill('s2', 'W-2'));
    folder.write('all.csv', 'worker_id\nW-1\nW-2\n');
    folder.write('one.csv', 'worker_id\nW-1\n');
    folder.write('none.csv', 'worker_id\n');
    folder.write('torn.jsonl', '{"id":"W-1"}\n{"id":');
    const run = async (...args: string[]) => {
      const { code, stdout } = await lakeobs([...checks, './session.jsonl', ...args], { cwd });
      return [code, stdout] as const;
    };
    expect(await run('--roster', 'all.csv')).toEqual([
      0,
      expect.stringMatching(/PASS[\s\S]*roster {3}\/.*all\.csv: 2 ids in worker_id, sha256 [0-9a-f]{12}…\n/),
    ]);
    expect(await run('--roster', 'one.csv')).toEqual([1, expect.stringMatching(/FAIL.*\n.*2 findings[\s\S]*W-2/)]);
    expect(await run('--roster', 'none.csv')).toEqual([2, expect.stringMatching(/holds no id/)]);
    expect(await run('--roster', 'torn.jsonl')).toEqual([
      2,
      expect.stringMatching(/torn\.jsonl, line 2, cannot be read/),
    ]);
    expect(await run('--roster', 'missing.csv')).toEqual([2, expect.stringMatching(/there is no roster at/)]);
    expect(await run('--roster', 'one.csv', '--roster-column', 'nr')).toEqual([
      2,
      expect.stringMatching(/no column "nr": it has "worker_id"/),
    ]);
    expect(await run()).toEqual([2, expect.stringMatching(/no roster was given: --roster FILE/)]);
  });

  it('left out, is skipped by a run of all checks, and said', async () => {
    folder.write('session.jsonl', fill('s1', 'W-1'));
    const { code, stdout } = await lakeobs(['check', './session.jsonl'], { cwd: folder.path() });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/SKIPPED {2}phantom-workers.*\n.*no roster was given/)]);
  });

  it('comes from the flag before the environment before the config', async () => {
    const cwd = folder.path();
    folder.write('session.jsonl', fill('s1', 'W-1'));
    for (const name of ['flag', 'env', 'config']) folder.write(`${name}.csv`, `Nr,x\n${name},1\n`);
    folder.write('lakeobs.json', JSON.stringify({ roster: { file: 'config.csv', column: 'Nr' } }));
    mkdirSync(join(cwd, 'below'));
    const ask = async (args: string[], env: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await lakeobs(['sql', 'FROM roster', '../session.jsonl', ...args], {
        cwd: join(cwd, 'below'),
        env,
      });
      return code === 0 ? stdout : stderr;
    };
    expect(await ask([])).toBe('{"worker_id":"config"}\n');
    expect(await ask([], { LAKEOBS_ROSTER: '../env.csv' })).toMatch(
      /has no column known to hold ids: it has "Nr", "x"/,
    );
    expect(await ask(['--roster-column', 'nr'], { LAKEOBS_ROSTER: '../env.csv' })).toBe('{"worker_id":"env"}\n');
    expect(await ask(['--roster', '../flag.csv', '--roster-column', 'Nr'], { LAKEOBS_ROSTER: '../env.csv' })).toBe(
      '{"worker_id":"flag"}\n',
    );
    folder.write('lakeobs.json', JSON.stringify({ roster: 'config.csv' }));
    expect(await ask(['--roster-column', 'x'])).toBe('{"worker_id":"1"}\n');
  });

  it('is asked for by a query that needs one, and a call that makes no sense is refused', async () => {
    const cwd = folder.path();
    folder.write('session.jsonl', fill('s1', 'W-1'));
    folder.write('r.csv', 'id\nW-1\n');
    for (const [args, says] of [
      [['query', 'phantom-workers', './session.jsonl'], /no roster was given[\s\S]*--roster FILE/],
      [['query', 'phantom-workers', './session.jsonl', '--fail-on-rows'], /no roster was given/],
      [['sql', 'FROM roster', './session.jsonl'], /no roster was given/],
      [['sql', 'FROM roster', './session.jsonl', '--roster', 'none.csv'], /there is no roster at/],
      [['sql', 'FROM roster', './session.jsonl', '--roster', ''], /--roster is empty/],
      [['sql', 'FROM roster', './session.jsonl', '--roster', '-'], /not standard input/],
      [['sql', 'FROM roster', './session.jsonl', '--roster-column', 'id'], /without a roster/],
      [['sql', 'FROM roster_ids', './session.jsonl', '--roster', 'r.csv'], /there is no view "roster_ids"/],
      [['sql', "FROM 'r.csv'", './session.jsonl', '--roster', 'r.csv'], /there is no view/],
      [['query', 'alarm', './session.jsonl', '--roster', 'r.csv', '-o', './r.csv', '-o', 'x.csv'], /is the roster/],
    ] as const) {
      const { code, stdout, stderr } = await lakeobs(args, { cwd });
      expect([code, stdout, stderr], args.join(' ')).toEqual([2, '', expect.stringMatching(says)]);
    }
    expect(readFileSync(join(cwd, 'r.csv'), 'utf8')).toBe('id\nW-1\n');
  });

  it('says when it was given for nothing, and what of it is no id', async () => {
    const cwd = folder.path();
    folder.write('session.jsonl', fill('s1', 'W-1'));
    folder.write('r.csv', 'id,n\nW-1,a\nW-1,b\n,c\n');
    const stderrOf = async (...args: string[]) =>
      (await lakeobs([...args, './session.jsonl', '--roster', 'r.csv'], { cwd })).stderr;
    expect(await stderrOf('check', 'alarm')).toMatch(
      /the roster r\.csv was not read: nothing here names the view roster/,
    );
    expect(await stderrOf('query', 'phantom-workers')).toMatch(/r\.csv: 1 id in id, 1 duplicate, 1 empty/);
    expect(await stderrOf('query', 'phantom-workers', '--quiet')).toBe('');
  });

  it('is no log, wherever it lies and whatever it is called', async () => {
    const cwd = folder.path();
    mkdirSync(join(cwd, 'lake'));
    folder.write('lake/session.jsonl', fill('s1', 'W-1'));
    folder.write('lake/roster.jsonl', '{"id":"W-1"}\n');
    symlinkSync(join(cwd, 'lake/roster.jsonl'), join(cwd, 'who.jsonl'));
    const lake = await lakeobs(['check', '--roster', 'who.jsonl', '--format', 'json'], { cwd });
    expect([lake.code, lake.stderr]).toEqual([0, '']);
    expect(JSON.parse(lake.stdout).roster).toMatchObject({ file: join(cwd, 'who.jsonl'), column: 'id', ids: 1 });
    mkdirSync(join(cwd, 'logs'));
    folder.write('logs/a.jsonl', fill('s1', 'W-1'));
    folder.write('logs/roster.jsonl', '{"id":"W-1"}\n');
    const logs = await lakeobs(['check', './logs', '--roster', 'logs/roster.jsonl', '--format', 'json'], { cwd });
    expect(JSON.parse(logs.stdout)).toMatchObject({ exit_code: 0, scanned: { files: 1, unrecognised: 0 } });
  });

  it('of a million ids costs seconds at most', async () => {
    const ids = Array.from({ length: 1_000_000 }, (_, at) => `W-${at}\n`);
    const roster = folder.write('million.csv', `worker_id\n${ids.join('')}`);
    const fills = [999_999, 1_000_000].map((at) => ({ candidate_id: `W-${at}` }));
    const log = folder.write('many.jsonl', `${sessionLine({ artifact: { fills } })}\n`);
    const before = performance.now();
    const { code, stdout } = await lakeobs(['check', 'phantom-workers', log, '--roster', roster, '--format', 'json']);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      checks: [{ findings: 1, population: 2, rows: [{ worker_id: 'W-1000000', position: 2 }] }],
      roster: { ids: 1_000_000 },
    });
  });

  it('is shown by sources and looked at by doctor', async () => {
    const cwd = folder.path();
    mkdirSync(join(cwd, 'lake'));
    folder.write('lake/session.jsonl', fill('s1', 'W-1'));
    folder.write('r.csv', 'id\nW-1\n');
    folder.write('lakeobs.json', '{"roster":"r.csv"}');
    expect((await lakeobs(['sources'], { cwd })).stderr).toMatch(/roster .*r\.csv: 1 id in id/);
    expect(await lakeobs(['doctor'], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/r\.csv\n {2}note {2}the roster: 1 id in id/),
    });
    folder.write('r.csv', 'id,n\nW-1\n');
    expect(await lakeobs(['doctor'], { cwd })).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/mend.*1 of 2 fields/),
    });
    expect(await lakeobs(['sources'], { cwd })).toMatchObject({ code: 2, stdout: expect.stringMatching(/session/) });
  });

  it('serves the library as it serves the command line', async () => {
    const cwd = folder.path();
    folder.write('session.jsonl', fill('s1', 'W-9'));
    folder.write('r.csv', 'Nr,n\nW-1,a\n');
    const options = { cwd, paths: ['session.jsonl'], config: null };
    const lake = openLake({ ...options, roster: { file: 'r.csv', column: 'Nr' } });
    expect(await lake.query('phantom-workers')).toMatchObject({ roster: { ids: 1, column: 'Nr' } });
    expect((await lake.query('phantom-workers')).rows).toHaveLength(1);
    expect(await lake.check({ names: ['stamp-mismatch'] })).toMatchObject({ exit_code: 1, roster: { ids: 1 } });
    await expect(openLake({ ...options, roster: null }).query('phantom-workers')).rejects.toMatchObject({
      code: 'usage',
    });
    await expect(openLake({ ...options, roster: 'r.csv' }).query('phantom-workers')).rejects.toMatchObject({
      message: /no column known/,
    });
  });
});
