import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadEvidence } from '../../src/catalog/evidence.ts';
import { openScratch } from '../../src/catalog/scratch.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { oneThreadBytesMax, oneThreadMeanBytesMax } from '../../src/limits.ts';
import { lines, paths, putOld, session, tempFolder } from './ask.ts';

const folder = tempFolder();

/** Threads of the engine once a file was read; it begins with one. */
async function threadsAfter(file: string, options = {}): Promise<unknown> {
  const scratch = openScratch();
  const engine = await openEngine({ oneThread: true, ...options });
  try {
    const request = {
      statements: [{ sql: 'SELECT count(*) FROM sessions', params: {}, views: ['sessions'] }],
    };
    const { scanned } = await loadEvidence(engine, paths(file), scratch, request);
    expect(scanned.records).toBeGreaterThan(0);
    return await engine.value("SELECT current_setting('threads')");
  } finally {
    engine.close();
    scratch.dispose();
  }
}

test('a small log is read by one thread, a large or packed one by all of the machine', async () => {
  const small = lines(session('a'));
  const large = lines(
    ...Array.from({ length: 20 }, () => session('b', { prompt: 'x'.repeat(oneThreadBytesMax / 20) })),
  );
  const engine = await openEngine();
  const all = await engine.value("SELECT current_setting('threads')");
  engine.close();
  expect(await threadsAfter(putOld(join(folder, 'small.jsonl'), small))).toBe(1);
  expect(await threadsAfter(putOld(join(folder, 'large.jsonl'), large))).toBe(all);
  expect(await threadsAfter(putOld(join(folder, 'small.jsonl.gz'), gzipSync(small)))).toBe(all);
  expect(await threadsAfter(putOld(join(folder, 'small-2.jsonl'), small), { threads: 3 })).toBe(3);
});

test('many small logs are read by one thread, however much they are together', async () => {
  const many = join(folder, 'many');
  mkdirSync(many);
  const small = lines(session('a', { prompt: 'x'.repeat(oneThreadMeanBytesMax / 2) }));
  const count = Math.ceil(oneThreadBytesMax / small.length) + 1;
  for (let number = 0; number < count; number++) putOld(join(many, `${number}.jsonl`), small);
  expect(await threadsAfter(many)).toBe(1);
});
