// Real processes on one file. The full size is test/heavy/crash.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killAtRandom, readLog, writeTogether } from './crash/crash-lab.ts';

const MiB = 1024 * 1024;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lakeobs-crash-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('eight processes on one log', () => {
  for (const mode of ['direct', 'buffered'] as const)
    it(`lose, double and break nothing in ${mode} mode while each of them rotates`, async () => {
      const records = mode === 'direct' ? 2_000 : 1_000;
      const { path, acknowledged } = await writeTogether(dir, 8, {
        records,
        maxBytes: 5 * MiB,
        sync: 'never',
        mode,
        hugeShare: 0.0005,
      });
      const found = readLog(path);
      expect(found.torn).toEqual([]);
      expect(found.alien).toEqual([]);
      expect(found.ids.size).toBe(8 * records);
      expect([...found.ids.values()].every((times) => times === 1)).toBe(true);
      expect(new Set(acknowledged)).toEqual(new Set(found.ids.keys()));
      expect(found.files).toBeGreaterThan(found.bytes / (5 * MiB) - 1);
    }, 60_000);
});

describe('kill -9 of one of four writers, again and again', () => {
  it('leaves every acknowledged record exactly once, and besides records only torn lines', async () => {
    const kills = 20;
    const { path, acknowledged } = await killAtRandom(dir, kills, {
      maxBytes: 5 * MiB,
      sync: 'never',
      mode: 'direct',
      hugeShare: 0.01,
    });
    const found = readLog(path);
    expect(found.alien).toEqual([]);
    expect(found.torn.length).toBeLessThanOrEqual(kills);
    expect(acknowledged.length).toBeGreaterThanOrEqual(10 * kills);
    expect(acknowledged.filter((id) => found.ids.get(id) !== 1)).toEqual([]);
    expect([...found.ids.values()].every((times) => times === 1)).toBe(true);
  }, 60_000);
});
