import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { afterAll, describe, expect, test } from 'vitest';
import { junitBodiesUnitsMax, junitBodyUnitsMax } from '../../src/limits.ts';
import type { VerdictOptions } from '../../src/render/verdict-format.ts';
import { verdictJunit } from '../../src/render/verdict-junit.ts';
import type { Verdict } from '../../src/result.ts';
import { anyTable, attacks, column } from './samples.ts';
import { check, failing, remembering, verdict } from './verdicts.ts';

const schema = XmlDocument.fromBuffer(readFileSync(new URL('../vendor/jenkins-junit.xsd', import.meta.url)));
const validator = XsdValidator.fromDoc(schema);
afterAll(() => {
  validator.dispose();
  schema.dispose();
});

/** Parses and validates; what XPath expressions say. */
function read(given: Verdict, options: VerdictOptions = {}): (path: string) => string[] {
  const document = XmlDocument.fromString(verdictJunit(given, options));
  validator.validate(document);
  return (path) => document.find(path).map((node) => ('value' in node ? String(node.value) : node.content));
}

const everyStatus = verdict({
  verdict: 'fail',
  exit_code: 1,
  reason: 'alarm: 12 findings',
  checks: [
    failing(12),
    check({ name: 'clean' }),
    failing(2, { name: 'watch', severity: 'warn', status: 'warn', reason: '2 findings' }),
    check({ name: 'broken', status: 'error', reason: 'no such column' }),
    check({ name: 'unread', status: 'inconclusive', reason: '1 damaged range' }),
    check({ name: 'maybe', severity: 'warn', status: 'inconclusive', reason: 'nothing to judge' }),
    check({ name: 'phantom', status: 'skipped', reason: 'no roster' }),
  ],
  params: { n: '3' },
});

