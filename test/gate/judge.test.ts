import { describe, expect, test } from 'vitest';
import { nothingScanned } from '../../src/catalog/evidence.ts';
import { type JudgeOptions, judgeCheck, judgeRun, type Outcome } from '../../src/gate/judge.ts';
import { parseQuery, type Query } from '../../src/query/header.ts';
import type { CheckResult, CheckStatus, ScanSummary } from '../../src/result.ts';

const check = (...header: string[]): Query =>
  parseQuery(
    ['-- title: T', '-- family: session', '-- kind: check', ...header, 'SELECT 1'].join('\n'),
    'c',
    'c.sql',
    false,
  );

const outcome = (fields: Partial<Outcome> = {}): Outcome => ({
  query: check(),
  skipped: null,
  unjudged: null,
  error: null,
  findings: 0,
  accepted: 0,
  acceptedRows: [],
  expired: 0,
  known: 0,
  resolved: null,
  resolvedFindings: [],
  population: 10,
  columns: [],
  rows: [],
  damage: [],
  ...fields,
});

const scanned: ScanSummary = {
  ...nothingScanned,
  files: 1,
  bytes: 1,
  records: 10,
};
const options = (fields: Partial<JudgeOptions> = {}): JudgeOptions => ({
  failOn: 'error',
  allowEmpty: false,
  allowDamage: false,
  named: false,
  requiredAbsent: [],
  scanned,
  ...fields,
});

const warn = check('-- severity: warn');
const damage = ['2 damaged ranges could not be read'];

