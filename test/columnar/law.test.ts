// The law of the index: what an answer says is the same over the logs alone, over an index of all of them, of the first half of each, and of halves made one.
import { appendFileSync, cpSync, mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packsName } from '../../src/columnar/packs.ts';
import { listQueries, loadQueries } from '../../src/query/load.ts';
import { bindParams } from '../../src/query/params.ts';
import type { Statement } from '../../src/query/run.ts';
import { families } from '../../src/schema/families.ts';
import { paths, tempFolder } from '../catalog/ask.ts';
import { type Answered, answers, filesBelow, health, index } from './shelf.ts';

const folder = tempFolder();
const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const logs = filesBelow(fixtures).filter((path) => /\.jsonl(\.gz)?$/.test(path) && !path.endsWith('expected.jsonl'));

const views = families.flatMap((family) => family.views.map(({ name }) => name));
const statements: (string | Statement)[] = [
  ...loadQueries(listQueries([])).map((query) => ({ sql: query.sql, params: bindParams(query, {}) })),
  ...[...views, 'quarantine', 'problems', 'roster'].map((view) => `SELECT * FROM ${view} ORDER BY ALL`),
  'SELECT * EXCLUDE (indexed_bytes) FROM sources ORDER BY ALL',
];

const roster = { file: join(fixtures, 'session/roster/roster.csv'), column: null };

const atRest = (path: string) => utimesSync(path, 1_700_000_000, 1_700_000_000);

/** Bytes of the first half of the lines. */
function halfOf(bytes: Buffer): number {
  const ends = [...bytes.keys()].filter((at) => bytes[at] === 10);
  return ends.length < 2 ? bytes.length >> 1 : ends[(ends.length >> 1) - 1]! + 1;
}

function sameAnswers(found: Answered, expected: Answered): void {
  expect(health(found.evidence)).toEqual(health(expected.evidence));
  for (const [at, rows] of expected.rows.entries()) {
    const statement = statements[at]!;
    expect(found.rows[at], typeof statement === 'string' ? statement : statement.sql).toEqual(rows);
  }
}

test('every statement is asked of something', () => {
  expect(views).toContain('sessions');
  expect(logs.length).toBeGreaterThan(50);
});

test('rows and evidence of all fixtures are the same over the logs, an index with packs, half an index, and two halves', async () => {
  const cache = join(folder, 'cache');
  const scope = { ...paths(join(folder, 'logs')), roster };
  const copies = logs.map((path) => ({
    path: join(folder, 'logs', relative(fixtures, path)),
    bytes: readFileSync(path),
  }));
  for (const { path, bytes } of copies) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    atRest(path);
  }
  const expected = await answers(scope, statements);
  for (const rows of expected.rows) expect(rows).toBeInstanceOf(Array);

  // However little there is, the index joins what it can into packs.
  const whole = await index(scope, cache, 1);
  expect(whole.filter(({ failed }) => failed)).toEqual([]);
  const indexed = await answers(scope, statements, cache);
  sameAnswers(indexed, expected);
  expect(indexed.evidence.openFiles.some((path) => dirname(path).endsWith(`/${packsName}`))).toBe(true);

  for (const { path, bytes } of copies) {
    truncateSync(path, halfOf(bytes));
    atRest(path);
  }
  const halves = join(folder, 'halves');
  await index(scope, halves);
  for (const { path, bytes } of copies) {
    appendFileSync(path, bytes.subarray(halfOf(bytes)));
    atRest(path);
  }
  const half = await answers(scope, statements, halves);
  sameAnswers(half, expected);

  const first = join(folder, 'first');
  cpSync(halves, first, { recursive: true });
  await index(scope, halves);
  sameAnswers(await answers(scope, statements, halves), expected);
  const bytesOf = ({ evidence }: Answered) => evidence.sources.reduce((sum, source) => sum + source.indexed_bytes, 0);
  expect([bytesOf(half) > 0, bytesOf(half) < bytesOf(indexed)]).toEqual([true, true]);
}, 180_000);
