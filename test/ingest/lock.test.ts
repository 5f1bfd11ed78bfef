import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ingest } from '../../src/ingest/ingest.ts';
import { type Holder, takeLock } from '../../src/ingest/lock.ts';
import { makeStore, storeOf } from '../../src/ingest/store.ts';
import { leftovers, linesOf, opLine, restingFile, tempFolder } from './lakes.ts';

function setup() {
  const folder = tempFolder();
  const store = storeOf(join(folder, 'lake'));
  makeStore(store);
  return { folder, store };
}

/** A process that lives until it is told otherwise. */
function sleeper(): ChildProcess {
  return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
}

const ended = (child: ChildProcess) => new Promise((done) => child.once('close', done));

/** The lock as another process would have written it. */
async function foreignLock(path: string, change: Partial<Holder>, scratch = setup()): Promise<void> {
  const lock = await takeLock(scratch.store);
  const own = JSON.parse(readFileSync(scratch.store.lock, 'utf8')) as Holder;
  lock.release();
  writeFileSync(path, JSON.stringify({ ...own, token: 'f'.repeat(16), started: '', ...change }));
}

describe('the lock of a lake', () => {
  it('is held by one at a time, and given to the next when released', async () => {
    const { store } = setup();
    const first = await takeLock(store);
    let waited = 0;
    const second = takeLock(store, { onWait: () => (waited += 1) });
    await new Promise((done) => setTimeout(done, 120));
    expect(waited).toBe(1);
    first.release();
    (await second).release();
    expect(existsSync(store.lock)).toBe(false);
  });

  it('of a live process is waited for, then refused with its number and what to do', async () => {
    const { store } = setup();
    const child = sleeper();
    await foreignLock(store.lock, { pid: child.pid! });
    await expect(takeLock(store, { waitMs: 100 })).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(`process ${child.pid}`),
      hint: expect.stringContaining('again'),
    });
    child.kill('SIGKILL');
    await ended(child);
    (await takeLock(store, { waitMs: 100 })).release();
    expect(leftovers(store.lake)).toEqual([]);
  });

  it('of a killed process is broken by exactly one of many', async () => {
    const { store } = setup();
    const child = sleeper();
    await foreignLock(store.lock, { pid: child.pid! });
    child.kill('SIGKILL');
    await ended(child);
    let holding = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const lock = await takeLock(store);
        holding += 1;
        most = Math.max(most, holding);
        await new Promise((done) => setTimeout(done, 5));
        lock.check();
        holding -= 1;
        lock.release();
      }),
    );
    expect(most).toBe(1);
    expect(leftovers(store.lake)).toEqual([]);
  });

  it('of a killed process that two break at the same moment is given to one of them', async () => {
    const { folder, store } = setup();
    const child = sleeper();
    await foreignLock(store.lock, { pid: child.pid! });
    child.kill('SIGKILL');
    await ended(child);
    let second: ReturnType<typeof takeLock> | undefined;
    const inTheMiddle = storeOf(join(folder, 'lake'), (name) => {
      if (name === 'unlink lock') second ??= takeLock(store, { waitMs: 100 });
    });
    const first = await takeLock(inTheMiddle);
    await expect(second).rejects.toMatchObject({ code: 'io' });
    first.check();
    first.release();
  });

  it('is broken although the process that was breaking it died too', async () => {
    const { store } = setup();
    const child = sleeper();
    const pid = child.pid!;
    child.kill('SIGKILL');
    await ended(child);
    await foreignLock(store.lock, { pid });
    await foreignLock(`${store.lock}.${'f'.repeat(16)}`, { pid, token: 'e'.repeat(16) });
    (await takeLock(store, { waitMs: 100 })).release();
    expect(leftovers(store.lake)).toEqual([]);
  });

  it.runIf(existsSync('/proc/self/stat'))('of a process whose number was given to another is broken', async () => {
    const { store } = setup();
    await foreignLock(store.lock, { pid: process.pid, started: '1' });
    (await takeLock(store, { waitMs: 100 })).release();
  });

  it('of another host is respected while it shows signs of life, and broken a minute later', async () => {
    const { store } = setup();
    await foreignLock(store.lock, { pid: 1, host: 'elsewhere', realm: `elsewhere, not ${hostname()}` });
    await expect(takeLock(store, { waitMs: 60 })).rejects.toMatchObject({
      message: expect.stringContaining('on elsewhere'),
    });
    const past = new Date(Date.now() - 61_000);
    utimesSync(store.lock, past, past);
    (await takeLock(store, { waitMs: 60 })).release();
  });

  it('that was taken away is noticed before anything is committed', async () => {
    const { folder, store } = setup();
    const path = restingFile(join(folder, 'a.jsonl'), `${opLine('1')}\n`);
    let stolen = false;
    const run = ingest({
      lake: store.lake,
      paths: [path],
      step: (name) => {
        if (name !== 'stage' || stolen) return;
        stolen = true;
        writeFileSync(
          store.lock,
          readFileSync(store.lock, 'utf8').replace(/"token":"[0-9a-f]+"/, '"token":"0123456789abcdef"'),
        );
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('taken away') });
    expect(linesOf(store.lake)).toEqual({});
  });
});

describe('two ingests at once', () => {
  it('of the same file take every line once', async () => {
    const folder = tempFolder();
    const lines = Array.from({ length: 500 }, (_, n) => opLine(String(n)));
    const path = restingFile(join(folder, 'a.jsonl'), `${lines.join('\n')}\n`);
    const lake = join(folder, 'lake');
    mkdirSync(lake);
    const counts = await Promise.all(Array.from({ length: 4 }, () => ingest({ lake, paths: [path] })));
    expect(counts.map((one) => one.lines).sort()).toEqual([0, 0, 0, 500]);
    expect(linesOf(lake).observer).toEqual(lines);
  });
});
