import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { guard } from '../../src/query/guard.ts';
import { listQueries, loadQueries } from '../../src/query/load.ts';
import { bindParams } from '../../src/query/params.ts';
import type { Row, Table } from '../../src/result.ts';
import { expectations } from './expected.ts';
import { fillLines, fixtureFiles, fixturesFolder } from './lines.ts';

const queries = loadQueries(listQueries([]));
const query = (name: string) => queries.find((one) => one.name === name)!;

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ threads: 2 });
});
afterAll(() => engine.close());

/** Runs a bundled query; source_file is shortened to the file's name. */
async function run(name: string, params: Readonly<Record<string, string>> = {}): Promise<Table> {
  const table = await engine.all(query(name).sql, bindParams(query(name), params));
  const place = table.columns.findIndex((column) => column.name === 'source_file');
  return {
    columns: table.columns,
    rows: table.rows.map((row) => row.map((value, index) => (index === place ? basename(String(value)) : value))),
  };
}

/** What a check judged; null for a query. */
async function population(name: string, params: Readonly<Record<string, string>> = {}): Promise<number | null> {
  const sql = query(name).population;
  return sql === null ? null : Number((await engine.all(sql, bindParams(query(name), params))).rows[0]![0]);
}

function expectRows(rows: readonly Row[], expected: readonly Row[]): void {
  const near = (value: Row[number]) =>
    typeof value === 'number' && !Number.isInteger(value) ? expect.closeTo(value, 9) : value;
  expect(rows).toEqual(expected.map((row) => row.map(near)));
}

