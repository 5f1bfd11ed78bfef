// What the salvage scan keeps is exactly what DuckDB's strict reader takes: found out by asking DuckDB.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { duckdbObjectBytesMax, lineBytesMax } from '../../src/limits.ts';
import type { SalvagedRecord } from '../../src/ndjson/salvage.ts';
import { blow, damagedLog, recordText } from './salvage-arbitraries.ts';
import { scanBytes } from './salvage-laws.ts';

const folder = mkdtempSync(join(tmpdir(), 'lakeobs-strict-'));
let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
});
afterAll(() => {
  connection.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

/** The rows of a strict read, every member of interest once as text and once as JSON; null when DuckDB refuses. */
async function strictRead(
  bytes: Uint8Array,
  columns = `{'a': 'VARCHAR', 'schema': 'VARCHAR', 'endpoint': 'JSON'}`,
): Promise<unknown[][] | null> {
  const path = join(folder, 'read.ndjson');
  writeFileSync(path, bytes);
  try {
    const result = await connection.runAndReadAll(
      `SELECT * FROM read_ndjson('${path}', columns = ${columns}, records = 'true', maximum_object_size = ${duckdbObjectBytesMax})`,
    );
    return result.getRowsJson();
  } catch {
    return null;
  }
}

function kept(bytes: Uint8Array): SalvagedRecord[] {
  return scanBytes(bytes, lineBytesMax).found.filter((one) => one.kind === 'record');
}

const newline = Buffer.from('\n');

describe('one line, DuckDB and the scan', () => {
  const values = [
    '1e999',
    '-1e999',
    '1e-999',
    '0e999',
    '-0',
    '-0e1',
    '9'.repeat(400),
    `${'9'.repeat(400)}.5`,
    '12345678901234567890.5e5',
    '1E+05',
    'NaN',
    'nan',
    '-NaN',
    'Infinity',
    '-Infinity',
    'inf',
    '-inf',
    'INF',
    'infinit',
    'nanx',
    '+inf',
    'NULL',
    'True',
    '01',
    '-01',
    '00',
    '+1',
    '.5',
    '5.',
    '1.e5',
    '1e',
    '1e+',
    '-',
    '0x1',
    '1_0',
    'tru',
    'truefalse',
    '1 2',
    'undefined',
    '"\\ud800"',
    '"\\udc00"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\ud83dx"',
    '"\\ud83d\\n"',
    '"\\ud83d\\u0041"',
    '"\\uD83D\\uDE00"',
    '"\\u00"',
    '"\\u00zz"',
    '"\\u0000"',
    '"\u0001"',
    '"\t"',
    '"\u007f"',
    '"\u0080"',
    '"\u2028"',
    '"\uffff"',
    '"\\x41"',
    '"\\\'"',
    '"\\/"',
    '"\\',
    '"',
    "'x'",
    '[1,,2]',
    '[,]',
    '[',
    ']',
    '{',
    '{"b"}',
    '{"b":}',
    '{"b":1 "c":2}',
    '{,}',
    '{b:1}',
    '{"b":1,"b":2}',
    '{"\\ud800":1}',
    '{"":1}',
    '{"x\\u0000y":1}',
    '/*x*/1',
    '1//x',
    '#',
    '',
    '\r1',
    '\f1',
    '\v1',
    '\u00a01',
    `${'['.repeat(3000)}${']'.repeat(3000)}`,
    `${'['.repeat(3000)}${']'.repeat(2999)}`,
    `${'{"b":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  ];
  const outer = [
    '{"a":1}\f',
    '\v{"a":1}',
    '\f\n{"a":1}',
    ' {"a":1} \r',
    '{"a":1}\r{"a":2}',
    '{"a":1}{"a":2}',
    '{"a":1} x',
    '{"a":1},',
    '\u00a0{"a":1}',
    '{"a":1}\u00a0',
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"z":1,"z":2,"a":3}',
    '{"a":{"b":1,"b":2},"a":3}',
    '{"A":1,"a":2}',
    '{"":1,"":2}',
    '{"a":null,"a":1}',
    '{}',
    '{ }',
    '{"a":1}\r\r',
    '{"a":"x\ufeff"}',
    '{"__proto__":1,"a":2}',
    '{"a":[1,2],"a":NaN}',
  ];
  const raw = [
    '"\xff"',
    '"\xc0\x80"',
    '"\xc3"',
    '"\xed\xa0\x80"',
    '"\xed\xa0\xbd\xed\xb8\x80"',
    '"\xf4\x90\x80\x80"',
    '"\xf5\x80\x80\x80"',
    '"\xe2\x82"',
    '"\xf0\x9f\x98\x80"',
    '"\xe0\x9f\xbf"',
    '"\xf0\x8f\xbf\xbf"',
    '\x00',
    '"\x00"',
  ];

  it('agree on every value that readers are known to differ on', async () => {
    const lines = [
      ...values.map((value) => Buffer.from(`{"a":${value},"schema":"k"}`)),
      ...outer.map((line) => Buffer.from(line)),
      ...raw.map((value) => Buffer.from(`{"a":${value}}`, 'latin1')),
    ];
    for (const line of lines) {
      const records = kept(line);
      const rows = await strictRead(line);
      const text = line.toString('latin1').slice(0, 60);
      if (rows !== null) expect(records.length, `DuckDB takes ${text}`).toBe(1);
      // Refused by DuckDB, kept by the scan: only where the kept bytes differ from the line, or stand on lines of their own.
      else if (records.length > 0)
        expect(
          records.some((one) => one.duplicateKeys.length > 0 || one.origin !== 'whole'),
          `DuckDB refuses ${text}`,
        ).toBe(true);
      for (const { bytes, record } of records) {
        const again = await strictRead(bytes);
        expect(again?.length, `DuckDB takes what was kept of ${text}`).toBe(1);
        if (typeof record.a === 'string') expect(again?.[0]?.[0]).toBe(record.a);
        if (typeof record.schema === 'string') expect(again?.[0]?.[1]).toBe(record.schema);
        if (rows !== null) expect(again).toEqual(rows);
      }
    }
  });

  it('differ on trailing commas, which the scan refuses', async () => {
    for (const line of ['{"a":1,}', '{"a":[1,]}', '{"a":{"b":1 , } }']) {
      expect(await strictRead(Buffer.from(line)), line).toHaveLength(1);
      expect(kept(Buffer.from(line)), line).toEqual([]);
    }
  });

  it('agree on records damaged anywhere', async () => {
    let taken = 0;
    let refused = 0;
    for (const [text, blows] of fc.sample(fc.tuple(recordText, fc.array(blow, { maxLength: 2 })), 400)) {
      const line = blows.reduce<Buffer>((bytes, one) => one(bytes), Buffer.from(text));
      const plain = line.toString('latin1').trim();
      if (!plain.startsWith('{') || plain.includes('\n')) continue;
      const rows = await strictRead(line);
      const whole = kept(line).find(({ byteLength }) => byteLength === plain.length);
      if (rows === null) {
        refused += 1;
        if (whole !== undefined) expect(whole.duplicateKeys, plain).not.toEqual([]);
      } else {
        taken += 1;
        // The one difference: trailing commas.
        if (whole === undefined)
          expect(() => JSON.parse(line.toString().replace(/,(\s*[}\]])/g, '$1')), plain).not.toThrow();
      }
    }
    expect(Math.min(taken, refused)).toBeGreaterThan(50);
  });
});

describe('a file of what was kept', () => {
  it('is read strictly, row by row the same, whatever the damage was', async () => {
    const logs = fc.sample(damagedLog, 300);
    const records = logs.flatMap((log) => kept(Buffer.concat([Buffer.from('{"first":1}\n'), log])));
    const rows = await strictRead(Buffer.concat(records.flatMap(({ bytes }) => [Buffer.from(bytes), newline])));
    expect(records.length).toBeGreaterThan(500);
    expect(rows).not.toBeNull();
    expect(rows?.map(([, schema]) => schema)).toEqual(records.map(({ record }) => textOf(record.schema)));
    expect(rows?.map(([, , endpoint]) => (endpoint === null ? null : JSON.parse(endpoint as string)))).toEqual(
      records.map(({ record }) => record.endpoint ?? null),
    );
  });

  it('holds lines of the longest length', async () => {
    const text = `{"a":"${'x'.repeat(lineBytesMax - 8)}"}`;
    const rows = await strictRead(
      Buffer.concat(kept(Buffer.from(`${text}\n${text}\n`)).flatMap(({ bytes }) => [Buffer.from(bytes), newline])),
    );
    expect(rows?.map(([a]) => (a as string).length)).toEqual([lineBytesMax - 8, lineBytesMax - 8]);
  });
});

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : value === undefined || value === null ? null : JSON.stringify(value);
}
