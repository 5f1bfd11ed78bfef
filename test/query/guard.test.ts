import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import type { LakeobsError } from '../../src/errors.ts';
import { caret, guard, viewFamilies } from '../../src/query/guard.ts';
import { widthOf } from '../../src/width.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

describe('what is run', () => {
  test.each<[sql: string, views: string[], families: string[]]>([
    ['SELECT 1', [], []],
    ['SELECT * FROM sessions', ['sessions'], ['session']],
    ['FROM Sessions JOIN "ATTEMPTS" USING (session_id)', ['attempts', 'sessions'], ['session']],
    ['SELECT * FROM sessions JOIN replays USING (session_id)', ['replays', 'sessions'], ['replay', 'session']],
    ['FROM problems, quarantine, sources', ['problems', 'quarantine', 'sources'], []],
    ['WITH lines AS (FROM ops) FROM lines', ['ops'], ['observer']],
    ['WITH sessions AS (SELECT 1) FROM sessions', [], []],
    ['WITH sessions AS (FROM sessions WHERE false) FROM sessions', ['sessions'], ['session']],
    ['EXPLAIN SELECT * FROM logs', ['logs'], ['journal']],
    ['EXPLAIN ANALYZE FROM logs', ['logs'], ['journal']],
    ['explain (format json) FROM logs', ['logs'], ['journal']],
    ['EXPLAIN (ANALYZE, FORMAT json) FROM logs', ['logs'], ['journal']],
    ['EXPLAIN(ANALYZE)FROM logs', ['logs'], ['journal']],
    ['EXPLAIN (SELECT * FROM logs)', ['logs'], ['journal']],
    ['WITH "my logs" AS (FROM logs) FROM "my logs"', ['logs'], ['journal']],
    ['DESCRIBE', [], []],
    ['DESCRIBE spans', ['spans'], ['journal']],
    ['SUMMARIZE ops', ['ops'], ['observer']],
    ['VALUES (1), (2)', [], []],
    ["SELECT unnest([1, 2]), * FROM range(3), generate_series(1, 2), json_each('{}')", [], []],
    ['PIVOT sessions ON kind IN (fill, email) USING count(*)', ['sessions'], ['session']],
    ['show tables', [], []],
    ['SHOW ALL TABLES;', [], []],
  ])('%s', async (sql, views, families) => {
    const guarded = await guard(engine, sql);
    expect([...guarded.views].sort()).toEqual(views);
    expect([...guarded.families].sort()).toEqual(families);
  });

  test('comments, semicolons and a byte order mark around it do not matter', async () => {
    for (const sql of [
      '-- first\n/* second\n */ SELECT 1',
      'SELECT 1;',
      'SELECT 1 ; ; ',
      'SELECT 1; -- done',
      '\uFEFFSELECT 1',
      '-- x\nEXPLAIN SELECT 1',
    ]) {
      const guarded = await guard(engine, sql);
      await engine.all(guarded.sql);
      await engine.all(`EXPLAIN ${guarded.planned}`);
    }
  });

  test('SHOW TABLES lists exactly the views', async () => {
    const { sql } = await guard(engine, '-- what is there?\nSHOW TABLES');
    expect((await engine.all(sql)).rows.flat()).toEqual([...viewFamilies.keys()].sort());
  });
});

