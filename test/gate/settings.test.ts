// What the config says about a check, against what its header says: every key, every way it cannot be applied, and the list every verdict prints.
import { describe, expect, test } from 'vitest';
import { type CheckSettings, type Config, noConfig } from '../../src/catalog/config.ts';
import { configured, type Flags, mustBeApplicable, overridesOf } from '../../src/gate/settings.ts';
import { parseQuery, type Query } from '../../src/query/header.ts';
import { listQueries } from '../../src/query/load.ts';

const check = (...header: string[]): Query =>
  parseQuery(
    ['-- title: T', '-- family: session', '-- kind: check', ...header, 'SELECT 1'].join('\n'),
    'c',
    'c.sql',
    false,
  );
const config = (settings: CheckSettings, name = 'c'): Config => ({
  ...noConfig,
  file: '/a/lakeobs.json',
  checks: new Map([[name, settings]]),
});
const flags = (fields: Partial<Flags> = {}): Flags => ({
  failOn: 'error',
  allowEmpty: false,
  allowDamage: false,
  require: [],
  params: {},
  ...fields,
});
const apply = (query: Query, settings: CheckSettings) => configured(query, config(settings), flags());

describe('severity and thresholds', () => {
  const any = { op: '!=', count: 0 };
  const over = (count: number) => ({ op: '>', count });
  test.each<
    [
      why: string,
      header: string[],
      settings: CheckSettings,
      severity: string,
      errorIf: object | null,
      warnIf: object | null,
    ]
  >([
    ['nothing said', [], {}, 'error', any, null],
    ['an error check warns', [], { severity: 'warn' }, 'warn', null, any],
    ['its own threshold moves with it', ['-- error_if: > 5'], { severity: 'warn' }, 'warn', null, over(5)],
    ['a warn check fails', ['-- severity: warn'], { severity: 'error' }, 'error', any, null],
    [
      'an error check told to be one',
      ['-- error_if: > 5', '-- warn_if: > 1'],
      { severity: 'error' },
      'error',
      over(5),
      over(1),
    ],
    ['a higher bound', [], { error_if: '> 3' }, 'error', over(3), null],
    ['a warning below the bound of the header', ['-- error_if: > 5'], { warn_if: '> 0' }, 'error', over(5), over(0)],
    ['a warning alone takes no failure away', [], { warn_if: '> 0' }, 'error', any, over(0)],
    ['all three', [], { severity: 'warn', error_if: '> 3', warn_if: '> 0' }, 'warn', over(3), over(0)],
  ])('%s', (_why, header, settings, severity, errorIf, warnIf) => {
    expect(apply(check(...header), settings).query).toMatchObject({ severity, errorIf, warnIf });
  });
});

test('a check nobody speaks of stays the very same', () => {
  const query = check();
  expect(configured(query, noConfig, flags()).query).toBe(query);
  expect(configured(query, config({ enabled: false }, 'other'), flags())).toMatchObject({ query, enabled: true });
});

test('enabled, allow_empty and allow_damage are the check’s own, and flags hold for all', () => {
  expect(apply(check(), { enabled: false })).toMatchObject({ enabled: false });
  expect(apply(check(), { allow_empty: true })).toMatchObject({ allowEmpty: true, allowDamage: false });
  expect(apply(check(), { allow_damage: true })).toMatchObject({ allowEmpty: false, allowDamage: true });
  const forAll = configured(check(), config({ allow_empty: false }), flags({ allowEmpty: true }));
  expect(forAll.allowEmpty).toBe(true);
});

test('params stand in for the defaults of the header', () => {
  const query = check('-- param: n int = 3', '-- param: m text');
  expect(apply(query, { params: { n: '5' } }).query.params).toEqual([
    { name: 'n', type: 'int', default: '5' },
    { name: 'm', type: 'text', default: null },
  ]);
});

describe('what cannot be applied', () => {
  const catalogue = listQueries([]);
  test.each<[name: string, settings: CheckSettings, message: RegExp]>([
    ['alram', {}, /there is no check "alram"\. Did you mean alarm\?/],
    ['verdicts', {}, /verdicts is a query, not a check/],
    ['alarm', { params: { n: '1' } }, /alarm has no param "n"\. It has none/],
    ['c', { params: { nn: '1' } }, /c has no param "nn"\. Did you mean n\?/],
    ['c', { params: { n: 'x' } }, /c: param n is a whole number, not "x"/],
    ['c', { error_if: 'three' }, /c\.error_if is OP N on the number of rows, not "three"/],
  ])('%s %j', (name, settings, message) => {
    const files = [check('-- param: n int = 3')];
    const refused = expect.objectContaining({
      code: 'usage',
      path: '/a/lakeobs.json',
      message: expect.stringMatching(message),
    });
    expect(() => mustBeApplicable(config(settings, name), catalogue, files)).toThrow(refused as Error);
  });

  test('a check named by its file may be spoken of, and otherwise must be in a folder of queries', () => {
    mustBeApplicable(config({ severity: 'warn' }), catalogue, [check()]);
    expect(() => mustBeApplicable(config({ severity: 'warn' }), catalogue)).toThrow(/there is no check "c"/);
  });
});

describe('overrides', () => {
  const query = check('-- param: n int = 3', '-- param: m int = 4');
  const list = (settings: CheckSettings, fields: Partial<Flags> = {}) =>
    overridesOf([query], config(settings), flags(fields)).map(
      ({ check, key, value, from }) => `${check}.${key}=${value} ${from}`,
    );

  test('are everything the config says, with its file', () => {
    expect(
      list({
        severity: 'warn',
        error_if: '> 3',
        warn_if: '> 0',
        params: { n: '5' },
        allow_empty: true,
        allow_damage: true,
      }),
    ).toEqual([
      'c.severity=warn /a/lakeobs.json',
      'c.error_if=> 3 /a/lakeobs.json',
      'c.warn_if=> 0 /a/lakeobs.json',
      'c.allow_empty=true /a/lakeobs.json',
      'c.allow_damage=true /a/lakeobs.json',
      'c.params.n=5 /a/lakeobs.json',
    ]);
  });

  test('are every flag that judges otherwise', () => {
    expect(
      list(
        {},
        {
          failOn: 'warn',
          allowEmpty: true,
          allowDamage: true,
          require: ['session'],
          params: { n: '9' },
          exclude: ['x'],
          tags: ['t'],
          noBaseline: true,
        },
      ),
    ).toEqual([
      'c.params.n=9 -p',
      'x.enabled=false --exclude',
      'null.tag=t --tag',
      'null.fail_on=warn --fail-on',
      'null.allow_empty=true --allow-empty',
      'null.allow_damage=true --allow-damage',
      'null.require=session --require',
      'null.baseline=false --no-baseline',
    ]);
  });

  test('name what is in force: -p beats the file, a disabled check has no settings, a default is none', () => {
    expect(list({ params: { n: '5', m: '6' } }, { params: { n: '9' } })).toEqual([
      'c.params.m=6 /a/lakeobs.json',
      'c.params.n=9 -p',
    ]);
    expect(list({ enabled: false, severity: 'warn' }, { params: { n: '9' } })).toEqual([
      'c.enabled=false /a/lakeobs.json',
    ]);
    expect(list({ enabled: true, allow_empty: false })).toEqual([]);
  });
});
