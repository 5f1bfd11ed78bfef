// `lakeobs tail` from outside: real processes, a writer that rotates, kill -9, signals, pipes.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { lakeobs, lakeobsBin } from '../cli.ts';
import { sessionLine, testFolder } from './records.ts';

const folder = testFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Started {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** Resolves when `is` says so of what was printed; rejects after 20 s. */
  until: (is: (out: string, err: string) => boolean) => Promise<void>;
  ended: Promise<number | null>;
}

function start(command: string, args: readonly string[]): Started {
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', XDG_CACHE_HOME: '/dev/null/none', TMPDIR: '/tmp' };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  return {
    child,
    out: () => out,
    err: () => err,
    until: async (is) => {
      for (let waited = 0; !is(out, err); waited += 20) {
        if (waited > 20_000)
          throw new Error(`waited in vain; stdout ${JSON.stringify(out.slice(-500))}, stderr ${err}`);
        await new Promise((next) => setTimeout(next, 20));
      }
    },
    ended: new Promise((resolve) => child.on('close', (code) => resolve(code))),
  };
}

const follow = (...args: string[]) => start(process.execPath, [lakeobsBin, 'tail', '-f', ...args]);
const idsIn = (out: string) => [...out.matchAll(/"session_id":"(\w+)"/g)].map(([, id]) => id);
const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 10, 0, second)).toISOString();
const line = (id: string, fields: object = {}) => `${sessionLine({ session_id: id, ...fields })}\n`;

describe('lakeobs tail', () => {
  it('prints the newest, readable, with damage named by line and byte', async () => {
    const path = folder.write(
      'session.jsonl',
      `${line('s1')}{"torn\n${line('s2', { timestamp: at(1), final_verdict: 'max_iter_exhausted', attempts: [{ iteration: 0, verdict_kind: 'validation_failed', error: 'no \u001b[31msuch worker' }] })}`,
    );
    const { code, stdout } = await lakeobs(['tail', path]);
    expect(code).toBe(0);
    const [first, second, third] = stdout.trimEnd().split('\n');
    expect(first).toMatch(/^2026-03-01 10:00:00\.000 ✓ session {2}accepted fill m1 1 of 3 attempts grounded 12 ms/);
    expect(second).toMatch(/✗ damaged {2}torn .*session\.jsonl: line 2, byte \d+, 6 bytes \{"torn/);
    expect(third).toMatch(/✗ session {2}max_iter_exhausted .* no ␛\[31msuch worker/);
  });

  it('--format jsonl prints the lines as they are, and damage on stderr', async () => {
    const path = folder.write('session.jsonl', `${line('s1', { note: 'ü\u0085' })}broken\n`);
    const { stdout, stderr } = await lakeobs(['tail', path, '--format', 'jsonl']);
    expect(stdout).toBe(line('s1', { note: 'ü\u0085' }));
    expect(stderr).toMatch(/line 2, byte \d+: 6 bytes that are no record/);
  });

  it('--where asks the view: NULLs, wrong types and times as any query, back to the beginning if need be', async () => {
    const many = Array.from({ length: 3_000 }, (_, n) =>
      line(`s${n}`, { model: n % 1_000 === 7 ? 'rare' : 'm', duration_ms: n === 1_007 ? 'no number' : n }),
    ).join('');
    const path = folder.write('session.jsonl', many);
    const rare = await lakeobs(['tail', 'session', path, '--format', 'jsonl', '--where', "model = 'rare'"]);
    expect(idsIn(rare.stdout)).toEqual(['s7', 's1007', 's2007']);
    const typed = await lakeobs([
      'tail',
      'session',
      path,
      '--format',
      'jsonl',
      '-n',
      '1',
      '--where',
      `model = 'rare' AND duration_ms IS NULL AND source_file = '${path}'`,
    ]);
    expect(idsIn(typed.stdout)).toEqual(['s1007']);
  });

  it('--where is not led astray by keys of a record that look like its own', async () => {
    const path = folder.write('session.jsonl', line('s1', { 'lakeobs number': 7, source_file: 'x' }) + line('s2'));
    const both = await lakeobs(['tail', 'session', path, '--format', 'jsonl', '--where', "model <> ''"]);
    expect([both.code, both.stderr, idsIn(both.stdout)]).toEqual([0, '', ['s1', 's2']]);
  });

  it('refuses a condition that is none, or that reads something else', async () => {
    const path = folder.write('session.jsonl', line('s1'));
    const asked = (where: string, ...args: string[]) => lakeobs(['tail', ...args, path, '--where', where]);
    expect(await asked('modell = 1', 'session')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/Did you mean model\?/),
    });
    expect((await asked('session_id IN (SELECT session_id FROM attempts)', 'session')).stderr).toMatch(
      /cannot read attempts/,
    );
    expect((await asked("1 = (SELECT 1 FROM read_text('/etc/passwd'))", 'session')).stderr).toMatch(
      /read_text\(\) is refused/,
    );
    expect((await asked('true) UNION SELECT 99 FROM sessions WHERE (true', 'session')).code).toBe(0);
    expect((await asked('true')).stderr).toMatch(/--where needs a family/);
  });

  it('an unknown family, an empty lake and a missing file are 2 and say what to do; a closed pipe is 0', async () => {
    const lake = join(folder.path(), 'lake');
    mkdirSync(lake);
    expect(await lakeobs(['tail', 'sesion'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Did you mean session/),
    });
    expect(await lakeobs(['tail', '--lake', lake])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/-f waits/),
    });
    expect((await lakeobs(['tail', './none.jsonl'], { cwd: lake })).code).toBe(2);
    const path = folder.write('session.jsonl', line('s1').repeat(5_000));
    expect((await lakeobs(['tail', '-n', '5000', path], { closeStdout: true })).code).toBe(0);
    expect(
      idsIn((await lakeobs(['tail', '-', '--format', 'jsonl'], { input: line('s1') + line('s2') })).stdout),
    ).toEqual(['s1', 's2']);
  });
});

