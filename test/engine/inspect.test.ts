import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import type { Inspection } from '../../src/engine/inspect.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

async function inspect(sql: string): Promise<Inspection> {
  const parsed = await engine.parse(sql);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.inspection;
}
const relationsOf = async (sql: string) =>
  (await inspect(sql)).relations
    .map(({ name, qualifier }) => (qualifier === '' ? name : `${qualifier}.${name}`))
    .sort();

describe('relations', () => {
  test.each<[sql: string, relations: string[]]>([
    ['SELECT 1', []],
    ['FROM a', ['a']],
    ['TABLE a', ['a']],
    ['DESCRIBE a', ['a']],
    ['SUMMARIZE a', ['a']],
    ['FROM (DESCRIBE a)', ['a']],
    ['SELECT (SELECT max(x) FROM b), EXISTS (FROM c) FROM a WHERE x IN (SELECT y FROM d)', ['a', 'b', 'c', 'd']],
    ['FROM a UNION ALL FROM b EXCEPT FROM c', ['a', 'b', 'c']],
    ['FROM a, b JOIN c USING (x) POSITIONAL JOIN d', ['a', 'b', 'c', 'd']],
    ['SELECT count(*) FILTER (WHERE x > (SELECT 1 FROM b)) OVER (ORDER BY (SELECT 1 FROM c)) FROM a', ['a', 'b', 'c']],
    ['FROM a ORDER BY (SELECT 1 FROM b) LIMIT (SELECT 1 FROM c)', ['a', 'b', 'c']],
    ['PIVOT (FROM a) ON x IN (1) USING sum(y)', ['a']],
    ['SELECT list_transform([1], lambda x: (SELECT x FROM a))', ['a']],
    ['FROM range((SELECT max(x) FROM a))', ['a']],
    ["FROM 'file.jsonl'", ['file.jsonl']],
    ['FROM main.a', ['main.a']],
    ['FROM other.main.a', ['other.main.a']],
    ['FROM "Quoted ""Name"""', ['Quoted "Name"']],
  ])('%s', async (sql, expected) => {
    expect(await relationsOf(sql)).toEqual(expected);
  });

  test('a deep statement does not overflow the stack', async () => {
    expect(await relationsOf(`SELECT ${'('.repeat(200)}SELECT 1 FROM a${')'.repeat(200)}`)).toEqual(['a']);
  });

  test('have their place, in bytes', async () => {
    const { relations } = await inspect("SELECT 'ä' FROM a");
    expect(relations).toEqual([{ name: 'a', qualifier: '', location: Buffer.byteLength("SELECT 'ä' FROM ") }]);
  });
});

describe('names of a WITH clause', () => {
  test.each<[why: string, sql: string, relations: string[]]>([
    ['are no relations', 'WITH a AS (SELECT 1) FROM a', []],
    ['are found whatever their case', 'WITH "A" AS (SELECT 1) FROM a', []],
    ['are in force in later entries', 'WITH a AS (FROM x), b AS (FROM a) FROM b', ['x']],
    ['are not in force in earlier entries', 'WITH b AS (FROM a), a AS (SELECT 1) FROM b', ['a']],
    ['are not in force in their own entry', 'WITH a AS (FROM a) FROM a', ['a']],
    [
      'are in force in their own entry when it is recursive',
      'WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a) FROM a',
      [],
    ],
    ['RECURSIVE alone makes no recursion', 'WITH RECURSIVE a AS (FROM a) FROM a', ['a']],
    [
      'are in force in subqueries',
      'WITH a AS (SELECT 1) SELECT (SELECT 1 FROM a) FROM (FROM a) ORDER BY (SELECT 1 FROM a)',
      [],
    ],
    ['end with the subquery that has the clause', 'SELECT * FROM (WITH a AS (SELECT 1) FROM a), a', ['a']],
    ['are in force in both sides of a set operation', 'WITH a AS (SELECT 1) FROM a UNION FROM a', []],
    ['of one side are not in force in the other', '(WITH a AS (SELECT 1) FROM a) UNION FROM a', ['a']],
    ['do not cover qualified names', 'WITH a AS (SELECT 1) FROM main.a', ['main.a']],
    [
      'are not in force behind a table function',
      'SELECT * FROM range((WITH a AS (SELECT 1) SELECT 1 FROM a)), a',
      ['a'],
    ],
  ])('%s', async (_why, sql, expected) => {
    expect(await relationsOf(sql)).toEqual(expected);
  });
});

describe('functions', () => {
  test('table functions are told from scalar ones', async () => {
    const { tableFunctions, functions } = await inspect(
      "SELECT LOWER(getenv('X')) FROM read_csv(upper('x')) JOIN RANGE(3) ON true",
    );
    expect(tableFunctions.map(({ name }) => name).sort()).toEqual(['range', 'read_csv']);
    expect([...functions.keys()].sort()).toEqual(['getenv', 'lower', 'upper']);
  });

  test('what stands between the parentheses of a table function counts, also where DuckDB does not look at it', async () => {
    const { functions, tableFunctions } = await inspect(
      "FROM range(3 ORDER BY getenv('X'), (SELECT content FROM read_text('x')))",
    );
    expect([...functions.keys()]).toEqual(['getenv']);
    expect(tableFunctions.map(({ name }) => name).sort()).toEqual(['range', 'read_text']);
  });

  test('aggregates, windows and filters count', async () => {
    const { functions } = await inspect('SELECT sum(x) FILTER (WHERE f(x)) OVER (ORDER BY g(y)) FROM a GROUP BY h(z)');
    for (const name of ['sum', 'f', 'g', 'h']) expect([...functions.keys()]).toContain(name);
  });
});

describe('what is no single SELECT', () => {
  test('a syntax error has its words and its place', async () => {
    expect(await engine.parse('SELECT 1 FRM x')).toEqual({
      ok: false,
      syntax: true,
      message: expect.stringContaining('syntax error'),
      location: 13,
    });
  });

  test.each([
    'CREATE TABLE x (a INT)',
    'COPY a TO b',
    'SET x = 1',
    "ATTACH 'x'",
    'EXPLAIN SELECT 1',
    'PRAGMA version',
    'CALL f()',
    'INSERT INTO a VALUES (1)',
  ])('%s parses but is no SELECT', async (sql) => {
    expect(await engine.parse(sql)).toMatchObject({ ok: false, syntax: false });
  });

  test('statements are counted; comments are none', async () => {
    for (const [sql, count] of [
      ['SELECT 1', 1],
      ['SELECT 1;', 1],
      ['SELECT 1; -- done', 1],
      ["SELECT ';'", 1],
      ['SELECT 1; SELECT 2', 2],
      ['', 0],
      ['-- nothing', 0],
      ['/* nothing */ ;', 0],
    ] as const)
      expect(await engine.parse(sql), sql).toMatchObject({ ok: true, inspection: { statements: count } });
  });
});
