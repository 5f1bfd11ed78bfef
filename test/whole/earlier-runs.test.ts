// Settings, baseline and --since-last from outside: what a person types, the exit code, the file that is left; killed in the middle, and without the right to write.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openLake } from '../../src/lake.ts';
import { lakeobs, lakeobsBin, type Ran } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();
const at = (name: string): string => join(folder.path(), name);
const env = (): Record<string, string> => ({ XDG_STATE_HOME: at('state') });
const run = (...args: string[]): Promise<Ran> => lakeobs(args, { cwd: folder.path(), env: env() });

/** A log at rest: one clean fill and these that are not. */
function put(ids: readonly string[], name = 'log.jsonl'): void {
  const lines = ids.map((session_id) => sessionLine({ session_id, grounded_in_roster: false }));
  const path = folder.write(name, `${[sessionLine(), ...lines].join('\n')}\n`);
  const hourAgo = Date.now() / 1000 - 3_600;
  utimesSync(path, hourAgo, hourAgo);
}

const entries = (name = 'accepted.json') => JSON.parse(readFileSync(at(name), 'utf8')).entries as { reason: string }[];
const drafts = (name = '.') => readdirSync(at(name)).filter((one) => one.endsWith('.tmp'));

describe('settings', () => {
  it('decide, and stand in every format with the file they are from', async () => {
    put(['bad-1', 'bad-2']);
    folder.write(
      'lakeobs.json',
      '{"checks":{"alarm":{"severity":"warn","error_if":"> 3"},"ungrounded-unknown":{"enabled":false}}}',
    );
    const suffixes = ['json', 'jsonl', 'md', 'xml', 'sarif', 'github'];
    const outputs = suffixes.flatMap((suffix) => ['-o', `out.${suffix}`]);
    const page = await run('check', './log.jsonl', '--allow-damage', ...outputs);
    expect(page.code).toBe(0);
    for (const text of [page.stdout, ...suffixes.map((suffix) => readFileSync(at(`out.${suffix}`), 'utf8'))])
      for (const said of ['error_if', 'lakeobs.json', 'allow_damage', '--allow-damage', 'enabled'])
        expect(text.replaceAll('\\', '')).toContain(said);
    const { stdout } = await run('check', './log.jsonl');
    expect(stdout).toMatch(/WARN +alarm +warn +2 findings/);
    expect(stdout).toContain('2 findings in a population of 3, fails from > 3');
    expect(stdout).toMatch(/SKIPPED +ungrounded-unknown.*\n +disabled in .*lakeobs\.json/);
    expect((await run('check', './log.jsonl', '--fail-on', 'warn')).code).toBe(1);
    put(['1', '2', '3', '4'].map((n) => `bad-${n}`));
    expect((await run('check', './log.jsonl')).code).toBe(1);
    const rows = await run('query', 'alarm', './log.jsonl', '--fail-on-rows');
    expect(rows.code).toBe(1);
    expect(rows.stderr).toContain('overrides in force: alarm.severity: warn');
  });

  it('that cannot be applied end the run, with what was meant', async () => {
    put([]);
    folder.write('lakeobs.json', '{"checks":{"alram":{"severity":"warn"}}}');
    for (const args of [
      ['check', './log.jsonl'],
      ['check', '--dry-run'],
      ['query', 'alarm', './log.jsonl', '--fail-on-rows'],
    ])
      expect(await run(...args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/"alram"\. Did you mean alarm\?/),
      });
  });
});

