import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isWholeGzip } from '../../src/catalog/gzip.ts';
import { tempFolder } from './ask.ts';

const folder = tempFolder();
const packed = gzipSync('{"a":1}\n'.repeat(100_000));
const wrong = Buffer.from(packed);
wrong[wrong.length - 6]! ^= 0xff;

test.each<[why: string, bytes: Uint8Array, whole: boolean]>([
  ['a whole file', packed, true],
  ['two members', Buffer.concat([packed, packed]), true],
  ['nothing in it', gzipSync(''), true],
  ['cut in the data', packed.subarray(0, packed.length >> 1), false],
  ['cut in the checksum', packed.subarray(0, -3), false],
  ['only a header', packed.subarray(0, 10), false],
  ['a wrong checksum', wrong, false],
  ['a second member that is cut', Buffer.concat([packed, packed.subarray(0, 100)]), false],
  ['no gzip', Buffer.from('{"a":1}\n'), false],
])('%s', async (_why, bytes, whole) => {
  const path = join(folder, 'x.gz');
  writeFileSync(path, bytes);
  expect(await isWholeGzip(path)).toBe(whole);
});

test('a file that is not there is an error, not a cut one', async () => {
  await expect(isWholeGzip(join(folder, 'missing.gz'))).rejects.toThrow(/ENOENT/);
});

test('can be stopped', async () => {
  const path = join(folder, 'y.gz');
  writeFileSync(path, packed);
  await expect(isWholeGzip(path, AbortSignal.abort())).rejects.toThrow();
});