describe('a junit report', () => {
  test('has a case per check: findings are failures, what could not be judged is an error, a pass is plain', () => {
    const found = read(everyStatus);
    expect(found('//testcase/@name')).toEqual(everyStatus.checks.map(({ name }) => name));
    expect(found('//testcase[failure]/@name')).toEqual(['alarm']);
    expect(found('//testcase[error]/@name')).toEqual(['broken', 'unread']);
    expect(found('//testcase[skipped]/@name')).toEqual(['maybe', 'phantom']);
    expect(found('//testcase[system-out]/@name')).toEqual(['watch']);
    expect(found('//testcase[not(*)]/@name')).toEqual(['clean']);
    expect(found('/testsuites/testsuite/@*')).toEqual(['lakeobs check', '7', '1', '2', '2', '2026-01-05T06:00:00']);
    expect(found('/testsuites/@*')).toEqual(['lakeobs check', '7', '1', '2']);
    expect(found('//failure/@message')).toEqual(['12 accepted fills name a worker outside the roster']);
    expect(found('//testcase[@name="phantom"]/skipped')).toEqual(['no roster']);
  });

  test('shows as red what decided: with --fail-on warn warnings too', () => {
    const found = read(everyStatus, { failOn: 'warn' });
    expect(found('//testcase[failure]/@name')).toEqual(['alarm', 'watch']);
    expect(found('//testcase[error]/@name')).toEqual(['broken', 'unread', 'maybe']);
  });

  test('a warning within its error_if is not red where the verdict is none; what could not be judged is, whatever its severity', () => {
    const within = failing(1, { status: 'warn', canFail: true, reason: '1 finding, fails from > 3' });
    const green = read(verdict({ verdict: 'pass', exit_code: 0, checks: [within] }));
    expect(green('//testcase[system-out]/@name')).toEqual(['alarm']);
    expect(green('//testcase[failure or error]/@name')).toEqual([]);
    const mixed = read(
      verdict({
        checks: [
          failing(1),
          check({ name: 'both', severity: 'warn', status: 'inconclusive', canFail: true, reason: '1 damaged range' }),
          failing(2, {
            name: 'half',
            severity: 'warn',
            status: 'warn',
            failed: true,
            reason: '2 findings; no such file',
          }),
        ],
      }),
    );
    expect(mixed('//testcase[failure]/@name')).toEqual(['alarm']);
    expect(mixed('//testcase[error]/@name')).toEqual(['both', 'half']);
    expect(mixed('//testcase[skipped]/@name')).toEqual([]);
  });

  test('lists the rows, counts the others, and says what was scanned', () => {
    const [body] = read(everyStatus)('//failure');
    expect(body).toContain('\nsession_id: s-11, iterations: 11\n');
    const found = read(verdict({ checks: [failing(250)] }));
    expect(found('//failure')[0]).toMatch(/\n150 more findings: lakeobs query alarm\n$/);
    const properties = read(everyStatus);
    expect(properties('//property[@name="scanned.records"]/@value')).toEqual(['812']);
    expect(properties('//property[@name="params.n"]/@value')).toEqual(['3']);
    expect(properties('//property[@name="verdict"]/@value')).toEqual(['fail']);
  });

  test('keeps a body short', () => {
    const columns = Array.from({ length: 40 }, (_, index) => column(`c${index}`));
    const rows = Array.from({ length: 100 }, () => columns.map(() => 'x'.repeat(1_000)));
    const text = verdictJunit(verdict({ checks: [failing(100, { columns, rows })] }), {});
    expect(text.length).toBeLessThan(junitBodyUnitsMax + 10_000);
    expect(text).toMatch(/\n9\d more findings/);
  });

  test('keeps all bodies together short', () => {
    const columns = [column('c')];
    const rows = Array.from({ length: 100 }, () => ['x'.repeat(1_000)]);
    const accepted = rows.map((row) => ({ row, expires: null, reason: 'y'.repeat(10_000) }));
    const checks = Array.from({ length: 400 }, (_, at) =>
      failing(200, { name: `c${at}`, columns, rows, accepted: 100, acceptedRows: accepted }),
    );
    const text = verdictJunit(verdict({ checks }), {});
    expect(text.length).toBeLessThan(junitBodiesUnitsMax * 1.1);
    expect(text.match(/\n\d+ more findings?: lakeobs query/g)).toHaveLength(400);
    expect(text.match(/\n\d+ more findings? accepted by baseline/g)).toHaveLength(400);
  });

  test('is never green for a verdict that is not', () => {
    const found = read(
      verdict({ verdict: 'inconclusive', exit_code: 2, reason: '--require journal', checks: [check()] }),
    );
    expect(found('//testcase[error]/@name')).toEqual(['verdict']);
    expect(found('//error/@message')).toEqual(['--require journal']);
    expect(read(verdict({ verdict: 'inconclusive', exit_code: 2, checks: [] }))('//testcase/@name')).toEqual([
      'verdict',
    ]);
  });

  test('is valid whatever the rows hold', () => {
    fc.assert(
      fc.property(anyTable, fc.constantFrom(...attacks), ({ columns, rows }, attack) => {
        const one = failing(rows.length, { name: attack, title: attack, reason: attack, columns, rows });
        read(verdict({ checks: [one], params: { [attack]: attack }, reason: attack }));
      }),
      { numRuns: 50 },
    );
  });
});

test('what earlier runs say stays within the schema: accepted rows in the body, settings in the properties', () => {
  const found = read(remembering());
  expect(found('//failure').join()).toMatch(/s-new.*accepted until 2026-12-31, known bug: session_id: s-accepted/s);
  expect(found("//property[@name='override']/@value")).toEqual([
    'alarm.error_if: > 0 known bug (/etc/lakeobs.json)',
    'allow_damage: true (--allow-damage)',
  ]);
  expect(found("//property[@name='baseline']/@value").join()).toContain('4 accepted findings no longer occur');
  const passed = remembering().checks.map((one) => ({ ...one, status: 'pass' as const, findings: 5, rows: [] }));
  const green = read(verdict({ ...remembering(), verdict: 'pass', exit_code: 0, checks: passed }));
  expect(green('//failure')).toEqual([]);
  expect(green('//system-out').join()).toContain('s-accepted-known bug');
  for (const attack of attacks) read(remembering(attack));
});
