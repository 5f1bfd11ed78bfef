// A verdict for a language model: the verdict first, in our words alone; then, fenced, a line per check, what they ran under and the first rows of each that failed; then
// commands that show more. Whatever came out of a log, a path or an SQL error stands inside the fence.
import { checkRowsShown } from '../limits.ts';
import type { Verdict } from '../result.ts';
import { agentLines, cutWords } from './agent.ts';
import { fenced } from './fence.ts';
import { counted } from './figures.ts';
import { nextSteps } from './next-steps.ts';
import { rosterInWords } from './roster-words.ts';
import type { VerdictOptions } from './verdict-format.ts';
import {
  acceptanceInWords,
  baselineInWords,
  checksInWords,
  damageInWords,
  identityInWords,
  overridesInWords,
  scannedInWords,
  sinceLastInWords,
  windowInWords,
} from './verdict-words.ts';
import { visible } from './visible.ts';

export function verdictAgent(verdict: Verdict, options: VerdictOptions): string {
  return judgement(verdict, options) + stepsWithoutData(verdict, options.scope ?? []);
}

/** The same without commands, for a reader who has none. `more`: what has the lines there was no room for. */
export function judgement(verdict: Verdict, { fence, more = '--format json has all' }: JudgementOptions): string {
  const lines = agentLines();
  if (verdict.reason !== '') lines.add(['reason', verdict.reason]);
  // All the checks before any row: a verdict that is cut short still names what decided.
  lines.add(['check', 'status', 'severity', 'findings', 'population', 'complete', 'reason']);
  for (const { name, status, severity, findings, population, complete, reason } of verdict.checks)
    lines.add([name, status, severity, findings, population, complete, reason]);
  lines.add(['config', verdict.config ?? 'none']);
  lines.add(['window', windowInWords(verdict)]);
  lines.add(['roster', rosterInWords(verdict.roster)]);
  for (const words of overridesInWords(verdict)) lines.add(['override', words]);
  for (const words of baselineInWords(verdict)) lines.add(['baseline', words]);
  for (const words of sinceLastInWords(verdict)) lines.add(['last run', words]);
  for (const check of verdict.checks.filter(({ rows }) => rows.length > 0)) {
    lines.add([check.name, ...check.columns.map(({ name }) => name)]);
    for (const row of check.rows.slice(0, checkRowsShown)) lines.add([check.name, ...row]);
  }
  for (const { name, acceptedRows, resolvedFindings } of verdict.checks) {
    for (const one of acceptedRows.slice(0, checkRowsShown))
      lines.add([name, `accepted by baseline: ${acceptanceInWords(one)}`, ...one.row]);
    for (const identity of resolvedFindings.slice(0, checkRowsShown))
      lines.add([name, 'resolved since the last run', identityInWords(identity)]);
  }
  const damage = damageInWords(verdict);
  const says = [
    `scanned ${scannedInWords(verdict)}`,
    `damage: ${damage.length === 0 ? 'none' : damage.join(', ')}`,
    `at most ${checkRowsShown} rows of each check`,
    ...(lines.cut > 0 ? [cutWords(lines.cut)] : []),
    ...(lines.left > 0 ? [`${counted(lines.left, 'line')} left out: ${more}`] : []),
  ];
  return [
    `${verdict.verdict.toUpperCase()}, exit code ${verdict.exit_code}; ${checksInWords(verdict)}${verdict.complete ? '' : '; not everything could be judged'}\n`,
    `lakeobs agent.v1: ${says.join('; ')}\n`,
    fenced(
      lines.texts,
      'JSON arrays: why, the checks, what they ran under, then for each check with findings its column names and rows, the name of the check first; last what is accepted or resolved',
      fence,
    ),
  ].join('');
}

export interface JudgementOptions {
  fence?: string | undefined;
  more?: string;
}

/** The commands that repeat nothing of a row: an id may say anything. */
function stepsWithoutData(verdict: Verdict, scope: readonly string[]): string {
  const blind = { ...verdict, checks: verdict.checks.map((check) => ({ ...check, columns: [] })) };
  return nextSteps(blind, scope)
    .map(({ command, shows }) => {
      const asAgent = /^lakeobs (?:query|sql) /.test(command) ? ' --format agent' : '';
      return `next: ${visible(command)}${asAgent} (${visible(shows)})\n`;
    })
    .join('');
}
