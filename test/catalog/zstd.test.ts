import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isWholeZstd } from '../../src/catalog/zstd.ts';
import { tempFolder } from './ask.ts';

const folder = tempFolder();
const text = '{"a":1}\n';
/** A frame with its size, raw blocks of one line each, and four bytes where a checksum would be. */
const block = (content: string, last: boolean) =>
  Buffer.concat([Buffer.from([(content.length << 3) | (last ? 1 : 0), 0, 0]), Buffer.from(content)]);
const runLength = Buffer.from([(5 << 3) | 2, 0, 0, 0x20]);
const packed = Buffer.concat([
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 2 * text.length + 5]),
  block(text, false),
  runLength,
  block(text, true),
  Buffer.from('csum'),
]);
/** Made by `zstd`: the frame of no bytes, with its checksum. */
const nothing = Buffer.from('28b52ffd2400010000' + '99e9d851', 'hex');
const skippable = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

test.each<[why: string, bytes: Uint8Array, whole: boolean]>([
  ['a whole file', packed, true],
  ['two frames', Buffer.concat([packed, packed]), true],
  ['nothing in it', nothing, true],
  ['frames to be skipped', Buffer.concat([skippable, packed, skippable]), true],
  ['zero padding behind it', Buffer.concat([packed, Buffer.alloc(512)]), true],
  ['a file of no bytes', Buffer.alloc(0), false],
  ['cut in the checksum', packed.subarray(0, -1), false],
  ['cut where the last block ended', packed.subarray(0, -4), false],
  ['cut between two blocks', packed.subarray(0, 6 + 3 + text.length), false],
  ['cut in a block header', packed.subarray(0, 6 + 3 + text.length + 2), false],
  ['only a header', packed.subarray(0, 6), false],
  ['cut in the first bytes', packed.subarray(0, 3), false],
  ['a second frame that is cut', Buffer.concat([packed, packed.subarray(0, 20)]), false],
  ['a frame to be skipped that is cut', Buffer.concat([packed, skippable.subarray(0, -1)]), false],
  ['bytes behind it', Buffer.concat([packed, Buffer.from('{"a":1}')]), false],
  ['no zstd', Buffer.from(text), false],
])('%s', (_why, bytes, whole) => {
  const path = join(folder, 'x.zst');
  writeFileSync(path, bytes);
  expect(isWholeZstd(path)).toBe(whole);
});

test('a file that is not there is an error, not a cut one', () => {
  expect(() => isWholeZstd(join(folder, 'missing.zst'))).toThrow(/ENOENT/);
});

test('can be stopped', () => {
  const path = join(folder, 'y.zst');
  writeFileSync(path, packed);
  expect(() => isWholeZstd(path, AbortSignal.abort())).toThrow();
});
