// What a check found, and what could not be judged, → its status and its reason; and all of them → the verdict. Pure: the rules of docs/checks.md and nothing else.
import { reasonNamesMax } from '../limits.ts';
import { exceeds, type Query, type Threshold } from '../query/header.ts';
import type {
  AcceptedFinding,
  CheckResult,
  CheckStatus,
  Identity,
  ResultColumn,
  Row,
  ScanSummary,
  Verdict,
} from '../result.ts';

/** What running one check gave. */
export interface Outcome {
  query: Query;
  /** Why it was not run at all (no file of its families, no roster); null when it was. */
  skipped: string | null;
  /** It was skipped because this run was told to leave it out, or was not given a roster; not because its logs are missing. */
  leftOut?: boolean;
  /** Why it was not run although it should have been (an empty roster): never green, whatever is allowed. */
  unjudged: string | null;
  /** Why its statement or its population could not be run; null when both could. */
  error: string | null;
  /** All failing rows. */
  findings: number;
  /** Of them: accepted by the baseline, with the first of them … */
  accepted: number;
  acceptedRows: readonly AcceptedFinding[];
  /** … whose acceptance is over, … */
  expired: number;
  /** … and known from the last run. */
  known: number;
  /** Findings of the last run that are none any more; null when nobody can tell. */
  resolved: number | null;
  resolvedFindings: readonly Identity[];
  population: number | null;
  columns: readonly ResultColumn[];
  /** The first of those that count. */
  rows: readonly Row[];
  /** What could not be read of what it judges, one phrase each; empty when everything was. */
  damage: readonly string[];
}

export interface JudgeOptions {
  failOn: 'error' | 'warn';
  allowEmpty: boolean;
  allowDamage: boolean;
  /** The checks were named: a skipped one is then not fine. */
  named: boolean;
  /** Families --require asks for and that have no file. */
  requiredAbsent: readonly string[];
  scanned: ScanSummary;
  /** Why the baseline or the last run could not be written, as was asked; null when all went well. */
  unkept?: string | null | undefined;
}

/** How far a check was judged: whole; part (what was found is certain, what was not may still be there); not at all. */
export type Judged = 'whole' | 'part' | 'not';

export function judgedOf({ status, complete }: CheckResult): Judged {
  if (status === 'pass' || status === 'fail' || status === 'warn') return complete ? 'whole' : 'part';
  return 'not';
}

/** Failing rows that count: neither accepted nor known. */
export function countedFindings({
  findings,
  accepted,
  known,
}: Pick<CheckResult, 'findings' | 'accepted' | 'known'>): number {
  return findings - accepted - known;
}

/** Whether a check's rows are findings one by one, so that each may be accepted or known: more of them is never better. Rows of a check that asks for a number
 * of them (`= 0`, `< 5`) are not. */
export function findsOneByOne({ errorIf, warnIf }: Pick<Query, 'errorIf' | 'warnIf'>): boolean {
  return [errorIf, warnIf].every((threshold) => threshold === null || grows(threshold));
}

/** The status of one check. Findings are certain; without findings, what could not be judged is inconclusive. */
export function judgeCheck(outcome: Outcome, options: Pick<JudgeOptions, 'allowEmpty' | 'allowDamage'>): CheckResult {
  const { query } = outcome;
  const { status, reason } = decide(outcome, options);
  return {
    name: query.name,
    title: query.title,
    severity: query.severity,
    status,
    ...(outcome.leftOut === true ? { leftOut: true } : {}),
    ...(outcome.error === null ? {} : { failed: true }),
    ...(query.errorIf === null ? {} : { canFail: true }),
    complete:
      outcome.error === null && outcome.damage.length === 0 && status !== 'inconclusive' && status !== 'skipped',
    findings: outcome.findings,
    population: outcome.population,
    reason,
    columns: outcome.columns,
    rows: outcome.rows,
    accepted: outcome.accepted,
    acceptedRows: outcome.acceptedRows,
    known: outcome.known,
    resolved: outcome.resolved,
    resolvedFindings: outcome.resolvedFindings,
  };
}

/** The verdict over all checks: findings first, then what could not be judged, then pass. */
export function judgeRun(checks: readonly CheckResult[], options: JudgeOptions): Decided {
  const decided = decideRun(checks, options);
  const unkept = options.unkept ?? null;
  if (unkept === null) return decided;
  // What was found stays found; a pass that could not do what it was asked is none.
  return decided.verdict === 'pass'
    ? { verdict: 'inconclusive', complete: false, exit_code: 2, reason: unkept }
    : { ...decided, reason: `${decided.reason}; ${unkept}` };
}

