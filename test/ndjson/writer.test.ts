import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LakeobsError } from '../../src/errors.ts';
import { type Log, type LogOptions, openLog } from '../../src/ndjson/writer.ts';
import type { Drop } from '../../src/result.ts';
import { auditDisk } from './audit.ts';
import { FaultDisk } from './fault-storage.ts';

const path = '/lake/app.jsonl';
let disk: FaultDisk;
let warnings: string[];
let drops: Drop[];

beforeEach(() => {
  disk = new FaultDisk();
  warnings = [];
  drops = [];
});

function open(options: Partial<LogOptions> = {}): Log {
  return openLog({
    path,
    sync: 'never',
    storage: disk.process(),
    clock: disk.clock,
    onWarn: (message) => warnings.push(message),
    onDrop: (drop) => drops.push(drop),
    ...options,
  });
}

function thrownBy(work: () => unknown): LakeobsError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(LakeobsError);
    return error as LakeobsError;
  }
  throw new Error('nothing was thrown');
}

describe('openLog', () => {
  it('touches nothing until the first append, which makes folders and file', () => {
    const log = open({ path: '/lake/a/b/app.jsonl' });
    expect(disk.counts).toEqual({});
    log.append({ n: 1 });
    expect(disk.text('/lake/a/b/app.jsonl')).toBe('{"n":1}\n');
  });

  it('refuses options that make no sense, and names the one', () => {
    for (const [options, word] of [
      [{ path: '' }, 'path'],
      [{ path: 'a.chain' }, 'side file'],
      [{ path: 'a', maxbytes: 5 }, 'unknown option "maxbytes"'],
      [{ path: 'a', maxBytes: 0 }, 'maxBytes'],
      [{ path: 'a', family: 'sessions' }, 'family'],
      [{ path: 'a', sync: 'sometimes' }, 'sync'],
      [{ path: 'a', syncIntervalMs: Number.POSITIVE_INFINITY }, 'syncIntervalMs'],
      [{ path: 'a', mode: 'async' }, 'mode'],
      [{ path: 'a', keep: { days: 3 } }, 'days'],
      [{ path: 'a', keep: { bytes: -1 } }, 'bytes'],
      [{ path: 'a', lineBytesMax: 5 * 1024 * 1024 }, 'lineBytesMax'],
      [{ path: 'a', redact: true }, 'redact'],
      [{ path: 'a', onDrop: 'x' }, 'onDrop'],
    ] as unknown as [LogOptions, string][]) {
      const error = thrownBy(() => openLog(options));
      expect(error.code).toBe('usage');
      expect(error.message).toContain(word);
      expect(error.hint).toBeTruthy();
    }
  });
});

