// An index on a disk that is full: a file system of 4 MiB in memory. Needs the right to mount; skipped, and said so, where that is missing.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { paths, session } from '../catalog/ask.ts';
import { lakeobs } from '../cli.ts';
import { answers, filesBelow, index } from '../columnar/shelf.ts';

const dir = mkdtempSync(join(tmpdir(), 'lakeobs-full-'));
const cache = join(dir, 'cache');
mkdirSync(cache);
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', cache]).status === 0;
if (!mounted) console.warn('full-disk tests are skipped: this user may not mount a file system');

describe.skipIf(!mounted)('a cache folder of 4 MiB', () => {
  afterAll(() => {
    spawnSync('umount', [cache]);
    rmSync(dir, { recursive: true, force: true });
  });

  for (const damage of ['', '{"torn":\n'])
    it(`says that there is no space, keeps nothing half-written, and every answer stays right (${damage === '' ? 'sound' : 'damaged'} log)`, async () => {
      const log = join(dir, `agent${damage.length}.jsonl`);
      // Text that does not get smaller.
      const noise = (seed: number) =>
        Array.from({ length: 2_000 }, (_, at) =>
          Math.abs(Math.sin(seed * 2_000 + at))
            .toString(36)
            .slice(2, 8),
        ).join('');
      writeFileSync(
        log,
        Array.from({ length: 700 }, (_, at) => `${JSON.stringify(session(`s${at}`, { prompt: noise(at) }))}\n`).join(
          '',
        ) + damage,
      );
      const built = await index(paths(log), cache);
      expect(built).toMatchObject([{ failed: true, indexed_bytes: 0 }]);
      expect(built[0]!.reason).toMatch(/cannot keep an index in .*(space|ENOSPC)/i);
      expect(filesBelow(cache).filter((path) => !path.endsWith('manifest.json'))).toEqual([]);
      const all = ['SELECT session_id, md5(prompt) FROM sessions ORDER BY ALL'];
      const [plain, found] = [await answers(paths(log), all), await answers(paths(log), all, cache)];
      expect(plain.rows[0]).toHaveLength(700);
      expect(found.rows).toEqual(plain.rows);
    });

  it('as TMPDIR: a run that needs a copy ends with 2 and says where there is no space; nothing stays there', async () => {
    const log = join(dir, 'moving.jsonl');
    // Touched just now: read and indexed through a copy.
    writeFileSync(log, `${JSON.stringify(session('s', { prompt: 'x'.repeat(1_000) }))}\n`.repeat(6_000));
    const env = { TMPDIR: cache, XDG_CACHE_HOME: join(dir, 'other') };
    const asked = await lakeobs(['sql', 'SELECT count(*) FROM sessions', log], { env });
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toMatch(/cannot copy .*moving\.jsonl: no space.*\n.*TMPDIR/);
    const built = await lakeobs(['index', log, '--format', 'jsonl'], { env });
    expect([built.code, JSON.parse(built.stdout).reason]).toEqual([
      2,
      expect.stringMatching(`^cannot copy ${log} to ${cache}/.*: no space`),
    ]);
    expect(readdirSync(cache).filter((name) => name.startsWith('lakeobs-'))).toEqual([]);
  }, 30_000);
});