describe('a baseline', () => {
  it('is made, accepts, counts again when it is over, and is mended', async () => {
    put(['bad-1', 'bad-2']);
    const check = (...args: string[]) => run('check', 'alarm', './log.jsonl', '--baseline', 'accepted.json', ...args);
    expect(await check()).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/there is no baseline .*--update-baseline/s),
    });
    const made = await check('--update-baseline', '--reason', 'seen by Ada', '--baseline-expires', '90d');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('written: 2 added, 0 renewed, 0 dropped') });
    expect(entries()).toMatchObject([{ reason: 'seen by Ada' }, { reason: 'seen by Ada' }]);
    expect(await check()).toMatchObject({ code: 0, stdout: expect.stringContaining('2 accepted by baseline') });
    put(['bad-2', 'bad-3']);
    const third = await check();
    expect(third.code).toBe(1);
    expect(third.stdout).toContain('alarm: 1 finding, 1 accepted by baseline');
    expect(third.stdout).toContain('1 accepted finding no longer occurs: remove it with --update-baseline');
    put(['bad-2']);
    writeFileSync(
      at('accepted.json'),
      readFileSync(at('accepted.json'), 'utf8').replaceAll(/"expires":"[^"]*"/g, '"expires":"2020-01-01"'),
    );
    expect(await check()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('the acceptance of 1 finding is over'),
    });
    expect((await check('--update-baseline')).code).toBe(0);
    expect((await check()).code).toBe(0);
    writeFileSync(
      at('accepted.json'),
      readFileSync(at('accepted.json'), 'utf8').replace('"fingerprint":"', '"fingerprint":"x'),
    );
    expect(await check()).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/accepted\.json:4: .*64 hex digits/),
    });
    expect(drafts()).toEqual([]);
  });

  it('of the config counts without a flag, also for query --fail-on-rows, and not with --no-baseline', async () => {
    put(['bad-1']);
    folder.write('lakeobs.json', '{"baseline":"accepted.json"}');
    expect((await run('check', 'alarm', './log.jsonl', '--update-baseline')).code).toBe(0);
    expect((await run('check', 'alarm', './log.jsonl')).code).toBe(0);
    expect((await run('query', 'alarm', './log.jsonl', '--fail-on-rows')).code).toBe(0);
    expect(await run('check', 'alarm', './log.jsonl', '--no-baseline')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('baseline: false (--no-baseline)'),
    });
  });

  it('is the old or the new one, whole, whenever its writer is killed', async () => {
    const ids = Array.from({ length: 4_000 }, (_, n) => `bad-${n}`);
    put(ids.slice(0, 1));
    const args = ['check', 'alarm', './log.jsonl', '--baseline', 'accepted.json', '--update-baseline'];
    await run(...args);
    const old = readFileSync(at('accepted.json'), 'utf8');
    put(ids);
    const started = Date.now();
    await run(...args);
    const wholeMs = Date.now() - started;
    let killed = 0;
    for (let turn = 0; turn < 5; turn++) {
      writeFileSync(at('accepted.json'), old);
      const child = spawn(process.execPath, [lakeobsBin, ...args], {
        cwd: folder.path(),
        env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TMPDIR: folder.path(), ...env() },
        stdio: 'ignore',
      });
      const ended = new Promise<NodeJS.Signals | null>((resolve) =>
        child.on('close', (_code, signal) => resolve(signal)),
      );
      // From its draft on to about where it would have ended.
      const before = drafts().length;
      while (drafts().length === before && child.exitCode === null) await sleep(1);
      await sleep((turn / 5) * wholeMs);
      child.kill('SIGKILL');
      if ((await ended) === 'SIGKILL') killed++;
      const left = readFileSync(at('accepted.json'), 'utf8');
      if (left !== old) expect(entries()).toHaveLength(4_000);
    }
    expect(killed).toBeGreaterThan(0);
    // What killed writers left is removed by one that comes later.
    for (const draft of drafts()) utimesSync(at(draft), 0, 0);
    expect((await run(...args)).code).toBe(0);
    expect(drafts()).toEqual([]);
    expect(entries()).toHaveLength(4_000);
  });

  it('keeps its mode and its link', async () => {
    put(['bad-1']);
    writeFileSync(at('real.json'), '{"schema":"lakeobs.baseline.v1","entries":[]}', { mode: 0o640 });
    symlinkSync('real.json', at('link.json'));
    expect((await run('check', 'alarm', './log.jsonl', '--baseline', 'link.json', '--update-baseline')).code).toBe(0);
    expect(lstatSync(at('link.json')).isSymbolicLink()).toBe(true);
    expect(entries('real.json')).toHaveLength(1);
    expect(statSync(at('real.json')).mode & 0o777).toBe(0o640);
  });
});

