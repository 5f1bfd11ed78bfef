// Verdicts to render, built from the smallest whole one.
import { nothingScanned } from '../../src/catalog/evidence.ts';
import { parseQuery } from '../../src/query/header.ts';
import type { CheckResult, ScanSummary, SourceSummary, Verdict } from '../../src/result.ts';

/** The check as its author wrote it. */
export const query = parseQuery(
  `-- title: Accepted fills that are not grounded
-- description: A worker was handed out who is not in the roster.
-- family: session
-- kind: check
-- identity: session_id
-- tags: alarm, grounding
SELECT session_id, iterations FROM sessions`,
  'alarm',
  'alarm.sql',
  true,
);

export const check = (given: Partial<CheckResult> = {}): CheckResult => ({
  name: 'alarm',
  title: 'Accepted fills that are not grounded',
  severity: 'error',
  status: 'pass',
  complete: true,
  findings: 0,
  population: 812,
  reason: '',
  columns: [],
  rows: [],
  accepted: 0,
  acceptedRows: [],
  known: 0,
  resolved: null,
  resolvedFindings: [],
  ...given,
});

export const source = (given: Partial<SourceSummary> = {}): SourceSummary => ({
  file: '/lake/session.jsonl',
  family: 'session',
  form: 'ndjson',
  bytes: 1_500_000,
  records: 812,
  indexed_bytes: 0,
  quarantined: 0,
  torn_bytes: 0,
  unknown_schema: 0,
  unrecognised: 0,
  ...given,
});

export const scanned = (given: Partial<ScanSummary> = {}): ScanSummary => ({
  ...nothingScanned,
  files: 1,
  bytes: 1_500_000,
  records: 812,
  ...given,
});

export const verdict = (given: Partial<Verdict> = {}): Verdict => ({
  schema: 'lakeobs.check.v1',
  lakeobs: '0.1.0',
  started_at: '2026-01-05T06:00:00.000Z',
  verdict: 'pass',
  complete: true,
  exit_code: 0,
  reason: 'every check passed',
  checks: [check()],
  scanned: scanned(),
  sources: [source()],
  params: {},
  since: null,
  until: null,
  config: null,
  roster: null,
  overrides: [],
  baseline: null,
  since_last: null,
  ...given,
});

/** A check with that many findings, one session id each. */
export const failing = (findings: number, given: Partial<CheckResult> = {}): CheckResult =>
  check({
    status: 'fail',
    findings,
    reason: `${findings} accepted fills name a worker outside the roster`,
    columns: [
      { name: 'session_id', type: 'VARCHAR' },
      { name: 'iterations', type: 'BIGINT' },
    ],
    rows: Array.from({ length: Math.min(findings, 100) }, (_, index) => [`s-${index}`, index]),
    ...given,
  });

/** A run that knew of earlier ones: something new, something accepted, known and resolved, and settings of its own. `text` stands wherever text comes from outside. */
export const remembering = (text = 'known bug'): Verdict =>
  verdict({
    verdict: 'fail',
    exit_code: 1,
    checks: [
      failing(6, {
        rows: [['s-new', 1]],
        accepted: 3,
        acceptedRows: [
          { row: [`s-accepted-${text}`, 2], expires: '2026-12-31', reason: text },
          { row: ['s-forever', 3], expires: null, reason: null },
        ],
        known: 2,
        resolved: 2,
        resolvedFindings: [{ session_id: `s-resolved-${text}` }],
      }),
    ],
    config: '/etc/lakeobs.json',
    overrides: [
      { check: 'alarm', key: 'error_if', value: `> 0 ${text}`, from: '/etc/lakeobs.json' },
      { check: null, key: 'allow_damage', value: true, from: '--allow-damage' },
    ],
    baseline: {
      file: `/repo/baseline-${text}.json`,
      entries: 9,
      accepted: 3,
      expired: 1,
      gone: 4,
      unknown_checks: [`alram-${text}`],
      updated: null,
    },
    since_last: {
      state: `/state/${text}.state`,
      previous: '2026-01-04T06:00:00.000Z',
      new: 1,
      known: 2,
      resolved: 2,
      kept: true,
    },
  });
