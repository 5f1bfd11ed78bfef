// Laws of the salvage scan over generated logs with generated damage, against the model scanner.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineBytesMax } from '../../src/limits.ts';
import type { Found } from '../../src/ndjson/salvage.ts';
import { blow, chunkSizes, damagedLog, recordText } from './salvage-arbitraries.ts';
import { assertExact, scanBytes } from './salvage-laws.ts';
import { modelScan } from './salvage-model.ts';

/** A first line that settles the doubt whether the file is NDJSON: the model knows no such doubt. */
const goodLine = Buffer.from('{"first":1}\n');
const afterGoodLine = damagedLog.map((log) => Buffer.concat([goodLine, log]));

describe('laws of the salvage scan', () => {
  it('agrees with the model on kept rows, quarantined bytes and counts, also with a short line limit', () => {
    fc.assert(
      fc.property(afterGoodLine, fc.constantFrom(lineBytesMax, 40, 120), (file, limit) => {
        const { found, tail } = scanBytes(file, limit);
        const model = modelScan(file, limit);
        const records = found.filter((one) => one.kind === 'record');
        expect(
          records.map(({ line, byteOffset, byteLength, origin }) => ({ line, byteOffset, byteLength, origin })),
        ).toEqual(model.records);
        expect(
          found
            .filter((one) => one.kind === 'damaged')
            .map(({ line, byteOffset, byteLength, reason }) => ({
              line,
              byteOffset,
              byteLength,
              reason: reason === 'nul-bytes' || reason === 'line-too-long' ? reason : null,
            })),
        ).toEqual(model.damaged);
        expect(tail.state).toBe(model.tail);
      }),
      { numRuns: 1500 },
    );
  });

  it('names every byte it does not keep, once', () => {
    fc.assert(
      fc.property(
        fc.oneof(damagedLog, fc.uint8Array({ maxLength: 200 })),
        fc.constantFrom(lineBytesMax, 30),
        (file, limit) => {
          assertExact(file, scanBytes(file, limit).found);
        },
      ),
      { numRuns: 800 },
    );
  });

  it('gives the same wherever the chunks end', () => {
    fc.assert(
      fc.property(damagedLog, chunkSizes, fc.constantFrom(lineBytesMax, 50), (file, sizes, limit) => {
        const whole = scanBytes(file, limit);
        const chunked = scanBytes(file, limit, sizes);
        expect(chunked.found.map(comparable)).toEqual(whole.found.map(comparable));
        expect(chunked.tail).toEqual(whole.tail);
        expect(chunked.lines).toBe(whole.lines);
      }),
      { numRuns: 800 },
    );
  });

  it('loses no record to the damage of its neighbours: whole lines stay, whatever stands between them', () => {
    fc.assert(
      fc.property(
        fc.array(recordText, { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(damagedLog, blow)),
        (records, rubbish) => {
          const between = rubbish.map(([bytes, one]) => Buffer.from(one(bytes)));
          const lines = records.flatMap((text, index) => [
            Buffer.from(`${text}\n`),
            between[index] ?? Buffer.alloc(0),
            Buffer.from('\n'),
          ]);
          const kept = scanBytes(Buffer.concat([goodLine, ...lines]), lineBytesMax).found.filter(
            (one) => one.kind === 'record',
          );
          const texts = kept.map(({ byteOffset, byteLength }) =>
            Buffer.concat([goodLine, ...lines]).toString('utf8', byteOffset, byteOffset + byteLength),
          );
          for (const text of records) expect(texts).toContain(text);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the first value of every top-level key, and names the keys that came again', () => {
    const member = fc.tuple(
      fc.constantFrom('a', 'b', 'schema', '', 'é', '\u0000', '__proto__'),
      fc.jsonValue({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), fc.constantFrom('', ' ', '\t'), (all, space) => {
        const text = `{${all.map(([key, json]) => `${space}${JSON.stringify(key)}${space}:${space}${JSON.stringify(json)}${space}`).join(',')}}`;
        fc.pre(!/\\ud[89a-f]/.test(text));
        const [record] = scanBytes(Buffer.from(text), lineBytesMax).found;
        if (record?.kind !== 'record') throw new Error('the object is a record');
        const first = new Map<string, unknown>();
        for (const [key, json] of all) if (!first.has(key)) first.set(key, JSON.parse(JSON.stringify(json)));
        expect(Object.entries(record.record)).toEqual(expect.arrayContaining([...first]));
        expect(Object.keys(record.record).length).toBe(first.size);
        expect(JSON.parse(Buffer.from(record.bytes).toString())).toEqual(record.record);
        const again = all
          .filter(([key], index) => all.findIndex(([other]) => other === key) < index)
          .map(([key]) => key);
        expect([...record.duplicateKeys].sort()).toEqual([...new Set(again)].sort());
      }),
      { numRuns: 300 },
    );
  });
});

function comparable(found: Found): unknown {
  return found.kind === 'damaged' ? found : { ...found, bytes: Buffer.from(found.bytes).toString('latin1') };
}