describe('one check', () => {
  test.each<
    [
      why: string,
      given: Partial<Outcome>,
      asked: Partial<JudgeOptions>,
      status: CheckStatus,
      complete: boolean,
      reason: RegExp,
    ]
  >([
    ['nothing found among something', {}, {}, 'pass', true, /^$/],
    ['an error check with rows', { findings: 2 }, {}, 'fail', true, /^2 findings in a population of 10$/],
    ['a warn check with rows', { query: warn, findings: 1 }, {}, 'warn', true, /^1 finding in/],

    // Findings are certain.
    ['rows beside damage', { findings: 1, damage }, {}, 'fail', false, /1 finding.*beside it: 2 damaged ranges/],
    [
      'rows beside a failure',
      { findings: 1, population: null, error: 'time is over' },
      {},
      'fail',
      false,
      /^1 finding; beside it: time is over$/,
    ],
    ['rows beside a population of 0', { findings: 1, population: 0 }, {}, 'fail', true, /1 finding/],
    ['rows beside damage that is allowed', { findings: 1, damage }, { allowDamage: true }, 'fail', false, /beside it/],
    ['warn rows beside damage', { query: warn, findings: 1, damage }, {}, 'warn', false, /beside it/],
    ['warn rows beside a failure', { query: warn, findings: 1, error: 'bad' }, {}, 'warn', false, /beside it: bad/],

    // Without findings, what could not be judged is inconclusive.
    ['nothing among nothing', { population: 0 }, {}, 'inconclusive', false, /nothing to judge.*--allow-empty/],
    ['nothing among nothing, allowed', { population: 0 }, { allowEmpty: true }, 'pass', true, /^$/],
    ['nothing beside damage', { damage }, {}, 'inconclusive', false, /2 damaged ranges.*--allow-damage/],
    ['nothing beside damage, allowed', { damage }, { allowDamage: true }, 'pass', false, /allowed: 2 damaged/],
    [
      'nothing among nothing beside damage',
      { population: 0, damage },
      {},
      'inconclusive',
      false,
      /nothing to judge.*2 damaged/,
    ],
    [
      'nothing among nothing beside damage, emptiness allowed',
      { population: 0, damage },
      { allowEmpty: true },
      'inconclusive',
      false,
      /2 damaged/,
    ],
    [
      'nothing among nothing beside damage, damage allowed',
      { population: 0, damage },
      { allowDamage: true },
      'inconclusive',
      false,
      /nothing to judge/,
    ],
    [
      'nothing among nothing beside damage, both allowed',
      { population: 0, damage },
      { allowEmpty: true, allowDamage: true },
      'pass',
      false,
      /allowed/,
    ],
    ['a failure', { error: 'no such column', population: null }, {}, 'error', false, /^no such column$/],
    [
      'a failure is allowed by nothing',
      { error: 'no such column', population: null },
      { allowEmpty: true, allowDamage: true },
      'error',
      false,
      /no such column/,
    ],
    ['skipped', { skipped: 'no file holds session records' }, {}, 'skipped', false, /^no file holds/],

    // Thresholds.
    [
      'rows up to the threshold',
      { query: check('-- error_if: > 3'), findings: 3 },
      {},
      'pass',
      true,
      /^3 findings in a population of 10, fails from > 3$/,
    ],
    ['rows over the threshold', { query: check('-- error_if: > 3'), findings: 4 }, {}, 'fail', true, /4 findings/],
    [
      'rows up to the threshold, beside damage',
      { query: check('-- error_if: > 3'), findings: 3, damage },
      {},
      'inconclusive',
      false,
      /damaged/,
    ],
    [
      'rows over the threshold, beside damage',
      { query: check('-- error_if: >= 3'), findings: 3, damage },
      {},
      'fail',
      false,
      /beside it/,
    ],
    [
      'rows between warning and error',
      { query: check('-- error_if: > 3', '-- warn_if: > 0'), findings: 2 },
      {},
      'warn',
      true,
      /2 findings/,
    ],
    [
      'rows between warning and error, beside damage that may hide the error',
      { query: check('-- error_if: > 3', '-- warn_if: > 0'), findings: 2, damage },
      {},
      'inconclusive',
      false,
      /damaged/,
    ],
    [
      'rows between warning and error, beside a failure that may hide the error',
      { query: check('-- error_if: > 3', '-- warn_if: > 0'), findings: 2, error: 'cut off' },
      {},
      'error',
      false,
      /cut off/,
    ],
    [
      'rows between warning and error, damage allowed',
      { query: check('-- error_if: > 3', '-- warn_if: > 0'), findings: 2, damage },
      { allowDamage: true },
      'warn',
      false,
      /2 findings/,
    ],
    [
      'only a warning threshold in an error check',
      { query: check('-- warn_if: > 0'), findings: 2 },
      {},
      'warn',
      true,
      /2 findings/,
    ],

    // What missing rows could undo is not certain.
    ['rows that must be there and are not', { query: check('-- error_if: = 0') }, {}, 'fail', true, /0 findings/],
    [
      'rows that must be there and may be in the damage',
      { query: check('-- error_if: = 0'), damage },
      {},
      'inconclusive',
      false,
      /damaged/,
    ],
    [
      'rows that must be there, among nothing',
      { query: check('-- error_if: = 0'), population: 0 },
      {},
      'inconclusive',
      false,
      /nothing to judge/,
    ],
    ['too few rows', { query: check('-- error_if: < 5'), findings: 3 }, {}, 'fail', true, /3 findings/],
    [
      'too few rows beside damage',
      { query: check('-- error_if: < 5'), findings: 3, damage },
      {},
      'inconclusive',
      false,
      /damaged/,
    ],
    [
      'exactly as many rows as must not be, beside damage',
      { query: check('-- error_if: = 3'), findings: 3, damage },
      {},
      'inconclusive',
      false,
      /damaged/,
    ],
    [
      'other than as many rows as must be, beside damage',
      { query: check('-- error_if: != 3'), findings: 2, damage },
      {},
      'inconclusive',
      false,
      /damaged/,
    ],
    [
      'too few rows beside a failure',
      { query: check('-- error_if: < 5'), findings: 3, error: 'cut off' },
      {},
      'error',
      false,
      /cut off/,
    ],
    [
      'a threshold that no row is needed for',
      { query: check('-- error_if: >= 0'), population: 0 },
      {},
      'inconclusive',
      false,
      /nothing to judge/,
    ],
  ])('%s', (_why, given, asked, status, complete, reason) => {
    const result = judgeCheck(outcome(given), options(asked));
    expect(result).toMatchObject({ status, complete, findings: given.findings ?? 0 });
    expect(result.reason).toMatch(reason);
    expect(result.reason).not.toContain('\n');
  });

  test('says whether something failed, whatever it found', () => {
    for (const findings of [0, 1])
      for (const query of [check(), warn]) {
        expect(judgeCheck(outcome({ query, findings, error: 'bad' }), options())).toHaveProperty('failed', true);
        expect(judgeCheck(outcome({ query, findings }), options())).not.toHaveProperty('failed');
      }
  });

  test('keeps what it was given', () => {
    const columns = [{ name: 'a', type: 'INTEGER' }];
    expect(judgeCheck(outcome({ columns, rows: [[1]], findings: 1, population: 7 }), options())).toMatchObject({
      name: 'c',
      title: 'T',
      severity: 'error',
      columns,
      rows: [[1]],
      population: 7,
    });
  });
});

