import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressionInside, copyStream } from '../../src/catalog/spool.ts';
import { tempFolder } from './ask.ts';

const folder = tempFolder();
let number = 0;
const fresh = (): string => join(folder, String(++number));
const pipe = (): string => {
  const path = fresh();
  execFileSync('mkfifo', [path]);
  return path;
};

test('a pipe is copied to its end, however late and slowly its writer comes', async () => {
  const path = pipe();
  spawn('sh', ['-c', `sleep 0.1; { printf one; sleep 0.1; printf two; } > '${path}'`]);
  const target = fresh();
  expect(await copyStream(path, target)).toBe(6);
  expect(readFileSync(target, 'utf8')).toBe('onetwo');
  expect(statSync(target).mode & 0o777).toBe(0o600);
});

test('more than a pipe holds at once', async () => {
  const path = pipe();
  spawn('sh', ['-c', `head -c 5000000 /dev/zero > '${path}'`]);
  expect(await copyStream(path, fresh())).toBe(5_000_000);
});

test('a writer that says nothing', async () => {
  const path = pipe();
  spawn('sh', ['-c', `: > '${path}'`]);
  expect(await copyStream(path, fresh())).toBe(0);
});

test('a device', async () => {
  expect(await copyStream('/dev/null', fresh())).toBe(0);
});

test('waiting ends when it is told to, with the reason given', async () => {
  const path = pipe();
  const ending = new AbortController();
  setTimeout(() => ending.abort(new Error('time is over')), 50);
  await expect(copyStream(path, fresh(), ending.signal)).rejects.toThrow('time is over');
  await expect(copyStream(path, fresh(), ending.signal)).rejects.toThrow('time is over');
});

test('a target that is there already is not touched', async () => {
  const target = fresh();
  writeFileSync(target, 'mine');
  await expect(copyStream('/dev/null', target)).rejects.toMatchObject({ code: 'io' });
  expect(readFileSync(target, 'utf8')).toBe('mine');
});

test.each([
  ['gzip', gzipSync('x'), '.gz'],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00]), '.zst'],
  ['text', Buffer.from('{"a":1}'), ''],
  ['a single byte of a gzip', gzipSync('x').subarray(0, 1), ''],
  ['nothing', Buffer.alloc(0), ''],
])('%s is known by its first bytes', (_name, bytes, compression) => {
  const path = fresh();
  writeFileSync(path, bytes);
  expect(compressionInside(path)).toBe(compression);
});
