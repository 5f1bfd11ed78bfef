import { readFileSync } from 'node:fs';
import * as AjvDraft04 from 'ajv-draft-04';
import * as ajvFormats from 'ajv-formats';
import fc from 'fast-check';
import type { Log, Run } from 'sarif';
import { describe, expect, test } from 'vitest';
import { sarifResultsMax } from '../../src/limits.ts';
import type { VerdictOptions } from '../../src/render/verdict-format.ts';
import { verdictSarif } from '../../src/render/verdict-sarif.ts';
import type { Verdict } from '../../src/result.ts';
import { anyTable, attacks, column } from './samples.ts';
import { check, failing, query, remembering, source, verdict } from './verdicts.ts';

const ajv = new AjvDraft04.default.default({ strict: false, allErrors: true, unicodeRegExp: false });
ajvFormats.default.default(ajv as never);
const validate = ajv.compile(
  JSON.parse(readFileSync(new URL('../vendor/sarif-2.1.0-rtm.5.json', import.meta.url), 'utf8')),
);

function read(given: Verdict, options: VerdictOptions = {}): Run {
  const log = JSON.parse(verdictSarif(given, options)) as Log;
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
  expect(log.runs).toHaveLength(1);
  return log.runs[0]!;
}

const texts = (run: Run): string[] =>
  (run.invocations?.[0]?.toolExecutionNotifications ?? []).map(({ message }) => message.text!);

