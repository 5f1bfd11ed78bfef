import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine, quotePath } from '../../src/engine/engine.ts';
import type { JsonObject } from '../../src/schema/family.ts';
import { familySql, knownSql, type Recognised, recognise, recognisedBy } from '../../src/schema/recognise.ts';

describe('recognise', () => {
  test.each<[JsonObject, Recognised]>([
    [{ schema: 'session.iterate.v1' }, { family: 'session', known: true }],
    [{ schema: 'session.iterate.v2' }, { family: 'session', known: false }],
    [{ schema: 'session.iterate.v01' }, { family: 'session', known: false }],
    [{ schema: 'replay.run.v1' }, { family: 'replay', known: true }],
    [{ schema: 'replay.run.v99' }, { family: 'replay', known: false }],
    [{ schema: 'session.iterate.v' }, { family: null, known: true }],
    [{ schema: 'session.iterate.v1 ' }, { family: null, known: true }],
    [{ schema: 'session.iterate.v1\n' }, { family: null, known: true }],
    [{ schema: 'session-iterate.v1' }, { family: null, known: true }],
    [{ schema: 'someone.else.v1' }, { family: null, known: true }],
    [
      { schema: 'session.iterate.v1', kind: 'log', extensionId: 'e' },
      { family: 'session', known: true },
    ],
    [
      { schema: 'other', kind: 'log', extensionId: 'e' },
      { family: 'journal', known: true },
    ],
    [
      { kind: 'span-open', extensionId: 'e' },
      { family: 'journal', known: true },
    ],
    [
      { kind: 'span-close', extensionId: 0 },
      { family: 'journal', known: true },
    ],
    [
      { kind: 'log', extensionId: null },
      { family: null, known: true },
    ],
    [{ kind: 'log' }, { family: null, known: true }],
    [
      { kind: 'metric', extensionId: 'e' },
      { family: null, known: true },
    ],
    [
      { kind: 'log', extensionId: 'e', endpoint: '/x', success: true },
      { family: 'journal', known: true },
    ],
    [
      { endpoint: '/x', success: false },
      { family: 'observer', known: true },
    ],
    [
      { endpoint: '', success: 0 },
      { family: 'observer', known: true },
    ],
    [
      { endpoint: '/x', success: null },
      { family: null, known: true },
    ],
    [
      { Endpoint: '/x', Success: true },
      { family: null, known: true },
    ],
    [{}, { family: null, known: true }],
  ])('%j is %j', (record, expected) => {
    expect(recognise(record)).toEqual(expected);
  });
});

describe('the rule as SQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakeobs-recognise-'));
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine();
  });
  afterAll(() => {
    engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const near = fc.constantFrom(
    'session.iterate.v1',
    'session.iterate.v2',
    'session.iterate.v10',
    'session.iterate.v',
    'session.iterate.v1x',
    'session.iterate.v1\n',
    '\nsession.iterate.v1',
    'sessionXiterate.v1',
    'session.iterate.v１',
    'replay.run.v1',
    'replay.run.v01',
    'Replay.run.v1',
    'session.iterate|replay.run.v1',
    'null',
    '',
    'log',
    'span-open',
    'span-close',
    'span',
    'true',
  );
  const value = fc.oneof(
    { weight: 4, arbitrary: near },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
  const record = fc.record(Object.fromEntries(recognisedBy.map((wire) => [wire, value])), { requiredKeys: [] });

  test('agrees with recognise() on every object, however its fields look', async () => {
    const columns = recognisedBy.map((wire) => `"${wire}": 'VARCHAR'`).join(', ');
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 60 }), async (records) => {
        const path = join(folder, `${round++}.jsonl`);
        const numbered = records.map((fields, index) => ({ row: index, ...fields }));
        writeFileSync(path, numbered.map((line) => `${JSON.stringify(line)}\n`).join(''));
        const { rows } = await engine.all(
          `SELECT ${familySql}, ${knownSql} FROM read_ndjson([${quotePath(path)}], columns = {"row": 'BIGINT', ${columns}}, records = 'true', hive_partitioning = false) ORDER BY "row"`,
        );
        expect(rows).toEqual(numbered.map((line) => Object.values(recognise(line as JsonObject))));
      }),
      { numRuns: 60 },
    );
  });
});
