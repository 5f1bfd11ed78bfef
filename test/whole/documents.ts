// What must hold of every verdict, whatever it is about: the document agrees with itself and with the exit code, and the reports made of it can be read by those they are for.
import { readFileSync } from 'node:fs';
import * as AjvDraft04 from 'ajv-draft-04';
import * as ajvFormats from 'ajv-formats';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { expect } from 'vitest';
import { annotationsPerLevelMax, checkRowsMax } from '../../src/limits.ts';
import type { ScanSummary, SourceSummary, Verdict } from '../../src/result.ts';

/** The JSON document of a verdict. */
export type Document = Omit<Verdict, 'checks'> & {
  checks: readonly (Omit<Verdict['checks'][number], 'columns' | 'rows' | 'acceptedRows' | 'resolvedFindings'> & {
    rows: unknown[];
    accepted_rows: unknown[];
  })[];
};

/** Holds the rules of docs/checks.md against a document and the exit code of its process. */
export function mustAgree(verdict: Document, exitCode: number | null): void {
  const { checks, overrides } = verdict;
  const set = (key: string) => overrides.find((one) => one.check === null && one.key === key)?.value;
  const decides = (check: Document['checks'][number]) => check.severity === 'error' || set('fail_on') === 'warn';
  const are = (...statuses: string[]) => checks.filter(({ status }) => statuses.includes(status));
  const failing = checks.filter(({ status }) => status === 'fail' || (status === 'warn' && set('fail_on') === 'warn'));

  expect(verdict.schema).toBe('lakeobs.check.v1');
  expect(verdict.exit_code).toBe(exitCode);
  expect(verdict.exit_code).toBe({ pass: 0, fail: 1, inconclusive: 2 }[verdict.verdict]);
  expect(verdict.reason).not.toBe('');
  // Findings are certain, and nothing else is a failure.
  expect(verdict.verdict === 'fail').toBe(failing.length > 0);
  if (verdict.verdict === 'pass') {
    expect(are('error')).toEqual([]);
    expect(are('inconclusive').filter(decides)).toEqual([]);
    expect(are('pass', 'warn')).not.toEqual([]);
  }
  expect(verdict.complete).toBe(
    verdict.verdict !== 'inconclusive' &&
      checks.every(({ complete, status }) => complete || status === 'skipped') &&
      set('require') === undefined,
  );

  for (const check of checks) {
    const counting = check.findings - check.accepted - check.known;
    expect(counting).toBeGreaterThanOrEqual(0);
    expect(check.rows).toHaveLength(Math.min(counting, checkRowsMax));
    expect(check.accepted_rows).toHaveLength(Math.min(check.accepted, checkRowsMax));
    if (check.status !== 'pass') expect(check.reason, check.name).not.toBe('');
    if (check.status === 'pass') expect(check.population, check.name).not.toBeNull();
    if (check.population !== null) expect(check.population).toBeGreaterThanOrEqual(0);
    if (['inconclusive', 'error', 'skipped'].includes(check.status)) expect(check.complete, check.name).toBe(false);
    if (check.status === 'skipped') expect([check.findings, check.population]).toEqual([0, null]);
    // Only --allow-damage, or the config, makes a pass of what was not whole.
    if (check.status === 'pass' && !check.complete)
      expect(overrides.some(({ key, value }) => key === 'allow_damage' && value === true)).toBe(true);
    if (check.status === 'pass' && check.population === 0)
      expect(overrides.some(({ key, value }) => key === 'allow_empty' && value === true)).toBe(true);
  }

  const sum = (of: (source: SourceSummary) => number) => verdict.sources.reduce((total, one) => total + of(one), 0);
  expect(verdict.scanned).toMatchObject({
    files: verdict.sources.length,
    bytes: sum(({ bytes }) => bytes),
    records: sum(({ records }) => records),
    torn: verdict.sources.filter(({ torn_bytes }) => torn_bytes > 0).length,
  } satisfies Partial<ScanSummary>);
}

const sarif = new AjvDraft04.default.default({ strict: false, allErrors: true, unicodeRegExp: false });
ajvFormats.default.default(sarif as never);
const vendored = (name: string) => readFileSync(new URL(`../vendor/${name}`, import.meta.url));
const isSarif = sarif.compile(JSON.parse(vendored('sarif-2.1.0-rtm.5.json').toString('utf8')));
const isJunit = XsdValidator.fromDoc(XmlDocument.fromBuffer(vendored('jenkins-junit.xsd')));

/** Holds what CI systems read against their schemas and limits, and its colour against the verdict. */
export function mustBeReadable(
  verdict: Document,
  texts: { junit: string; sarif: string; github: string; jsonl: string },
): void {
  const rows = texts.jsonl
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const check of verdict.checks)
    expect(rows.filter((row) => row.type === 'finding' && row.check === check.name)).toHaveLength(
      check.findings - check.known,
    );

  const log = JSON.parse(texts.sarif);
  isSarif(log);
  expect(isSarif.errors ?? []).toEqual([]);
  expect(log.runs[0].invocations[0].executionSuccessful).toBe(
    verdict.verdict !== 'inconclusive' && verdict.checks.every(({ status }) => status !== 'error'),
  );

  const junit = XmlDocument.fromString(texts.junit);
  isJunit.validate(junit);
  const count = (path: string) => junit.find(path).length;
  expect(count('//testcase/failure | //testcase/error') > 0).toBe(verdict.verdict !== 'pass');
  expect(count('//testcase/failure') > 0).toBe(verdict.verdict === 'fail');
  junit.dispose();

  const annotations = (level: string) => texts.github.split('\n').filter((line) => line.startsWith(`::${level} `));
  for (const level of ['error', 'warning'])
    expect(annotations(level).length).toBeLessThanOrEqual(annotationsPerLevelMax);
  expect(annotations('error').length + annotations('warning').length > 0 || verdict.verdict === 'pass').toBe(true);
}