describe('what is refused', () => {
  test.each<[sql: string, message: RegExp]>([
    ['', /there is no statement/],
    [' ; ', /there is no statement/],
    ['-- only a comment', /there is no statement/],
    ['/* only a comment */', /there is no statement/],
    ['EXPLAIN', /there is no statement|syntax error|refused/],
    ['SELECT 1; SELECT 2', /2 statements/],
    ['SELECT 1; DROP VIEW sessions', /several statements, or one that writes/],
    ['SELEC 1', /syntax error/],
    ["COPY sessions TO 'x.csv'", /COPY is refused/],
    ['-- c\ninsert into t values (1)', /INSERT is refused/],
    ['CREATE TABLE t AS FROM sessions', /CREATE is refused/],
    ['DROP VIEW sessions', /DROP is refused/],
    ['SET threads = 1', /SET is refused/],
    ["ATTACH 'x'", /ATTACH is refused/],
    ['PRAGMA database_list', /PRAGMA is refused/],
    ['CALL enable_profiling()', /CALL is refused/],
    ['INSTALL httpfs', /INSTALL is refused/],
    ["EXPLAIN COPY sessions TO 'x'", /refused/],
    ['PIVOT sessions ON kind USING count(*)', /PIVOT without IN/],
    ['FROM session', /no view "session"/],
    ['FROM lines', /no view "lines"/],
    ['FROM lines_data', /no view "lines_data"/],
    ['SELECT * FROM (WITH lines AS (SELECT 1) FROM lines), lines', /no view "lines"/],
    ['WITH lines AS (FROM lines) FROM lines', /no view "lines"/],
    ['FROM main.sessions', /no view "main.sessions"/],
    ['FROM information_schema.tables', /no view/],
    ['FROM sqlite_master', /no view/],
    ['FROM duckdb_settings', /no view/],
    ["FROM '/etc/passwd'", /no view/],
    ["FROM 'session.jsonl'", /no view/],
    [
      'WITH "/etc/passwd" AS (SELECT 1) SELECT (SELECT 1 FROM "/etc/passwd") FROM (SELECT 1) WHERE EXISTS (FROM "/etc/hosts")',
      /no view/,
    ],
    ["FROM read_csv('/etc/passwd')", /read_csv\(\) is refused/],
    ["FROM read_text('/etc/passwd')", /read_text\(\) is refused/],
    ["FROM glob('/*')", /glob\(\) is refused/],
    ['FROM duckdb_settings()', /duckdb_settings\(\) is refused/],
    ["FROM query('SELECT 1')", /query\(\) is refused/],
    ["FROM query_table('lines')", /query_table\(\) is refused/],
    ["FROM enable_logging(storage = 'stdout')", /enable_logging\(\) is refused/],
    ['FROM checkpoint()', /checkpoint\(\) is refused/],
    [
      "SELECT * FROM sessions WHERE model IN (SELECT content FROM read_text('/etc/passwd'))",
      /read_text\(\) is refused/,
    ],
    ["SELECT getenv('HOME')", /no function getenv\(\)/],
    ["SELECT list_transform([1], lambda x: GETENV('HOME')) FROM sessions", /no function getenv\(\)/],
    ["EXPLAIN (analyze ') SELECT 1 -- ') COPY (SELECT 1) TO 'x'", /EXPLAIN with these options is refused/],
    ["EXPLAIN (format ') SELECT 1 -- ') COPY (SELECT 1) TO 'x'", /EXPLAIN with these options is refused/],
    ['EXPLAIN ("analyze") COPY (SELECT 1) TO \'x\'', /syntax error|refused/],
    ['EXPLAIN (ANALYZE, VERBOSE) SELECT 1', /EXPLAIN with these options is refused/],
    ['SHOW TABLES FROM main', /no view "SHOW … FROM"/],
    ['SHOW DATABASES', /no view/],
    ['WITH "./x.csv" AS (SELECT 1) FROM "./x.csv"', /no view/],
    ['SELECT 1 -- \0', /NUL/],
    [`SELECT '${'x'.repeat(1024 * 1024)}'`, /bytes/],
    [`SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`, /nested too deeply/],
    ["SELECT current_setting('home_directory')", /current_setting\(\) is refused: it shows or changes the session/],
    ["SELECT json_serialize_sql('SELECT 1')", /another statement/],
    ['SELECT lowr(model) FROM sessions', /there is no function lowr\(\)/],
    ["SELECT nextval('s')", /nextval\(\) is refused/],
  ])('%s', async (sql, message) => {
    const error = await guard(engine, sql).then(
      () => expect.unreachable('it should have been refused'),
      (refused: LakeobsError) => refused,
    );
    expect(error).toMatchObject({ code: 'query', hint: expect.any(String) });
    expect(error.message).toMatch(message);
  });

  test('a mistyped view names the nearest, and the place', async () => {
    await expect(guard(engine, "SELECT 'ä'\nFROM sesions")).rejects.toMatchObject({
      message: 'there is no view "sesions"\n  FROM sesions\n       ^',
      hint: expect.stringContaining('Did you mean sessions'),
    });
  });

  test('a file in place of a view says how files are named', async () => {
    await expect(guard(engine, "FROM './session.jsonl'")).rejects.toMatchObject({
      hint: expect.stringContaining('not files'),
    });
  });
});

describe('the caret', () => {
  test('counts bytes but points at characters', () => {
    expect(caret('SELECT äöü, x', Buffer.byteLength('SELECT äöü, '))).toBe(`\n  SELECT äöü, x\n  ${' '.repeat(12)}^`);
  });

  test('shows its line only, and only a part of a long one', () => {
    expect(caret('a\nbc\nd', 3)).toBe('\n  bc\n   ^');
    const [, line, mark] = caret(`${'x'.repeat(500)}HERE${'y'.repeat(500)}`, 500).split('\n');
    expect(line).toHaveLength(78);
    expect(line!.slice(mark!.indexOf('^'))).toMatch(/^HERE/);
  });

  test('counts the columns of a terminal: wide characters, emoji, combining marks, and symbols for control characters', () => {
    const columnsAt = (before: string) => widthOf(caret(`${before}x`, Buffer.byteLength(before)).split('\n')[2]!) - 3;
    expect(columnsAt("SELECT '漢字', ")).toBe(15);
    expect(columnsAt("SELECT '👩‍💻', ")).toBe(13);
    expect(columnsAt("SELECT 'e\u0301', ")).toBe(12);
    expect(columnsAt('SELECT\t')).toBe(7);
    const [, line, mark] = caret(`${'漢👩‍💻'.repeat(200)}HERE${'漢'.repeat(200)}`, 200 * (3 + 11)).split('\n');
    expect(widthOf(line!)).toBeLessThanOrEqual(78);
    expect(widthOf(line!.slice(0, line!.indexOf('HERE')))).toBe(mark!.indexOf('^'));
    expect(Buffer.from(line!).toString()).toBe(line);
  });

  test('takes no time under a statement of a megabyte on one line', () => {
    const started = performance.now();
    caret('漢'.repeat(300_000), 600_000);
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('is silent about a place it does not know', () => {
    expect(caret('SELECT 1', null)).toBe('');
    expect(caret('SELECT 1', 99)).toBe('');
  });
});
