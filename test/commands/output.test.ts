import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ClosedPipe } from '../../src/commands/io.ts';
import { formatOf, sendRows, type Target, writeWhole } from '../../src/commands/output.ts';
import type { Row, RowStream } from '../../src/result.ts';
import { tempFolder } from '../catalog/ask.ts';
import { testIo } from './io.ts';

const folder = tempFolder();
let number = 0;
const home = (): string => {
  const path = join(folder, String(++number));
  mkdirSync(path);
  return path;
};

/** Chunks of rows; then, if given, an error. */
function stream(chunks: readonly (readonly Row[])[], error?: Error): RowStream {
  return {
    columns: [{ name: 'n', type: 'INTEGER' }],
    chunks: (async function* () {
      yield* chunks;
      if (error !== undefined) throw error;
    })(),
  };
}
const jsonl: Target = { format: 'jsonl', options: {}, limit: Number.POSITIVE_INFINITY };
const three = [[[1], [2]], [[3]]] as const;

describe('rows', () => {
  test('go to stdout and to every file in one pass', async () => {
    const cwd = home();
    const io = testIo({ cwd });
    expect(await sendRows(stream(three), jsonl, ['a.csv', join(cwd, 'b.json'), 'c.MD', 'd.jsonl'], io)).toBe(3);
    expect(io.out()).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
    expect(readFileSync(join(cwd, 'a.csv'), 'utf8').split(/\r?\n/)).toEqual(['n', '1', '2', '3', '']);
    expect(JSON.parse(readFileSync(join(cwd, 'b.json'), 'utf8'))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(readdirSync(cwd).sort()).toEqual(['a.csv', 'b.json', 'c.MD', 'd.jsonl']);
  });

  test('a limit cuts what is printed, counts the rest and leaves files whole', async () => {
    const cwd = home();
    const io = testIo({ cwd });
    expect(await sendRows(stream(three), { format: 'table', options: {}, limit: 1 }, ['a.jsonl'], io)).toBe(3);
    expect(io.out()).toMatch(/2 more rows/);
    expect(readFileSync(join(cwd, 'a.jsonl'), 'utf8').split('\n')).toHaveLength(4);
  });

  test('none is still a document', async () => {
    const cwd = home();
    const io = testIo({ cwd });
    expect(await sendRows(stream([]), { ...jsonl, format: 'json' }, ['a.csv'], io)).toBe(0);
    expect(JSON.parse(io.out())).toEqual([]);
    expect(readFileSync(join(cwd, 'a.csv'), 'utf8').trim()).toBe('n');
  });

  test('without a target go to files only', async () => {
    const io = testIo({ cwd: home() });
    expect(await sendRows(stream(three), null, ['a.csv'], io)).toBe(3);
    expect(io.out()).toBe('');
  });

  test('one file named twice is written once', async () => {
    const cwd = home();
    await sendRows(stream(three), null, ['a.csv', './a.csv', join(cwd, 'a.csv')], testIo({ cwd }));
    expect(readdirSync(cwd)).toEqual(['a.csv']);
  });
});

describe('a reader that goes away', () => {
  test('ends the work when nothing else wants the rows', async () => {
    let given = 0;
    const endless: RowStream = {
      columns: [{ name: 'n', type: 'VARCHAR' }],
      chunks: (async function* () {
        for (; ; given++) yield [['x'.repeat(100_000)]];
      })(),
    };
    await expect(sendRows(endless, jsonl, [], testIo({ closeAfter: 1 }))).rejects.toBeInstanceOf(ClosedPipe);
    expect(given).toBeLessThan(100);
  });

  test('does not cost a file its rows', async () => {
    const cwd = home();
    await expect(sendRows(stream(three), jsonl, ['a.jsonl'], testIo({ cwd, closeAfter: 0 }))).rejects.toBeInstanceOf(
      ClosedPipe,
    );
    expect(readFileSync(join(cwd, 'a.jsonl'), 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  });

  test('does not change the number of rows when it decides something', async () => {
    expect(await sendRows(stream(three), jsonl, [], testIo({ closeAfter: 0 }), true)).toBe(3);
  });
});

describe('failure leaves nothing half-written', () => {
  test('on stdout', async () => {
    const io = testIo();
    await expect(sendRows(stream(three, new Error('broke off')), jsonl, [], io)).rejects.toThrow('broke off');
    expect(io.out()).toBe('');
  });

  test('of the statement', async () => {
    const cwd = home();
    writeFileSync(join(cwd, 'a.csv'), 'of yesterday');
    await expect(
      sendRows(stream(three, new Error('broke off')), jsonl, ['a.csv', 'b.csv'], testIo({ cwd })),
    ).rejects.toThrow('broke off');
    expect(readdirSync(cwd)).toEqual(['a.csv']);
    expect(readFileSync(join(cwd, 'a.csv'), 'utf8')).toBe('of yesterday');
  });

  test('of another file', async () => {
    const cwd = home();
    await expect(sendRows(stream(three), jsonl, ['a.csv', 'missing/b.csv'], testIo({ cwd }))).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('missing/b.csv'),
      hint: expect.any(String),
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('of a suffix nobody knows', async () => {
    const cwd = home();
    await expect(sendRows(stream(three), jsonl, ['a.csv', 'b.xyz'], testIo({ cwd }))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('b.xyz'),
    });
    expect(readdirSync(cwd)).toEqual([]);
    await expect(formatOf('noSuffix')).rejects.toThrow(/suffix does not tell/);
  });

  test('of a folder in the file’s place', () => {
    const cwd = home();
    mkdirSync(join(cwd, 'a.json'));
    expect(() => writeWhole(join(cwd, 'a.json'), 'text')).toThrow(expect.objectContaining({ code: 'io' }));
    expect(readdirSync(cwd)).toEqual(['a.json']);
  });
});

test('a whole text replaces what was there', () => {
  const path = join(home(), 'a.txt');
  writeWhole(path, 'first');
  writeWhole(path, 'zweitens ä\n');
  expect(readFileSync(path, 'utf8')).toBe('zweitens ä\n');
});