const result = (status: CheckStatus, fields: Partial<CheckResult> = {}): CheckResult => ({
  name: status,
  title: '',
  severity: 'error',
  status,
  complete: !['inconclusive', 'error', 'skipped'].includes(status),
  findings: status === 'fail' || status === 'warn' ? 2 : 0,
  population: 10,
  reason: `because ${status}`,
  columns: [],
  rows: [],
  accepted: 0,
  acceptedRows: [],
  known: 0,
  resolved: null,
  resolvedFindings: [],
  ...fields,
});
const asWarn = (status: CheckStatus): CheckResult => result(status, { severity: 'warn' });

describe('all checks', () => {
  test.each<
    [
      why: string,
      checks: CheckResult[],
      asked: Partial<JudgeOptions>,
      verdict: string,
      exit: number,
      complete: boolean,
      reason: RegExp,
    ]
  >([
    ['all pass', [result('pass'), result('pass')], {}, 'pass', 0, true, /^2 checks over 10 records$/],
    ['one fails', [result('pass'), result('fail')], {}, 'fail', 1, true, /^fail: 2 findings$/],
    ['two fail', [result('fail'), result('fail', { name: 'other' })], {}, 'fail', 1, true, /^fail, other: 4 findings$/],

    // An alarm never hides behind a failure.
    [
      'one fails, one cannot be judged',
      [result('inconclusive'), result('fail')],
      {},
      'fail',
      1,
      false,
      /not everything could be judged/,
    ],
    [
      'one fails, one is broken',
      [result('error'), result('fail')],
      {},
      'fail',
      1,
      false,
      /not everything could be judged/,
    ],
    ['one fails beside damage', [result('fail', { complete: false })], {}, 'fail', 1, false, /not everything/],
    [
      'one fails, a required family is absent',
      [result('fail')],
      { requiredAbsent: ['journal'] },
      'fail',
      1,
      false,
      /not everything/,
    ],
    ['one fails, one is skipped', [result('fail'), result('skipped')], {}, 'fail', 1, true, /2 findings$/],

    [
      'one cannot be judged',
      [result('pass'), result('inconclusive')],
      {},
      'inconclusive',
      2,
      false,
      /^inconclusive: because inconclusive$/,
    ],
    ['one is broken', [result('pass'), result('error')], {}, 'inconclusive', 2, false, /^error: because error$/],
    [
      'several cannot be judged',
      [result('inconclusive'), result('error'), result('error')],
      {},
      'inconclusive',
      2,
      false,
      /\(and 2 more\)$/,
    ],
    [
      'a required family is absent',
      [result('pass')],
      { requiredAbsent: ['journal', 'replay'] },
      'inconclusive',
      2,
      false,
      /--require journal, replay/,
    ],

    // Warnings decide only when asked.
    ['one warns', [result('pass'), asWarn('warn')], {}, 'pass', 0, true, /2 checks over 10 records, 1 warning$/],
    ['one warns, and warnings count', [asWarn('warn')], { failOn: 'warn' }, 'fail', 1, true, /^warn: 2 findings/],
    ['an error check warns, and warnings count', [result('warn')], { failOn: 'warn' }, 'fail', 1, true, /^warn/],
    ['a warn check over its error threshold', [asWarn('fail')], {}, 'fail', 1, true, /^fail/],
    [
      'a warn check cannot be judged',
      [result('pass'), asWarn('inconclusive')],
      {},
      'pass',
      0,
      false,
      /1 warn check not judged/,
    ],
    [
      'a warn check warns beside a failure',
      [
        result('pass'),
        asWarn('warn'),
        result('warn', { name: 'cut', severity: 'warn', complete: false, failed: true }),
      ],
      {},
      'inconclusive',
      2,
      false,
      /^cut: because warn$/,
    ],
    [
      'a warn check warns beside a failure, and warnings count',
      [result('warn', { severity: 'warn', complete: false, failed: true })],
      { failOn: 'warn' },
      'fail',
      1,
      false,
      /not everything/,
    ],
    ['a warn check is broken', [result('pass'), asWarn('error')], {}, 'inconclusive', 2, false, /because error/],
    [
      'nothing but a warn check, and it cannot be judged',
      [asWarn('inconclusive')],
      {},
      'inconclusive',
      2,
      false,
      /nothing was judged/,
    ],
    [
      'a warn check cannot be judged, and warnings count',
      [result('pass'), asWarn('inconclusive')],
      { failOn: 'warn' },
      'inconclusive',
      2,
      false,
      /because inconclusive/,
    ],
    [
      'a warn check warns, another is broken, and warnings count',
      [asWarn('error'), asWarn('warn')],
      { failOn: 'warn' },
      'fail',
      1,
      false,
      /not everything/,
    ],

    // Skipping is not passing.
    [
      'some are skipped',
      [result('pass'), result('skipped')],
      {},
      'pass',
      0,
      true,
      /^1 check over 10 records, 1 skipped$/,
    ],
    [
      'all are skipped',
      [result('skipped'), result('skipped')],
      {},
      'inconclusive',
      2,
      false,
      /nothing was checked: skipped: because skipped/,
    ],
    [
      'those that decide are skipped, and warnings pass',
      [asWarn('pass'), asWarn('skipped'), result('skipped', { name: 'alarm' })],
      {},
      'inconclusive',
      2,
      false,
      /nothing was checked: alarm: because skipped/,
    ],
    [
      'only warnings were chosen',
      [asWarn('pass'), asWarn('skipped')],
      {},
      'pass',
      0,
      true,
      /^1 check over 10 records, 1 skipped$/,
    ],
    [
      'those that decide were left out, and what the logs could tell was judged',
      [asWarn('pass'), result('skipped', { name: 'phantom-workers', leftOut: true })],
      {},
      'pass',
      0,
      true,
      /1 skipped$/,
    ],
    [
      'one was left out and the other has no logs',
      [asWarn('pass'), result('skipped', { name: 'alarm' }), result('skipped', { leftOut: true })],
      {},
      'inconclusive',
      2,
      false,
      /nothing was checked: alarm: because skipped/,
    ],
    ['warnings decide too', [asWarn('pass'), result('skipped')], { failOn: 'warn' }, 'pass', 0, true, /1 skipped$/],
    [
      'a named one is skipped',
      [result('pass'), result('skipped')],
      { named: true },
      'inconclusive',
      2,
      false,
      /because skipped/,
    ],
    ['there is none', [], {}, 'inconclusive', 2, false, /there is no check to run/],
    ['damage is allowed', [result('pass', { complete: false })], { allowDamage: true }, 'pass', 0, false, /1 check/],
  ])('%s', (_why, checks, asked, verdict, exit_code, complete, reason) => {
    const judged = judgeRun(checks, options(asked));
    expect(judged).toMatchObject({ verdict, exit_code, complete });
    expect(judged.reason).toMatch(reason);
  });
});

