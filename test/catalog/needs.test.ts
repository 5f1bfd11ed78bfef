// What a plan says of the lines a statement can use must never cost an answer: every bundled statement gives the same rows with and without it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadEvidence } from '../../src/catalog/evidence.ts';
import { needsOfPlan } from '../../src/catalog/needs.ts';
import { noRosterSql } from '../../src/catalog/roster.ts';
import { openScratch } from '../../src/catalog/scratch.ts';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { populationOf } from '../../src/gate/check.ts';
import { guard } from '../../src/query/guard.ts';
import { listQueries, loadQueries } from '../../src/query/load.ts';
import { bindParams } from '../../src/query/params.ts';
import { paths } from './ask.ts';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lakeobs-needs-'));
const log = join(folder, 'all.ndjson');
const scratch = openScratch();
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ tempDirectory: scratch.spill, threads: 2 });
  await engine.exec(`${noRosterSql}; INSERT INTO roster VALUES ('w-1'), ('w-2')`);
  // Every whole record of every fixture, once as it is and once more: equal lines count twice.
  const records = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(fixtures, name), 'utf8').split('\n'))
    .filter(isObject);
  writeFileSync(log, `${[...records, ...records].join('\n')}\n`);
});
afterAll(() => {
  engine.close();
  scratch.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function isObject(line: string): boolean {
  try {
    return !/\\u(d|0000)/i.test(line) && JSON.parse(line)?.constructor === Object;
  } catch {
    return false;
  }
}

const statements = loadQueries(listQueries([])).flatMap((query) =>
  [query.sql, ...(query.kind === 'check' ? [populationOf(query)] : [])].map((sql) => ({
    name: query.name,
    sql,
    params: bindParams(query, {}),
  })),
);

async function rowsOf(
  { sql, params }: (typeof statements)[number],
  groupedScanBytesMin: number,
  known?: ReturnType<typeof needsOfPlan>,
) {
  const { planned, views } = await guard(engine, sql);
  const evidence = await loadEvidence(engine, paths(log), scratch, {
    statements: [{ sql: planned, params, views, ...(known && { columns: [...known.columns], where: known.where }) }],
    groupedScanBytesMin,
  });
  const { rows } = await engine.all(sql, params);
  return { rows: rows.map((row) => row.map(rounded)), scanned: evidence.scanned, needs: evidence.needs[0]! };
}

/** Sums of fractions may differ in the last digits when rows come in another order. */
function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(12)) : value;
}

describe('lines a statement cannot use are not kept', () => {
  test('nor equal ones twice, and every bundled statement gives the same rows and the same census over all fixtures', async () => {
    let narrowed = 0;
    for (const statement of statements) {
      const whole = await rowsOf(statement, Number.POSITIVE_INFINITY);
      const { columns, where } = whole.needs;
      expect(columns).not.toBeNull();
      if (where !== null) narrowed++;
      const known = { columns: new Set(columns), where };
      for (const other of [
        await rowsOf(statement, 0),
        await rowsOf(statement, 0, known),
        await rowsOf(statement, Number.POSITIVE_INFINITY, known),
      ]) {
        expect(other.rows, statement.name).toEqual(whole.rows);
        expect(other.scanned, statement.name).toEqual(whole.scanned);
      }
      expect(whole.scanned.quarantined).toBe(0);
    }
    expect(narrowed).toBeGreaterThan(statements.length / 2);
  }, 60_000);

  const scan = (expression: string) =>
    needsOfPlan(
      JSON.stringify([
        {
          name: 'FILTER',
          extra_info: { Expression: expression },
          children: [{ name: 'READ_NDJSON', extra_info: { Projections: ['kind', 'filename'] } }],
        },
      ]),
    );

  test.each([
    [`((kind = 'fill') AND known)`, `(("kind" = 'fill') AND "known")`],
    [`(kind = 'it''s')`, `("kind" = 'it''s')`],
    [`(kind IS NOT NULL)`, `("kind" IS NOT NULL)`],
  ])('%s is a condition', (expression, where) => {
    expect(scan(expression).where).toBe(where);
  });

  test.each([
    `(TRY_CAST(kind AS BIGINT) = 3)`,
    `(random() < 0.5)`,
    `(nobody = 'x')`,
    `(attempts = '[]')`,
    `(kind = 'a) OR (kind`,
    `(kind > 'a')`,
    `(kind = "model")`,
  ])('%s is none: every line is kept', (expression) => {
    expect(scan(expression).where).toBeNull();
  });

  test('two scans need the lines of either, and one without a condition all', () => {
    const filter = (child: object, text: string) => ({
      name: 'FILTER',
      extra_info: { Expression: text },
      children: [child],
    });
    const read = { name: 'READ_NDJSON', extra_info: { Projections: 'kind' } };
    const two = [filter(read, 'known'), filter(read, `(family = 'session')`)];
    expect(needsOfPlan(JSON.stringify(two)).where).toBe(`"known" OR ("family" = 'session')`);
    expect(needsOfPlan(JSON.stringify([...two, read])).where).toBeNull();
    expect(needsOfPlan('[]').where).toBe('false');
  });
});
