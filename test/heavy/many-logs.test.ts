// A lake of three hundred logs, half of them indexed: what it costs to plan and to answer grows with the logs, not with their square.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lakeAt, lines, paths, session, tempFolder } from '../catalog/ask.ts';
import { answers, index } from '../columnar/shelf.ts';

const folder = tempFolder();
const cache = tempFolder();
const logAt = (number: number) => join(folder, `session.${String(number).padStart(6, '0')}.jsonl`);
const statements = [
  'SELECT source_file, session_id, md5(prompt) FROM sessions ORDER BY ALL',
  'SELECT * FROM quarantine ORDER BY ALL',
];

async function timed(cacheFolder?: string) {
  const started = performance.now();
  const found = await answers(lakeAt(folder), statements, cacheFolder);
  return { ...found, ms: performance.now() - started };
}

test('three hundred logs, of which every second is indexed, are planned and answered quickly', async () => {
  for (let number = 1; number <= 300; number++) {
    writeFileSync(logAt(number), lines(session(`a${number}`), session(`b${number}`)));
    utimesSync(logAt(number), 1_700_000_000, 1_700_000_000);
  }
  mkdirSync(join(folder, '.lakeobs'));
  await index(paths(...Array.from({ length: 150 }, (_, at) => logAt(at * 2 + 1))), cache);
  const plain = await timed();
  const found = await timed(cache);
  expect(found.rows[0]).toHaveLength(600);
  expect(found.evidence.sources.filter((source) => source.indexed_bytes > 0)).toHaveLength(150);
  expect(found.rows).toEqual(plain.rows);
  // A plan that grows with the square of the files would take many times as long.
  expect(found.ms).toBeLessThan(5 * plain.ms + 1_000);
});
