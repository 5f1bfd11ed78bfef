import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyRange } from '../../src/catalog/snapshot.ts';
import { sameStamp, stampOf } from '../../src/catalog/sources.ts';
import { tempFolder } from './ask.ts';

const folder = tempFolder();
let number = 0;
const fresh = (): string => join(folder, String(++number));

test('the copy is exactly the first bytes, and private', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat(5000), (bytes, wanted) => {
      const path = fresh();
      writeFileSync(path, bytes);
      const length = Math.min(wanted, bytes.length);
      const target = fresh();
      expect(copyRange(path, stampOf(path)!, { from: 0, to: length }, target)).toBe(true);
      expect(readFileSync(target)).toEqual(Buffer.from(bytes.subarray(0, length)));
      expect(statSync(target).mode & 0o777).toBe(0o600);
    }),
    { numRuns: 50 },
  );
});

test('more than one buffer is copied whole, and what came later is left out', () => {
  const path = fresh();
  const bytes = Buffer.alloc(3_500_000, 'abcdefg');
  writeFileSync(path, bytes);
  const stamp = stampOf(path)!;
  appendFileSync(path, 'later');
  const target = fresh();
  expect(copyRange(path, stamp, { from: 0, to: stamp.size }, target)).toBe(true);
  expect(readFileSync(target).equals(bytes)).toBe(true);
});

test('a file that is shorter, another, or gone is not copied', () => {
  const path = fresh();
  writeFileSync(path, 'abcdef');
  const stamp = stampOf(path)!;
  truncateSync(path, 3);
  expect(copyRange(path, stamp, { from: 0, to: 6 }, fresh())).toBe(false);
  renameSync(path, fresh());
  writeFileSync(path, 'abcdef');
  expect(copyRange(path, stamp, { from: 0, to: 6 }, fresh())).toBe(false);
  rmSync(path);
  expect(copyRange(path, stamp, { from: 0, to: 6 }, fresh())).toBe(false);
});

test('what cannot be read or written is an error', () => {
  const path = fresh();
  mkdirSync(path);
  expect(() => copyRange(path, stampOf(path)!, { from: 0, to: 1 }, fresh())).toThrow(
    expect.objectContaining({ code: 'io', message: expect.stringContaining(path) }),
  );
  const file = fresh();
  writeFileSync(file, 'x');
  expect(() => copyRange(file, stampOf(file)!, { from: 0, to: 1 }, file)).toThrow(
    expect.objectContaining({ code: 'io' }),
  );
});

test('a stamp changes with the file', () => {
  const path = fresh();
  writeFileSync(path, 'a');
  const stamp = stampOf(path)!;
  expect(sameStamp(stamp, stampOf(path))).toBe(true);
  appendFileSync(path, 'b');
  expect(sameStamp(stamp, stampOf(path))).toBe(false);
  rmSync(path);
  expect(stampOf(path)).toBeNull();
  expect(sameStamp(stamp, null)).toBe(false);
});
