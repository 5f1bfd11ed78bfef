// `lakeobs index` and the runs that use it, from outside: real processes, other users, Ctrl-C, two at once.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/columnar/manifest.ts';
import { readStored, writeStored } from '../../src/columnar/stored.ts';
import { indexPackBytesMin } from '../../src/limits.ts';
import { lakeobs, lakeobsBin, type Ran } from '../cli.ts';
import { sessionLine } from './records.ts';

const root = mkdtempSync(join(tmpdir(), 'lakeobs-index-'));
chmodSync(root, 0o755);
afterAll(() => rmSync(root, { recursive: true, force: true }));

let lake = '';
let turn = 0;
beforeEach(() => {
  lake = join(root, String(++turn));
  mkdirSync(lake, { mode: 0o755 });
});

const shelf = () => join(lake, '.lakeobs', 'columnar');
const log = () => join(lake, 'session.jsonl');
const put = (name: string, text: string) => {
  writeFileSync(join(lake, name), text);
  utimesSync(join(lake, name), 1_700_000_000, 1_700_000_000);
};
const sessions = (from: number, to: number, fields: object = {}) =>
  Array.from({ length: to - from }, (_, at) => `${sessionLine({ session_id: `s${from + at}`, ...fields })}\n`).join('');

const count = 'SELECT count(*) AS n, count(DISTINCT session_id) AS ids FROM sessions';
const run = (args: readonly string[], env: Record<string, string> = {}) => lakeobs([...args, '--lake', lake], { env });
const indexedBytes = async (env: Record<string, string> = {}): Promise<number> => {
  const { stdout } = await run(['sql', 'SELECT sum(indexed_bytes)::BIGINT AS n FROM sources', '--format', 'json'], env);
  return Number(JSON.parse(stdout)[0].n);
};
const rowsOf = ({ stdout }: Ran) => stdout.trim().split('\n');

