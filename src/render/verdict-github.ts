// A verdict for the log of a GitHub workflow step: a plain line per check, then annotations as workflow commands. GitHub takes ten errors and ten warnings of a
// step, so they are shared out among the checks and the rest is counted in a notice. Text from logs can begin no command of its own: it is escaped inside
// one, and broken up outside.
import { relative, sep } from 'node:path';
import { countedFindings, isUnjudged } from '../gate/judge.ts';
import {
  annotationCodePointsMax,
  annotationsPerLevelMax,
  annotationTitleCodePointsMax,
  checkRowsShown,
} from '../limits.ts';
import type { CheckResult, Row, Verdict } from '../result.ts';
import { counted } from './figures.ts';
import { cutText, findingFields } from './finding.ts';
import { rosterInWords } from './roster-words.ts';
import type { VerdictOptions } from './verdict-format.ts';
import {
  acceptanceInWords,
  baselineInWords,
  checksInWords,
  identityInWords,
  overridesInWords,
  scannedInWords,
  sinceLastInWords,
  windowInWords,
} from './verdict-words.ts';
import { visible } from './visible.ts';

export function verdictGithub(verdict: Verdict, options: VerdictOptions): string {
  const errors = annotationsOf(verdict, 'error', options);
  const warnings = annotationsOf(verdict, 'warning', options);
  const left = [...notShown(verdict.checks, [...errors, ...warnings])];
  return [
    ...plainLines(verdict),
    ...[...errors, ...warnings].map((one) => command(one)),
    ...(left.length === 0
      ? []
      : [
          command({
            level: 'notice',
            title: `lakeobs check: ${verdict.verdict}`,
            message: `not annotated: ${left.join(', ')}`,
          }),
        ]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

interface Annotation {
  level: 'error' | 'warning' | 'notice';
  title: string;
  /** May have several lines. */
  message: string;
  /** Relative to the repository. */
  file?: string;
  line?: number;
  check?: CheckResult;
  row?: Row;
}

/** As many of one level as GitHub takes: a finding of every check, then what could not be judged, then more findings of every check in turn. No finding hides behind
 * what is broken beside it. */
function annotationsOf(verdict: Verdict, level: 'error' | 'warning', options: VerdictOptions): Annotation[] {
  const here = verdict.checks.filter((check) => levelOf(check, options) === level);
  const unjudged = here
    .filter((check) => check.rows.length === 0)
    .map((check): Annotation => ({ level, title: titleOf(check), message: visible(check.reason), check }));
  if (level === 'error' && verdict.verdict === 'inconclusive' && unjudged.length === 0)
    unjudged.push({ level, title: 'lakeobs check: inconclusive', message: visible(verdict.reason) });
  const found = here.map((check) => check.rows.map((row): Annotation => annotationOf(check, row, level, options)));
  const rounds = Math.max(0, ...found.map((rows) => rows.length));
  const inTurn = Array.from({ length: rounds }, (_, round) =>
    found.flatMap((rows) => rows.slice(round, round + 1)),
  ).flat();
  const first = found.filter((rows) => rows.length > 0).length;
  return [...inTurn.slice(0, first), ...unjudged, ...inTurn.slice(first)].slice(0, annotationsPerLevelMax);
}

/** Null for what needs nobody's attention. */
function levelOf(check: CheckResult, options: VerdictOptions): 'error' | 'warning' | null {
  if (check.status === 'fail' || isUnjudged(check, options)) return 'error';
  return check.status === 'warn' || check.status === 'inconclusive' ? 'warning' : null;
}

function annotationOf(check: CheckResult, row: Row, level: 'error' | 'warning', options: VerdictOptions): Annotation {
  const place = options.places?.get(row);
  const file = place === undefined || place.line === null ? undefined : insideOf(options.root, place.file);
  const gone = place !== undefined && place.line === null ? ['the line of its record was not found'] : [];
  return {
    level,
    title: titleOf(check),
    message: [...findingFields(check.columns, row), ...gone].join('\n'),
    ...(file === undefined ? {} : { file, line: place!.line! }),
    check,
    row,
  };
}

/** A file GitHub can show: one of the repository, with a name that can be printed as it is. */
function insideOf(root: string | undefined, file: string): string | undefined {
  if (root === undefined) return undefined;
  const path = relative(root, file);
  const outside = path === '' || path.split(sep)[0] === '..';
  return outside || visible(path) !== path ? undefined : path.replaceAll(sep, '/');
}

function titleOf(check: CheckResult): string {
  return `${visible(check.name)}: ${visible(check.title)}`;
}

/** "alarm: 7 more findings" for every check of which not everything stands in an annotation. */
function* notShown(checks: readonly CheckResult[], shown: readonly Annotation[]): Generator<string> {
  for (const check of checks) {
    if (check.status === 'pass' || check.status === 'skipped') continue;
    const here = shown.filter((one) => one.check === check).length;
    const more = countedFindings(check) - here;
    if (more > 0) yield `${visible(check.name)}: ${counted(more, 'more finding')}`;
    else if (here === 0) yield `${visible(check.name)}: ${check.status}`;
  }
}

function plainLines(verdict: Verdict): string[] {
  return [
    `lakeobs check: ${verdict.verdict}, ${checksInWords(verdict)}, exit code ${verdict.exit_code}${verdict.reason === '' ? '' : `: ${verdict.reason}`}`,
    ...verdict.checks.map(
      (check) => `- ${check.status} ${check.name}${check.reason === '' ? '' : `: ${check.reason}`}`,
    ),
    ...verdict.checks.flatMap((check) =>
      check.acceptedRows
        .slice(0, checkRowsShown)
        .map(
          (one) =>
            `- accepted ${check.name}: ${findingFields(check.columns, one.row).join(', ')} (${acceptanceInWords(one)})`,
        ),
    ),
    ...verdict.checks.flatMap((check) =>
      check.resolvedFindings
        .slice(0, checkRowsShown)
        .map((identity) => `- resolved ${check.name}: ${identityInWords(identity)}`),
    ),
    `- scanned ${scannedInWords(verdict)}`,
    `- window ${windowInWords(verdict)}`,
    `- config ${verdict.config ?? 'none'}`,
    `- roster ${rosterInWords(verdict.roster)}`,
    `- overrides ${verdict.overrides.length === 0 ? 'none' : overridesInWords(verdict).join(', ')}`,
    ...(verdict.baseline === null ? [] : [`- baseline ${baselineInWords(verdict).join('; ')}`]),
    ...(verdict.since_last === null ? [] : [`- since last ${sinceLastInWords(verdict).join('; ')}`]),
  ].map(inert);
}

/** A line the runner takes for no command: `::` commands stand at the beginning, which is ours; the older `##[` ones may stand anywhere. */
function inert(line: string): string {
  return visible(line).replaceAll('##[', '## [');
}

/** `::error title=…,file=…,line=…::message`, as the runner takes it apart again. */
function command({ level, title, message, file, line }: Annotation): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${property(file)}`, `line=${line}`]),
    `title=${property(cutText(title, annotationTitleCodePointsMax))}`,
  ];
  return `::${level} ${properties.join(',')}::${data(cutText(message, annotationCodePointsMax))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