describe('lakeobs tail -f', () => {
  it('waits for a lake that is not there yet, then prints every record of a writer that rotates, once and in order', async () => {
    const lake = join(folder.path(), 'lake');
    const child = join(folder.path(), 'child.mjs');
    buildSync({
      entryPoints: [fileURLToPath(new URL('follower-child.ts', import.meta.url))],
      outfile: child,
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
    const tail = follow('session', '--lake', lake, '--format', 'jsonl');
    await tail.until((_, err) => /there is no lake .*; waiting for it/.test(err));
    // About 40 rotations.
    const writer = start(process.execPath, [child, join(lake, 'session.jsonl'), '3000', '24000']);
    await writer.until((out) => out.includes('written'));
    await tail.until((out) => idsIn(out).length >= 3_000);
    expect(idsIn(tail.out())).toEqual(Array.from({ length: 3_000 }, (_, n) => `n${n}`));
    tail.child.kill('SIGINT');
    expect(await tail.ended).toBe(130);
  });

  it('holds a line back until its newline; what kill -9 left torn is damage once the file is sealed', async () => {
    const path = folder.write('session.jsonl', line('s1'));
    const tail = follow(path);
    await tail.until((out) => out.includes('s1'));
    const next = line('s2', { timestamp: at(1) });
    appendFileSync(path, next.slice(0, 50));
    await new Promise((later) => setTimeout(later, 300));
    expect(tail.out()).not.toMatch(/damaged|s2/);
    // The writer died here; the next one seals and goes on.
    appendFileSync(path, `\n${next}`);
    await tail.until((out) => out.includes('s2'));
    expect(tail.out()).toMatch(/damaged {2}torn .*line 2, byte \d+, 50 bytes/);
  });

  it('says that a file was cut, and goes on; follows a name over a rotation by hand', async () => {
    const path = folder.write('session.jsonl', line('s1'));
    const tail = follow(path, '--format', 'jsonl');
    await tail.until((out) => out.includes('s1'));
    truncateSync(path);
    appendFileSync(path, '{"a":1}\n');
    await tail.until((out, err) => /became shorter/.test(err) && out.includes('{"a":1}'));
    renameSync(path, `${path}.old`);
    appendFileSync(`${path}.old`, line('late'));
    folder.write('session.jsonl', line('new'));
    await tail.until((out) => out.includes('new'));
    rmSync(path);
    folder.write('session.jsonl', line('newer'));
    await tail.until((out) => out.includes('newer'));
    expect(idsIn(tail.out())).toEqual(['s1', 'late', 'new', 'newer']);
  });

  it('--where and --since choose among what comes', async () => {
    const path = folder.write('session.jsonl', line('s1'));
    const tail = follow('session', path, '--where', "model = 'x'", '--since', '2026-03-02', '--format', 'jsonl');
    const later = { timestamp: '2026-03-03T00:00:00Z' };
    await new Promise((next) => setTimeout(next, 500));
    appendFileSync(
      path,
      line('no') + line('old', { model: 'x' }) + line('yes', { model: 'x', ...later }) + line('other', later),
    );
    await tail.until((out) => out.includes('yes'));
    appendFileSync(path, line('last', { model: 'x', ...later }));
    await tail.until((out) => out.includes('last'));
    expect(idsIn(tail.out())).toEqual(['yes', 'last']);
  });

  it('standard input cannot be followed', async () => {
    expect(await lakeobs(['tail', '-f', '-'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/cannot be followed/),
    });
  });
});
