// Free SQL as whole processes: whatever a statement does, the command ends in time, with exit 2 and a message, with nothing on stdout and nothing half-written.
import { spawn } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lakeobs, lakeobsBin, type Ran } from '../cli.ts';
import { childrenOf, isRunning } from '../processes.ts';
import { attackGround, canary, deaf, type Ground, quickAttacks } from '../query/attacks.ts';

let ground: Ground;
beforeAll(() => {
  ground = attackGround();
});
afterAll(() => ground.remove());

const run = (...args: string[]): Promise<Ran> => lakeobs(args, { cwd: ground.root, env: envOf() });
const envOf = () => ({ HOME: ground.home, TMPDIR: ground.home, LAKEOBS_LAKE: ground.lake, LAKEOBS_CANARY: canary });

async function timed<T>(running: Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  return [await running, performance.now() - started];
}

test('attacks from the command line exit 2 with a message and an empty stdout; no byte changes, no secret is told', async () => {
  const before = ground.hash();
  // The longest are no arguments any more: they come as files elsewhere.
  const some = quickAttacks.filter(
    ({ sql, refused }, index) => index % 12 === 3 && refused !== null && sql.length < 50_000 && !sql.includes('\0'),
  );
  expect(some.length).toBeGreaterThan(8);
  for (const attack of some) {
    const { code, stdout, stderr } = await run('sql', ground.sqlOf(attack));
    expect([attack.name, code, stdout]).toEqual([attack.name, 2, '']);
    expect(stderr).toMatch(attack.refused!);
    expect(stderr).toMatch(/^ {2}try: /m);
    expect(stderr).not.toContain(canary);
  }
  expect(ground.hash()).toEqual(before);
});

test('attacks that are watched exit 2 with a message and an empty stdout, too', async () => {
  const before = ground.hash();
  const some = quickAttacks.filter(
    ({ sql, refused }, index) => index % 30 === 7 && refused !== null && sql.length < 9_999,
  );
  expect(some.length).toBeGreaterThan(3);
  for (const attack of some) {
    const own = join(ground.home, 'own.sql');
    writeFileSync(own, ground.sqlOf(attack));
    const { code, stdout, stderr } = await run('watch', own, '--until-rows');
    rmSync(own);
    expect([attack.name, code, stdout]).toEqual([attack.name, 2, '']);
    expect(stderr).toMatch(attack.refused!);
    expect(stderr).not.toContain(canary);
  }
  expect(ground.hash()).toEqual(before);
});

