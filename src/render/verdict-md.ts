// A verdict for a job summary or a comment: GitHub's Markdown, short enough for their limits. Text from logs stays text (md.ts).
import { checkRowsShown } from '../limits.ts';
import type { CheckResult, Row, Verdict } from '../result.ts';
import { count, counted, humanBytes } from './figures.ts';
import { shortened } from './finding.ts';
import { md, mdText } from './md.ts';
import { nextSteps } from './next-steps.ts';
import { rosterInWords } from './roster-words.ts';
import type { VerdictOptions } from './verdict-format.ts';
import {
  checksInWords,
  damageInWords,
  findingsInWords,
  paramsInWords,
  populationInWords,
  scannedInWords,
  sourcesToShow,
  windowInWords,
} from './verdict-words.ts';
import { visible } from './visible.ts';

export function verdictMd(verdict: Verdict, options: VerdictOptions): string {
  const parts = [
    `## ${marks[verdict.verdict]} lakeobs check: ${verdict.verdict}\n\n${mdText(verdict.reason)}\n\n${checksInWords(verdict)}, exit code ${verdict.exit_code}${verdict.complete ? '' : '; not everything could be judged'}.\n`,
    checkTable(verdict.checks),
    ...verdict.checks.filter((check) => check.rows.length > 0).map(failingRows),
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
  const more = Math.max(0, check.findings - rows.length);
  return `### ${mdText(check.name)}: ${mdText(check.title)}\n\n${writer.rows(rows)}${writer.end({ rowsMore: more })}`;
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