describe('append', () => {
  it('in direct mode has handed one write to the kernel when it returns', () => {
    const log = open();
    expect(log.append({ n: 1, text: 'ä😀' })).toBe(true);
    expect(disk.text(path)).toBe('{"n":1,"text":"ä😀"}\n');
    expect(disk.counts.append).toBe(1);
    expect(log.stats()).toMatchObject({ written: 1, bytes: 24, pending: 0, durable: false });
  });

  it('writes records of every size whole, up to the limit and not beyond', () => {
    const log = open({ maxBytes: Number.POSITIVE_INFINITY });
    for (const bytes of [8, 300, 90_000, 300_000, 4 * 1024 * 1024]) log.append({ p: 'x'.repeat(bytes - 8) });
    const lengths = disk
      .text(path)
      .split('\n')
      .slice(0, -1)
      .map((line) => line.length);
    expect(lengths).toEqual([8, 300, 90_000, 300_000, 4 * 1024 * 1024]);
    expect(thrownBy(() => log.append({ p: 'x'.repeat(4 * 1024 * 1024 - 7) }))).toMatchObject({ code: 'input' });
  });

  it('measures the limit in bytes, not in characters', () => {
    const log = open({ lineBytesMax: 100 });
    expect(log.append({ p: 'x'.repeat(92) })).toBe(true);
    expect(thrownBy(() => log.append({ p: 'ä'.repeat(60) })).message).toContain('128 bytes');
    expect(disk.text(path)).toHaveLength(101);
  });

  it('keeps raw bytes as they are', () => {
    const storage = disk.process();
    const log = open({ storage });
    const line = Uint8Array.of(123, 34, 255, 34, 58, 49, 125);
    log.appendRaw(line);
    const fd = storage.openToRead(path);
    const read = new Uint8Array(8);
    storage.read(fd, read, 0);
    expect(read).toEqual(Uint8Array.of(...line, 10));
  });

  it('completes and validates with a family, in wire order, unknown fields kept; without one it writes what it gets', () => {
    const log = open({ family: 'observer' });
    log.append({ extra: 1, success: true, endpoint: '/x' });
    expect(disk.text(path)).toBe(
      '{"timestamp":"2023-11-14T22:13:20.000Z","endpoint":"/x","source":"mcp","success":true,"extra":1}\n',
    );
    const error = thrownBy(() => log.append({ endpoint: '/x' }));
    expect(error).toMatchObject({ code: 'schema', path });
    expect(error.message).toContain('success');
    open({ path: '/lake/any.jsonl' }).append({ endpoint: 1 });
    expect(disk.text('/lake/any.jsonl')).toBe('{"endpoint":1}\n');
  });

  it('redacts before it validates, and writes nothing when redaction fails', () => {
    const log = open({ family: 'observer', redact: (record) => ({ ...record, error: '[REDACTED]' }) });
    log.append({ endpoint: '/x', success: false, error: 'sk-secret' });
    expect(disk.text(path)).toContain('[REDACTED]');
    expect(disk.text(path)).not.toContain('sk-secret');
    const broken = open({
      path: '/lake/broken.jsonl',
      redact: () => {
        throw new Error('no');
      },
    });
    expect(thrownBy(() => broken.append({ a: 1 })).message).toContain('redaction failed');
    expect(disk.paths()).toEqual([path]);
  });

  it('is refused once the log is closed', async () => {
    const log = open();
    log.append({ n: 1 });
    await log.close();
    await log.close();
    expect(thrownBy(() => log.append({ n: 2 }))).toMatchObject({ code: 'usage' });
    const lenient = open({ strict: false });
    await lenient.close();
    expect(lenient.append({ n: 3 })).toBe(false);
    expect(lenient.stats().dropped.closed).toBe(1);
  });
});

describe('the best-effort front', () => {
  it('never throws: it returns false, counts by reason, tells onDrop each time and warns once a minute', () => {
    const log = open({ strict: false, family: 'observer', lineBytesMax: 1_000 });
    const circular: Record<string, unknown> = { endpoint: '/x', success: true };
    circular.self = circular;
    expect(log.append({ endpoint: '/x' })).toBe(false);
    expect(log.append(circular)).toBe(false);
    expect(log.append({ endpoint: 'x'.repeat(2_000), success: true })).toBe(false);
    disk.fail({ operation: 'open', code: 'ENOSPC' });
    expect(log.append({ endpoint: '/x', success: true })).toBe(false);
    expect(log.append({ endpoint: '/y', success: true })).toBe(true);
    expect(log.stats().dropped).toEqual({ invalid: 1, unserialisable: 1, 'too-long': 1, io: 1, closed: 0 });
    expect(drops.map(({ reason }) => reason)).toEqual(['invalid', 'unserialisable', 'too-long', 'io']);
    expect(warnings).toHaveLength(1);
    disk.nowMs += 60_000;
    log.append({});
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toContain('3 more warnings');
  });

  it('survives callbacks that throw', () => {
    const fail = (): never => {
      throw new Error('host is broken');
    };
    const log = open({ strict: false, onDrop: fail, onWarn: fail, onEvent: fail, maxBytes: 10 });
    log.append([]);
    log.append({ n: 1 });
    log.append({ n: 2 });
    expect(log.stats()).toMatchObject({ written: 2, rotations: 1 });
  });

  it('warns through process.emitWarning when the host gives no function', async () => {
    const heard = new Promise<Error>((done) => process.once('warning', done));
    openLog({ path, strict: false, storage: disk.process() }).append([]);
    expect(await heard).toMatchObject({ name: 'LakeobsWarning', code: 'LAKEOBS_LOG' });
  });
});

