// Every leaf of fixtures/ingest: one kind of input, what comes into the lake of it, what is rejected and why.
import { copyFileSync, existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ingest } from '../../src/ingest/ingest.ts';
import { emptySummary } from '../../src/ingest/summary.ts';
import { PieceCutter } from '../../src/ndjson/quarantine.ts';
import { bytesOf, leftovers, linesOf, quarantineOf, tempFolder } from './lakes.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/ingest', import.meta.url));
const leaves = readdirSync(fixtures).filter((leaf) => existsSync(join(fixtures, leaf, 'expected.json')));

interface Expected {
  summary: Record<string, unknown>;
  logs: Record<string, string[]>;
  rejected: { line: number; byte_offset: number; byte_length: number; reason: string; encoding: string; raw: string }[];
}

describe('fixtures/ingest', () => {
  it.each(leaves)('%s comes into the lake as its README says', async (leaf) => {
    const folder = tempFolder();
    const name = readdirSync(join(fixtures, leaf)).find((file) => file.startsWith('input.'))!;
    const path = join(folder, name);
    copyFileSync(join(fixtures, leaf, name), path);
    const past = new Date(Date.now() - 60_000);
    utimesSync(path, past, past);
    const lake = join(folder, 'lake');
    const {
      segments: _segments,
      quarantine: _quarantine,
      finished: _finished,
      failed,
      ...summary
    } = await ingest({ lake, paths: [path] });
    const logs = Object.fromEntries(
      Object.entries(linesOf(lake)).map(([family, lines]) => [
        family,
        lines.map((line) => Buffer.from(line, 'latin1').toString()),
      ]),
    );
    const rejected = quarantineOf(lake).map(({ line, byte_offset, byte_length, reason, encoding, raw }) => ({
      line,
      byte_offset,
      byte_length,
      reason,
      encoding,
      raw,
    }));
    const got = { summary: { ...summary, failed: failed.length }, logs, rejected };
    expect(got).toEqual(JSON.parse(readFileSync(join(fixtures, leaf, 'expected.json'), 'utf8')) as Expected);
    const content = readFileSync(path);
    for (const record of quarantineOf(lake))
      expect(bytesOf(record)).toEqual(content.subarray(record.byte_offset!, record.byte_offset! + record.byte_length!));
    expect(leftovers(lake)).toEqual([]);
  });

  it('every leaf says what it is', () => {
    for (const leaf of readdirSync(fixtures))
      expect(
        readFileSync(join(fixtures, leaf, 'README.md'), 'utf8')
          .trim()
          .split('\n'),
      ).toHaveLength(1);
    expect(leaves.length).toBeGreaterThan(15);
  });

  it('docs/ingest.md names every field of the summary and of a quarantine record', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/ingest.md', import.meta.url)), 'utf8');
    const cutter = new PieceCutter({ file: 'f', line: 1, byteOffset: 0, reason: 'r' }, 'now');
    const [record] = cutter.push(Buffer.alloc(600_000, 'x'));
    for (const name of [...Object.keys(emptySummary()), ...Object.keys(record!)]) expect(page).toContain(`\`${name}\``);
  });
});
