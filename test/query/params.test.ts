import { describe, expect, test } from 'vitest';
import type { ParamType } from '../../src/engine/engine.ts';
import { bindParams, parseParam, parseParamOptions } from '../../src/query/params.ts';

const now = new Date('2026-03-10T12:00:00Z');
const query = {
  name: 'q',
  params: [
    { name: 'n', type: 'int' as const, default: '3' },
    { name: 'model', type: 'text' as const, default: null },
  ],
};

describe('one value', () => {
  test.each<[type: ParamType, text: string, value: unknown]>([
    ['text', '', ''],
    ['text', "x'; DROP", "x'; DROP"],
    ['int', '3', 3],
    ['int', '-3', -3],
    ['int', '+007', 7],
    ['float', '1.5', 1.5],
    ['float', '-1e-3', -0.001],
    ['float', '.5', 0.5],
    ['bool', 'true', true],
    ['bool', 'false', false],
    ['timestamp', '2026-03-01', new Date('2026-03-01T00:00:00Z')],
    ['timestamp', '24h', new Date('2026-03-09T12:00:00Z')],
    ['duration', '90s', 90_000],
    ['duration', '1.5h', 5_400_000],
  ])('%s %j', (type, text, value) => {
    expect(parseParam({ name: 'p', type }, text, now)).toEqual({ type, value });
  });

  test.each<[type: ParamType, text: string]>([
    ['int', '3.5'],
    ['int', ''],
    ['int', '1e3'],
    ['int', '9007199254740993'],
    ['float', ''],
    ['float', 'x'],
    ['float', '1e999'],
    ['float', 'Infinity'],
    ['float', '0x10'],
    ['bool', 'yes'],
    ['bool', 'TRUE'],
    ['timestamp', 'soon'],
    ['timestamp', '2026-02-30'],
    ['duration', '5'],
    ['duration', '-5s'],
    ['duration', '99999999999999999999d'],
  ])('%s refuses %j and says what it wants', (type, text) => {
    expect(parseParam({ name: 'p', type }, text, now)).toMatch(/^param p is .*, not /);
  });
});

describe('the values of a run', () => {
  test('are the given ones, else the defaults', () => {
    expect(bindParams(query, { model: 'x' })).toEqual({
      n: { type: 'int', value: 3 },
      model: { type: 'text', value: 'x' },
    });
    expect(bindParams(query, { model: '', n: '4' })).toEqual({
      n: { type: 'int', value: 4 },
      model: { type: 'text', value: '' },
    });
  });

  test('an unknown name is a usage error with the nearest', () => {
    expect(() => bindParams(query, { modell: 'x' })).toThrow(/no param "modell".*model/);
    expect(() => bindParams({ name: 'q', params: [] }, { n: '1' })).toThrow(/q has no param "n". It has none/);
  });

  test('a missing one is a usage error', () => {
    expect(() => bindParams(query, {})).toThrow(/q needs param model \(text\)/);
  });

  test('a name every object has is no value', () => {
    expect(() => bindParams({ name: 'q', params: [{ name: 'constructor', type: 'text', default: null }] }, {})).toThrow(
      /needs param constructor/,
    );
  });
});

describe('-p', () => {
  test('splits at the first =', () => {
    expect(parseParamOptions(['a=1', 'b=x=y', 'c='])).toEqual({ a: '1', b: 'x=y', c: '' });
  });

  test('the last of two wins', () => {
    expect(parseParamOptions(['a=1', 'a=2'])).toEqual({ a: '2' });
  });

  test.each(['a', '=1', ''])('%j is a usage error', (option) => {
    expect(() => parseParamOptions([option])).toThrow(/-p takes name=value/);
  });

  test('no name is swallowed', () => {
    expect(Object.keys(parseParamOptions(['__proto__=1']))).toEqual(['__proto__']);
  });
});
