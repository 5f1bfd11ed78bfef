// The server as a process: several calls at once, cancellation, limits, children that are killed, clients that go away. Nobody stays behind, and on stdout stands the protocol alone.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { lakeobs, lakeobsBin } from '../cli.ts';
import { childrenOf, isRunning } from '../processes.ts';
import { deaf } from '../query/attacks.ts';
import { sessionLine } from '../whole/records.ts';
import { type Connected, connected, errorOf, parts } from './client.ts';

const endless = 'SELECT count(*) FROM range(1000000000000)';

let folder: string;
let temporary: string;
let server: Connected | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-life-'));
  temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  mkdirSync(join(folder, 'lake'));
  mkdirSync(join(folder, 'queries'));
  writeFileSync(join(folder, 'lake', 'session.jsonl'), `${sessionLine()}\n`);
  writeFileSync(join(folder, 'queries', 'deaf.sql'), `-- title: Deaf\n-- family: session\n-- kind: check\n${deaf}\n`);
  writeFileSync(join(folder, 'lakeobs.json'), JSON.stringify({ queries: ['queries'] }));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => {
  // What was private is removed, however it ended.
  const left = readdirSync(temporary);
  rmSync(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

async function started(...args: string[]): Promise<Connected> {
  server = await connected(args, { cwd: folder, env: { TMPDIR: temporary } });
  return server;
}

async function answers(own: Connected): Promise<void> {
  expect(parts((await own.call('sql', { statement: 'SELECT count(*) FROM sessions' })).text).inside[1]).toEqual([1]);
}

/** Once the calls that were made are being worked on. */
const atWork = () => new Promise((resolve) => setTimeout(resolve, 500));

describe('calls at once', () => {
  test('are all answered, one after the other, and what reads no log does not wait', async () => {
    const own = await started();
    const order: string[] = [];
    const call = async (name: string, args = {}) => {
      const { isError } = await own.call(name, args);
      order.push(name);
      return isError;
    };
    const failed = await Promise.all([
      call('run_checks', { names: ['alarm'] }),
      call('sql', { statement: 'FROM sessions' }),
      call('show', { id: 's1' }),
      call('list_queries'),
    ]);
    expect(failed).toEqual([false, false, false, false]);
    expect(order).toEqual(['list_queries', 'run_checks', 'sql', 'show']);
  });

  test('that are too many are refused, the others answered', async () => {
    const own = await started();
    const called = await Promise.all(Array.from({ length: 40 }, () => own.call('sql', { statement: 'SELECT 1' })));
    const refused = called.filter(({ isError }) => isError);
    expect(refused).toHaveLength(7);
    expect(errorOf(refused[0]!)).toMatch(/32 calls are waiting already/);
  });
});

describe('cancellation', () => {
  test.each([endless, deaf])('ends the statement that runs, and the next one is answered: %s', async (statement) => {
    const own = await started();
    const stop = new AbortController();
    const running = own.call('sql', { statement }, stop.signal);
    await atWork();
    const since = performance.now();
    stop.abort();
    await expect(running).rejects.toThrow();
    await answers(own);
    expect(performance.now() - since).toBeLessThan(6_000);
  });

  test('ends checks, too', async () => {
    const own = await started();
    const stop = new AbortController();
    const running = own.call('run_checks', { names: ['deaf'] }, stop.signal);
    await expect.poll(() => childrenOf(own.pid).length, { timeout: 5_000 }).toBe(2);
    await atWork();
    stop.abort();
    await expect(running).rejects.toThrow();
    await answers(own);
    expect(childrenOf(own.pid).length).toBe(1);
  });

  test('of a call that waits leaves the one that runs alone', async () => {
    const own = await started();
    const stop = new AbortController();
    const slow = "SELECT count(*) FROM range(3000000) a WHERE md5(a.range::VARCHAR) > '0'";
    const running = own.call('sql', { statement: slow });
    const waiting = own.call('sql', { statement: 'SELECT 2' }, stop.signal);
    const behind = own.call('sql', { statement: 'SELECT 3' });
    setTimeout(() => stop.abort(), 50);
    await expect(waiting).rejects.toThrow();
    expect(parts((await running).text).inside[1]).toEqual([3_000_000]);
    expect(parts((await behind).text).inside[1]).toEqual([3]);
  });
});

test('a client that asks for progress hears that a call is alive, also one that waits', async () => {
  const own = await started('--timeout', '3s');
  const heard: Record<string, number[]> = { runs: [], waits: [] };
  const asked = (name: 'runs' | 'waits', statement: string) =>
    own.client.callTool({ name: 'sql', arguments: { statement } }, undefined, {
      onprogress: ({ progress }) => void heard[name]!.push(progress),
      timeout: 2_000,
      resetTimeoutOnProgress: true,
    });
  await Promise.all([asked('runs', deaf), asked('waits', 'SELECT 1')]);
  for (const seconds of Object.values(heard)) expect(seconds.slice(0, 2)).toEqual([1, 2]);
});

describe('limits', () => {
  test('of time hold for statements, time lines and checks, whoever listens', async () => {
    const own = await started('--timeout', '800ms');
    for (const statement of [endless, deaf]) {
      const since = performance.now();
      expect(errorOf(await own.call('sql', { statement }))).toMatch(/time limit/);
      expect(performance.now() - since).toBeLessThan(5_000);
    }
    const { structured, text, isError } = await own.call('run_checks', { names: ['deaf'] });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ verdict: 'inconclusive', exit_code: 2 });
    expect(text).toMatch(/time limit/);
    await answers(own);
  });
});

