// Every hand-made damaged log: what is kept, what is named, and why. The leaf's README says what was done to it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lineBytesMax } from '../../src/limits.ts';
import type { Found } from '../../src/ndjson/salvage.ts';
import { scanFile } from '../../src/ndjson/scan-file.ts';
import { assertExact } from './salvage-laws.ts';

interface Expected {
  /** Line and session_id of every record kept. */
  records: [line: number, id: string | null][];
  damaged: { line: number; byteOffset: number; byteLength: number; reason: string }[];
  glued?: number;
  suffix?: number;
  duplicateKeys?: string[];
  tail?: 'torn' | 'record';
}

const root = new URL('../../fixtures/damage/', import.meta.url).pathname;

describe('hand-made damage', () => {
  const leaves = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: leaf } of leaves) {
    const folder = join(root, leaf);
    const readme = readFileSync(join(folder, 'README.md'), 'utf8').trim();
    it(`${leaf}: ${readme}`, async () => {
      const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
      const log = join(folder, readdirSync(folder).find((name) => name.includes('.jsonl')) as string);
      const found: Found[] = [];
      const totals = await scanFile(log, { lineBytesMax }, (one) => {
        found.push(one);
      });
      const records = found.filter((one) => one.kind === 'record');
      const damaged = found.filter((one) => one.kind === 'damaged');
      expect(records.map(({ line, record }) => [line, record.session_id ?? null])).toEqual(expected.records);
      expect(
        damaged.map(({ line, byteOffset, byteLength, reason }) => ({ line, byteOffset, byteLength, reason })),
      ).toEqual(expected.damaged);
      expect(records.filter(({ origin }) => origin === 'glued').length).toBe(expected.glued ?? 0);
      expect(records.filter(({ origin }) => origin === 'suffix').length).toBe(expected.suffix ?? 0);
      expect(records.flatMap(({ duplicateKeys }) => duplicateKeys)).toEqual(expected.duplicateKeys ?? []);
      expect(totals.tail.state).toBe(expected.tail ?? 'none');
      expect(totals.records).toBe(expected.records.length);
      expect(totals.damaged).toBe(expected.damaged.length);
      expect(totals.damagedBytes).toBe(expected.damaged.reduce((sum, { byteLength }) => sum + byteLength, 0));
      if (!log.endsWith('.gz')) assertExact(readFileSync(log), found);
    });
  }
});
