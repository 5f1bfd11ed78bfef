// The salvage scan over real logs and over logs others broke on purpose. They are not part of the project: LAKEOBS_SAMPLES names their folder.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { duckdbObjectBytesMax, lineBytesMax } from '../../src/limits.ts';
import type { Found, SalvagedRecord } from '../../src/ndjson/salvage.ts';
import { scanFile } from '../../src/ndjson/scan-file.ts';
import { assertExact } from './salvage-laws.ts';

const samples = process.env.LAKEOBS_SAMPLES;

interface Expectation {
  line: number;
  file: string;
  /** y: must parse, n: must not, i: either. */
  cls: 'y' | 'n' | 'i';
  top: string | null;
}

describe.skipIf(samples === undefined)('samples (skipped unless LAKEOBS_SAMPLES names their folder)', () => {
  const root = samples ?? '';

  it('JSONTestSuite: keeps every valid object, refuses valid non-objects as such, keeps nothing invalid', async () => {
    const { rows } = JSON.parse(readFileSync(join(root, 'dirty/jsontestsuite.expect.json'), 'utf8')) as {
      rows: Expectation[];
    };
    const path = join(root, 'dirty/jsontestsuite.ndjson');
    const found = await scanned(path);
    assertExact(readFileSync(path), found);
    expect(rows.filter(({ cls }) => cls === 'y').length).toBe(93);
    for (const { line, file, cls, top } of rows) {
      const of = found.filter((one) => one.line === line);
      const records = of.filter(({ kind }) => kind === 'record');
      const reasons = of.filter((one) => one.kind === 'damaged').map(({ reason }) => reason);
      if (cls === 'y' && top === 'dict') expect([records.length, reasons], file).toEqual([1, []]);
      if (cls === 'y' && top !== 'dict') expect([records.length, reasons], file).toEqual([0, ['not-an-object']]);
      if (cls === 'n') expect(records.length, file).toBe(0);
    }
  });

  it('every file is read to its end, loses no valid object, has a reason for all it refuses, and DuckDB reads what is kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lakeobs-samples-'));
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    try {
      const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
        (name) => /\.(json|ndjson|jsonl|geojsonl?|log)(\.gz)?$/.test(name) && !name.endsWith('.expect.json'),
      );
      expect(names.length).toBeGreaterThan(50);
      for (const name of names) {
        const path = join(root, name);
        const found = await scanned(path);
        if (!name.endsWith('.gz')) {
          const bytes = readFileSync(path);
          assertExact(bytes, found);
          const notNdjson = found.some((one) => one.kind === 'damaged' && one.reason === 'not-ndjson');
          if (notNdjson) expect(found.length, name).toBe(1);
          else
            for (const line of linesThatAreObjects(bytes))
              expect(found.filter((one) => one.kind === 'record' && one.line === line).length, `${name}:${line}`).toBe(
                1,
              );
        }
        const records = found.filter((one): one is SalvagedRecord => one.kind === 'record');
        const copy = join(folder, 'kept.ndjson');
        writeFileSync(copy, Buffer.concat(records.flatMap(({ bytes }) => [Buffer.from(bytes), Buffer.from('\n')])));
        const result = await connection.runAndReadAll(
          `SELECT count(*), count(type) FROM read_ndjson('${copy}', columns = {'type': 'VARCHAR', 'id': 'JSON'}, records = 'true', maximum_object_size = ${duckdbObjectBytesMax})`,
        );
        expect(result.getRowsJson(), name).toEqual([
          [String(records.length), String(records.filter(({ record }) => (record.type ?? null) !== null).length)],
        ]);
      }
    } finally {
      connection.closeSync();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('a text log with pretty-printed JSON under the name .jsonl is one finding', async () => {
    const found = await scanned(join(root, 'claude-code/duplicate-assistant-response-2.jsonl'));
    expect(found).toMatchObject([{ reason: 'not-ndjson', line: 1 }]);
  });

  it('bunyan: of the 20 lines of all.log 14 are records', async () => {
    const found = await scanned(join(root, 'ndjson/bunyan/all.log'));
    expect(found.filter(({ kind }) => kind === 'record').length).toBe(14);
  });
});

async function scanned(path: string): Promise<Found[]> {
  const found: Found[] = [];
  await scanFile(path, { lineBytesMax }, (one) => {
    found.push(one);
  });
  return found;
}

/** Numbers of the lines that JSON.parse takes as one object, of which DuckDB could say the same: no half surrogates. */
function linesThatAreObjects(bytes: Buffer): number[] {
  const lines: number[] = [];
  for (const [index, line] of bytes.toString('latin1').split('\n').entries()) {
    try {
      const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(line, 'latin1')));
      if (
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        JSON.stringify(value).search(/\\ud[89a-f]/) < 0
      )
        lines.push(index + 1);
    } catch {
      // Not an object.
    }
  }
  return lines;
}
