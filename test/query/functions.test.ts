// The reviewed functions are those of the pinned DuckDB: a name that appears with a new version stands in neither list until somebody has looked at it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { functionsAllowed, functionsRefused, unknown, whyRefused } from '../../src/query/functions.ts';
import { guard } from '../../src/query/guard.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** What the parser makes itself: `unnest` is no function to duckdb_functions() where it stands among columns. */
const syntax = ['unnest'];

test('every scalar function, aggregate and macro has been reviewed, once, and no name is left of functions that are gone', async () => {
  const { rows } = await engine.all(
    "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro')",
  );
  const engines = rows.flat().map(String);
  const reviewed = [...functionsAllowed, ...functionsRefused.flatMap(({ names }) => [...names])];
  expect(new Set(reviewed).size).toBe(reviewed.length);
  expect(engines.filter((name) => !reviewed.includes(name) && !name.startsWith('icu_collate_'))).toEqual([]);
  expect(reviewed.filter((name) => !engines.includes(name) && !syntax.includes(name))).toEqual([]);
});

test('a function nobody knows is refused, and every refused one says why', () => {
  expect(whyRefused('read_the_mail')).toBe(unknown);
  expect(whyRefused('icu_collate_de')).toMatch(/COLLATE/);
  for (const { reason, names } of functionsRefused) for (const name of names) expect(whyRefused(name)).toBe(reason);
});

test('what a function changes outside its rows is not among the allowed', async () => {
  const { rows } = await engine.all(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE has_side_effects AND function_type = 'scalar'",
  );
  // Dice, ids, and a message.
  expect(
    rows
      .flat()
      .filter((name) => functionsAllowed.has(String(name)))
      .sort(),
  ).toEqual(
    ['error', 'gen_random_uuid', 'random', 'uuid', 'uuidv4', 'uuidv7'].filter((name) => rows.flat().includes(name)),
  );
});

test.each([
  "SELECT unnest([1, 2]), l[1], l[1:2], {'a': 1}, MAP {'a': 1}, ARRAY[1], 'a' || 'b', -n, n ** 3, ~n, n // 2, n % 2 FROM (SELECT [1] AS l, 1 AS n)",
  "SELECT model LIKE 'b', model NOT ILIKE 'b', model SIMILAR TO 'b', model ~ 'b', model LIKE 'x' ESCAPE 'y', model GLOB 'b', model BETWEEN 'a' AND 'b' FROM sessions",
  "SELECT extract(year FROM ts), ts AT TIME ZONE 'UTC', ts + INTERVAL 3 DAY, date_trunc('day', ts), strftime(ts, '%Y') FROM sessions",
  "SELECT position('a' IN model), substring(model FROM 1 FOR 2), trim(BOTH 'x' FROM model), coalesce(model, ''), nullif(model, ''), ifnull(model, ''), if(true, 1, 2) FROM sessions",
  "SELECT artifact->>'a', artifact->'a', json_extract_string(artifact, '$.a'), artifact::JSON FROM sessions",
  'SELECT [x + 1 FOR x IN [1, 2] IF x > 1], list_transform([1], lambda x: x + 1), [1] && [2], [1] @> [2], ROW(1, 2)',
  'SELECT COLUMNS(*) FROM sessions',
  "SELECT min(COLUMNS('ses.*')), count(*) FILTER (WHERE true), string_agg(model ORDER BY model), quantile_cont(duration_ms, 0.5), mode() WITHIN GROUP (ORDER BY model), grouping(model), row_number() OVER () FROM sessions GROUP BY CUBE (model)",
  'SELECT current_date, current_timestamp, localtimestamp, now(), today(), uuid(), random()',
  'UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME n VALUE v',
  "SELECT model.lower().replace('a', 'b') FROM sessions",
  'SELECT 1 = ANY([1, 2]), 1 IN (SELECT 2), EXISTS (SELECT 1), ARRAY(SELECT 1), TRY(1), TRY_CAST(1 AS INT), CASE WHEN true THEN 1 END',
])('syntax stays open: %s', async (sql) => {
  await expect(guard(engine, sql)).resolves.toBeDefined();
});