describe('a SARIF log', () => {
  test('has a rule per check with its help, and a result per finding at the line of its record', () => {
    const one = failing(1);
    const places = new Map([[one.rows[0]!, { file: '/repo/my logs/a#1.jsonl', line: 7 }]]);
    const run = read(verdict({ verdict: 'fail', exit_code: 1, checks: [one] }), {
      places,
      root: '/repo',
      queries: [query],
    });
    expect(run.tool.driver.rules![0]).toMatchObject({
      id: 'alarm',
      shortDescription: { text: 'Accepted fills that are not grounded' },
      fullDescription: { text: 'A worker was handed out who is not in the roster.' },
      defaultConfiguration: { level: 'error' },
      properties: { tags: ['alarm', 'grounding'] },
    });
    expect(run.tool.driver.rules![0]!.help!.markdown).toContain('`lakeobs query alarm`');
    expect(run.results).toMatchObject([
      {
        ruleId: 'alarm',
        ruleIndex: 0,
        level: 'error',
        message: { text: 'Accepted fills that are not grounded: session_id: s-0, iterations: 0' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'my%20logs/a%231.jsonl', uriBaseId: '%SRCROOT%' },
              region: { startLine: 7 },
            },
          },
        ],
      },
    ]);
    expect(run.originalUriBaseIds).toEqual({ '%SRCROOT%': { uri: 'file:///repo/' } });
    expect(run.invocations).toMatchObject([{ executionSuccessful: true, exitCode: 1, exitCodeDescription: 'fail' }]);
    expect(texts(run)).toEqual([]);
  });

  test('names a file elsewhere by its whole address, and without a line where none was found', () => {
    const one = failing(1);
    const places = new Map([[one.rows[0]!, { file: '/logs/ü.jsonl', line: null }]]);
    const run = read(verdict({ checks: [one] }), { places, root: '/repo' });
    expect(run.results![0]!.locations).toEqual([
      { physicalLocation: { artifactLocation: { uri: 'file:///logs/%C3%BC.jsonl' } } },
    ]);
    expect(texts(run)).toEqual([expect.stringMatching(/^1 finding without a line/)]);
  });

  test('a finding about many records stands at the first file that was read', () => {
    const run = read(verdict({ checks: [failing(1)], sources: [source({ file: '-', form: 'stdin' }), source()] }));
    expect(run.results![0]!.locations![0]).toMatchObject({
      physicalLocation: { artifactLocation: { uri: 'file:///lake/session.jsonl' } },
      message: { text: expect.stringContaining('first file') },
    });
    expect(read(verdict({ checks: [failing(1)], sources: [] })).results![0]!.locations).toEqual([]);
  });

  test('the fingerprint follows the identity of the check and nothing else', () => {
    const hashes = (rows: [string, number][], identity: string[], name = 'alarm'): string[] =>
      read(verdict({ checks: [failing(rows.length, { name, rows })] }), {
        queries: [{ ...query, name, identity }],
      }).results!.map(({ partialFingerprints }) => partialFingerprints!.primaryLocationLineHash!);
    const [a, b, c] = hashes(
      [
        ['s-1', 1],
        ['s-1', 2],
        ['s-2', 1],
      ],
      ['session_id'],
    );
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    // All but counts and times.
    expect(hashes([['s-1', 5]], [])[0]).toBe(a);
    expect(hashes([['s-1', 1]], ['session_id'], 'other')[0]).not.toBe(a);
  });

  test('levels follow what the check made of its rows; worst first', () => {
    const run = read(
      verdict({
        verdict: 'fail',
        checks: [
          failing(1, { name: 'few', status: 'pass', reason: '' }),
          failing(1, { name: 'watch', severity: 'warn', status: 'warn' }),
          failing(1),
        ],
      }),
    );
    expect(run.results!.map(({ ruleId, level, ruleIndex }) => [ruleId, level, ruleIndex])).toEqual([
      ['alarm', 'error', 2],
      ['watch', 'warning', 1],
      ['few', 'note', 0],
    ]);
  });

  test('says what could not be judged and what is not listed', () => {
    const run = read(
      verdict({
        verdict: 'inconclusive',
        exit_code: 2,
        reason: 'broken: no such column',
        checks: [
          check({ name: 'broken', status: 'error', complete: false, reason: 'no such column' }),
          check({ name: 'phantom', status: 'skipped', complete: false, reason: 'no roster' }),
          failing(12_345),
        ],
      }),
    );
    expect(run.invocations![0]!.executionSuccessful).toBe(false);
    expect(texts(run)).toEqual([
      'broken: error: no such column',
      'phantom: skipped: no roster',
      'alarm: 100 of 12,345 findings are listed; all rows: lakeobs query alarm',
      'inconclusive: broken: no such column',
    ]);
  });

  test('keeps within GitHub’s limits', () => {
    const columns = Array.from({ length: 10 }, (_, index) => column(`c${index}`));
    const rows = Array.from({ length: 100 }, () => columns.map(() => 'x'.repeat(2_000)));
    const checks = Array.from({ length: 51 }, (_, index) => failing(100, { name: `c${index}`, columns, rows }));
    const queries = checks.map(({ name }) => ({
      ...query,
      name,
      description: 'd'.repeat(5_000),
      tags: Array.from({ length: 30 }, (_, at) => `t${at}`),
    }));
    const run = read(verdict({ checks }), { queries });
    expect(run.results).toHaveLength(sarifResultsMax);
    expect(texts(run)).toEqual(['c50: 0 of 100 findings are listed; all rows: lakeobs query c50']);
    for (const rule of run.tool.driver.rules!) {
      expect(rule.properties!.tags).toHaveLength(10);
      expect(rule.fullDescription!.text.length).toBeLessThanOrEqual(1_024);
    }
    expect(Math.max(...run.results!.map(({ message }) => message.text!.length))).toBeLessThanOrEqual(1_024);
  });

  test('log text makes no link', () => {
    const one = failing(1, { title: '[t](https://x)', columns: [column('a')], rows: [['[click](https://x)']] });
    expect(verdictSarif(verdict({ checks: [one] }), {})).not.toMatch(/[^\\]\]\(/);
  });

  test('is valid whatever the rows hold', () => {
    fc.assert(
      fc.property(anyTable, fc.constantFrom(...attacks), ({ columns, rows }, attack) => {
        const one = failing(rows.length, { name: attack, title: attack, reason: attack, columns, rows });
        const places = new Map(rows.map((row) => [row, { file: `/r/${attack}`, line: 1 }]));
        read(verdict({ checks: [one], reason: attack, params: { [attack]: attack } }), {
          places,
          root: '/r',
          queries: [{ ...query, name: attack, description: attack, tags: [attack] }],
        });
      }),
      { numRuns: 50 },
    );
  });
});

test('what the baseline accepts is a suppressed note with its reason; what is new says so; what is resolved is told', () => {
  const run = read(remembering(), { root: '/repo', queries: [query] });
  expect(
    run.results!.map(({ level, baselineState, suppressions }) => [level, baselineState, suppressions?.length]),
  ).toEqual([
    ['error', 'new', undefined],
    ['note', 'unchanged', 1],
    ['note', 'unchanged', 1],
  ]);
  expect(run.results![1]!.suppressions![0]).toEqual({
    kind: 'external',
    status: 'accepted',
    justification: 'accepted until 2026-12-31, known bug',
  });
  expect(texts(run)).toContain('alarm: resolved since the last run: session_id: s-resolved-known bug');
  expect(texts(run).join()).toContain('alarm: 3 of 4 findings are listed');
  const alone = read(verdict({ ...remembering(), since_last: null }));
  expect(alone.results!.map(({ baselineState }) => baselineState)).toEqual([undefined, undefined, undefined]);
});