describe('lakeobs index', () => {
  it('indexes what is new, says what it did, and a run uses it until it is told not to', async () => {
    put('session.jsonl', sessions(0, 50));
    const first = await run(['index', '--format', 'jsonl']);
    expect([first.code, JSON.parse(first.stdout)]).toMatchObject([
      0,
      { file: log(), bytes: statSync(log()).size, added_bytes: statSync(log()).size, pieces: 1, reason: '' },
    ]);
    expect(first.stderr).toMatch(/1 file, .* indexed as .* of Parquet, .* of it new/);
    expect(JSON.parse((await run(['index', '--format', 'jsonl'])).stdout)).toMatchObject({ added_bytes: 0 });
    expect(await indexedBytes()).toBe(statSync(log()).size);
    const asked = ['sql', 'SELECT indexed_bytes FROM sources', '--no-index', '--format', 'jsonl'];
    expect(JSON.parse((await run(asked)).stdout).indexed_bytes).toBe(0);
    const verdict = JSON.parse((await run(['check', 'alarm', '--format', 'json'])).stdout);
    expect(verdict.sources[0].indexed_bytes).toBe(statSync(log()).size);
  });

  it('reads every byte with --no-index, whatever an index says', async () => {
    put('session.jsonl', sessions(0, 50));
    await run(['index']);
    const folder = join(shelf(), readdirSync(shelf())[0]!);
    // An index that lies about the log in a way no run can see: the pieces of another, under this one's name.
    put('session.jsonl', sessions(50, 80));
    rmSync(join(lake, '.lakeobs'), { recursive: true });
    await run(['index']);
    expect(readdirSync(shelf())[0]).toBe(folder.split('/').at(-1));
    const manifest = readStored(join(folder, 'manifest.json')) as Manifest;
    put('session.jsonl', sessions(0, 50));
    const { size, mtimeNs, ctimeNs } = statSync(log(), { bigint: true });
    const stamp = { ...manifest.stamp, size: Number(size), mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs) };
    manifest.pieces[0]!.to = Number(size);
    writeStored(join(folder, 'manifest.json'), { ...manifest, stamp });
    expect(rowsOf(await run(['sql', count]))).toEqual(['{"n":30,"ids":30}']);
    expect(rowsOf(await run(['sql', count, '--no-index']))).toEqual(['{"n":50,"ids":50}']);
    const verified = await run(['index', '--verify', '--format', 'jsonl']);
    expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject(
      [1, { verified_bytes: 0, dropped_bytes: Number(size), reason: /of the log are not those that were indexed/ }].map(
        (one) => (typeof one === 'number' ? one : { ...one, reason: expect.stringMatching(one.reason) }),
      ),
    );
    expect(rowsOf(await run(['sql', count]))).toEqual(['{"n":50,"ids":50}']);
  });

  it('packs that cannot be made end the run with 2 and say why; the answers are there', async () => {
    const text = sessions(0, 1_000);
    put('session.jsonl', text.repeat(Math.ceil((indexPackBytesMin + 1) / text.length)));
    utimesSync(log(), 1_700_000_000, 1_700_000_000);
    mkdirSync(shelf(), { recursive: true });
    writeFileSync(join(shelf(), 'packs'), '');
    const found = await run(['index', '--format', 'jsonl']);
    expect([found.code, JSON.parse(found.stdout)]).toMatchObject([
      2,
      { indexed_bytes: statSync(log()).size, reason: '' },
    ]);
    expect(found.stderr).toMatch(/cannot keep packs in .*packs: already exists.*\n.*try: .*Every answer is the same/);
    expect(rowsOf(await run(['sql', count]))).toEqual(rowsOf(await run(['sql', count, '--no-index'])));
    rmSync(join(shelf(), 'packs'));
    expect(await run(['index'])).toMatchObject({ code: 0 });
    expect(existsSync(join(shelf(), 'packs', 'packs.json'))).toBe(true);
  });

  it('a Parquet file that cannot be read ends the run with 2, nothing on stdout, and what to do', async () => {
    put('session.jsonl', sessions(0, 500));
    await run(['index']);
    const folder = join(shelf(), readdirSync(shelf())[0]!);
    const piece = join(folder, readdirSync(folder).find((name) => name.endsWith('.parquet'))!);
    const manifest = join(folder, 'manifest.json');
    const { size, mtimeNs } = statSync(piece, { bigint: true });
    writeFileSync(piece, readFileSync(piece).fill(0xa5, 4, Number(size) - 4));
    // With the time it was written at, which is what a broken disk leaves.
    const spoiled = String(statSync(piece, { bigint: true }).mtimeNs);
    writeStored(manifest, JSON.parse(JSON.stringify(readStored(manifest)).replace(String(mtimeNs), spoiled)));
    const found = await run(['sql', count]);
    expect(found).toMatchObject({ code: 2, stdout: '' });
    expect(found.stderr).toMatch(/the index cannot be read: .*parquet is gone, or not as it was written/);
    expect(found.stderr).toMatch(/index --verify .*--no-index/);
    const verdict = await run(['check', 'alarm', '--format', 'json']);
    expect([verdict.code, JSON.parse(verdict.stdout).checks[0].status]).toEqual([2, 'error']);
    expect(rowsOf(await run(['sql', count, '--no-index']))).toEqual(['{"n":500,"ids":500}']);
    expect((await run(['index', '--verify'])).code).toBe(1);
    expect(rowsOf(await run(['sql', count]))).toEqual(['{"n":500,"ids":500}']);
  });

  it('tidies a lake whose logs are all gone', async () => {
    put('session.jsonl', sessions(0, 5));
    await run(['index']);
    rmSync(log());
    const pruned = await run(['index', '--prune', '--format', 'jsonl']);
    expect([pruned.code, JSON.parse(pruned.stdout).why]).toEqual([0, 'its log is gone']);
    expect(readdirSync(shelf())).toEqual([]);
    expect((await run(['index', '--prune'])).stderr).toMatch(/0 leftovers removed/);
  });

  it('--prune and --verify together are a usage error', async () => {
    expect(await run(['index', '--prune', '--verify'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('index.auto', () => {
  it('builds the index when the answer is out, and keeps the exit code of the answer', async () => {
    put('session.jsonl', sessions(0, 20) + sessions(20, 21, { grounded_in_roster: false }));
    const config = join(lake, 'lakeobs.json');
    writeFileSync(config, '{"index":{"auto":true}}');
    const first = await run(['check', 'alarm', '--config', config]);
    expect(first.code).toBe(1);
    expect(await indexedBytes()).toBe(statSync(log()).size);
    rmSync(join(lake, '.lakeobs'), { recursive: true });
    await run(['sql', count, '--config', config, '--no-index']);
    expect(existsSync(join(lake, '.lakeobs'))).toBe(false);
    writeFileSync(join(lake, '.lakeobs'), 'not a folder');
    const refused = await run(['sql', count, '--config', config]);
    expect(refused).toMatchObject({ code: 0, stdout: '{"n":21,"ids":21}\n' });
  });
});

describe('without the right to write', () => {
  const asNobody = (args: readonly string[], env: Record<string, string>): Promise<Ran> =>
    new Promise((resolve) => {
      const who = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
      const child = spawn(process.execPath, [lakeobsBin, ...args, '--lake', lake], {
        env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TMPDIR: '/tmp', ...env },
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

  it('somebody else reads the lake as if there were no index, and keeps one in a cache folder of his own', async () => {
    put('session.jsonl', sessions(0, 30));
    await run(['index']);
    chmodSync(lake, 0o555);
    try {
      const nowhere = { XDG_CACHE_HOME: '/dev/null/none' };
      expect(await asNobody(['sql', count], nowhere)).toMatchObject({
        code: 0,
        stdout: '{"n":30,"ids":30}\n',
        stderr: '',
      });
      const refused = await asNobody(['index', '--format', 'jsonl'], nowhere);
      expect(refused.code === 2 || process.getuid?.() !== 0).toBe(true);
      if (refused.code === 2)
        expect(JSON.parse(refused.stdout).reason).toMatch(/neither its lake nor the cache folder/);
      const cache = join(root, `cache${turn}`);
      mkdirSync(cache);
      chmodSync(cache, 0o777);
      const own = { XDG_CACHE_HOME: cache };
      expect((await asNobody(['index'], own)).code).toBe(0);
      const { stdout } = await asNobody(['sql', 'SELECT indexed_bytes, records FROM sources'], own);
      expect(JSON.parse(stdout)).toEqual({ indexed_bytes: statSync(log()).size, records: 30 });
    } finally {
      chmodSync(lake, 0o755);
    }
  });
});

describe('several processes', () => {
  const started = (args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [lakeobsBin, ...args, '--lake', lake], {
      env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', XDG_CACHE_HOME: '/dev/null/none', TMPDIR: '/tmp' },
      stdio: ['ignore', 'ignore', 'ignore'],
    });
  const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on('close', resolve));

  it('index at once: each log is built by one of them, both end well, nothing is left behind', async () => {
    for (let at = 1; at <= 12; at++)
      put(`session.${String(at).padStart(6, '0')}.jsonl`, sessions(at * 100, at * 100 + 100));
    const both = await Promise.all([run(['index']), run(['index']), run(['sql', count])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(rowsOf(both[2]!)).toEqual(['{"n":1200,"ids":1200}']);
    await run(['index']);
    const names = readdirSync(shelf());
    expect(names).toHaveLength(12);
    for (const name of names) expect(readdirSync(join(shelf(), name))).toHaveLength(2);
    expect(rowsOf(await run(['sql', count]))).toEqual(['{"n":1200,"ids":1200}']);
  });

  it('Ctrl-C ends it with 130 at once; what is there then is true', async () => {
    const text = sessions(0, 400, { prompt: 'x'.repeat(5_000) });
    for (let at = 1; at <= 30; at++) put(`session.${String(at).padStart(6, '0')}.jsonl`, text);
    const child = started(['index', '--quiet']);
    const done = ended(child);
    while (!existsSync(shelf()) || readdirSync(shelf()).length < 3) await new Promise((next) => setTimeout(next, 2));
    const sent = performance.now();
    child.kill('SIGINT');
    expect(await done).toBe(130);
    // 100 ms for the statement to stop by itself, and the same again to leave; a loaded machine gets the rest.
    expect(performance.now() - sent).toBeLessThan(1_000);
    const partly = await indexedBytes();
    expect(partly).toBeLessThan(30 * text.length);
    expect(rowsOf(await run(['sql', 'SELECT count(*) AS n FROM sessions']))).toEqual(['{"n":12000}']);
    expect((await run(['index', '--verify'])).code).toBe(0);
    await run(['index']);
    expect(await indexedBytes()).toBe(30 * text.length);
  });
});
