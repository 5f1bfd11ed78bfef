import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Log, type LogOptions, openLog } from '../../src/ndjson/writer.ts';
import { FaultDisk } from './fault-storage.ts';

const path = '/lake/app.jsonl';
let disk: FaultDisk;
let warnings: string[];

beforeEach(() => {
  vi.useFakeTimers();
  disk = new FaultDisk();
  warnings = [];
});

afterEach(() => {
  vi.useRealTimers();
});

function open(options: Partial<LogOptions> = {}): Log {
  return openLog({
    path,
    storage: disk.process(),
    clock: disk.clock,
    onWarn: (message) => warnings.push(message),
    ...options,
  });
}

describe("sync 'always'", () => {
  it('has synced the record, the file’s name and every new folder before append returns', () => {
    const deep = '/lake/a/b/app.jsonl';
    const log = open({ sync: 'always', path: deep });
    log.append({ n: 1 });
    expect(log.stats()).toMatchObject({ durable: true, fsyncs: 4 });
    disk.powerCut();
    expect(disk.text(deep)).toBe('{"n":1}\n');
  });

  it('keeps records that were rotated away', () => {
    const log = open({ sync: 'always', maxBytes: 10 });
    log.append({ n: 1 });
    log.append({ n: 2 });
    disk.powerCut();
    expect(disk.text('/lake/app.000001.jsonl')).toBe('{"n":1}\n');
    expect(disk.text(path)).toBe('{"n":2}\n');
  });

  it('strict: after a failed fsync says so, and never promises again, even if a later fsync would succeed', () => {
    const log = open({ sync: 'always' });
    log.append({ n: 1 });
    disk.fail({ operation: 'sync', code: 'EIO' });
    expect(() => log.append({ n: 2 })).toThrow(/in the file but could not be synced/);
    expect(log.stats()).toMatchObject({ durable: false, written: 2, lastError: { operation: 'fsync', code: 'EIO' } });
    expect(() => log.append({ n: 3 })).toThrow(/can no longer promise/);
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n');
  });

  it('best effort: goes on writing after a failed fsync, warns, and stops claiming', () => {
    const log = open({ sync: 'always', strict: false });
    disk.fail({ operation: 'sync', code: 'EIO' });
    expect(log.append({ n: 1 })).toBe(true);
    expect(log.append({ n: 2 })).toBe(true);
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n');
    expect(log.stats()).toMatchObject({ durable: false, dropped: { io: 0 } });
    expect(warnings).toEqual([`lakeobs could not fsync ${path}: input/output error (EIO)`]);
  });

  it('counts a folder that cannot be synced as a failure too', () => {
    const log = open({ sync: 'always', strict: false });
    disk.fail({ operation: 'syncDir', code: 'EIO' });
    log.append({ n: 1 });
    expect(log.stats().durable).toBe(false);
  });
});

describe("sync 'interval'", () => {
  it('syncs by a timer, also when nothing more is appended', async () => {
    const log = open({ sync: 'interval', syncIntervalMs: 1_000 });
    log.append({ n: 1 });
    log.append({ n: 2 });
    await vi.advanceTimersByTimeAsync(999);
    expect(log.stats().fsyncs).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(log.stats().fsyncs).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(log.stats().fsyncs).toBe(1);
    log.append({ n: 3 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(log.stats().fsyncs).toBe(2);
  });

  it('syncs in append when the host never returns to its event loop', () => {
    const log = open({ sync: 'interval', syncIntervalMs: 1_000 });
    for (let n = 0; n < 100; n += 1) {
      log.append({ n });
      disk.nowMs += 100;
    }
    expect(log.stats().fsyncs).toBeGreaterThanOrEqual(7);
  });

  it('syncs a file that is rotated away before it lets go of it', async () => {
    const log = open({ sync: 'interval', maxBytes: 10 });
    log.append({ n: 1 });
    log.append({ n: 2 });
    await vi.advanceTimersByTimeAsync(0);
    expect(disk.counts.syncLater).toBe(1);
    await log.close();
    expect(disk.counts.syncLater).toBe(2);
  });

  it('holds few descriptors when it rotates fast without returning to the event loop', async () => {
    const log = open({ sync: 'interval', maxBytes: 10 });
    for (let n = 0; n < 50; n += 1) log.append({ n });
    expect(disk.counts.sync).toBeGreaterThan(30);
    await log.close();
    expect(log.stats().fsyncs).toBe(50);
  });

  it('reports a failed fsync and flush rejects from then on', async () => {
    const log = open({ sync: 'interval', syncIntervalMs: 1_000 });
    log.append({ n: 1 });
    disk.fail({ operation: 'syncLater', code: 'EIO' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(warnings).toHaveLength(1);
    expect(log.stats().durable).toBe(false);
    expect(log.append({ n: 2 })).toBe(true);
    await expect(log.flush()).rejects.toMatchObject({ code: 'io', path });
    await expect(log.flush()).rejects.toThrow(/fsync/);
  });

  it('flush and close sync what is waiting', async () => {
    const log = open({ sync: 'interval' });
    log.append({ n: 1 });
    await log.flush();
    expect(log.stats().fsyncs).toBe(1);
    log.append({ n: 2 });
    await log.close();
    expect(log.stats().fsyncs).toBe(2);
  });
});

describe("sync 'never'", () => {
  it('never syncs, not even on flush, and claims nothing', async () => {
    const log = open({ sync: 'never', maxBytes: 10 });
    log.append({ n: 1 });
    log.append({ n: 2 });
    await log.flush();
    await log.close();
    expect(log.stats()).toMatchObject({ fsyncs: 0, durable: false });
    expect(disk.counts.sync ?? 0).toBe(0);
  });
});
