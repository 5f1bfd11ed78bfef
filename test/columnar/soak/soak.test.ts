// A tenth of the soak; all of it is in test/heavy.
import { expect, test } from 'vitest';
import { tempFolder } from '../../catalog/ask.ts';
import { soak } from './soak.ts';

const folder = tempFolder();

test('four processes append and rotate while the alarm is checked and the log indexed: every verdict is that of its bytes', async () => {
  const soaked = await soak(folder, {
    writers: 4,
    rotateBytes: 1024 * 1024,
    runs: 50,
    commandEvery: 25,
    indexEvery: 8,
    pruneEvery: 24,
  });
  expect(soaked.indexed).toBeGreaterThan(20);
  expect(soaked.segments).toBeGreaterThan(2);
}, 120_000);
