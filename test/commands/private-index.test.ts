// The copy that `watch` keeps for itself: complete at every look, and no larger than what it is made of.
import { appendFileSync, existsSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { openPrivateIndex } from '../../src/commands/private-index.ts';
import { lines, paths, session, tempFolder } from '../catalog/ask.ts';
import { answers, filesBelow } from '../columnar/shelf.ts';

const folder = tempFolder();

test('what is replaced goes at once: a log that grows for hours fills no disk', async () => {
  const log = join(folder, 'agent.jsonl');
  writeFileSync(log, lines(session('first')));
  const index = openPrivateIndex(paths(log), {});
  try {
    for (let look = 1; look <= 12; look++) {
      appendFileSync(log, lines(...Array.from({ length: look }, (_, at) => session(`${look}-${at}`))));
      utimesSync(log, 1_700_000_000 + look, 1_700_000_000 + look);
      await index.extend();
    }
    const { rows, evidence } = await answers(paths(log), ['SELECT count(*) FROM sessions'], index.folder);
    expect(rows).toEqual([[[79]]]);
    expect(evidence.sources[0]!.indexed_bytes).toBe(evidence.sources[0]!.bytes);
    const kept = filesBelow(index.folder).filter((path) => path.endsWith('.parquet'));
    expect(kept.filter((path) => !evidence.openFiles.includes(path) && !dirname(path).endsWith('packs'))).toEqual([]);
    expect(kept.length).toBeLessThan(6);
  } finally {
    index.dispose();
  }
  expect(existsSync(index.folder)).toBe(false);
});