type Decided = Pick<Verdict, 'verdict' | 'complete' | 'exit_code' | 'reason'>;

/** Whether a check makes the verdict inconclusive: it could not judge, or could not run. */
export function isUnjudged(check: CheckResult, options: FailOn): boolean {
  return isBroken(check) || (check.status === 'inconclusive' && decides(check, options));
}

/** Whether the verdict hangs on a check. One that cannot run at all is a fault of the gate, whatever its severity; so is one that warns beside what failed: a warning
 * makes nothing green. */
export function decides(check: CheckResult, { failOn }: FailOn): boolean {
  return isBroken(check) || check.severity === 'error' || failOn === 'warn' || check.canFail === true;
}

function isBroken({ status, failed }: CheckResult): boolean {
  return status === 'error' || failed === true;
}

interface FailOn {
  failOn?: 'error' | 'warn' | undefined;
}

function decideRun(checks: readonly CheckResult[], options: JudgeOptions): Decided {
  const failing = checks.filter(
    (check) => check.status === 'fail' || (check.status === 'warn' && options.failOn === 'warn'),
  );
  const unjudged = checks.filter((check) => isUnjudged(check, options));
  const skipped = checks.filter((check) => check.status === 'skipped');
  const complete =
    checks.every((check) => check.complete || check.status === 'skipped') && options.requiredAbsent.length === 0;
  if (failing.length > 0) {
    const rows = failing.reduce((sum, check) => sum + countedFindings(check), 0);
    return {
      verdict: 'fail',
      complete,
      exit_code: 1,
      reason: `${names(failing)}: ${count(rows, 'finding')}${setAside(checks)}${complete ? '' : '; not everything could be judged'}`,
    };
  }
  if (options.requiredAbsent.length > 0)
    return {
      verdict: 'inconclusive',
      complete: false,
      exit_code: 2,
      reason: `--require ${options.requiredAbsent.join(', ')}: no record of it was found. Check the paths, or whether its writers still run.`,
    };
  if (unjudged.length > 0)
    return {
      verdict: 'inconclusive',
      complete: false,
      exit_code: 2,
      reason: `${unjudged[0]!.name}: ${unjudged[0]!.reason}${unjudged.length > 1 ? ` (and ${unjudged.length - 1} more)` : ''}`,
    };
  // Warnings that pass are no pass of the checks that decide: where those are chosen and all skipped, nothing was.
  // Those that were left out say nothing about what there is.
  const chosen = checks.filter((check) => decides(check, options) && check.leftOut !== true);
  const deciding = chosen.length > 0 ? chosen : checks;
  const nothing = deciding.every(({ status }) => status === 'skipped');
  if (nothing || (options.named && skipped.length > 0)) {
    const open = deciding.find(({ status }) => status === 'skipped') ?? skipped[0];
    const why = open === undefined ? 'there is no check to run' : `${open.name}: ${open.reason}`;
    const reason = `${nothing ? 'nothing was checked' : 'not checked'}: ${why}`;
    return { verdict: 'inconclusive', complete: false, exit_code: 2, reason };
  }
  const judged = checks.filter((check) => check.status === 'pass' || check.status === 'warn');
  if (judged.length === 0) {
    const open = checks.find((check) => check.status === 'inconclusive')!;
    return {
      verdict: 'inconclusive',
      complete: false,
      exit_code: 2,
      reason: `nothing was judged: ${open.name}: ${open.reason}`,
    };
  }
  const ran = checks.length - skipped.length;
  const warnings = checks.filter((check) => check.status === 'warn').length;
  const open = checks.filter((check) => check.status === 'inconclusive').length;
  return {
    verdict: 'pass',
    complete,
    exit_code: 0,
    reason: `${count(ran, 'check')} over ${count(options.scanned.records, 'record')}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}${open > 0 ? `, ${count(open, 'warn check')} not judged` : ''}${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}${setAside(checks)}`,
  };
}

/** What did not count. */
function setAside(checks: readonly CheckResult[]): string {
  const sum = (of: (check: CheckResult) => number) => checks.reduce((total, check) => total + of(check), 0);
  const accepted = sum((check) => check.accepted);
  const known = sum((check) => check.known);
  return `${accepted > 0 ? `, ${figure(accepted)} accepted by baseline` : ''}${known > 0 ? `, ${figure(known)} known from the last run` : ''}`;
}

