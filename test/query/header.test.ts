import { describe, expect, test } from 'vitest';
import type { LakeobsError } from '../../src/errors.ts';
import { bareQuery, exceeds, hasHeader, parseQuery, type Threshold } from '../../src/query/header.ts';

const parse = (...header: string[]) => parseQuery([...header, 'SELECT 1'].join('\n'), 'name', '/q/name.sql', false);
const base = ['-- title: T', '-- family: session'];
const query = (...more: string[]) => parse(...base, '-- kind: query', ...more);
const check = (...more: string[]) => parse(...base, '-- kind: check', ...more);
const failure = (run: () => unknown): LakeobsError => {
  try {
    run();
  } catch (error) {
    return error as LakeobsError;
  }
  return expect.unreachable('it should have failed');
};

describe('a header', () => {
  test('gives every key to the query', () => {
    const full = parse(
      '-- title: Ungrounded fills',
      '-- description: What: it says: here.',
      '-- family: session',
      '-- kind: check',
      '-- severity: warn',
      '-- error_if: > 10',
      '-- warn_if: >=1',
      '-- population: SELECT count(*) FROM fills',
      '-- param: n int = 3',
      '-- param: since timestamp = 24h',
      '-- param: model text = a = b',
      '-- param: needed float',
      '-- identity: session_id, daemon',
      '-- columns: session_id,ts',
      '-- tags: ci, ,nightly',
      '-- chart: bar x=session_id',
    );
    expect(full).toEqual({
      name: 'name',
      file: '/q/name.sql',
      bundled: false,
      title: 'Ungrounded fills',
      description: 'What: it says: here.',
      family: 'session',
      kind: 'check',
      severity: 'warn',
      errorIf: { op: '>', count: 10 },
      warnIf: { op: '>=', count: 1 },
      population: 'SELECT count(*) FROM fills',
      params: [
        { name: 'n', type: 'int', default: '3' },
        { name: 'since', type: 'timestamp', default: '24h' },
        { name: 'model', type: 'text', default: 'a = b' },
        { name: 'needed', type: 'float', default: null },
      ],
      identity: ['session_id', 'daemon'],
      columns: ['session_id', 'ts'],
      tags: ['ci', 'nightly'],
      chart: { kind: 'bar', x: 'session_id' },
      sql: 'SELECT 1',
    });
  });

  test('may have CRLF, a byte order mark, empty lines above it and comments below an empty line', () => {
    const text =
      '\uFEFF\r\n-- title:   T  \r\n--family:session\r\n-- kind: query\r\n\r\n-- Note: a comment\r\nSELECT 1;\r\n';
    expect(parseQuery(text, 'name', '/q/name.sql', true)).toMatchObject({
      title: 'T',
      family: 'session',
      bundled: true,
      sql: '-- Note: a comment\nSELECT 1',
    });
  });

  test.each<
    [why: string, expected: Pick<ReturnType<typeof check>, 'errorIf' | 'warnIf' | 'severity'>, header: string[]]
  >([
    ['an error check fails on any row', { severity: 'error', errorIf: { op: '!=', count: 0 }, warnIf: null }, []],
    [
      'a warn check warns on any row',
      { severity: 'warn', errorIf: null, warnIf: { op: '!=', count: 0 } },
      ['-- severity: warn'],
    ],
    [
      'expect: empty says so',
      { severity: 'error', errorIf: { op: '!=', count: 0 }, warnIf: null },
      ['-- expect: empty'],
    ],
    [
      'expect: empty of a warn check',
      { severity: 'warn', errorIf: null, warnIf: { op: '!=', count: 0 } },
      ['-- severity: warn', '-- expect: empty'],
    ],
    [
      'a threshold stands alone',
      { severity: 'error', errorIf: { op: '>', count: 5 }, warnIf: null },
      ['-- error_if: > 5'],
    ],
    [
      'a warning threshold stands alone',
      { severity: 'error', errorIf: null, warnIf: { op: '=', count: 0 } },
      ['-- warn_if: = 0'],
    ],
  ])('%s', (_why, expected, header) => {
    expect(check(...header)).toMatchObject(expected);
  });

  test.each<[line: number, message: RegExp, header: string[]]>([
    [4, /cannot be called __proto__/, ['-- kind: query', '-- param: __proto__ int = 3']],
    [4, /unknown header key "titel".*title/, ['-- kind: query', '-- titel: x']],
    [4, /unknown header key "error-if".*error_if/, ['-- kind: check', '-- error-if: > 3']],
    [4, /unknown header key "Error_If"/, ['-- kind: check', '-- Error_If: > 3']],
    [4, /severity has no value/, ['-- kind: check', '-- severity:']],
    [4, /population has no value/, ['-- kind: check', '-- population: ']],
    [4, /kind is written twice/, ['-- kind: check', '-- kind: query']],
    [3, /kind is query or check, not "chek"/, ['-- kind: chek']],
    [4, /severity is error or warn/, ['-- kind: check', '-- severity: fatal']],
    [4, /a chart is bar, line or hist, not "pie"/, ['-- kind: query', '-- chart: pie']],
    [
      4,
      /chart names mdel, which is not in columns.*model/,
      ['-- kind: query', '-- chart: bar x=mdel', '-- columns: model, n'],
    ],
    [4, /error_if is OP N/, ['-- kind: check', '-- error_if: 3']],
    [4, /error_if is OP N/, ['-- kind: check', '-- error_if: > -1']],
    [4, /warn_if is OP N/, ['-- kind: check', '-- warn_if: >> 1']],
    [4, /expect knows one word/, ['-- kind: check', '-- expect: nothing']],
    [5, /expect: empty is a threshold/, ['-- kind: check', '-- error_if: > 3', '-- expect: empty']],
    [4, /severity belongs to a check/, ['-- kind: query', '-- severity: warn']],
    [4, /population belongs to a check/, ['-- kind: query', '-- population: SELECT 1']],
    [4, /a param is "name type = default"/, ['-- kind: query', '-- param: n']],
    [4, /unknown param type "integer"/, ['-- kind: query', '-- param: n integer = 3']],
    [4, /param n is a whole number, not "three"/, ['-- kind: query', '-- param: n int = three']],
    [5, /param N is declared twice/, ['-- kind: query', '-- param: n int = 3', '-- param: N int = 3']],
    [5, /error_if stands outside the header/, ['-- kind: check', '-- a comment in between', '-- error_if: > 3']],
    [5, /population stands outside the header/, ['-- kind: check', '', '-- population: SELECT 1']],
    [5, /error_if stands outside the header/, ['-- kind: check', '/* why */', '-- error_if: > 3']],
    [4, /error_if stands outside the header/, ['-- kind: check', '  -- error_if: > 3']],
    [5, /severity stands outside the header/, ['-- kind: check', 'SELECT 2, 3', '-- severity: warn', ',']],
    [4, /population stands without a colon/, ['-- kind: check', '-- population SELECT 1']],
    [4, /error_if stands without a colon/, ['-- kind: check', '--error_if > 3']],
  ])('line %i: %s', (line, message, header) => {
    const error = failure(() => parse(...base, ...header));
    expect(error).toMatchObject({ code: 'usage', path: '/q/name.sql', line, hint: expect.any(String) });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`/q/name.sql:${line}: `);
  });

  test('a comment below it is a comment: behind an empty line, of other words, or in the statement', () => {
    const kept = ['', '-- population is what it could have complained about', '-- note: SELECT 3', 'SELECT 2'];
    expect(parse(...base, '-- kind: check', ...kept)).toMatchObject({ population: null });
    expect(parse(...base, '-- kind: check', '-- populations differ', 'SELECT 2')).toMatchObject({ population: null });
  });

  test.each(['title', 'family', 'kind'])('without a %s is refused', (missing) => {
    const header = [...base, '-- kind: query'].filter((line) => !line.startsWith(`-- ${missing}`));
    expect(failure(() => parse(...header)).message).toMatch(`no ${missing}`);
  });

  test('with an unknown family names the nearest', () => {
    expect(failure(() => parse('-- title: T', '-- family: sesion', '-- kind: query')).message).toMatch(
      /unknown family "sesion".*session/,
    );
  });

  test('without a statement below it is refused', () => {
    expect(
      failure(() => parseQuery([...base, '-- kind: query', '', ' ; '].join('\n'), 'n', 'f', false)).message,
    ).toMatch(/no statement/);
  });
});

