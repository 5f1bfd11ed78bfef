// Reading what somebody else is writing at this moment: real processes that append, tear, rotate and rewrite.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { prepareReads, type ReadMemory, salvage } from '../../src/catalog/reads.ts';
import { openScratch } from '../../src/catalog/scratch.ts';
import { listSources } from '../../src/catalog/sources.ts';
import { ask, lakeAt, lines, paths, putOld, session, tempFolder } from './ask.ts';

const folder = tempFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const nothingYet = (): ReadMemory => ({ moving: new Set(), spooled: new Map() });

/** Runs a program in a process of its own, and waits for its first word. */
async function running(program: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise((started) => child.stdout!.once('data', started));
  return child;
}

const record = `n => JSON.stringify({ ...${JSON.stringify(session('x'))}, session_id: String(n).padStart(9, '0') }) + '\\n'`;
const counts =
  'SELECT count(*), count(DISTINCT session_id), coalesce(min(session_id), $$$$), coalesce(max(session_id), $$$$) FROM sessions';

test('a tail that is completed within a second is a record on its way, not damage', async () => {
  const path = join(folder, 'live.jsonl');
  const writer = await running(
    `const { openSync, writeSync } = require('node:fs');
     const fd = openSync(process.argv[1], 'a');
     const line = (${record})(2);
     writeSync(fd, (${record})(1) + line.slice(0, 40));
     process.on('SIGUSR2', () => setTimeout(() => writeSync(fd, line.slice(40)), 200));
     console.log('torn');
     setTimeout(() => {}, 20000);`,
    path,
  );
  const bytes = statSync(path).size;
  const { files } = await listSources(paths(path));
  const scratch = openScratch();
  try {
    writer.kill('SIGUSR2');
    const reads = await prepareReads(files, nothingYet(), { scratch });
    expect(reads).toMatchObject([{ how: 'copy', bytes, damaged: [], tornBytes: 40, tornLive: true }]);
    expect(readFileSync(reads![0]!.path, 'utf8').match(/\n/g)).toHaveLength(1);
  } finally {
    scratch.dispose();
  }
  expect((await ask(paths(path), 'SELECT count(*) FROM sessions')).rows).toEqual([[2]]);
});

const appender = `const { openSync, writeSync } = require('node:fs');
  const fd = openSync(process.argv[1], 'a');
  let n = Number(process.argv[2]);
  console.log('started');
  const go = () => { for (let i = 0; i < 20; i++) writeSync(fd, (${record})(n++)); if (n < 20000) setTimeout(go, 1); };
  go();`;

test('a file that grows while it is read gives exactly the records of the bytes it reports', async () => {
  const path = join(folder, 'growing.jsonl');
  await running(appender, path, '0');
  let last = 0;
  for (let turn = 0; turn < 8; turn++) {
    const { rows, evidence } = await ask(paths(path), counts);
    const [count, distinct, , max] = rows[0]!;
    const bytes = readFileSync(path).subarray(0, evidence.scanned.bytes);
    expect(evidence.scanned).toMatchObject({ quarantined: 0, records: count });
    expect(count).toBe(bytes.filter((byte) => byte === 10).length);
    expect([distinct, Number(max)]).toEqual([count, Number(count) - 1]);
    expect(count).toBeGreaterThan(last);
    last = Number(count);
  }
});

test('a growing file too large to be copied at once is still answered exactly', async () => {
  const path = join(folder, 'large.jsonl');
  const line = lines(session('base', { prompt: 'x'.repeat(100_000) }));
  putOld(path, line.repeat(700));
  await running(appender, path, '0');
  const { rows, evidence } = await ask(paths(path), 'SELECT count(*) FROM sessions');
  const bytes = readFileSync(path).subarray(0, evidence.scanned.bytes);
  let newlines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) newlines++;
  expect(rows).toEqual([[newlines]]);
  expect(newlines).toBeGreaterThan(700);
});

