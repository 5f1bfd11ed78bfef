import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noConfig } from '../../src/catalog/config.ts';
import { viewFamilies } from '../../src/query/guard.ts';
import { withRun } from '../../src/query/run.ts';
import { knownViews, schemaText, tablesText } from '../../src/shell/views.ts';
import { lines, putOld, session, tempFolder } from '../catalog/ask.ts';

const cwd = tempFolder();

test('every view is listed with the columns and types it has', async () => {
  const log = putOld(join(cwd, 'a.jsonl'), lines(session('a')));
  const views = [...knownViews.keys()];
  const file = join(cwd, 'staff.csv');
  writeFileSync(file, 'worker_id\nW-1\n');
  const scope = { paths: [log], lake: cwd, config: noConfig, cwd, roster: { file, column: null } };
  const statements = views.map((view) => ({ sql: `SELECT * FROM ${view} LIMIT 0`, params: {} }));
  await withRun(statements, { scope }, async (run) => {
    for (const [at, view] of views.entries()) {
      const { columns, chunks } = await run.stream(at);
      for await (const _ of chunks);
      expect(columns, view).toEqual(knownViews.get(view));
    }
  });
  expect(views.sort()).toEqual([...viewFamilies.keys()].sort());
  for (const view of views) expect(tablesText()).toMatch(new RegExp(`\\b${view}\\b`));
  expect(schemaText('problems')).toBe(
    'problems\n  source_file  VARCHAR\n  column_name  VARCHAR\n  reason       VARCHAR\n  count        BIGINT\n',
  );
  expect(schemaText().split('\n\n')).toHaveLength(views.length);
});