describe('a disk that says no', () => {
  const cases = [
    ['a full disk', 'append', 'ENOSPC', 'no space left on device'],
    ['no permission', 'open', 'EACCES', 'permission denied'],
    ['a read-only file system', 'open', 'EROFS', 'read-only file system'],
    ['a quota', 'append', 'EDQUOT', 'disk quota exceeded'],
    ['too many open files', 'open', 'EMFILE', 'too many open files'],
    ['a folder that cannot be made', 'makeDir', 'EACCES', 'permission denied'],
  ] as const;

  for (const [name, operation, code, words] of cases)
    it(`${name}: strict throws io with path, cause and what to do; writing goes on once it is over`, () => {
      const deep = '/lake/deep/app.jsonl';
      const log = open({ path: deep });
      disk.fail({ operation, code });
      const error = thrownBy(() => log.append({ n: 1 }));
      expect(error).toMatchObject({ code: 'io', path: deep });
      expect(error.message).toContain(words);
      expect((error.cause as NodeJS.ErrnoException).code).toBe(code);
      expect(error.hint).toBeTruthy();
      expect(log.stats()).toMatchObject({ dropped: { io: 1 }, lastError: { code } });
      log.append({ n: 2 });
      expect(disk.text(deep)).toBe('{"n":2}\n');
    });

  it('in the middle of a record: the fragment is sealed, no other line suffers, writing goes on', () => {
    const log = open({ strict: false });
    log.append({ n: 1 });
    disk.writeShort(3);
    disk.fail({ operation: 'append', code: 'ENOSPC', times: 1 });
    expect(log.append({ n: 2, lost: true })).toBe(false);
    expect(log.append({ n: 3 })).toBe(true);
    const { records, broken } = auditDisk(disk, path);
    expect(records).toEqual([{ n: 1 }, { n: 3 }]);
    // What the full disk did take stays, on a line of its own: nothing is ever cut off a file that others append to.
    expect(broken).toEqual(['{"n']);
    expect(log.stats().fragments).toBe(1);
  });

  it('because the path is a folder, on a real disk', () => {
    const dir = mkdtempSync(join(tmpdir(), 'lakeobs-writer-'));
    try {
      const error = thrownBy(() => openLog({ path: dir }).append({ n: 1 }));
      expect(error).toMatchObject({ code: 'io', path: dir });
      expect(error.message).toContain('is a directory');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('because the path is a device: refused, not written to', () => {
    const error = thrownBy(() => openLog({ path: '/dev/null' }).append({ n: 1 }));
    expect(error.message).toContain('not a regular file');
  });

  it('a folder that vanished is made again', () => {
    const dir = mkdtempSync(join(tmpdir(), 'lakeobs-writer-'));
    const file = join(dir, 'lake', 'app.jsonl');
    let now = 1;
    const log = openLog({ path: file, sync: 'never', clock: { now: () => now, sleep: () => {} } });
    try {
      log.append({ n: 1 });
      rmSync(join(dir, 'lake'), { recursive: true });
      now += 300;
      log.append({ n: 2 });
      expect(readFileSync(file, 'utf8')).toBe('{"n":2}\n');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('buffered mode', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes after 10 ms, in one write', () => {
    vi.useFakeTimers();
    const log = open({ mode: 'buffered' });
    for (let n = 0; n < 100; n += 1) expect(log.append({ n })).toBe(true);
    expect(disk.counts.append).toBeUndefined();
    expect(log.stats()).toMatchObject({ written: 0, pending: 100 });
    vi.advanceTimersByTime(10);
    expect(disk.counts.append).toBe(1);
    expect(log.stats()).toMatchObject({ written: 100, pending: 0, pendingBytes: 0 });
    expect(auditDisk(disk, path).records).toHaveLength(100);
  });

  it('writes batches of whole lines of at most 64 KiB, larger records by themselves', async () => {
    const sizes: number[] = [];
    const storage = disk.process();
    const { append } = storage;
    storage.append = (fd, bytes, offset, length) => {
      sizes.push(length);
      expect(bytes[offset + length - 1]).toBe(10);
      return append(fd, bytes, offset, length);
    };
    const log = open({ mode: 'buffered', storage });
    for (let n = 0; n < 300; n += 1) log.append({ n, pad: 'ä'.repeat((n * 37) % 1_500) });
    log.append({ n: 300, pad: 'x'.repeat(200_000) });
    log.append({ n: 301 });
    await log.close();
    expect(sizes.filter((size) => size > 64 * 1024)).toEqual([200_019]);
    expect(auditDisk(disk, path).records.map(({ n }) => n)).toEqual(Array.from({ length: 302 }, (_, n) => n));
    expect(log.stats().written).toBe(302);
  });

  it('rotates between batches and never makes one that is larger than a file may be', async () => {
    const log = open({ mode: 'buffered', maxBytes: 200 });
    for (let n = 0; n < 200; n += 1) log.append({ n });
    await log.close();
    for (const name of disk.paths()) expect(disk.text(name).length).toBeLessThanOrEqual(200);
    expect(auditDisk(disk, path).records).toHaveLength(200);
  });

  it('flush has handed everything to the kernel when it resolves', async () => {
    const log = open({ mode: 'buffered' });
    log.append({ n: 1 });
    log.appendRaw(Buffer.from('{"n":2}'));
    await log.flush();
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n');
  });

  it('keeps what it cannot write, tells flush, and writes it when there is space again: nothing lost, nothing twice', async () => {
    const log = open({ mode: 'buffered' });
    log.append({ n: 1 });
    disk.fail({ operation: 'append', code: 'ENOSPC', times: 2 });
    await expect(log.flush()).rejects.toMatchObject({ code: 'io', path });
    log.append({ n: 2 });
    await expect(log.flush()).rejects.toThrow(/no space left/);
    expect(log.stats()).toMatchObject({ pending: 2, dropped: { io: 0 } });
    await log.flush();
    expect(disk.text(path)).toBe('{"n":1}\n{"n":2}\n');
  });

  it('never holds more than 16 MiB: past that it refuses the newest record, and still nothing is lost of the others', async () => {
    const log = open({ mode: 'buffered', strict: false, maxBytes: Number.POSITIVE_INFINITY });
    disk.fail({ operation: 'append', code: 'ENOSPC', times: Number.POSITIVE_INFINITY });
    let taken = 0;
    for (let n = 0; n < 40; n += 1) if (log.append({ n, pad: 'x'.repeat(1024 * 1024 - 20) })) taken += 1;
    expect(taken).toBe(16);
    expect(log.stats().pendingBytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(log.stats().dropped.io).toBe(24);
    disk.heal();
    await log.flush();
    expect(auditDisk(disk, path).records.map(({ n }) => n)).toEqual(Array.from({ length: 16 }, (_, n) => n));
  });

  it('counts what a close could not write as dropped, and says so', async () => {
    const log = open({ mode: 'buffered' });
    log.append({ n: 1 });
    log.append({ n: 2 });
    disk.fail({ operation: 'append', code: 'ENOSPC', times: 9 });
    await expect(log.close()).rejects.toMatchObject({ code: 'io' });
    expect(log.stats()).toMatchObject({ pending: 0, dropped: { io: 2 } });
    expect(drops).toHaveLength(2);
  });
});

describe('on a real disk', () => {
  it('writes, rotates and leaves only whole files', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lakeobs-writer-'));
    const file = join(dir, 'app.jsonl');
    try {
      const log = openLog({ path: file, maxBytes: 1_000 });
      for (let n = 0; n < 100; n += 1) log.append({ n, pad: 'x'.repeat(50) });
      await log.close();
      expect(log.stats()).toMatchObject({ written: 100, durable: true });
      expect(log.stats().fsyncs).toBeGreaterThan(0);
      let found = 0;
      for (let number = 1; number <= log.stats().rotations; number += 1) {
        const segment = join(dir, `app.${String(number).padStart(6, '0')}.jsonl`);
        expect(statSync(segment).size).toBeLessThanOrEqual(1_000);
        found += readFileSync(segment, 'utf8').split('\n').length - 1;
      }
      found += readFileSync(file, 'utf8').split('\n').length - 1;
      expect(found).toBe(100);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
