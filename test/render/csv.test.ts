import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { renderTable } from '../../src/render/formats.ts';
import { JsonText } from '../../src/result.ts';
import { column } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'lakeobs-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('csv is RFC 4180: CRLF, quotes doubled, and only what needs quotes has them', () => {
  const table = {
    columns: [column('a'), column('b,c'), column('d')],
    rows: [
      ['x', 'say "hi"', 'two\nlines'],
      [null, '', ' padded '],
      [1.5, true, new JsonText('{"k": [1, 2]}')],
      [['a', 1], 'plain text', 'a;b'],
    ],
  };
  expect(renderTable(table, 'csv')).toBe(
    'a,"b,c",d\r\nx,"say ""hi""","two\nlines"\r\n,""," padded "\r\n1.5,true,"{""k"": [1, 2]}"\r\n"[""a"",1]",plain text,a;b\r\n',
  );
});

test('csv keeps the bytes exact in a file and shows them on a terminal', () => {
  const table = { columns: [column('a')], rows: [['\u001b[31m\nx']] };
  expect(renderTable(table, 'csv')).toBe('a\r\n"\u001b[31m\nx"\r\n');
  expect(renderTable(table, 'csv', { terminal: true })).toBe('a\r\n␛[31m␊x\r\n');
});

test('csv without rows is its header', () => {
  expect(renderTable({ columns: [column('a'), column('b')], rows: [] }, 'csv')).toBe('a,b\r\n');
});

test('another reader of csv gets every text back, and null apart from empty', async () => {
  // Any text but NUL, which that reader does not take.
  const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
  const nasty = fc.oneof(text, fc.constantFrom('', '"', '""', ',', '\n', '\r\n', '\r', ' x ', 'NULL', null));
  const rows = fc.sample(fc.tuple(nasty, nasty, nasty), { numRuns: 400, seed: 7 });
  const columns = [column('a'), column('b'), column('c')];
  // The last column is never null: a line of separators alone is nothing special, but keeps the count honest.
  const marked = rows.map((row, index) => [...row, String(index)]);
  const file = join(folder, 'rows.csv');
  writeFileSync(file, renderTable({ columns: [...columns, column('n')], rows: marked }, 'csv'));

  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT * FROM read_csv('${file}', header=true, auto_detect=false, delim=',', quote='"', escape='"', new_line='\\r\\n', allow_quoted_nulls=false,
       columns={'a':'VARCHAR','b':'VARCHAR','c':'VARCHAR','n':'VARCHAR'})`,
  );
  expect(reader.getRows()).toEqual(marked);
  connection.closeSync();
  instance.closeSync();
});
