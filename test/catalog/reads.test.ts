// Reading what somebody else is writing at this moment: real processes that append, tear, rotate and rewrite.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { prepareReads, type ReadMemory, salvage } from '../../src/catalog/reads.ts';
import { openScratch } from '../../src/catalog/scratch.ts';
import { listSources, type Scope } from '../../src/catalog/sources.ts';
import { type Asked, ask, lakeAt, lines, paths, putOld, session, tempFolder } from './ask.ts';

const folder = tempFolder();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const nothingYet = (): ReadMemory => ({ moving: new Set(), spooled: new Map() });

/** Runs a program in a process of its own, and waits for its first word. */
async function running(program: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', program, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  children.push(child);
  await once(child.stdout!, 'data');
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

/** Appends until it is killed, however long its reader takes. */
const appender = `const { openSync, writeSync } = require('node:fs');
  const fd = openSync(process.argv[1], 'a');
  let n = 0;
  const go = () => { for (let i = 0; i < 20; i++) writeSync(fd, (${record})(n++)); setTimeout(go, 2); };
  go();
  console.log('started');`;

/** Waits until the file is larger than that. */
async function grownPast(path: string, bytes: number): Promise<void> {
  while (statSync(path).size <= bytes) await new Promise((done) => setTimeout(done, 2));
}

test('a file that grows while it is read gives exactly the records of the bytes it reports', async () => {
  const path = join(folder, 'growing.jsonl');
  await running(appender, path);
  let last = 0;
  let read = 0;
  for (let turn = 0; turn < 8; turn++) {
    await grownPast(path, read);
    const { rows, evidence } = await ask(paths(path), counts);
    const [count, distinct, , max] = rows[0]!;
    const bytes = readFileSync(path).subarray(0, evidence.scanned.bytes);
    expect(evidence.scanned).toMatchObject({ quarantined: 0, records: count });
    expect(count).toBe(bytes.filter((byte) => byte === 10).length);
    expect([distinct, Number(max)]).toEqual([count, Number(count) - 1]);
    expect(count).toBeGreaterThan(last);
    last = Number(count);
    read = evidence.scanned.bytes;
  }
});

test('a growing file too large to be copied at once is still answered exactly', async () => {
  const path = join(folder, 'large.jsonl');
  const line = lines(session('base', { prompt: 'x'.repeat(100_000) }));
  putOld(path, line.repeat(700));
  await running(appender, path);
  const { rows, evidence } = await ask(paths(path), 'SELECT count(*) FROM sessions');
  const bytes = readFileSync(path).subarray(0, evidence.scanned.bytes);
  let newlines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) newlines++;
  expect(rows).toEqual([[newlines]]);
  expect(newlines).toBeGreaterThan(700);
});

/** Five rotations at each word from its reader, in the midst of the reading: fewer than the reader tries again, so that on no machine they can outrun it. */
const rotator = `const { closeSync, openSync, renameSync, writeSync } = require('node:fs');
  const active = process.argv[1] + '/session.jsonl';
  let fd = openSync(active, 'a'), n = 0, segment = 0;
  const append = () => { for (let i = 0; i < 30; i++) writeSync(fd, (${record})(n++)); };
  const rotate = (left) => {
    const closed = process.argv[1] + '/session.' + String(++segment).padStart(6, '0') + '.jsonl';
    closeSync(openSync(closed, 'wx'));
    renameSync(active, closed);
    closeSync(fd);
    fd = openSync(active, 'a');
    append();
    if (left > 1) setTimeout(rotate, 15, left - 1);
    else process.send('rotated');
  };
  process.on('message', () => rotate(5));
  append();
  console.log('started');`;

/** Asks while the rotator is at work; resolves when both are done. */
async function askWhileRotating(writer: ChildProcess, scope: Scope): Promise<Asked> {
  const rotated = once(writer, 'message');
  writer.send('rotate');
  const asked = await ask(scope, counts);
  await rotated;
  return asked;
}

test('a log that is rotated all the time loses nothing and doubles nothing', async () => {
  const lake = join(folder, 'rotating');
  mkdirSync(lake);
  const writer = await running(rotator, lake);
  let last = -1;
  for (let turn = 0; turn < 20; turn++) {
    const { rows, evidence } = await askWhileRotating(writer, lakeAt(lake));
    const [count, distinct, min, max] = rows[0]!;
    expect(evidence.scanned.quarantined).toBe(0);
    // Every record from the first one on to some last one.
    expect([distinct, Number(min), Number(max)]).toEqual([count, 0, Number(count) - 1]);
    expect(Number(count)).toBeGreaterThanOrEqual(last);
    last = Number(count);
  }
  expect(last).toBeGreaterThanOrEqual(30 * (1 + 5 * 19));
});

test('a log in a folder that is no lake loses nothing either while it is rotated', async () => {
  const home = join(folder, 'no-lake');
  mkdirSync(home);
  const writer = await running(rotator.replaceAll('/session.', '/agent.'), home);
  for (let turn = 0; turn < 12; turn++) {
    const { rows } = await askWhileRotating(writer, paths(home));
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
