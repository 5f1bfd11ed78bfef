// The crash tests in full size: minutes and half a gigabyte. The suite runs a tenth of them (test/ndjson/crash.test.ts).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { killAtRandom, readLog, writeTogether } from '../ndjson/crash/crash-lab.ts';

const MiB = 1024 * 1024;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lakeobs-heavy-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

for (const mode of ['direct', 'buffered'] as const)
  it(`eight processes write 20,000 records each in ${mode} mode, rotating every 5 MiB: all there once, every line parses`, async () => {
    const orders = { records: 20_000, maxBytes: 5 * MiB, sync: 'never', mode, hugeShare: 0.0005 } as const;
    const { path, acknowledged } = await writeTogether(dir, 8, orders);
    const found = readLog(path);
    console.log(`${mode}: ${found.files} files, ${found.bytes} bytes, ${found.blank} blank lines`);
    expect(found.torn).toEqual([]);
    expect(found.alien).toEqual([]);
    expect(found.ids.size).toBe(160_000);
    expect(acknowledged.length).toBe(160_000);
    expect([...found.ids.values()].every((times) => times === 1)).toBe(true);
  });

it('200 times kill -9 of one of four writers: every acknowledged record is there once; what is not a record is a torn line', async () => {
  const kills = 200;
  const orders = { maxBytes: 5 * MiB, sync: 'never', mode: 'direct', hugeShare: 0.01 } as const;
  const { path, acknowledged } = await killAtRandom(dir, kills, orders);
  const found = readLog(path);
  console.log(
    `${acknowledged.length} acknowledged, ${found.torn.length} torn lines, ${found.glued} records behind one of them, ${found.blank} blank lines, ${found.files} files`,
  );
  expect(found.alien).toEqual([]);
  expect(found.torn.length).toBeLessThanOrEqual(kills);
  expect(acknowledged.filter((id) => found.ids.get(id) !== 1)).toEqual([]);
  expect([...found.ids.values()].every((times) => times === 1)).toBe(true);
});