const rotator = `const { closeSync, linkSync, openSync, renameSync, unlinkSync, writeSync } = require('node:fs');
  const active = process.argv[1] + '/session.jsonl';
  let fd = openSync(active, 'a'), n = 0, segment = 0;
  console.log('started');
  const go = () => {
    for (let i = 0; i < 30; i++) writeSync(fd, (${record})(n++));
    const closed = process.argv[1] + '/session.' + String(++segment).padStart(6, '0') + '.jsonl';
    closeSync(openSync(closed, 'wx'));
    renameSync(active, closed);
    closeSync(fd);
    fd = openSync(active, 'a');
    if (segment < 200) setTimeout(go, 15);
  };
  go();`;

test('a log that is rotated all the time loses nothing and doubles nothing', async () => {
  const lake = join(folder, 'rotating');
  mkdirSync(lake);
  await running(rotator, lake);
  let last = -1;
  for (let turn = 0; turn < 10; turn++) {
    const { rows, evidence } = await ask(lakeAt(lake), counts);
    const [count, distinct, min, max] = rows[0]!;
    expect(evidence.scanned.quarantined).toBe(0);
    // Every record from the first one on to some last one.
    expect([distinct, Number(min), Number(max)]).toEqual([count, 0, Number(count) - 1]);
    expect(Number(count)).toBeGreaterThanOrEqual(last);
    last = Number(count);
  }
  expect(last).toBeGreaterThan(60);
});

test('a log in a folder that is no lake loses nothing either while it is rotated', async () => {
  const home = join(folder, 'no-lake');
  mkdirSync(home);
  await running(rotator.replaceAll('/session.', '/agent.'), home);
  for (let turn = 0; turn < 6; turn++) {
    const { rows } = await ask(paths(home), counts);
    const [count, distinct, , max] = rows[0]!;
    expect([distinct, Number(max)]).toEqual([count, Number(count) - 1]);
  }
});

test('a file that was replaced or removed since it was listed is not read', async () => {
  const path = join(folder, 'rewritten.jsonl');
  writeFileSync(path, lines(session('a')));
  const before = statSync(path);
  const listing = await listSources(paths(path));
  renameSync(path, join(folder, 'elsewhere'));
  writeFileSync(path, lines(session('b')));
  const scratch = openScratch();
  try {
    expect(statSync(path).ino).not.toBe(before.ino);
    expect(await prepareReads(listing.files, nothingYet(), { scratch })).toBeNull();
    rmSync(path);
    expect(await prepareReads(listing.files, nothingYet(), { scratch })).toBeNull();
  } finally {
    scratch.dispose();
  }
});

test('a damaged file that grows is salvaged up to the bytes that were listed', async () => {
  const path = putOld(join(folder, 'salvaged.jsonl'), lines(session('a'), 'broken', session('b')));
  const [source] = (await listSources(paths(path))).files;
  const scratch = openScratch();
  try {
    const reads = await prepareReads([source!], nothingYet(), { scratch });
    const fd = openSync(path, 'a');
    writeSync(fd, lines('broken too', session('late')));
    await salvage(reads![0]!, { scratch });
    expect(reads).toMatchObject([
      { how: 'salvaged', fromOriginal: true, bytes: source!.stamp.size, damaged: [{ line: 2 }] },
    ]);
    expect(readFileSync(reads![0]!.path, 'utf8')).toBe(lines(session('a'), session('b')));
  } finally {
    scratch.dispose();
  }
});

test('the originals are never changed, and nothing is left in the temporary folder', async () => {
  const path = putOld(join(folder, 'untouched.jsonl'), `${lines(session('a'), 'broken')}{"torn`);
  const before = { content: readFileSync(path), mtime: statSync(path).mtimeMs };
  await ask(paths(path), 'SELECT * FROM sessions');
  expect({ content: readFileSync(path), mtime: statSync(path).mtimeMs }).toEqual(before);
});
