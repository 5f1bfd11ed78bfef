// A disk that is really full: a file system of 4 MiB in memory. Needs the right to mount; skipped, and said so, where that is missing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/ndjson/writer.ts';
import { auditText } from '../ndjson/audit.ts';

const dir = mkdtempSync(join(tmpdir(), 'lakeobs-full-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir]).status === 0;
if (!mounted) console.warn('full-disk tests are skipped: this user may not mount a file system');

describe.skipIf(!mounted)('a disk of 4 MiB', () => {
  const path = join(dir, 'app.jsonl');
  const ballast = join(dir, 'ballast');

  beforeAll(() => {
    writeFileSync(ballast, Buffer.alloc(3_584 * 1024));
  });

  afterAll(() => {
    spawnSync('umount', [dir]);
    rmSync(dir, { recursive: true, force: true });
  });

  for (const mode of ['direct', 'buffered'] as const)
    it(`${mode}: loses what it says it lost and nothing else, and writes on once there is space`, async () => {
      const kept: number[] = [];
      const log = openLog({ path, mode, strict: false, sync: 'never', onWarn: () => {} });
      let n = 0;
      const append = (count: number): void => {
        for (let i = 0; i < count; i += 1) {
          n += 1;
          if (log.append({ mode, n, pad: 'x'.repeat(n % 2_000) })) kept.push(n);
        }
      };
      append(1_500);
      await log.flush();
      const lostBefore = log.stats().dropped.io + log.stats().pending;
      expect(lostBefore).toBeGreaterThan(0);
      rmSync(ballast);
      append(50);
      await log.close();
      const { records, broken } = auditText(readFileSync(path, 'utf8'));
      expect(records.filter((one) => one.mode === mode).map((one) => one.n)).toEqual(kept);
      // Fragments of short writes, sealed and counted.
      expect(broken.length).toBe(log.stats().fragments);
      rmSync(path);
      writeFileSync(ballast, Buffer.alloc(3_584 * 1024));
    });
});
