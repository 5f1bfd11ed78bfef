// Failures that say what to do next: over a real lake, in the words a person gets.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noConfig } from '../../src/catalog/config.ts';
import { withRun } from '../../src/query/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'teach-'));
const log = join(folder, 'session.jsonl');
beforeAll(() => writeFileSync(log, '{"schema":"session.iterate.v1","session_id":"s1","model":"m-1"}\n'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[sql: string, message: RegExp, hint: RegExp]>([
  ['SELECT modl FROM sessions', /"modl" not found[\s\S]*\^/, /Did you mean model\?.*DESCRIBE sessions/],
  ['SELECT s.modle FROM sessions AS s', /named "modle"[\s\S]*\^/, /Did you mean model\?/],
  ['SELECT final_verdct FROM sessions WHERE model = 1', /final_verdct/, /final_verdict/],
  ['SELECT quite_another_thing FROM sessions', /not found/, /^lakeobs sql "DESCRIBE sessions"/],
  ["SELECT 'm'::INT", /Conversion Error/, /TRY_CAST/],
  ['SELECT model::INT FROM sessions', /Conversion Error/, /TRY_CAST/],
  ['SELECT $who', /has no value/, /param/],
  ['SELECT lowr(model) FROM sessions', /no function lowr\(\)[\s\S]*\^/, /Did you mean lower/],
  ['FROM sesions', /no view "sesions"[\s\S]*\^/, /Did you mean sessions/],
  ['FROM nothing_like_it', /no view/, /^Views: sessions, /],
  ['', /no statement/, /^lakeobs sql/],
])('%s', async (sql, message, hint) => {
  const failed = await ask([sql]).catch((error: unknown) => error);
  expect(failed).toMatchObject({
    code: 'query',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
  expect((failed as Error).message).not.toMatch(/Candidate bindings/);
});

test('a full memory: what to do is in our words, not in settings that are refused', async () => {
  const scope = { paths: [log], lake: folder, config: noConfig, cwd: folder };
  const sql = 'SELECT len(list(range)) FROM range(50000000)';
  const failed = withRun([{ sql, params: {} }], { scope, memory: '64MiB' }, async (run) => {
    for await (const _ of (await run.stream(0)).chunks);
  });
  await expect(failed).rejects.toMatchObject({
    message: expect.not.stringContaining('SET '),
    hint: expect.stringContaining('--memory'),
  });
});

test('beside other statements, too', async () => {
  const scope = { paths: [log], lake: folder, config: noConfig, cwd: folder };
  const statements = ['SELECT 1', 'SELECT modl FROM sessions'].map((sql) => ({ sql, params: {} }));
  await withRun(statements, { scope }, async (run) => {
    expect(run.statements.map(({ ok }) => ok)).toEqual([true, false]);
    await expect(run.stream(1)).rejects.toMatchObject({ hint: expect.stringContaining('model') });
  });
});

async function ask(sqls: readonly string[]): Promise<void> {
  const scope = { paths: [log], lake: folder, config: noConfig, cwd: folder };
  await withRun(
    sqls.map((sql) => ({ sql, params: {} })),
    { scope },
    async (run) => {
      for await (const _ of (await run.stream(0)).chunks);
    },
  );
}
