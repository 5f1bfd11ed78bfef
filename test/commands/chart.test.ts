// When a chart is drawn: asked for, or the query's own on a terminal; never into data.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runQuery } from '../../src/commands/query.ts';
import { runSql } from '../../src/commands/sql.ts';
import { lines, putOld, session, tempFolder } from '../catalog/ask.ts';
import { testIo } from './io.ts';

const folder = tempFolder();
const log = putOld(join(folder, 'log.jsonl'), lines(session('a', { iterations: 1 }), session('b', { iterations: 2 })));
const io = (fields = {}) => testIo({ cwd: folder, env: { XDG_CONFIG_HOME: join(folder, 'nowhere') }, ...fields });
const terminal = { isTTY: true, width: 80 };
const run = async (args: string[], options: object, fields = {}): Promise<string> => {
  const world = io(fields);
  await runQuery([...args, log], { color: true, quiet: true, ...options }, world);
  return world.out();
};

test("a query's own chart is drawn on a terminal, below the table, over all rows, and not in a pipe", async () => {
  const drawn = await run(['retries'], { color: false, limit: '1' }, terminal);
  expect(drawn).toMatch(/1 more row: .*\n\nsessions by iterations\n1 {2}1 {2}█+\n2 {2}1 {2}█+\n$/);
  expect(await run(['retries'], {})).not.toContain('█');
  expect(await run(['retries'], { format: 'table' })).not.toContain('█');
  expect(await run(['retries'], { format: 'csv' }, terminal)).not.toContain('█');
  expect(await run(['retries'], { chart: 'none' }, terminal)).not.toContain('█');
  expect(await run(['first-shot'], {}, terminal)).not.toContain('by model');
});

test('--chart draws any result, makes a pipe a table, and is plain without colour', async () => {
  const text = await run(['retries'], { chart: 'bar y=share' }, { env: { NO_COLOR: '1' }, ...terminal });
  expect(text).toContain('\nshare by iterations\n1  0.5  █');
  expect(text).not.toContain('\u001b');
  const piped = io();
  await runSql(['SELECT * FROM range(3) AS t(n)', log], { color: true, chart: 'hist' }, piped);
  expect(piped.out()).toMatch(/^┌[\s\S]*\n\nn\n0 {2}1 {2}█+\n/);
});

test('a chart that cannot be is told before anything is printed', async () => {
  const printed = io();
  const bad = (options: object) => runQuery(['retries', log], { color: true, ...options }, printed);
  await expect(bad({ chart: 'pie' })).rejects.toThrow(/--chart: a chart is bar, line or hist/);
  await expect(bad({ chart: 'bar', format: 'jsonl' })).rejects.toThrow(/goes below a table, not into jsonl/);
  await expect(bad({ chart: 'bar y=nope' })).rejects.toThrow(/no column "nope"/);
  await expect(bad({ chart: 'bar', output: ['x.csv'] })).rejects.toThrow(/a file gets the rows/);
  expect(printed.out()).toBe('');
  expect(existsSync(join(folder, 'x.csv'))).toBe(false);
});

test("a query's own chart that does not fit its columns is left out, its rows are not", async () => {
  const file = putOld(
    join(folder, 'own.sql'),
    '-- title: T\n-- family: session\n-- kind: query\n-- chart: bar x=gone\nSELECT 1 AS one',
  );
  expect(readFileSync(file, 'utf8')).toContain('gone');
  expect(await run([file], {}, terminal)).toMatch(/1 row, 1 column/);
});