test('a check that may fail decides, whatever its severity', () => {
  const mixed = check('-- severity: warn', '-- error_if: > 3');
  const one = judgeCheck(outcome({ query: mixed, findings: 2, damage }), options());
  expect(judgeRun([one], options())).toMatchObject({ verdict: 'inconclusive', exit_code: 2 });
  const other = judgeCheck(outcome({ query: { ...check(), name: 'd' }, skipped: 'no roster' }), options());
  const held = judgeCheck(outcome({ query: mixed }), options());
  expect(judgeRun([held, other], options())).toMatchObject({ verdict: 'pass', exit_code: 0 });
  const onlyWarns = judgeCheck(outcome({ query: check('-- severity: warn') }), options());
  expect(judgeRun([onlyWarns, other], options())).toMatchObject({ verdict: 'inconclusive', exit_code: 2 });
});

test('a pass that could not keep what it was asked to keep is inconclusive, and not complete', () => {
  const one = judgeCheck(outcome(), options());
  expect(judgeRun([one], options({ unkept: 'no room' }))).toEqual({
    verdict: 'inconclusive',
    complete: false,
    exit_code: 2,
    reason: 'no room',
  });
});

test('a reason names some checks and counts the others', () => {
  const failed = Array.from({ length: 413 }, (_, at) =>
    judgeCheck(outcome({ query: { ...check(), name: `c${at}` }, findings: 2 }), options()),
  );
  expect(judgeRun(failed, options()).reason).toBe('c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 403 more: 826 findings');
  expect(judgeRun(failed.slice(0, 10), options()).reason).toMatch(/c8, c9: 20 findings$/);
});
