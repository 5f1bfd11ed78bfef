// Real processes, killed with SIGKILL at every operation on the disk and at random moments: the next ingest leaves the lake as if nothing had happened.
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type IngestOptions, ingest } from '../../src/ingest/ingest.ts';
import { contents, evidence, ingestInChild, inTurns, killableIngest } from '../ingest/crash-lab.ts';
import { ledgerOf, leftovers, linesOf, opLine, restingFile, tempFolder } from '../ingest/lakes.ts';

killableIngest();

describe('an ingest that is killed', () => {
  it('at any operation on the disk is finished by the next one: no line lost, none doubled', {
    timeout: 120_000,
  }, async () => {
    const master = tempFolder();
    const steps: string[] = [];
    await ingest({ ...evidence(master), step: (name) => steps.push(name) });
    const whole = contents(join(master, 'lake'));
    expect(Object.values(whole.lines).flat().length).toBeGreaterThan(12);
    expect(whole.rejected.length).toBeGreaterThan(3);
    expect(ledgerOf(join(master, 'lake')).length).toBeGreaterThan(1);
    for (const name of ['append ledger', 'link', 'unlink', 'fsync staged', 'fsync folder', 'fsync ledger'])
      expect(steps).toContain(name);

    await inTurns(
      steps.map((name, index) => ({ name, at: index + 1 })),
      2,
      async ({ name, at }) => {
        const folder = tempFolder();
        const options = evidence(folder);
        expect([name, await ingestInChild(options, { at })]).toEqual([name, 'SIGKILL']);
        // Something is appended between the crash and the next run, as it would be.
        appendFileSync(join(folder, 'logs', 'a.jsonl'), `${opLine('later')}\n`);
        await ingest(options);
        const after = contents(options.lake);
        const later = after.lines.observer!.indexOf(opLine('later'));
        expect([name, later]).not.toEqual([name, -1]);
        after.lines.observer!.splice(later, 1);
        for (const family of Object.keys(whole.lines))
          expect([name, at, family, [...after.lines[family]!].sort()]).toEqual([
            name,
            at,
            family,
            [...whole.lines[family]!].sort(),
          ]);
        expect([name, at, after.rejected]).toEqual([name, at, whole.rejected]);
        expect([name, at, leftovers(options.lake)]).toEqual([name, at, []]);
        expect((await ingest(options)).lines).toBe(0);
      },
    );
  });

  it('at random moments of a long run gets everything in once, in order', { timeout: 60_000 }, async () => {
    const folder = tempFolder();
    const lines = Array.from({ length: 20_000 }, (_, n) => opLine(`${n}`, { input_summary: 'x'.repeat(n % 700) }));
    const path = restingFile(join(folder, 'a.jsonl'), `${lines.join('\n')}\n`);
    const options: IngestOptions = {
      lake: join(folder, 'lake'),
      paths: [path],
      segmentBytesMax: 400_000,
      transactionBytesMax: 900_000,
    };
    // A run that ends before it is killed was whole; then it begins anew and is killed earlier, so that a fast machine kills as many as a slow one.
    let spanMs = 250;
    for (let killed = 0; killed < 12; ) {
      if ((await ingestInChild(options, { afterMs: spanMs * (0.3 + 0.7 * Math.random()) })) === 'SIGKILL') {
        killed += 1;
        continue;
      }
      expect(linesOf(options.lake).observer).toEqual(lines);
      rmSync(options.lake, { recursive: true });
      spanMs *= 0.8;
    }
    await ingest(options);
    expect(linesOf(options.lake).observer).toEqual(lines);
    expect(leftovers(options.lake)).toEqual([]);
  });
});

describe('an ingest with a mapping that is killed', () => {
  it('at any operation that counts is finished by the next one', { timeout: 60_000 }, async () => {
    const make = (): IngestOptions => {
      const folder = tempFolder();
      const events = Array.from({ length: 40 }, (_, n) => JSON.stringify({ what: `e${n % 7}`, at: n }));
      const path = restingFile(join(folder, 'a.jsonl'), `${events.join('\n')}\nbad\n`);
      const map = restingFile(
        join(folder, 'map.sql'),
        "SELECT json ->> 'what' AS endpoint, 't' AS timestamp, 's' AS source, true AS success, json -> 'at' AS n FROM input ORDER BY line",
      );
      return { lake: join(folder, 'lake'), paths: [path], family: 'observer', map, segmentBytesMax: 1500 };
    };
    const steps: string[] = [];
    const master = make();
    await ingest({ ...master, step: (name) => steps.push(name) });
    const whole = contents(master.lake);
    expect(whole.lines.observer).toHaveLength(40);
    const kills = steps
      .map((name, index) => ({ name, at: index + 1 }))
      .filter(({ name }, n) => n > 3 && (name === 'stage' || name === 'append ledger' || name.includes('link')));
    expect(kills.length).toBeGreaterThan(8);
    await inTurns(kills, 2, async ({ name, at }) => {
      const options = make();
      expect([name, await ingestInChild(options, { at })]).toEqual([name, 'SIGKILL']);
      await ingest(options);
      expect([name, at, contents(options.lake)]).toEqual([name, at, whole]);
      expect((await ingest(options)).lines).toBe(0);
      expect(leftovers(options.lake)).toEqual([]);
    });
  });
});
