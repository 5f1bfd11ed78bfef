// Generated logs of every family with random damage: the model scanner, written a second time from the rules, and lakeobs agree on what is kept and what is
// quarantined, whatever part of the log is in the index.

import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineBytesMax } from '../../src/limits.ts';
import { families } from '../../src/schema/families.ts';
import { lakeAt, lines, log, op, session, tempFolder } from '../catalog/ask.ts';
import { damagedLog } from '../ndjson/salvage-arbitraries.ts';
import { modelScan } from '../ndjson/salvage-model.ts';
import { runs } from '../runs.ts';
import { answers, health, index } from './shelf.ts';

const statements = [
  `SELECT source_file, line, byte_offset, byte_length FROM quarantine ORDER BY ALL`,
  ...families.flatMap((family) => family.views.map(({ name }) => `SELECT * FROM ${name} ORDER BY ALL`)),
  'SELECT * FROM problems ORDER BY ALL',
];

/** Lines that prove that a file is NDJSON, which the model takes for granted. */
const heads = [
  lines(session('head')),
  `\ufeff${lines(op())}`,
  lines(log(), { kind: 'span-open', extensionId: 'e', timestamp: 1, spanId: 's', name: 'n' }).replaceAll('\n', '\r\n'),
  `\n \n${lines({ schema: 'replay_run.v1', task: 't' })}{"schema":"session.iterate.v1","session_id":"a","session_id":"b"}\n`,
];

const damaged = fc
  .tuple(fc.constantFrom(...heads), damagedLog)
  .map(([head, bytes]) => Buffer.concat([Buffer.from(head), bytes]))
  // DuckDB takes a comma in front of a closing bracket and the scan does not (docs/reading.md).
  .filter((bytes) => !/,\s*[}\]]/.test(bytes.toString('latin1')));

const root = tempFolder();
const atRest = (path: string) => utimesSync(path, 1_700_000_000, 1_700_000_000);

test('the model agrees with what is read unindexed, indexed, half indexed and indexed up to any byte', async () => {
  let turn = 0;
  const law = async (logs: readonly { bytes: Buffer; cut: number }[]): Promise<void> => {
    const lake = join(root, String(turn++));
    mkdirSync(lake);
    // Closed segments: nobody waits for their tails.
    const files = logs.map(({ bytes, cut }, at) => {
      const path = join(lake, `session.${String(at + 1).padStart(6, '0')}.jsonl`);
      writeFileSync(path, bytes);
      atRest(path);
      return { path, bytes, cut };
    });
    const scope = lakeAt(lake);
    const plain = await answers(scope, statements);
    for (const { path, bytes } of files) {
      const model = modelScan(bytes, lineBytesMax);
      const source = plain.evidence.sources.find(({ file }) => file === path)!;
      expect([basename(path), source.records + source.unknown_schema]).toEqual([basename(path), model.records.length]);
      const ranges = (plain.rows[0] as unknown[][]).filter(([file]) => file === path).map((row) => row.slice(1));
      expect([basename(path), ranges]).toEqual([
        basename(path),
        model.damaged.map(({ line, byteOffset, byteLength }) => [line, byteOffset, byteLength]),
      ]);
    }
    const same = async (): Promise<void> => {
      const found = await answers(scope, statements, '/dev/null/none');
      expect(found.rows).toEqual(plain.rows);
      expect(health(found.evidence)).toEqual(health(plain.evidence));
    };
    await index(scope, '/dev/null/none');
    await same();
    for (const cutAt of [({ bytes }) => halfOf(bytes), ({ bytes, cut }) => Math.floor(cut * bytes.length)] as ((
      file: (typeof files)[number],
    ) => number)[]) {
      rmSync(join(lake, '.lakeobs'), { recursive: true });
      for (const file of files) {
        truncateSync(file.path, cutAt(file));
        atRest(file.path);
      }
      await index(scope, '/dev/null/none');
      for (const file of files) {
        appendFileSync(file.path, file.bytes.subarray(cutAt(file)));
        expect(readFileSync(file.path).equals(file.bytes)).toBe(true);
        atRest(file.path);
      }
      await same();
      // Two pieces, or one made of both.
      await index(scope, '/dev/null/none');
      await same();
    }
  };
  const one = fc.record({ bytes: damaged, cut: fc.double({ min: 0, max: 1, noNaN: true }) });
  await fc.assert(fc.asyncProperty(fc.array(one, { minLength: 15, maxLength: 20 }), law), {
    numRuns: runs(1, 8),
    // Twenty logs take long to become the smallest that fail.
    interruptAfterTimeLimit: 100_000,
  });
}, 300_000);

/** Where the middle one of its lines begins. */
function halfOf(bytes: Buffer): number {
  const ends = [...bytes.keys()].filter((at) => bytes[at] === 10);
  return ends[ends.length >> 1]! + 1;
}