describe('a statement without a header', () => {
  test('is known by having none of the words that make one', () => {
    expect(hasHeader('SELECT 1')).toBe(false);
    expect(hasHeader('-- just: a comment\nSELECT 1')).toBe(false);
    expect(hasHeader('-- title: x\nSELECT 1')).toBe(true);
    expect(hasHeader('-- kind: check\nSELECT 1')).toBe(true);
  });

  test('is not taken for one when the header only stands in the wrong place', () => {
    const text = ['-- Copyright somebody', ...base, '-- kind: check', 'SELECT 1'].join('\n');
    expect(hasHeader(text)).toBe(true);
    expect(failure(() => parseQuery(text, 'n', 'f', false)).message).toMatch(/f:2: title stands outside the header/);
  });

  test('is a query that promises nothing', () => {
    expect(bareQuery('SELECT 1', 'n', 'f')).toMatchObject({
      kind: 'query',
      params: [],
      columns: [],
      population: null,
      sql: 'SELECT 1',
    });
  });
});

test.each<[Threshold['op'], boolean[]]>([
  ['=', [false, true, false]],
  ['!=', [true, false, true]],
  ['>', [false, false, true]],
  ['>=', [false, true, true]],
  ['<', [true, false, false]],
  ['<=', [true, true, false]],
])('rows %s 2', (op, expected) => {
  expect([1, 2, 3].map((rows) => exceeds(rows, { op, count: 2 }))).toEqual(expected);
});

test('the options of a plain query are those of no check', () => {
  expect(query()).toMatchObject({ kind: 'query', severity: 'error', errorIf: null, warnIf: null, population: null });
});
