// What `append` refuses to change in silence. The rest is tested from outside (test/whole/append.test.ts).
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runAppend } from '../../src/commands/append.ts';
import { ClosedPipe, linesOf } from '../../src/commands/io.ts';
import { lineBytesMax } from '../../src/limits.ts';
import { tempFolder } from '../catalog/ask.ts';
import { testIo } from './io.ts';

const folder = tempFolder();
let number = 0;
const good = '{"endpoint":"x","success":true}';

/** Appends what stands on standard input to a lake of its own. */
async function append(input: string | Uint8Array, fields = {}) {
  const lake = join(folder, String(++number));
  const io = testIo({ cwd: folder, stdin: () => linesOf(chunked(input)), ...fields });
  const code = await runAppend(['observer'], { lake, color: false, redact: true }, io);
  const path = join(lake, 'observer.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  return { code, lines, err: io.err(), out: io.out() };
}

async function* chunked(input: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(input as string);
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

test.each<[why: string, line: string | Uint8Array, message: RegExp]>([
  [
    'a key written twice',
    '{"endpoint":"x","success":true,"success":false}',
    /line 2 rejected: the key "success" is written twice/,
  ],
  [
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from('{"endpoint":"'), Buffer.from([0xff]), Buffer.from('","success":true}')]),
    /line 2 rejected: not UTF-8/,
  ],
  [
    'a line over the limit',
    `{"endpoint":"${'ä'.repeat(lineBytesMax / 2)}","success":true}`,
    /line 2 rejected: longer than 4 MiB/,
  ],
  ['a number beyond a double', '{"endpoint":"x","success":true,"n":1e-400}', /line 2 rejected: the number 1e-400/],
  ['no object', '[1]', /line 2 rejected/],
])('%s is rejected, its neighbours are written', async (_why, line, message) => {
  const { code, lines, err } = await append(
    Buffer.concat([Buffer.from(`${good}\n`), Buffer.from(line as string), Buffer.from(`\n${good}\n`)]),
  );
  expect(err).toMatch(message);
  expect(lines).toHaveLength(2);
  expect(code).toBe(1);
});

test('white space and a byte order mark around records are fine, nested keys of one name too', async () => {
  const { code, lines } = await append(
    `\uFEFF${good}\r\n\r\n  {"endpoint":"x","success":true,"a":{"b":1},"c":{"b":2}}  \n`,
  );
  expect(lines).toHaveLength(2);
  expect(code).toBe(0);
});

test('rejections are in the exit code whether anybody reads the summary or not', async () => {
  const closed = { stdout: () => Promise.reject(new ClosedPipe()) };
  expect((await append(`${good}\nbad\n`, closed)).code).toBe(1);
  expect((await append(`${good}\n`, closed)).code).toBe(0);
});

test('a stream without newlines does not fill the memory', async () => {
  const endless = async function* () {
    for (let n = 0; n < 4096; n++) yield Buffer.alloc(65_536, 'x');
  };
  let lines = 0;
  for await (const line of linesOf(endless())) {
    lines++;
    expect(line.length).toBe(lineBytesMax + 1);
  }
  expect(lines).toBe(1);
});

test('lines are those between the newlines, however the chunks fall', async () => {
  const text = 'a\n\nbcd\r\n\nlast';
  for (let size = 1; size <= text.length; size++) {
    const lines: string[] = [];
    const chunks = async function* () {
      for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
    };
    for await (const line of linesOf(chunks())) lines.push(Buffer.from(line).toString());
    expect(lines).toEqual(text.split('\n'));
  }
});
