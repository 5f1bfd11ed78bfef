// What follows an answer: a word about the index when much was read without one, and only then.
import { describe, expect, it } from 'vitest';
import { afterAnswer } from '../../src/commands/after-answer.ts';
import type { ReadOptions } from '../../src/commands/options.ts';
import { indexHintBytesMin } from '../../src/limits.ts';
import type { SourceSummary } from '../../src/result.ts';
import { testIo } from './io.ts';

const source = (fields: Partial<SourceSummary>): SourceSummary => ({
  file: '/logs/session.jsonl',
  family: 'session',
  form: 'ndjson',
  bytes: indexHintBytesMin + 1,
  records: 1,
  indexed_bytes: 0,
  quarantined: 0,
  torn_bytes: 0,
  unknown_schema: 0,
  unrecognised: 0,
  ...fields,
});

async function said(
  sources: SourceSummary[],
  options: Partial<ReadOptions> = {},
  paths: string[] = [],
): Promise<string> {
  const io = testIo();
  await afterAnswer({ sources }, { color: true, ...options }, paths, io);
  expect(io.out()).toBe('');
  return io.err();
}

describe('the hint at the index', () => {
  it('is one line with the command for this very scope, without its times', async () => {
    const hint = await said([source({})], { lake: '/logs', since: '24h' }, []);
    expect(hint).toBe(
      'lakeobs: 256 MiB were read without an index: lakeobs index --lake /logs makes the next answer quicker\n',
    );
    expect(await said([source({})], {}, ["./it's.jsonl"])).toContain("lakeobs index './it'\\''s.jsonl'");
  });

  it('counts what was read without an index over all files', async () => {
    const half = source({ bytes: indexHintBytesMin / 2 });
    expect(await said([half, half])).toBe('');
    expect(await said([half, half, source({ bytes: 1 })])).toMatch(/without an index/);
    expect(await said([source({ indexed_bytes: indexHintBytesMin })])).toBe('');
  });

  it('is not given for what cannot be indexed, nor where nobody wants it', async () => {
    expect(await said([source({ form: 'stdin' })])).toBe('');
    expect(await said([source({})], { quiet: true })).toBe('');
    expect(await said([source({})], { index: false })).toBe('');
  });
});