describe('every bundled query', () => {
  test('is one of the promised ones, and has an expectation', () => {
    const promised = {
      session: [
        'alarm',
        'ungrounded-unknown',
        'phantom-workers',
        'stamp-mismatch',
        'first-shot',
        'first-shot-sessions',
        'repeated-rejections',
        'phantom-rejections',
        'verdicts',
        'rejection-reasons',
        'retries',
        'infra-errors',
        'slow-sessions',
        'trend',
        'rejection-spike',
        'first-shot-drop',
        'exhausted-rate',
        'duplicate-sessions',
        'silent-daemon',
        'clock-skew',
        'unknown-schema',
        'unanswered',
      ],
      observer: ['op-stats', 'failure-clusters', 'recent-scenarios'],
      journal: ['open-spans', 'slow-spans', 'log-errors', 'stuck-spans'],
      replay: ['replay-stats', 'retrieval-misses'],
    };
    for (const [family, names] of Object.entries(promised))
      for (const name of names) expect(query(name)?.family).toBe(family);
    expect(Object.keys(expectations).toSorted()).toEqual(queries.map(({ name }) => name).toSorted());
  });

  test.each(queries.map((one) => [one.name, one] as const))(
    '%s lies in the folder of its family, and its header is whole',
    async (name, one) => {
      expect(one.file.endsWith(join('queries', one.family, `${name}.sql`))).toBe(true);
      expect(one.title).toMatch(/^[A-Z].*[^.]$/);
      expect(one.description).toMatch(/\.$/);
      expect(one.tags.length).toBeGreaterThan(0);
      expect(one.columns.length).toBeGreaterThan(0);
      for (const column of one.identity) expect(one.columns).toContain(column);
      if (one.kind === 'check') {
        expect(one.population).not.toBeNull();
        expect(one.identity.length).toBeGreaterThan(0);
      }
      for (const param of one.params) {
        expect(param.default).not.toBeNull();
        expect(one.sql).toContain(`$${param.name}`);
      }
    },
  );

  test.each(queries.map((one) => [one.name, one] as const))(
    '%s and its population are allowed to everybody: one SELECT over the views',
    async (_name, one) => {
      await fillLines(engine, []);
      const judged = (await guard(engine, one.sql)).families;
      const population = one.population === null ? null : await guard(engine, one.population);
      expect([...judged, ...(population?.families ?? [])]).toContain(one.family);
      if (population !== null) expect(population.views.length).toBeGreaterThan(0);
    },
  );

  test.each(queries.map((one) => [one.name, one] as const))(
    '%s speaks plain SQL: nothing nested, nothing only DuckDB has',
    (_name, one) => {
      const bare = one.sql.replace(/'(?:[^']|'')*'/g, "''").replace(/--.*$/gm, '');
      expect(bare).not.toMatch(
        /\b(unnest|struct_\w+|list_\w+|array_\w+|json_\w+|map|qualify|exclude|pivot|using sample|group by all|order by all|arg_m\w+|count_if|try_cast|lambda|ilike|glob|epoch_\w+|strftime|date_trunc|asof|positional)\b/i,
      );
      expect(bare).not.toMatch(/::|->|\[|\{|(?<!DISTINCT )FROM\s+'/);
      expect(bare.trimStart()).toMatch(/^(SELECT|WITH)\b/);
    },
  );

  test.each(queries.map((one) => one.name))(
    '%s gives its promised columns, over no records at all too',
    async (name) => {
      await fillLines(engine, []);
      const { columns, rows } = await run(name);
      expect(columns.map((column) => column.name)).toEqual(query(name).columns);
      expect(rows).toEqual([]);
      expect(await population(name)).toBe(query(name).population === null ? null : 0);
    },
  );
});

describe.each(Object.entries(expectations))('%s', (name, { cases, none }) => {
  test.each(cases.map((one) => [one.leaf, JSON.stringify(one.params ?? {}), one] as const))(
    'over %s with %s gives the rows worked out by hand',
    async (leaf, _params, one) => {
      await fillLines(engine, fixtureFiles(leaf));
      const { rows } = await run(name, one.params);
      expectRows(rows, one.rows);
      if (one.population !== undefined) expect(await population(name, one.params)).toBe(one.population);
    },
  );

  test(`over ${none} gives nothing`, async () => {
    expect(cases.some(({ rows }) => rows.length > 0)).toBe(true);
    await fillLines(engine, fixtureFiles(none));
    expect((await run(name)).rows).toEqual([]);
  });

  test('gives the same rows in the same order whatever order the lines are read in', async () => {
    const everything = fixtureFiles(
      ...[...new Set(Object.values(expectations).flatMap((one) => one.cases.map(({ leaf }) => leaf)))],
    );
    await fillLines(engine, everything);
    const forward = await run(name);
    expect(forward.rows.length).toBeGreaterThan(0);
    await engine.exec(
      `CREATE OR REPLACE TABLE mixed AS SELECT * FROM lines ORDER BY ${name.includes('span') || name === 'log-errors' ? 'family, "kind" DESC, rowid' : 'md5(concat("session_id", "timestamp", "endpoint", "msg", "name", rowid))'};
       CREATE OR REPLACE TABLE lines AS FROM mixed`,
    );
    expect((await run(name)).rows).toEqual(forward.rows);
  });
});

describe('what on-call people rely on', () => {
  test('the days of trend begin where --tz says', async () => {
    await fillLines(engine, fixtureFiles('session/rates'));
    await engine.exec("SET TimeZone = 'Europe/Berlin'");
    const { rows } = await run('trend');
    await engine.exec("SET TimeZone = 'UTC'");
    expectRows(rows, [
      ['2026-03-01', 'atlas-8b', 4, 4, 3, 0.75],
      ['2026-03-02', 'atlas-8b', 1, 1, 0, 0],
      ['2026-03-02', 'nova-2', 3, 1, 1, 1],
      [null, null, 1, 1, 0, 0],
    ]);
  });

  test('--since never hides an alarm whose time cannot be read', async () => {
    await fillLines(engine, fixtureFiles('session/alarm'), { since: new Date('2026-03-01T08:04:30Z') });
    expect((await run('alarm')).rows.map((row) => row[0])).toEqual(['a-false', 'a-maybe']);
    await fillLines(engine, fixtureFiles('session/alarm'), { since: new Date('2030-01-01T00:00:00Z') });
    expect((await run('alarm')).rows.map((row) => row[0])).toEqual(['a-maybe']);
  });

  test('the same session written twice is two findings, and its streak is not doubled', async () => {
    const [chains] = fixtureFiles('session/chains');
    const [alarm] = fixtureFiles('session/alarm');
    await fillLines(engine, [chains!, alarm!]);
    await engine.exec('INSERT INTO lines FROM lines');
    expect((await run('alarm')).rows).toHaveLength(8);
    expect((await run('repeated-rejections')).rows.map((row) => [row[0], row[6]])).toEqual([
      ['k-four', 4],
      ['k-three', 3],
      ['k-late', 3],
    ]);
  });

  test.each(
    readdirSync(fixturesFolder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && ['session', 'observer', 'journal', 'replay'].includes(entry.name))
      .flatMap((family) => readdirSync(join(fixturesFolder, family.name)).map((leaf) => `${family.name}/${leaf}`)),
  )('fixture %s says in one line what it is', (leaf) => {
    expect(readFileSync(join(fixturesFolder, leaf, 'README.md'), 'utf8')).toMatch(/^[^\n]+\.\n$/);
  });
});