function decide(
  outcome: Outcome,
  { allowEmpty, allowDamage }: Pick<JudgeOptions, 'allowEmpty' | 'allowDamage'>,
): Decision {
  const { query, error, population, damage } = outcome;
  if (outcome.skipped !== null) return { status: 'skipped', reason: outcome.skipped };
  if (outcome.unjudged !== null) return { status: 'inconclusive', reason: outcome.unjudged };
  const findings = countedFindings(outcome);
  const besides = besidesOf(outcome);
  const beside = [...besides, ...[...(error === null ? [] : [error]), ...damage].map((what) => `beside it: ${what}`)]
    .map((what) => `; ${what}`)
    .join('');
  const found = `${population === null ? count(findings, 'finding') : `${count(findings, 'finding')} in a population of ${figure(population)}`}`;
  if (isCertain(findings, query.errorIf)) return { status: 'fail', reason: found + beside };
  // A warning is only the last word where nothing unread could make it an error.
  if (query.errorIf === null && isCertain(findings, query.warnIf)) return { status: 'warn', reason: found + beside };
  const within = findings > 0 ? `${found}, ${nextThresholds(query, findings)}` : '';
  if (error !== null) return { status: 'error', reason: [error, within, ...besides].filter(isSaid).join('; ') };
  const unsure = [within, ...besides]
    .filter(isSaid)
    .map((what) => ` Beside it: ${what}.`)
    .join('');
  if (population === 0 && !allowEmpty) return { status: 'inconclusive', reason: nothingJudged(query, damage) + unsure };
  if (damage.length > 0 && !allowDamage)
    return {
      status: 'inconclusive',
      reason: `${damage.join(', ')}. Judge anyway with --allow-damage.${unsure}`,
    };
  const aside = besides.map((what) => `; ${what}`).join('');
  if (query.errorIf !== null && exceeds(findings, query.errorIf)) return { status: 'fail', reason: found + aside };
  if (query.warnIf !== null && exceeds(findings, query.warnIf))
    return {
      status: 'warn',
      reason: `${found}${query.errorIf === null || findings === 0 ? '' : `, ${nextThresholds(query, findings)}`}${aside}`,
    };
  const allowed = damage.length > 0 ? `allowed: ${damage.join(', ')}` : '';
  return { status: 'pass', reason: [within, ...besides, allowed].filter(isSaid).join('; ') };
}

/** Rows that do not count, and why some do. */
function besidesOf({ accepted, expired, known }: Outcome): string[] {
  return [
    ...(expired > 0 ? [`the acceptance of ${figure(expired)} of them is over`] : []),
    ...(accepted > 0 ? [`${figure(accepted)} accepted by baseline`] : []),
    ...(known > 0 ? [`${figure(known)} known from the last run`] : []),
  ];
}

/** "fails from > 3": the thresholds these rows have not passed. */
function nextThresholds({ errorIf, warnIf }: Query, findings: number): string {
  const open = (threshold: Threshold | null): threshold is Threshold =>
    threshold !== null && !exceeds(findings, threshold);
  return [
    ...(open(warnIf) ? [`warns from ${warnIf.op} ${warnIf.count}`] : []),
    ...(open(errorIf) ? [`fails from ${errorIf.op} ${errorIf.count}`] : []),
  ].join(', ');
}

function isSaid(text: string): boolean {
  return text !== '';
}

interface Decision {
  status: CheckStatus;
  reason: string;
}

/** Whether a threshold is passed by rows that are there, which more rows could not undo. `< 5` or `= 0` may only mean that rows are missing. */
function isCertain(findings: number, threshold: Threshold | null): boolean {
  if (threshold === null || findings === 0 || !exceeds(findings, threshold)) return false;
  return grows(threshold);
}

/** Whether a threshold that is passed stays so with more rows. */
function grows({ op, count }: Threshold): boolean {
  return op === '>' || op === '>=' || (op === '!=' && count === 0);
}

function nothingJudged(query: Query, damage: readonly string[]): string {
  const what =
    query.population === null ? `nothing to judge: no ${query.family} record` : 'nothing to judge: population 0';
  return damage.length > 0
    ? `${what}, and ${damage.join(', ')}`
    : `${what}. Check the paths and --since, or allow it with --allow-empty.`;
}

/** The first of them, and how many more there are. */
function names(checks: readonly CheckResult[]): string {
  const more = checks.length - reasonNamesMax;
  const first = checks.slice(0, reasonNamesMax).map((check) => check.name);
  return `${first.join(', ')}${more > 0 ? ` and ${figure(more)} more` : ''}`;
}

function count(number: number, noun: string): string {
  return `${figure(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function figure(number: number): string {
  return number.toLocaleString('en-US');
}
