import * as fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogEvent } from '../../src/ndjson/report.ts';
import { planRetention } from '../../src/ndjson/retention.ts';
import { openLog } from '../../src/ndjson/writer.ts';
import { FaultDisk } from './fault-storage.ts';

const path = '/lake/app.jsonl';
const minute = 60_000;
let disk: FaultDisk;

beforeEach(() => {
  disk = new FaultDisk();
});

describe('planning', () => {
  const segment = (bytes: number, ageMs: number, path = '') => ({ path, bytes, modifiedMs: 1e9 - ageMs });
  const old = [segment(10, 5 * minute, 'a'), segment(20, 4 * minute, 'b'), segment(30, 3 * minute, 'c')];

  it('removes the oldest beyond a number, a size or an age', () => {
    const names = (keep: Parameters<typeof planRetention>[1]) =>
      planRetention(old, keep, 1e9).remove.map(({ path }) => path);
    expect(names({ segments: 2 })).toEqual(['a']);
    expect(names({ segments: 0 })).toEqual(['a', 'b', 'c']);
    expect(names({ bytes: 50 })).toEqual(['a']);
    expect(names({ bytes: 49 })).toEqual(['a', 'b']);
    expect(names({ ageMs: 3.5 * minute })).toEqual(['a', 'b']);
    expect(names({})).toEqual([]);
  });

  it('never removes one that grew within the last minute, and never a younger one before an older one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ bytes: fc.nat(100), ageMs: fc.nat(3 * minute) }), { maxLength: 12 }),
        fc.record({ segments: fc.nat(5), bytes: fc.nat(300), ageMs: fc.nat(3 * minute) }, { requiredKeys: [] }),
        (all, keep) => {
          const segments = all.map(({ bytes, ageMs }, index) => segment(bytes, ageMs, String(index)));
          const { remove, waiting } = planRetention(segments, keep, 1e9);
          expect(remove).toEqual(segments.slice(0, remove.length));
          for (const { modifiedMs } of remove) expect(1e9 - modifiedMs).toBeGreaterThanOrEqual(minute);
          const left = segments.slice(remove.length);
          if (!waiting) {
            if (keep.segments !== undefined) expect(left.length).toBeLessThanOrEqual(keep.segments);
            if (keep.bytes !== undefined)
              expect(left.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(keep.bytes);
          }
        },
      ),
    );
  });
});

describe('keep', () => {
  it('is off by default', () => {
    for (let number = 1; number <= 5; number += 1) disk.put(`/lake/app.00000${number}.jsonl`, '{"n":1}\n');
    disk.ageAll(1e9);
    openLog({ path, sync: 'never', storage: disk.process(), clock: disk.clock }).append({ n: 1 });
    expect(disk.paths()).toHaveLength(6);
  });

  it('deletes closed segments of this log only, oldest first, and says which', () => {
    const others = ['/lake/apps.000001.jsonl', '/lake/app.old.000001.jsonl', '/lake/app.chain', '/lake/app.1.jsonl'];
    for (const other of others) disk.put(other, '{"n":1}\n');
    disk.put('/lake/app.000001.jsonl.gz', 'gz');
    for (let number = 2; number <= 4; number += 1) disk.put(`/lake/app.00000${number}.jsonl`, '{"n":1}\n');
    disk.ageAll(2 * minute);
    const events: LogEvent[] = [];
    const log = openLog({
      path,
      sync: 'never',
      keep: { segments: 2 },
      storage: disk.process(),
      clock: disk.clock,
      onEvent: (event) => events.push(event),
    });
    log.append({ n: 1 });
    expect(events).toEqual([
      { kind: 'deleted', path: '/lake/app.000001.jsonl.gz', bytes: 2 },
      { kind: 'deleted', path: '/lake/app.000002.jsonl', bytes: 8 },
    ]);
    expect(log.stats().deleted).toEqual({ segments: 2, bytes: 10, last: '/lake/app.000002.jsonl' });
    expect(disk.paths()).toEqual([...others, '/lake/app.000003.jsonl', '/lake/app.000004.jsonl', path].sort());
  });

  it('waits for a segment that is not closed yet, and looks again by itself a minute later', async () => {
    vi.useFakeTimers();
    try {
      const log = openLog({
        path,
        sync: 'never',
        maxBytes: 10,
        keep: { segments: 1 },
        storage: disk.process(),
        clock: disk.clock,
      });
      for (let n = 0; n < 4; n += 1) log.append({ n });
      expect(disk.paths()).toHaveLength(4);
      disk.ageAll(2 * minute);
      await vi.advanceTimersByTimeAsync(minute);
      expect(disk.paths()).toEqual(['/lake/app.000003.jsonl', path]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('never frees the number of a reserved, still empty segment', () => {
    disk.put('/lake/app.000001.jsonl', '');
    disk.ageAll(2 * minute);
    openLog({ path, sync: 'never', keep: { segments: 0 }, storage: disk.process(), clock: disk.clock }).append({
      n: 1,
    });
    expect(disk.paths()).toContain('/lake/app.000001.jsonl');
  });

  it('that is not permitted costs no record', () => {
    disk.put('/lake/app.000001.jsonl', '{"n":1}\n');
    disk.ageAll(2 * minute);
    disk.fail({ operation: 'unlink', code: 'EACCES' });
    const warnings: string[] = [];
    const log = openLog({
      path,
      sync: 'never',
      keep: { segments: 0 },
      storage: disk.process(),
      clock: disk.clock,
      onWarn: (message) => warnings.push(message),
    });
    expect(log.append({ n: 1 })).toBe(true);
    expect(warnings[0]).toContain('permission denied');
  });
});
