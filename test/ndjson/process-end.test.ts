// How a process ends with records in its buffer; the lock of one that is killed. Real processes.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeLock } from '../../src/ndjson/lock.ts';
import { diskStorage } from '../../src/ndjson/storage.ts';
import { verifyChain } from '../../src/ndjson/verify-chain.ts';
import { openLog } from '../../src/ndjson/writer.ts';
import { bundleChild, killAtRandom, writeTogether } from './crash/crash-lab.ts';

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lakeobs-end-'));
});

afterAll(() => {
  rmSync(dir, { recursive: true });
});

describe('a process that ends with records in its buffer', () => {
  for (const [ending, status, name] of [
    ['none', 0, 'by coming to its end'],
    ['exit', 3, 'by process.exit'],
    ['throw', 1, 'by an uncaught exception'],
    ['reject', 1, 'by an unhandled rejection'],
  ] as const)
    it(`${name} writes them`, async () => {
      const path = join(dir, `${ending}.jsonl`);
      const child = spawnSync(process.execPath, [await bundleChild(dir, 'end-child.ts'), path, ending]);
      expect(child.status).toBe(status);
      expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(101);
    });

  it('by kill -9 loses them: that is what buffered means', async () => {
    const path = join(dir, 'kill.jsonl');
    const child = spawnSync(process.execPath, [await bundleChild(dir, 'end-child.ts'), path, 'kill']);
    expect(child.signal).toBe('SIGKILL');
    expect(existsSync(path)).toBe(false);
  });
});

describe('the lock', () => {
  const hold = async (path: string): Promise<ReturnType<typeof spawn>> => {
    const child = spawn(process.execPath, [await bundleChild(dir, 'lock-child.ts'), path], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [answer] = (await once(child, 'message')) as [string];
    expect(answer).toBe('taken');
    return child;
  };

  it('of a living process is respected, however old it is', async () => {
    const path = join(dir, 'living.lock');
    const child = await hold(path);
    utimesSync(path, 1, 1);
    expect(takeLock(diskStorage, path, Date.now())).toBeNull();
    child.send('release');
    await once(child, 'exit');
    expect(existsSync(path)).toBe(false);
  });

  it('of a process killed -9 is taken over at once', async () => {
    const path = join(dir, 'killed.lock');
    const child = await hold(path);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(path)).toBe(true);
    const release = takeLock(diskStorage, path, Date.now());
    expect(release).not.toBeNull();
    release!();
    expect(existsSync(path)).toBe(false);
  });

  it('of a pid that another process bears now is taken over', () => {
    const path = join(dir, 'reused.lock');
    const release = takeLock(diskStorage, path, Date.now())!;
    const holder = JSON.parse(readFileSync(path, 'utf8')) as { started: string };
    writeFileSync(path, JSON.stringify({ ...holder, started: '1' }));
    expect(takeLock(diskStorage, path, Date.now())).not.toBeNull();
    release();
    expect(existsSync(path)).toBe(true);
  });

  it('is taken together with what killed processes left beside it, once that is a minute old; what a living one may need stays', async () => {
    const path = join(dir, 'swept.lock');
    const living = await hold(join(dir, 'of-living.lock'));
    const ofLiving = readFileSync(join(dir, 'of-living.lock'));
    const dead = await hold(join(dir, 'of-dead.lock'));
    const ofDead = readFileSync(join(dir, 'of-dead.lock'));
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    const leave = (name: string, content: string | Uint8Array, ageMs: number): string => {
      const left = `${path}.${name}`;
      const then = (Date.now() - ageMs) / 1_000;
      writeFileSync(left, content);
      utimesSync(left, then, then);
      return left;
    };
    const elsewhere = '{"pid":1,"started":"5","realm":"another host","nonce":"x"}';
    const gone = [leave('0a'.repeat(6), ofDead, 61_000), leave('0b'.repeat(6), '', 61_000)];
    gone.push(leave('0c'.repeat(6), elsewhere, 61_000));
    const kept = [leave('0d'.repeat(6), ofLiving, 3_600_000), leave('0e'.repeat(6), ofDead, 0)];
    kept.push(leave('0f'.repeat(6), '', 0), leave('notes', '', 3_600_000));
    const release = takeLock(diskStorage, path, Date.now())!;
    expect([...gone, ...kept].filter((left) => existsSync(left))).toEqual(kept);
    release();
    living.kill('SIGKILL');
    await once(living, 'exit');
  });

  it('of a holder that cannot be asked is taken over after a minute, not before', () => {
    const path = join(dir, 'elsewhere.lock');
    for (const content of ['{"pid":1,"started":"5","realm":"another host","nonce":"x"}', '', 'garbage']) {
      writeFileSync(path, content);
      expect(takeLock(diskStorage, path, Date.now())).toBeNull();
      const release = takeLock(diskStorage, path, Date.now() + 61_000);
      expect(release).not.toBeNull();
      release!();
    }
  });
});

describe('a chain written by several processes', () => {
  it('holds over all they wrote together', async () => {
    const here = join(dir, 'together');
    const { path } = await writeTogether(here, 4, {
      records: 500,
      maxBytes: 1024 * 1024,
      sync: 'never',
      mode: 'direct',
      hugeShare: 0.001,
      chain: true,
    });
    const report = verifyChain(path);
    expect(report.problems).toEqual([]);
    expect(report.uncovered).toEqual([]);
  });

  it('holds after some of them were killed -9 in the middle of it', async () => {
    const here = join(dir, 'killed');
    const { path } = await killAtRandom(here, 8, {
      maxBytes: 1024 * 1024,
      sync: 'never',
      mode: 'direct',
      hugeShare: 0.001,
      chain: true,
    });
    const last = openLog({ path, chain: true, sync: 'never', onWarn: () => {} });
    last.append({ last: true });
    await last.close();
    const report = verifyChain(path);
    expect(report.problems).toEqual([]);
    expect(report.uncovered).toEqual([]);
  }, 30_000);
});