describe('a child that is killed', () => {
  test('in a statement costs that statement', async () => {
    const own = await started();
    const running = own.call('sql', { statement: endless });
    await atWork();
    const [child] = childrenOf(own.pid);
    process.kill(child!, 'SIGKILL');
    const called = await running;
    expect(called.isError).toBe(true);
    expect(errorOf(called)).toMatch(/ended the process it ran in \(SIGKILL\)/);
    await answers(own);
  });

  test('in a check costs that check', async () => {
    const own = await started();
    const running = own.call('run_checks', { names: ['deaf'] });
    await expect.poll(() => childrenOf(own.pid).length, { timeout: 5_000 }).toBe(2);
    process.kill(childrenOf(own.pid).at(-1)!, 'SIGKILL');
    const called = await running;
    expect(called.isError).toBe(true);
    expect(errorOf(called)).toMatch(/ended the process it ran in \(SIGKILL\)/);
    await answers(own);
  });

  test('between two statements costs nothing', async () => {
    const own = await started();
    await answers(own);
    process.kill(childrenOf(own.pid)[0]!, 'SIGKILL');
    // Gone for its parent, too.
    await expect.poll(() => childrenOf(own.pid)).toEqual([]);
    await answers(own);
  });
});

describe('a client that goes away', () => {
  const initialize = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } } })}\n${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`;
  const asking = (id: number, name: string, args: object) =>
    `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } })}\n`;

  function raw(...args: string[]) {
    const child = spawn(process.execPath, [lakeobsBin, 'mcp', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', XDG_CACHE_HOME: '/dev/null/none', TMPDIR: temporary },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const gone = new Promise<[number | null, string | null]>((resolve) =>
      child.once('close', (code, signal) => resolve([code, signal])),
    );
    return { child, gone, stdout: () => stdout, stderr: () => stderr };
  }

  test.each([
    ['closes its end', [0, null]],
    ['closes both ends', [0, null]],
    ['sends SIGTERM', [null, 'SIGTERM']],
    ['sends SIGINT', [130, null]],
    ['sends SIGKILL', [null, 'SIGKILL']],
  ] as const)('in the middle of a statement that does not listen: it %s, and nobody stays behind', async (how, end) => {
    const own = raw();
    own.child.stdin.write(initialize + asking(2, 'sql', { statement: deaf }));
    await expect.poll(() => childrenOf(own.child.pid!).length, { timeout: 5_000 }).toBe(1);
    await atWork();
    const children = childrenOf(own.child.pid!);
    const since = performance.now();
    const [, signal] = /(SIG\w+)/.exec(how) ?? [];
    if (signal !== undefined) own.child.kill(signal as NodeJS.Signals);
    else {
      own.child.stdin.end();
      if (how.includes('both')) own.child.stdout.destroy();
    }
    expect(await own.gone).toEqual(end);
    expect(performance.now() - since).toBeLessThan(4_000);
    await expect.poll(() => children.filter(isRunning), { timeout: 5_000 }).toEqual([]);
  });

  test('in the middle of a check: its process ends, too', async () => {
    const own = raw();
    own.child.stdin.write(initialize + asking(2, 'run_checks', { names: ['deaf'] }));
    await expect.poll(() => childrenOf(own.child.pid!).length, { timeout: 5_000 }).toBe(2);
    await atWork();
    const children = childrenOf(own.child.pid!);
    own.child.kill('SIGKILL');
    await own.gone;
    await expect.poll(() => children.filter(isRunning), { timeout: 5_000 }).toEqual([]);
  });

  test('what it hears is the protocol and nothing else, whatever it says', async () => {
    const own = raw();
    own.child.stdin.write(`no JSON\n\n{"jsonrpc":"1.0"}\n[]\n${initialize}`);
    own.child.stdin.write(asking(2, 'sql', { statement: "SELECT error('x')" }));
    own.child.stdin.write(asking(3, 'sql', { statement: "FROM enable_logging(storage = 'stdout')" }));
    own.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 4, method: 'no/such' })}\n`);
    own.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'tools/call', params: {} })}\n`);
    own.child.stdin.write(asking(6, 'sql', { statement: 'SELECT 6' }));
    const messages = () =>
      own
        .stdout()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { jsonrpc: string; id: number; error?: object });
    await expect.poll(() => messages().length, { timeout: 10_000 }).toBe(6);
    expect(messages().map(({ jsonrpc }) => jsonrpc)).toEqual(Array.from({ length: 6 }, () => '2.0'));
    expect(
      messages()
        .map(({ id, error }) => [id, error !== undefined])
        .sort(),
    ).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
      [5, true],
      [6, false],
    ]);
    expect(own.stderr()).toMatch(/^(lakeobs: a message of the client is not one of the protocol, or too long\n)+$/);
    own.child.stdin.end();
    expect(await own.gone).toEqual([0, null]);
  });

  test('a message beyond all measure ends the server, not the machine', async () => {
    const own = raw();
    own.child.stdin.on('error', () => {});
    own.child.stdin.write(initialize);
    own.child.stdin.write('x'.repeat(9 * 1024 * 1024));
    expect(await own.gone).toEqual([0, null]);
    expect(own.stderr()).toMatch(/too long/);
  });
});

describe('a start', () => {
  test.each([
    [['-'], /standard input is where the client speaks/],
    [['alarm'], /"alarm" is no path/],
    [['--timeout', 'soon'], /--timeout takes a duration/],
    [['--config', './none.json'], /none\.json/],
    [['--format', 'json'], /unknown option '--format'/],
  ])('with %j is refused with exit 2 and a hint, and says nothing on stdout', async (args, words) => {
    const { code, stdout, stderr } = await lakeobs(['mcp', ...args], { cwd: folder });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/bug/);
  });

  test('needs no package but those lakeobs installs', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const home = join(folder, 'installed');
    for (const part of ['bin', 'dist/cli', 'dist/plans.json', 'package.json', 'queries'])
      cpSync(join(root, part), join(home, part), { recursive: true });
    mkdirSync(join(home, 'node_modules', '@duckdb'), { recursive: true });
    symlinkSync(join(root, 'node_modules', '@duckdb', 'node-api'), join(home, 'node_modules', '@duckdb', 'node-api'));
    const own = await connected([], { cwd: folder, env: { TMPDIR: temporary }, bin: join(home, 'bin', 'lakeobs.js') });
    await answers(own);
    expect((await own.call('run_checks', { names: ['alarm'] })).structured).toMatchObject({ exit_code: 0 });
    await own.close();
  });
});
