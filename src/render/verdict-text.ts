// A verdict for a person: the word first, then why, then every check, the rows that failed, what the answer rests on, and where to look next.
// Readable without colour; nothing from a log reaches the terminal raw.
import { countedFindings } from '../gate/judge.ts';
import { checkRowsShown } from '../limits.ts';
import type { CheckResult, CheckStatus, SourceSummary, Verdict } from '../result.ts';
import { widthOf } from '../width.ts';
import { counted, humanBytes } from './figures.ts';
import { nextSteps } from './next-steps.ts';
import { type Paint, paintOf } from './paint.ts';
import { rosterInWords } from './roster-words.ts';
import { table } from './table.ts';
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

export function verdictText(verdict: Verdict, options: VerdictOptions): string {
  const paint = paintOf(options.color === true);
  const parts = [
    headline(verdict, paint),
    checkLines(verdict.checks, paint),
    ...verdict.checks.filter((check) => check.rows.length > 0).map((check) => failingRows(check, options, paint)),
    ...verdict.checks.filter((check) => check.accepted > 0).map((check) => acceptedRows(check, options, paint)),
    ...verdict.checks.filter((check) => check.resolvedFindings.length > 0).map((check) => resolvedLines(check, paint)),
    ground(verdict, paint),
    steps(verdict, options, paint),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function headline(verdict: Verdict, paint: Paint): string {
  const word = verdictPaint(verdict, paint)(verdict.verdict.toUpperCase());
  const partial = verdict.complete ? '' : ' · not everything could be judged';
  return `${word}  ${checksInWords(verdict)} · exit code ${verdict.exit_code}${partial}\n${verdict.reason === '' ? '' : `${visible(verdict.reason)}\n`}`;
}

function verdictPaint(verdict: Verdict, paint: Paint): (text: string) => string {
  return { pass: paint.green, fail: paint.red, inconclusive: paint.yellow }[verdict.verdict];
}

function checkLines(checks: readonly CheckResult[], paint: Paint): string {
  const cells = checks.map((check) => [
    check.status.toUpperCase(),
    visible(check.name),
    check.severity,
    findingsInWords(check),
    populationInWords(check),
  ]);
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(0, ...cells.map((row) => widthOf(row[at]!))));
  return checks
    .map((check, index) => {
      const padded = cells[index]!.map((cell, at) => cell + ' '.repeat(widths[at]! - widthOf(cell)));
      const line = `  ${statusPaint(check.status, paint)(padded[0]!)}  ${padded.slice(1).join('  ').trimEnd()}`;
      const partial = check.complete || check.status === 'skipped' ? '' : '  incomplete';
      const reason = check.reason === '' ? '' : `    ${visible(check.reason)}\n`;
      return `${line}${partial}\n${reason}`;
    })
    .join('');
}

function statusPaint(status: CheckStatus, paint: Paint): (text: string) => string {
  return {
    pass: paint.green,
    fail: paint.red,
    warn: paint.yellow,
    inconclusive: paint.yellow,
    error: paint.red,
    skipped: paint.dim,
  }[status];
}

function failingRows(check: CheckResult, options: VerdictOptions, paint: Paint): string {
  const rows = check.rows.slice(0, checkRowsShown);
  const writer = table.start(check.columns, {
    ...options,
    hints: { more: 'the commands below show them', hidden: '--format json has them' },
  });
  const body = writer.rows(rows) + writer.end({ rowsMore: Math.max(0, countedFindings(check) - rows.length) });
  return `${paint.bold(visible(check.name))}: ${visible(check.title)}\n${body}`;
}

function acceptedRows(check: CheckResult, options: VerdictOptions, paint: Paint): string {
  const shown = check.acceptedRows.slice(0, checkRowsShown);
  const writer = table.start([...check.columns, acceptedColumn], {
    ...options,
    hints: { more: '--format json has more of them', hidden: '--format json has them' },
  });
  const rows = shown.map((one) => [...one.row, acceptanceInWords(one)]);
  const body = writer.rows(rows) + writer.end({ rowsMore: check.accepted - shown.length });
  return `${paint.bold(visible(check.name))}: ${counted(check.accepted, 'finding')} accepted by baseline\n${body}`;
}

const acceptedColumn = { name: 'baseline', type: 'VARCHAR' };

function resolvedLines(check: CheckResult, paint: Paint): string {
  const shown = check.resolvedFindings.slice(0, checkRowsShown);
  const more = (check.resolved ?? 0) - shown.length;
  const lines = [...shown.map(identityInWords), ...(more > 0 ? [`${counted(more, 'more finding')}`] : [])];
  const head = `${paint.bold(visible(check.name))}: ${counted(check.resolved ?? 0, 'finding')} of the last run resolved`;
  return `${head}\n${lines.map((line) => `  ${visible(line)}\n`).join('')}`;
}

function ground(verdict: Verdict, paint: Paint): string {
  const damage = damageInWords(verdict);
  const { sources, more } = sourcesToShow(verdict);
  const lines: [label: string, text: string][] = [
    ['scanned', scannedInWords(verdict)],
    ['damage', damage.length === 0 ? 'none' : paint.yellow(damage.join(', '))],
    ...sources.map((source, index): [string, string] => [index === 0 ? 'files' : '', sourceLine(source, sources)]),
    ...(more > 0 ? [['', counted(more, 'more file')] as [string, string]] : []),
    ['window', visible(windowInWords(verdict))],
    ['params', visible(paramsInWords(verdict))],
    ['config', visible(verdict.config ?? 'none')],
    ['roster', visible(rosterInWords(verdict.roster))],
    ...several('override', overridesInWords(verdict)),
    ...(verdict.baseline === null ? [] : several('baseline', baselineInWords(verdict))),
    ...(verdict.since_last === null ? [] : several('last run', sinceLastInWords(verdict))),
  ];
  return lines.map(([label, text]) => `${paint.dim(label.padEnd(labelColumns))}${text}\n`).join('');
}

function several(label: string, lines: readonly string[]): [label: string, text: string][] {
  return (lines.length === 0 ? ['none'] : lines).map((line, index) => [index === 0 ? label : '', visible(line)]);
}

const labelColumns = 9;

function sourceLine(source: SourceSummary, all: readonly SourceSummary[]): string {
  const widest = (text: (source: SourceSummary) => string): number => Math.max(...all.map((one) => text(one).length));
  const family = (one: SourceSummary): string => one.family ?? '–';
  const size = (one: SourceSummary): string => humanBytes(one.bytes);
  const records = (one: SourceSummary): string => counted(one.records, 'record');
  return [
    family(source).padEnd(widest(family)),
    size(source).padStart(widest(size)),
    records(source).padStart(widest(records)),
    visible(source.file),
  ].join('  ');
}

function steps(verdict: Verdict, options: VerdictOptions, paint: Paint): string {
  const all = nextSteps(verdict, options.scope);
  if (all.length === 0) return '';
  const lines = all.map((step) => `  ${paint.cyan(visible(step.command))}\n    ${visible(step.shows)}\n`);
  return `${paint.bold('Where to look next')}\n${lines.join('')}`;
}
