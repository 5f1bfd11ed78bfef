// Real processes, killed with SIGKILL: the next ingest leaves the lake as if nothing had happened. Every operation on the disk: test/heavy/ingest-crash.test.ts.
import { appendFileSync, cpSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LakeobsError } from '../../src/errors.ts';
import { ingest } from '../../src/ingest/ingest.ts';
import { contents, evidence, ingestInChild, inTurns, killableIngest } from './crash-lab.ts';
import { leftovers, linesOf, tempFolder } from './lakes.ts';

killableIngest();

describe('an ingest that is killed', () => {
  it('in a power cut that tears the row of the ledger: committed if the row is whole, else never begun', {
    timeout: 60_000,
  }, async () => {
    const steps: string[] = [];
    const master = tempFolder();
    await ingest({ ...evidence(master), step: (name) => steps.push(name) });
    const whole = contents(join(master, 'lake'));
    const at = steps.indexOf('fsync ledger') + 1;
    await inTurns([0, 1, 2, 40, 300, 1e9], 2, async (missing) => {
      const options = evidence(tempFolder());
      await ingestInChild(options, { at });
      const ledger = join(options.lake, 'ingest.ledger');
      truncateSync(ledger, Math.max(missing === 1e9 ? 1 : 0, statSync(ledger).size - missing));
      const { finished } = await ingest(options);
      expect([missing, finished.length > 0]).toEqual([missing, missing <= 1]);
      expect([missing, contents(options.lake).rejected]).toEqual([missing, whole.rejected]);
      for (const [family, lines] of Object.entries(whole.lines))
        expect([missing, linesOf(options.lake)[family]]).toEqual([missing, lines]);
      expect((await ingest(options)).lines).toBe(0);
    });
  });

  it('again and again, also while it finishes what the last one left, still gets everything in once', {
    timeout: 60_000,
  }, async () => {
    const folder = tempFolder();
    const options = evidence(folder);
    const reference = tempFolder();
    cpSync(join(folder, 'logs'), join(reference, 'logs'), { recursive: true, preserveTimestamps: true });
    await ingest({ ...options, lake: join(reference, 'lake'), paths: [join(reference, 'logs')] });
    let killed = 0;
    for (let at = 9; at < 60; at += 3) {
      const signal = await ingestInChild(options, { at });
      if (signal === null) break;
      killed += 1;
    }
    expect(killed).toBeGreaterThan(4);
    await ingest(options);
    expect(contents(options.lake).rejected).toEqual(contents(join(reference, 'lake')).rejected);
    for (const [family, lines] of Object.entries(linesOf(join(reference, 'lake'))))
      expect(linesOf(options.lake)[family]!.sort()).toEqual(lines.sort());
    expect(leftovers(options.lake)).toEqual([]);
  });
});

describe('a disk that fails', () => {
  it('at any operation is an error that says so, and the next ingest goes on', { timeout: 60_000 }, async () => {
    const master = tempFolder();
    let steps = 0;
    await ingest({ ...evidence(master), step: () => (steps += 1) });
    const whole = contents(join(master, 'lake'));
    for (let at = 1; at <= steps; at++) {
      const folder = tempFolder();
      const options = evidence(folder);
      let count = 0;
      let failedAt = '';
      const failing = (name: string) => {
        count += 1;
        if (count !== at) return;
        failedAt = name;
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      };
      const error = await ingest({ ...options, step: failing }).then(
        () => null,
        (thrown: LakeobsError) => thrown,
      );
      expect([failedAt, error?.code, error?.hint]).toEqual([failedAt, 'io', expect.stringContaining('run')]);
      await ingest(options);
      expect([failedAt, at, contents(options.lake).rejected]).toEqual([failedAt, at, whole.rejected]);
      for (const [family, lines] of Object.entries(whole.lines))
        expect([failedAt, at, linesOf(options.lake)[family]!.sort()]).toEqual([failedAt, at, [...lines].sort()]);
      expect(leftovers(options.lake)).toEqual([]);
    }
  });

  it('a row of the ledger that was cut off counts for nothing, and is told from damage', async () => {
    const folder = tempFolder();
    const options = evidence(folder);
    await ingest(options);
    const before = contents(options.lake);
    appendFileSync(join(options.lake, 'ingest.ledger'), '{"ledger":"lakeobs.ingest.v1","txn":"0');
    expect((await ingest(options)).lines).toBe(0);
    expect((await ingest(options)).lines).toBe(0);
    expect(contents(options.lake)).toEqual(before);
    writeFileSync(join(options.lake, 'ingest.ledger'), 'garbage\n{"ledger":"lakeobs.ingest.v1"}\n');
    await expect(ingest(options)).rejects.toMatchObject({
      code: 'input',
      line: 1,
      hint: expect.stringContaining('backup'),
    });
    expect(contents(options.lake)).toEqual(before);
  });
});
