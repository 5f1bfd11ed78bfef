// docs/own-queries.md is what a stranger has: every SQL block in it must parse, be allowed, and run.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { guard } from '../../src/query/guard.ts';
import { parseQuery } from '../../src/query/header.ts';
import { bindParams } from '../../src/query/params.ts';
import { fillLines, fixtureFiles } from './lines.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/own-queries.md', import.meta.url)), 'utf8');
const blocks = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map((match, index) =>
  parseQuery(match[1]!, `block-${index + 1}`, `block-${index + 1}.sql`, false),
);

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
  await fillLines(engine, fixtureFiles('session/rates', 'session/alarm'));
});
afterAll(() => engine.close());

describe('docs/own-queries.md', () => {
  test.each(blocks.map((query) => [query.title, query] as const))(
    '"%s" runs as printed and gives its promised columns',
    async (_title, query) => {
      await guard(engine, query.sql);
      const { columns, rows } = await engine.all(query.sql, bindParams(query, {}));
      if (query.columns.length > 0) expect(columns.map(({ name }) => name)).toEqual(query.columns);
      expect(rows.length).toBeGreaterThan(0);
    },
  );

  test('the check of the page finds what it says, and its parameter moves it', async () => {
    const [slow] = blocks;
    const ids = async (params: Record<string, string>) =>
      (await engine.all(slow!.sql, bindParams(slow!, params))).rows.map((row) => row[0]);
    expect(await ids({})).toEqual(['r-a3', 'r-a2']);
    expect(await ids({ limit_ms: '3999.5' })).toEqual(['r-a3']);
    expect(slow).toMatchObject({
      kind: 'check',
      severity: 'warn',
      warnIf: { op: '>', count: 2 },
      identity: ['session_id', 'daemon'],
    });
    expect(await engine.value(slow!.population!)).toBe(13);
  });

  test('every parameter type of the page is bound as the page says', async () => {
    const given = { a: 'it’s', b: '-3', c: '0.95', d: 'true', e: '2026-03-01T12:00:00Z', f: '90s' };
    const types = ['text', 'int', 'float', 'bool', 'timestamp', 'duration'] as const;
    const params = bindParams(
      { name: 'q', params: types.map((type, index) => ({ name: 'abcdef'[index]!, type, default: null })) },
      given,
    );
    const { rows } = await engine.all('SELECT $a, $b + 1, $c, NOT $d, $e, EXTRACT(EPOCH FROM $f) * 1000', params);
    expect(rows).toEqual([['it’s', -2, 0.95, false, '2026-03-01T12:00:00.000Z', 90_000]]);
  });
});
