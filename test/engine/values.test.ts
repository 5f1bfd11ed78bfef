import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { JsonText } from '../../src/result.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

test('members without names are refused, not lost', async () => {
  for (const sql of ['row(1, 2)', "list_zip([1], ['a'])", '{a: (1, 2)}'])
    await expect(engine.all(`SELECT ${sql}`)).rejects.toMatchObject({
      code: 'query',
      hint: expect.stringMatching(/^Name/),
    });
  expect(await engine.value('SELECT (1, 2)::STRUCT(a INT, b INT)')).toEqual({ a: 1, b: 2 });
  expect(await engine.value('SELECT row(1)')).toEqual({ '': 1 });
});

test('a member that is called __proto__ is refused, not lost; as JSON and as a key of a map it is one like others', async () => {
  for (const sql of ["{'__proto__': 1}", "[{'a': {'__proto__': 'x'}}]"])
    await expect(engine.all(`SELECT ${sql}`)).rejects.toMatchObject({
      code: 'query',
      message: expect.stringContaining('__proto__'),
      hint: expect.stringContaining('JSON'),
    });
  expect(await engine.value("SELECT {'__proto__': 1}::JSON")).toEqual(new JsonText('{"__proto__":1}'));
  expect(JSON.stringify(await engine.value("SELECT MAP {'__proto__': 1}"))).toBe('{"__proto__":1}');
});

test('a column of a type that has no values here is refused, and named', async () => {
  for (const sql of ['1 AS one, get_type(1) AS t', '1 AS one, sum(1) EXPORT_STATE AS t', '[get_type(1)] AS t'])
    for (const run of [() => engine.all(`SELECT ${sql}`), () => engine.stream(`SELECT ${sql}`)])
      await expect(run()).rejects.toMatchObject({
        code: 'query',
        message: 'the column "t" is of a type whose values cannot be given out',
      });
  expect(await engine.value('SELECT get_type(1)::VARCHAR')).toBe('INTEGER');
});

const cases: [sql: string, value: unknown][] = [
  ['NULL', null],
  ['true', true],
  ['1::TINYINT', 1],
  ['(-32768)::SMALLINT', -32768],
  ['4294967295::UINTEGER', 4294967295],
  ['9007199254740991', 9007199254740991],
  ['-9007199254740991', -9007199254740991],
  ['9007199254740992', 9007199254740992],
  ['-9007199254740992', -9007199254740992],
  // Beyond ±2^53 a double does not hold every whole number: the digits are kept.
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740993', '-9007199254740993'],
  ['9007199254740992::UBIGINT', 9007199254740992],
  ['18446744073709551615::UBIGINT', '18446744073709551615'],
  ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'],
  ['sum(1)', '1'],
  ['1.50::DECIMAL(10, 2)', '1.50'],
  ['0.1::FLOAT', 0.1],
  ['16777217::FLOAT', 16777216],
  ['1e-45::FLOAT', 1e-45],
  ['0.1::DOUBLE', 0.1],
  ['1e300', 1e300],
  ["'nan'::DOUBLE", null],
  ["'inf'::DOUBLE", null],
  ["'-inf'::FLOAT", null],
  ["'o''clock'", "o'clock"],
  ["''", ''],
  ["'a'::ENUM('a', 'b')", 'a'],
  ["timestamptz '2026-03-01 12:00:00+02'", '2026-03-01T10:00:00.000Z'],
  ["timestamptz '2026-03-01 10:00:00.123+00'", '2026-03-01T10:00:00.123Z'],
  ["timestamptz '2026-03-01 10:00:00.000001+00'", '2026-03-01T10:00:00.000001Z'],
  ["timestamp '1969-12-31 23:59:59.999999'", '1969-12-31T23:59:59.999999Z'],
  ["timestamp '0001-01-01 00:00:00'", '0001-01-01T00:00:00.000Z'],
  ["'2026-03-01 10:00:00'::TIMESTAMP_S", '2026-03-01T10:00:00.000Z'],
  ["'2026-03-01 10:00:00.5'::TIMESTAMP_MS", '2026-03-01T10:00:00.500Z'],
  ["'2026-03-01 10:00:00.123456789'::TIMESTAMP_NS", '2026-03-01T10:00:00.123456789Z'],
  ["'1969-12-31 23:59:59.999999999'::TIMESTAMP_NS", '1969-12-31T23:59:59.999999999Z'],
  ["'infinity'::TIMESTAMPTZ", null],
  ["'-infinity'::TIMESTAMP", null],
  ["'infinity'::TIMESTAMP_NS", null],
  ["'-infinity'::TIMESTAMP_S", null],
  ["'infinity'::TIMESTAMP_MS", null],
  ["'infinity'::DATE", null],
  ["date '2026-02-28'", '2026-02-28'],
  ["time '10:00:00.5'", '10:00:00.5'],
  ["INTERVAL '90 minutes'", '01:30:00'],
  ["'00000000-0000-0000-0000-000000000001'::UUID", '00000000-0000-0000-0000-000000000001'],
  ['[1, NULL, 3]', [1, null, 3]],
  ['[1, 2]::INTEGER[2]', [1, 2]],
  ["[[timestamp '2026-01-01'], []]", [['2026-01-01T00:00:00.000Z'], []]],
  ["{'a': 9007199254740993, 'b': {'c': 'x'}}", { a: '9007199254740993', b: { c: 'x' } }],
  ["MAP {'k': [1.5::DOUBLE]}", { k: [1.5] }],
  ['MAP {1: true}', { 1: true }],
];

test.each(cases)('%s', async (sql, expected) => {
  expect(await engine.value(`SELECT ${sql}`)).toEqual(expected);
});

describe('JSON', () => {
  test('keeps its exact text, also inside a list', async () => {
    const text = '{"b":1.0, "a":12345678901234567890}';
    const value = await engine.value(`SELECT '${text}'::JSON`);
    expect(value).toBeInstanceOf(JsonText);
    expect(String(value)).toBe(text);
    const list = (await engine.value(`SELECT ['${text}'::JSON]`)) as unknown[];
    expect(String(list[0])).toBe(text);
  });

  test('a NULL of type JSON is null', async () => {
    expect(await engine.value('SELECT NULL::JSON')).toBeNull();
  });
});

test('no time depends on the zone of the machine or the session', async () => {
  const sql = "SELECT timestamptz '2026-03-01 10:00:00+00', timestamp '2026-03-01 10:00:00'";
  await engine.exec("SET TimeZone = 'Asia/Kolkata'");
  expect((await engine.all(sql)).rows).toEqual([['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.000Z']]);
  await engine.exec("SET TimeZone = 'UTC'");
});
