// Every kind of roster file, as people and programs write them: which ids come out of it, what is said of it, and what is refused. Real files, real DuckDB.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readRoster } from '../../../src/catalog/roster/read.ts';
import { openScratch } from '../../../src/catalog/scratch.ts';
import { openEngine, quoteText } from '../../../src/engine/engine.ts';
import { LakeobsError } from '../../../src/errors.ts';
import type { RosterSummary } from '../../../src/result.ts';
import { tempFolder } from '../ask.ts';

const folder = tempFolder();
let number = 0;

/** Writes a file in a folder of its own; `setup` runs in the engine first, `$F` standing for the file. */
async function read(
  name: string,
  content: string | Uint8Array | { sql: string },
  column: string | null = null,
): Promise<RosterSummary & { found: string[] }> {
  const own = join(folder, `${++number}`);
  mkdirSync(own);
  const file = join(own, name);
  const scratch = openScratch();
  const engine = await openEngine({ tempDirectory: scratch.spill, threads: 2 });
  try {
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(file, content);
    else await engine.exec(`COPY (${content.sql}) TO ${quoteText(file)} (FORMAT parquet)`);
    const summary = await readRoster(engine, { file, column }, scratch, new AbortController().signal);
    const bytes = readFileSync(file);
    expect(summary.bytes).toBe(bytes.length);
    expect(summary.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const { rows } = await engine.all('SELECT worker_id FROM roster ORDER BY worker_id');
    expect(summary.ids).toBe(rows.length);
    return { ...summary, found: rows.map(([id]) => String(id)) };
  } finally {
    engine.close();
    scratch.dispose();
  }
}

async function refusal(...args: Parameters<typeof read>): Promise<LakeobsError> {
  const error = await read(...args).then(
    () => expect.unreachable('it was read'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LakeobsError);
  expect((error as LakeobsError).hint).toBeTruthy();
  return error as LakeobsError;
}

const utf16 = (text: string, bigEndian = false): Uint8Array => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

describe('a roster', () => {
  test.each<
    [
      what: string,
      name: string,
      content: string | Uint8Array | { sql: string },
      found: string[],
      said?: Partial<RosterSummary>,
    ]
  >([
    [
      'csv, one column',
      'r.csv',
      'worker_id\nW-1\nW-2\n',
      ['W-1', 'W-2'],
      { column: 'worker_id', duplicates: 0, empty: 0 },
    ],
    ['csv without a last line end', 'r.csv', 'id\nW-1\nW-2', ['W-1', 'W-2']],
    ['csv without a header', 'r.csv', 'W-1\nW-2\n', ['W-1', 'W-2'], { column: null }],
    [
      'csv, one column of another name: its name counts as an id',
      'r.csv',
      'Kollegin\nW-1\n',
      ['Kollegin', 'W-1'],
      { column: null },
    ],
    ['csv with leading zeros', 'r.csv', 'id,n\n007,1\n7,1\n0x7,1\n', ['007', '0x7', '7']],
    [
      'csv with big and odd numbers',
      'r.csv',
      'id\n12345678901234567890\n1e3\n1.0\n',
      ['1.0', '12345678901234567890', '1e3'],
    ],
    [
      'csv with spaces, tabs and no-break spaces around ids',
      'r.csv',
      'id,n\n  W 1 ,x\n\tW-2\u00a0,y\n',
      ['W 1', 'W-2'],
    ],
    [
      'csv with duplicates, empty ids and blank lines',
      'r.csv',
      'id,n\nW-1,a\n,b\n W-1,c\n"",d\n\n  ,e\nW-2,f\n\n\n',
      ['W-1', 'W-2'],
      { duplicates: 1, empty: 3 },
    ],
    ['one column with blank lines', 'r.csv', 'id\nW-1\n\nW-2\n\n', ['W-1', 'W-2'], { empty: 1 }],
    [
      'csv with quotes, delimiters and line ends inside',
      'r.csv',
      'name,worker_id\n"a, ""b""","W,1"\n"two\nlines","W""2"\n',
      ['W"2', 'W,1'],
      { column: 'worker_id' },
    ],
    ['csv with a quote in the middle of a plain field', 'r.csv', 'a"b\nc\n', ['a"b', 'c'], { column: null }],
    ['csv parted by semicolons', 'r.csv', 'Nachname, Vorname;ID\nA, B;W-1\n', ['W-1'], { column: 'ID' }],
    ['csv parted by bars', 'r.csv', 'name|id\nA|W-1\n', ['W-1']],
    ['csv, one column, with commas in the ids', 'r.csv', '"worker_id"\n"W,1"\nW;2\n', ['W,1', 'W;2']],
    ['tsv', 'r.tsv', 'name, first\tid\nA, B\tW,1\n', ['W,1']],
    ['csv with CRLF', 'r.csv', 'name,id\r\nA,W-1\r\nB,W-2\r\n', ['W-1', 'W-2']],
    ['csv with every kind of line end', 'r.csv', 'id\r\nW-1\nW-2\r\nW-3', ['W-1', 'W-2', 'W-3']],
    ['csv with the line ends of old Macs', 'r.csv', 'name,id\rA,W-1\rB,W-2\r', ['W-1', 'W-2']],
    ['csv with a byte order mark', 'r.csv', '\ufeffid\nW-1\n', ['W-1'], { column: 'id' }],
    ['csv in UTF-16', 'r.csv', utf16('id;n\r\nÄ-1;x\r\n'), ['Ä-1'], { column: 'id' }],
    ['csv in UTF-16, the other way round', 'r.tsv', utf16('id\tn\r\nÄ-1\tx\r\n', true), ['Ä-1']],
    ['csv with blank lines on top', 'r.csv', '\n \nid,n\nW-1,x\n', ['W-1']],
    ['csv with a NUL inside', 'r.csv', 'id,n\nW\0,x\n', ['W\0']],
    ['csv of NULL words: they are text', 'r.csv', 'id,n\nNULL,x\n\\N,y\n', ['NULL', '\\N']],
    ['csv, header only', 'r.csv', 'worker_id,name\n', [], { column: 'worker_id' }],
    ['csv, header only and no line end', 'r.csv', 'worker_id', [], { column: 'worker_id' }],
    ['csv of nothing', 'r.csv', '', [], { column: null }],
    ['csv of blank lines', 'r.csv', '\n\n', [], { column: null }],
    ['csv, packed', 'r.csv.gz', gzipSync('\ufeffid\nW-1\n'), ['W-1'], { column: 'id' }],
    ['a name in capitals', 'R.CSV', 'ID\nW-1\n', ['W-1'], { column: 'ID' }],
    ['worker_id before other names', 'r.csv', 'id,Worker ID,employee\n1,W-1,e\n', ['W-1'], { column: 'Worker ID' }],
    [
      'jsonl',
      'r.jsonl',
      '{"id":"W-1","n":1}\n\n{"n":2,"id":" W-2 "}\r\n{"n":3}\n{"id":null}\n{"id":""}\n{"id":"W-1"}',
      ['W-1', 'W-2'],
      { column: 'id', duplicates: 1, empty: 3 },
    ],
    [
      'ndjson of numbers',
      'r.ndjson',
      '{"id":7}\n{"id":-7}\n{"id":12345678901234567890}\n{"id":123456789012345678901234567890}\n',
      ['-7', '12345678901234567890', '123456789012345678901234567890', '7'],
    ],
    [
      'jsonl of fractions: the text fills gives them',
      'r.jsonl',
      '{"id":1.0}\n{"id":1e3}\n{"id":1.50}\n',
      ['1.0', '1.5', '1000.0'],
    ],
    ['jsonl of plain ids', 'r.jsonl', '"W-1"\n7\nnull\n', ['7', 'W-1'], { column: null, empty: 1 }],
    ['jsonl with a byte order mark', 'r.jsonl', '\ufeff{"worker_id":"W-1"}\n', ['W-1']],
    ['jsonl, packed', 'r.jsonl.gz', gzipSync('{"worker_id":"W-1"}\n'), ['W-1']],
    ['jsonl of nothing', 'r.jsonl', '', [], { column: null }],
    [
      'json, objects over several lines',
      'r.json',
      '[\n  { "worker_id": "W-1", "a": [1, {"id": "x"}] },\n  {\n    "worker_id": 2 }\n]\n',
      ['2', 'W-1'],
      { column: 'worker_id' },
    ],
    [
      'json, plain ids',
      'r.json',
      '["W,1", "a\\"]b", 12345678901234567890123, null, "W,1", "\\u00e9"]',
      ['12345678901234567890123', 'W,1', 'a"]b', 'é'],
      { column: null, duplicates: 1, empty: 1 },
    ],
    ['json, the empty array', 'r.json', ' [ ] ', [], { column: null }],
    ['json in UTF-16', 'r.json', utf16('["Ä"]'), ['Ä']],
    ['json with a field named like nothing else', 'r.json', '[{"a\\"b$.":"W-1"}]', ['W-1'], { column: 'a"b$.' }],
    [
      'parquet of text',
      'r.parquet',
      { sql: `SELECT * FROM (VALUES (' W-1 ', 1), ('W-1', 2), (NULL, 3), ('007', 4)) AS t(worker_id, n)` },
      ['007', 'W-1'],
      { duplicates: 1, empty: 1 },
    ],
    [
      'parquet of whole numbers',
      'r.parquet',
      { sql: 'SELECT unnest([7, 9223372036854775807]) AS id' },
      ['7', '9223372036854775807'],
    ],
    ['parquet without a row', 'r.parquet', { sql: `SELECT 'x' AS id WHERE false` }, [], { column: 'id' }],
  ])('%s', async (_what, name, content, found, said = {}) => {
    const { found: ids, ...summary } = await read(name, content);
    expect(ids).toEqual(found.toSorted());
    expect(summary).toMatchObject(said);
  });

  test('of a named column is read from that one, whatever the case', async () => {
    expect((await read('r.csv', 'id,Nr\nx,W-1\n', 'nr')).found).toEqual(['W-1']);
    expect((await read('r.csv', 'Nr\nW-1\n', 'Nr')).found).toEqual(['W-1']);
    expect((await read('r.json', '[{"id":"x","Nr":"W-1"}]', 'Nr')).found).toEqual(['W-1']);
    expect((await read('r.parquet', { sql: `SELECT 'x' AS id, 'W-1' AS nr` }, 'NR')).found).toEqual(['W-1']);
  });

  test('may be reached through a link, and by a name that is a pattern', async () => {
    const target = join(folder, 'target[1]*.csv');
    writeFileSync(target, 'id\nW-1\n');
    const link = join(folder, 'link.csv');
    symlinkSync(target, link);
    const scratch = openScratch();
    const engine = await openEngine({ tempDirectory: scratch.spill });
    for (const file of [target, link])
      expect(await readRoster(engine, { file, column: null }, scratch, new AbortController().signal)).toMatchObject({
        file,
        ids: 1,
      });
    engine.close();
    scratch.dispose();
  });

  test.each<
    [
      what: string,
      name: string,
      content: string | Uint8Array | { sql: string },
      code: string,
      message: RegExp,
      line?: number,
    ]
  >([
    ['several columns, none known', 'r.csv', 'a,b\n1,2\n', 'usage', /has no column known to hold ids: it has "a", "b"/],
    ['no header, several columns', 'r.csv', 'W-1,Ada\n', 'usage', /it has "W-1", "Ada"/],
    [
      'two columns that may be it',
      'r.csv',
      'id,employee_id\n1,2\n',
      'usage',
      /may hold its ids in "id" or "employee_id"/,
    ],
    ['two worker_ids', 'r.csv', 'worker_id,WorkerId\n1,2\n', 'usage', /"worker_id" or "WorkerId"/],
    ['two fields that may be it', 'r.jsonl', '{"id":1}\n{"ID":2}\n', 'usage', /"id" or "ID"/],
    ['a field too few', 'r.csv', 'id,n\nW-1,a\nW-2\n', 'input', /line 3, cannot be read: 1 of 2 fields/, 3],
    ['a field too many', 'r.csv', '\nid,n\r\nW-1,a\r\nW-2,a,b,c\r\n', 'input', /more than 2 fields/, 4],
    ['an open quote', 'r.csv', 'id,n\nW-1,"a\nW-2,b\n', 'input', /a quote that is never closed/, 2],
    ['an open quote in the header', 'r.csv', '"id,n\nW-1,a\n', 'input', /first record that is never closed/],
    ['text behind a quote', 'r.csv', 'id,n\n"W"1,a\n', 'input', /a quote/, 2],
    ['latin-1', 'r.csv', Buffer.from('id\n\xc4\n', 'latin1'), 'input', /is not UTF-8/],
    ['a .gz that is none', 'r.csv.gz', 'id\nW-1\n', 'input', /cannot be unpacked/],
    ['a cut .gz', 'r.csv.gz', gzipSync('id\nW-1\nW-2\n').subarray(0, 20), 'input', /cannot be unpacked/],
    ['a torn jsonl', 'r.jsonl', '{"id":1}\n{"id":', 'input', /line 2, cannot be read/, 2],
    [
      'jsonl with words',
      'r.jsonl',
      '\n{"id":1}\nfoo\n',
      'input',
      /line 3, cannot be read: Malformed JSON: invalid literal\.$/,
      3,
    ],
    ['two objects on a line', 'r.jsonl', '{"id":1}{"id":2}\n', 'input', /line 1, cannot be read/, 1],
    [
      'an object for an id',
      'r.jsonl',
      '{"id":1}\n{"id":{"a":1}}\n',
      'input',
      /value 2 is an object where an id belongs/,
    ],
    ['a list for an id', 'r.json', '["W-1",["W-2"]]', 'input', /value 2 is a list where an id belongs/],
    ['true for an id', 'r.json', '[{"id":true}]', 'input', /value 1 is true or false where an id belongs/],
    ['ids among objects', 'r.json', '[{"id":1},"W-2"]', 'input', /value 2 is no object, and others are/],
    ['a key written twice', 'r.json', '[{"id":1,"id":2}]', 'input', /the key "id" twice/],
    ['json that is an object', 'r.json', '{"workers":[{"id":1}]}', 'input', /is no JSON array/],
    ['json of nothing', 'r.json', '', 'input', /is no JSON array/],
    ['json lines', 'r.json', '{"id":1}\n{"id":2}\n', 'input', /is no JSON array/],
    ['a cut json', 'r.json', '[{"id":1},{"id":2}', 'input', /ends in the middle/],
    ['a json cut behind a comma', 'r.json', '[{"id":1},', 'input', /ends in the middle/],
    ['a json cut inside a string', 'r.json', '["W-1","W-', 'input', /ends in the middle/],
    ['text behind the array', 'r.json', '["W-1"] ["W-2"]', 'input', /goes on behind/],
    ['a comma too many', 'r.json', '["W-1",]', 'input', /nothing as value 2/],
    ['a gap', 'r.json', '["W-1",,"W-2"]', 'input', /nothing as value 2/],
    ['a broken value', 'r.json', '["W-1", W-2]', 'input', /value 2, cannot be read/],
    ['two values without a comma', 'r.json', '["W-1" "W-2"]', 'input', /value 1, cannot be read/],
    ['parquet that is none', 'r.parquet', 'PAR1 or not', 'input', /cannot be read/],
    [
      'parquet of floats',
      'r.parquet',
      { sql: 'SELECT 7.0::DOUBLE AS id' },
      'input',
      /column "id" .* is of type DOUBLE/,
    ],
    ['parquet of lists', 'r.parquet', { sql: 'SELECT [7] AS id' }, 'input', /is of type INTEGER\[\]/],
    ['packed parquet', 'r.parquet.gz', 'x', 'input', /no known kind/],
    ['another suffix', 'r.xlsx', 'x', 'input', /no known kind/],
  ])('is refused: %s', async (_what, name, content, code, message, line) => {
    const error = await refusal(name, content);
    expect(error.message).toMatch(message);
    expect([error.code, error.line]).toEqual([code, line]);
  });

  test('is refused when the column asked for is not there, with what is there', async () => {
    const error = await refusal('r.csv', 'worker,name\nW-1,a\n', 'wroker');
    expect([error.code, error.message, error.hint]).toEqual([
      'usage',
      expect.stringMatching(/has no column "wroker": it has "worker", "name"/),
      'Did you mean --roster-column worker?',
    ]);
    expect((await refusal('r.csv', 'W-1\n', 'id')).message).toMatch(/it has "W-1"/);
    expect((await refusal('r.json', '["W-1"]', 'id')).message).toMatch(/ids without a name/);
    expect((await refusal('r.csv', 'id,id\n1,2\n', 'id')).message).toMatch(/2 columns "id"/);
  });

  test('is refused when it is missing, or no file', async () => {
    const scratch = openScratch();
    const engine = await openEngine({ tempDirectory: scratch.spill });
    const { signal } = new AbortController();
    const at = (file: string) => readRoster(engine, { file, column: null }, scratch, signal);
    await expect(at(join(folder, 'none.csv'))).rejects.toMatchObject({
      code: 'input',
      message: /there is no roster at/,
    });
    mkdirSync(join(folder, 'folder.csv'));
    await expect(at(join(folder, 'folder.csv'))).rejects.toMatchObject({ code: 'input', message: /is a folder/ });
    engine.close();
    scratch.dispose();
  });
});