describe('--since-last', () => {
  it('tells only news, by the exit code too', async () => {
    put(['bad-1']);
    const check = () => run('check', 'alarm', './log.jsonl', '--since-last');
    expect(await check()).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('first run: all findings are new'),
    });
    const again = await check();
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('1 known from the last run') });
    expect(again.stdout).not.toContain('bad-1');
    put(['bad-2']);
    const third = await check();
    expect(third.code).toBe(1);
    expect(third.stdout).toContain('│ bad-2');
    expect(third.stdout).toContain('session_id: bad-1');
    expect(readdirSync(at('state/lakeobs/since-last'))).toHaveLength(1);
    const jsonl = await run('check', 'alarm', './log.jsonl', '--since-last', '--format', 'jsonl');
    expect(jsonl).toMatchObject({ code: 0, stdout: expect.not.stringContaining('"type":"finding"') });
  });
});

describe('without the right to write', () => {
  const asNobody = (args: readonly string[], own: Record<string, string>): Promise<Ran> =>
    new Promise((resolve) => {
      const who = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
      const child = spawn(process.execPath, [lakeobsBin, ...args], {
        env: {
          PATH: process.env.PATH ?? '',
          HOME: '/nonexistent',
          TMPDIR: '/tmp',
          XDG_CACHE_HOME: '/dev/null/none',
          ...own,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...who,
      });
      const ran = { code: null as number | null, stdout: '', stderr: '' };
      child.stdout.on('data', (text) => {
        ran.stdout += text;
      });
      child.stderr.on('data', (text) => {
        ran.stderr += text;
      });
      child.on('close', (code) => resolve({ ...ran, code }));
    });

  it('the last run is kept in the state folder, or the run says where it could be; a baseline says it cannot be written', async () => {
    mkdirSync(at('lake'));
    put(['bad-1'], 'lake/session.jsonl');
    mkdirSync(at('own'));
    chmodSync(folder.path(), 0o755);
    chmodSync(at('own'), 0o777);
    chmodSync(at('lake'), 0o555);
    try {
      const args = ['check', 'alarm', '--lake', at('lake'), '--since-last'];
      const refused = await asNobody(args, { XDG_STATE_HOME: '/dev/null/none' });
      expect(refused).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/no place to remember.*XDG_STATE_HOME/s),
      });
      const own = { XDG_STATE_HOME: at('own') };
      expect((await asNobody(args, own)).code).toBe(1);
      expect((await asNobody(args, own)).code).toBe(0);
      expect(existsSync(at('lake/since-last'))).toBe(false);
      const baseline = ['check', 'alarm', '--lake', at('lake'), '--baseline', at('lake/b.json'), '--update-baseline'];
      expect(await asNobody(baseline, own)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/cannot write .*b\.json: permission denied/),
      });
    } finally {
      chmodSync(at('lake'), 0o755);
    }
  });
});

describe('the library', () => {
  it('does the same with the same names', async () => {
    put(['bad-1']);
    const lake = openLake({ paths: ['log.jsonl'], config: null, cwd: folder.path() });
    const names = ['alarm'];
    expect(await lake.check({ names })).toMatchObject({
      exit_code: 1,
      overrides: [],
      baseline: null,
      since_last: null,
    });
    const updateBaseline = { expires: '90d', reason: 'why' };
    expect(await lake.check({ names, baseline: 'accepted.json', updateBaseline })).toMatchObject({ exit_code: 0 });
    expect(entries()).toMatchObject([{ reason: 'why' }]);
    expect(await lake.check({ names, baseline: 'accepted.json' })).toMatchObject({
      exit_code: 0,
      baseline: { accepted: 1 },
    });
    await expect(lake.check({ names, updateBaseline: true })).rejects.toMatchObject({ code: 'usage' });
    const state = process.env.XDG_STATE_HOME;
    process.env.XDG_STATE_HOME = at('state');
    try {
      expect(await lake.check({ names, sinceLast: true })).toMatchObject({
        exit_code: 1,
        since_last: { previous: null },
      });
      expect(await lake.check({ names, sinceLast: true })).toMatchObject({ exit_code: 0, since_last: { known: 1 } });
      // The command of the same choice goes on where the library was.
      expect((await run('check', 'alarm', './log.jsonl', '--since-last')).code).toBe(0);
    } finally {
      if (state === undefined) delete process.env.XDG_STATE_HOME;
      else process.env.XDG_STATE_HOME = state;
    }
  });
});
