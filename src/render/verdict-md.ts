// A verdict for a job summary or a comment: GitHub's Markdown, short enough for their limits. Text from logs stays text (md.ts).
import { countedFindings } from '../gate/judge.ts';
import { checkRowsShown } from '../limits.ts';
import type { CheckResult, Row, Verdict } from '../result.ts';
import { count, counted, humanBytes } from './figures.ts';
import { shortened } from './finding.ts';
import { md, mdText } from './md.ts';
import { nextSteps } from './next-steps.ts';
import { rosterInWords } from './roster-words.ts';
import type { VerdictOptions } from './verdict-format.ts';
import {
  acceptanceInWords,
  baselineInWords,
  checksInWords,
  damageInWords,
  findingsInWords,
  identityInWords,
  overridesInWords,
  paramsInWords,
  populationInWords,
  scannedInWords,
  sinceLastInWords,
  sourcesToShow,
  windowInWords,
} from './verdict-words.ts';
import { visible } from './visible.ts';

export function verdictMd(verdict: Verdict, options: VerdictOptions): string {
  const parts = [
    `## ${marks[verdict.verdict]} lakeobs check: ${verdict.verdict}\n\n${mdText(verdict.reason)}\n\n${checksInWords(verdict)}, exit code ${verdict.exit_code}${verdict.complete ? '' : '; not everything could be judged'}.\n`,
    checkTable(verdict.checks),
    ...verdict.checks.filter((check) => check.rows.length > 0).map(failingRows),
    ...verdict.checks.filter((check) => check.accepted > 0).map(acceptedRows),
    ...verdict.checks.filter((check) => check.resolvedFindings.length > 0).map(resolvedLines),
    ground(verdict),
    steps(verdict, options),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const marks = { pass: '✅', fail: '❌', inconclusive: '⚠️' } as const;

function checkTable(checks: readonly CheckResult[]): string {
  if (checks.length === 0) return '';
  return tableOf(
    ['status', 'check', 'severity', 'findings', 'population', 'reason'],
    checks.map((check) => [
      check.status.toUpperCase(),
      check.name,
      check.severity,
      findingsInWords(check),
      populationInWords(check),
      check.reason,
    ]),
  );
}

function failingRows(check: CheckResult): string {
  const rows = check.rows.slice(0, checkRowsShown).map((row): Row => row.map(shortened));
  const writer = md.start(check.columns);
  const more = Math.max(0, countedFindings(check) - rows.length);
  return `### ${mdText(check.name)}: ${mdText(check.title)}\n\n${writer.rows(rows)}${writer.end({ rowsMore: more })}`;
}

function acceptedRows(check: CheckResult): string {
  const rows = check.acceptedRows
    .slice(0, checkRowsShown)
    .map((one): Row => [...one.row.map(shortened), shortened(acceptanceInWords(one))]);
  const writer = md.start([...check.columns, { name: 'baseline', type: 'VARCHAR' }]);
  const body = writer.rows(rows) + writer.end({ rowsMore: check.accepted - rows.length });
  return `<details><summary>${mdText(check.name)}: ${counted(check.accepted, 'finding')} accepted by baseline</summary>\n\n${body}\n</details>\n`;
}

function resolvedLines(check: CheckResult): string {
  const shown = check.resolvedFindings.slice(0, checkRowsShown);
  const more = (check.resolved ?? 0) - shown.length;
  const lines = [...shown.map(identityInWords), ...(more > 0 ? [counted(more, 'more finding')] : [])];
  const head = `### ${mdText(check.name)}: ${counted(check.resolved ?? 0, 'finding')} of the last run resolved`;
  return `${head}\n\n${lines.map((line) => `- ${mdText(line)}\n`).join('')}`;
}

function ground(verdict: Verdict): string {
  const damage = damageInWords(verdict);
  const { sources, more } = sourcesToShow(verdict);
  const facts: [string, string][] = [
    ['damage', damage.length === 0 ? 'none' : damage.join(', ')],
    ['window', windowInWords(verdict)],
    ['params', paramsInWords(verdict)],
    ['config', verdict.config ?? 'none'],
    ['roster', rosterInWords(verdict.roster)],
    ['overrides', verdict.overrides.length === 0 ? 'none' : overridesInWords(verdict).join(', ')],
    ...(verdict.baseline === null ? [] : [['baseline', baselineInWords(verdict).join('; ')] as [string, string]]),
    ...(verdict.since_last === null ? [] : [['since last', sinceLastInWords(verdict).join('; ')] as [string, string]]),
    ['lakeobs', verdict.lakeobs],
  ];
  const list = facts.map(([name, text]) => `- ${name}: ${mdText(text)}\n`).join('');
  const files = tableOf(
    ['file', 'family', 'size', 'records'],
    sources.map((source) => [source.file, source.family ?? '–', humanBytes(source.bytes), count(source.records)]),
  );
  const rest = more > 0 ? `\n${counted(more, 'more file')}\n` : '';
  return `<details><summary>Scanned: ${scannedInWords(verdict)}</summary>\n\n${list}\n${sources.length === 0 ? '' : files}${rest}\n</details>\n`;
}

function tableOf(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const writer = md.start(names.map((name) => ({ name, type: 'VARCHAR' })));
  return writer.rows(rows) + writer.end();
}

function steps(verdict: Verdict, options: VerdictOptions): string {
  const all = nextSteps(verdict, options.scope);
  if (all.length === 0) return '';
  const lines = all.map((step) => `# ${visible(step.shows)}\n${visible(step.command)}\n`);
  const fence = '`'.repeat(Math.max(3, ...(lines.join('').match(/`+/g) ?? []).map((run) => run.length + 1)));
  return `Where to look next:\n\n${fence}sh\n${lines.join('')}${fence}\n`;
}
