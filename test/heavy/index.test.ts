// The index in full size: the soak of 500 checks, and fifty times kill -9 in the middle of building.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Manifest } from '../../src/columnar/manifest.ts';
import { readStored } from '../../src/columnar/stored.ts';
import { lakeobs, lakeobsBin } from '../cli.ts';
import { filesBelow } from '../columnar/shelf.ts';
import { soak } from '../columnar/soak/soak.ts';
import { sessionLine } from '../whole/records.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lakeobs-heavy-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

it('four processes append and rotate every MiB while the alarm is checked 500 times and the log indexed: every verdict is that of its bytes', async () => {
  const soaked = await soak(dir, {
    writers: 4,
    rotateBytes: 1024 * 1024,
    runs: 500,
    commandEvery: 10,
    indexEvery: 15,
    pruneEvery: 60,
  });
  console.log(soaked);
  expect(soaked.indexed).toBeGreaterThan(400);
});

it('fifty times kill -9 of `lakeobs index`: every answer is that of the logs, and what is left over goes', async () => {
  const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', XDG_CACHE_HOME: '/dev/null/none', TMPDIR: dir };
  const lake = join(dir, 'lake');
  const run = (...args: string[]) => lakeobs([...args, '--lake', lake]);
  const question = [
    'sql',
    'SELECT count(*) AS n, count(DISTINCT session_id) AS ids, sum(duration_ms)::BIGINT AS ms FROM sessions',
  ];
  mkdirSync(lake);
  let n = 0;
  const more = (count: number) =>
    Array.from(
      { length: count },
      () => `${sessionLine({ session_id: `s${n}`, duration_ms: n++, prompt: 'x'.repeat(1_500) })}\n`,
    ).join('');
  for (let at = 1; at <= 6; at++)
    writeFileSync(join(lake, `session.00000${at}.jsonl`), more(1_000) + (at % 2 === 0 ? '{"torn":\n' : ''));
  let killed = 0;
  // How long a run lives here, found out as it goes: one that ended by itself was given too long.
  let lifeMs = 600;
  for (let turn = 0; turn < 50; turn++) {
    writeFileSync(join(lake, `session.00000${(turn % 6) + 1}.jsonl`), more(500), { flag: 'a' });
    const child = spawn(process.execPath, [lakeobsBin, 'index', '--quiet', '--lake', lake], { env, stdio: 'ignore' });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
    const timer = setTimeout(() => child.kill('SIGKILL'), lifeMs * (0.3 + 0.7 * Math.random()));
    if ((await ended) === 'SIGKILL') killed += 1;
    else lifeMs *= 0.8;
    clearTimeout(timer);
    const [found, plain] = [await run(...question), await run(...question, '--no-index')];
    expect(found.stdout, found.stderr).toBe(plain.stdout);
    expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(`"n":${n},"ids":${n},`) });
  }
  expect(killed).toBeGreaterThan(25);
  expect(await run('index')).toMatchObject({ code: 0 });
  expect(await run('index', '--verify')).toMatchObject({ code: 0 });
  const shelf = join(lake, '.lakeobs', 'columnar');
  console.log(`${killed} killed, ${filesBelow(shelf).length} files before tidying`);
  // As if limits.indexGraceMs had passed; a piece in use keeps its time, which its manifest knows.
  const named = readdirSync(shelf).filter((name) => /^\d+-\d+$/.test(name));
  const used = named.flatMap((name) => {
    const { pieces } = readStored(join(shelf, name, 'manifest.json')) as Manifest;
    return [
      join(shelf, name, 'manifest.json'),
      ...pieces.map((piece: { name: string }) => join(shelf, name, piece.name)),
    ];
  });
  for (const path of filesBelow(shelf)) if (!used.includes(path)) utimesSync(path, 1_700_000_000, 1_700_000_000);
  expect(await run('index', '--prune')).toMatchObject({ code: 0 });
  expect(filesBelow(shelf)).toEqual(used.sort());
  const [found, plain] = [await run(...question), await run(...question, '--no-index')];
  expect(found.stdout).toBe(plain.stdout);
});