describe('a statement that does not listen', () => {
  test('ends at --timeout, and writes no output', async () => {
    const before = ground.hash();
    const [{ code, stdout, stderr }, ms] = await timed(
      run('sql', deaf, '--timeout', '500ms', '-o', join(ground.root, 'out.csv')),
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/time limit/);
    expect(ms).toBeLessThan(5_000);
    expect(ground.hash()).toEqual(before);
  });

  test('ends in an own query and in an own check, whose document is printed', async () => {
    const query = join(ground.root, 'own.sql');
    writeFileSync(query, `${deaf}\n`);
    const [asked, ms] = await timed(run('query', query, '--timeout', '500ms'));
    expect([asked.code, asked.stdout]).toEqual([2, '']);
    const check = join(ground.root, 'own-check.sql');
    writeFileSync(check, `-- title: x\n-- family: replay\n-- kind: check\n${deaf}\n`);
    const [checked, checkMs] = await timed(run('check', check, '--timeout', '500ms', '--format', 'json'));
    expect(checked.code).toBe(2);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      exit_code: 2,
      checks: [{ name: 'own-check', status: 'error', reason: expect.stringContaining('time limit') }],
    });
    expect(Math.max(ms, checkMs)).toBeLessThan(5_000);
  });

  test('ends at Ctrl-C, told to the group or to the process, with 130', async () => {
    for (const group of [true, false]) {
      const child = spawn(process.execPath, [lakeobsBin, 'sql', deaf], {
        cwd: ground.root,
        env: { PATH: process.env.PATH, ...envOf() },
        stdio: 'ignore',
        detached: true,
      });
      const gone = new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      process.kill(group ? -child.pid! : child.pid!, 'SIGINT');
      const [, ms] = await timed(gone);
      expect(await gone).toEqual([130, null]);
      expect(ms).toBeLessThan(3_000);
    }
  });

  test('ends where an answer is followed: watch of an own query, tail with a condition', async () => {
    const own = join(ground.root, 'own.sql');
    writeFileSync(own, `${deaf}\n`);
    const ends = [
      ['watch', own],
      ['tail', 'replay', '--where', `(${deaf}) > 0 AND session_id <> ''`],
    ].map(async (args) => {
      const child = spawn(process.execPath, [lakeobsBin, ...args], {
        cwd: ground.root,
        env: { PATH: process.env.PATH, ...envOf() },
        stdio: 'ignore',
      });
      const gone = new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      child.kill('SIGINT');
      const [how, ms] = await timed(gone);
      expect([args[0], how]).toEqual([args[0], [130, null]]);
      expect(ms).toBeLessThan(3_000);
    });
    const [[watched, ms]] = await Promise.all([timed(run('watch', own, '--timeout', '500ms')), ...ends]);
    expect([watched.code, watched.stdout]).toEqual([2, '']);
    expect(watched.stderr).toMatch(/time limit/);
    expect(ms).toBeLessThan(5_000);
  });

  test('is gone when the command is killed', async () => {
    const child = spawn(process.execPath, [lakeobsBin, 'sql', deaf], {
      cwd: ground.root,
      env: { PATH: process.env.PATH, ...envOf() },
      stdio: 'ignore',
    });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const [under] = childrenOf(child.pid!);
    expect(under).toBeDefined();
    child.kill('SIGKILL');
    await expect.poll(() => isRunning(under!), { timeout: 5_000 }).toBe(false);
  });
});

test('memory that DuckDB does not count is counted', async () => {
  const [{ code, stdout, stderr }, ms] = await timed(
    run('sql', "SELECT length(repeat('x', 3000000000))", '--memory', '64MiB'),
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/more memory than it may/);
  expect(stderr).toMatch(/--memory/);
  expect(ms).toBeLessThan(20_000);
});

test('a crash is told, and is exit 2', async () => {
  const child = spawn(process.execPath, [lakeobsBin, 'sql', deaf], {
    cwd: ground.root,
    env: { PATH: process.env.PATH, ...envOf() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const gone = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  process.kill(childrenOf(child.pid!)[0]!, 'SIGSEGV');
  expect(await gone).toBe(2);
  expect(stderr).toMatch(/ended the process it ran in \(SIGSEGV\)/);
});

test('what was private is removed, however it ended', () => {
  expect(readdirSync(ground.home).filter((name) => name.startsWith('lakeobs-'))).toEqual([]);
});

test('standard streams go through: a statement from stdin, rows to a pipe that is closed early', async () => {
  const asked = await lakeobs(['sql', '-'], { cwd: ground.root, env: envOf(), input: '-- why\nSELECT 42 AS n' });
  expect(asked).toMatchObject({ code: 0, stdout: '{"n":42}\n', stderr: '' });
  const closed = await lakeobs(['sql', 'FROM range(1000000)'], { cwd: ground.root, env: envOf(), closeStdout: true });
  expect(closed.code).toBe(0);
});

test('own files come in with --allow-files, and only so', async () => {
  writeFileSync(join(ground.root, 'names.csv'), 'id,name\ns1,Ada\n');
  const sql = `SELECT name, score FROM replays JOIN 'names.csv' ON id = session_id`;
  expect(await run('sql', sql, '--allow-files', '.')).toMatchObject({
    code: 0,
    stdout: '{"name":"Ada","score":0.5}\n',
  });
  expect((await run('sql', sql)).code).toBe(2);
  writeFileSync(join(ground.root, 'join.sql'), sql);
  expect(await run('query', './join.sql', '--allow-files', '.')).toMatchObject({
    code: 0,
    stdout: '{"name":"Ada","score":0.5}\n',
  });
  expect(await run('query', 'alarm', '--allow-files', '.')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('own queries'),
  });
});
