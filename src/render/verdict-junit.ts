// A verdict as a JUnit report, within what Jenkins, GitLab and Surefire readers agree on: one suite, a case per check. What decided is red: findings are
// failures, what could not be judged is an error. What did not decide (a warning without --fail-on warn) passes and says so in its output.
import { countedFindings, isUnjudged } from '../gate/judge.ts';
import { checkRowsShown, junitBodiesUnitsMax, junitBodyUnitsMax } from '../limits.ts';
import type { CheckResult, Row, Verdict } from '../result.ts';
import { counted } from './figures.ts';
import { findingFields } from './finding.ts';
import type { VerdictOptions } from './verdict-format.ts';
import {
  acceptanceInWords,
  baselineInWords,
  identityInWords,
  overridesInWords,
  sinceLastInWords,
} from './verdict-words.ts';
import { visible } from './visible.ts';
import { type XmlElement, xmlDocument } from './xml.ts';

export function verdictJunit(verdict: Verdict, options: VerdictOptions): string {
  const bodyUnits = Math.min(junitBodyUnitsMax, Math.floor(junitBodiesUnitsMax / Math.max(1, verdict.checks.length)));
  const cases = verdict.checks.map((check) => caseOf(check, options, bodyUnits));
  // A verdict that is not green must not look so: nothing ran, all was skipped, a required family is absent.
  if (verdict.verdict === 'inconclusive' && tally(cases, 'error') + tally(cases, 'failure') === 0)
    cases.push(
      testcase('verdict', {
        name: 'error',
        attributes: { type: 'inconclusive', message: verdict.reason },
        children: [],
      }),
    );
  const counts = { tests: cases.length, failures: tally(cases, 'failure'), errors: tally(cases, 'error') };
  return xmlDocument({
    name: 'testsuites',
    attributes: { name: suiteName, ...counts },
    children: [
      {
        name: 'testsuite',
        attributes: {
          name: suiteName,
          ...counts,
          skipped: tally(cases, 'skipped'),
          // Without milliseconds and zone, which some readers refuse; UTC.
          timestamp: verdict.started_at.slice(0, 19),
        },
        children: [properties(verdict), ...cases],
      },
    ],
  });
}

const suiteName = 'lakeobs check';

function caseOf(check: CheckResult, options: VerdictOptions, bodyUnits: number): XmlElement {
  const { name, status, reason } = check;
  const body = () => bodyOf(check, bodyUnits);
  // A warning beside a threshold that was not passed is none of the findings that decided.
  if (status === 'fail' || (status === 'warn' && options.failOn === 'warn'))
    return testcase(name, {
      name: 'failure',
      attributes: { type: status, message: reason },
      children: [body()],
    });
  if (isUnjudged(check, options))
    return testcase(name, { name: 'error', attributes: { type: status, message: reason }, children: [body()] });
  // The reason as text: older readers know no message here.
  if (status === 'skipped' || status === 'inconclusive')
    return testcase(name, { name: 'skipped', children: [status === 'skipped' ? reason : `not judged: ${reason}`] });
  return status === 'warn' || check.rows.length > 0 || check.accepted > 0 || check.resolvedFindings.length > 0
    ? testcase(name, { name: 'system-out', children: [body()] })
    : testcase(name);
}

function testcase(name: string, child?: XmlElement): XmlElement {
  return {
    name: 'testcase',
    attributes: { name, classname: 'lakeobs.check' },
    children: child === undefined ? [] : [child],
  };
}

function tally(cases: readonly XmlElement[], kind: string): number {
  return cases.filter(({ children = [] }) => children.some((child) => typeof child !== 'string' && child.name === kind))
    .length;
}

/** The title, a line per row as far as there is room, and how many are not listed. */
function bodyOf(check: CheckResult, unitsMax: number): string {
  const lines = [check.title, ...(check.reason === '' ? [] : [check.reason])];
  let left = unitsMax;
  const add = (texts: Iterable<string>): number => {
    let shown = 0;
    for (const text of texts) {
      left -= text.length;
      if (left < 0) break;
      lines.push(text);
      shown++;
    }
    return shown;
  };
  const fields = (row: Row) => findingFields(check.columns, row).join(', ');
  const more = countedFindings(check) - add(inTurn(check.rows, fields));
  if (more > 0) lines.push(`${counted(more, 'more finding')}: lakeobs query ${check.name}`);
  const accepted = check.acceptedRows.slice(0, checkRowsShown);
  const moreAccepted = check.accepted - add(inTurn(accepted, (one) => `${acceptanceInWords(one)}: ${fields(one.row)}`));
  if (moreAccepted > 0) lines.push(`${counted(moreAccepted, 'more finding')} accepted by baseline`);
  for (const identity of check.resolvedFindings.slice(0, checkRowsShown))
    lines.push(`resolved: ${visible(identityInWords(identity))}`);
  return `${lines.map((line) => line.replaceAll('\n', ' ')).join('\n')}\n`;
}

/** Texts that are made one by one, as far as somebody asks for them. */
function* inTurn<T>(values: readonly T[], text: (value: T) => string): Generator<string> {
  for (const value of values) yield text(value);
}

function properties(verdict: Verdict): XmlElement {
  const { scanned, params } = verdict;
  const pairs: [string, string | number | boolean | null][] = [
    ['verdict', verdict.verdict],
    ['reason', verdict.reason],
    ['exit_code', verdict.exit_code],
    ['complete', verdict.complete],
    ['lakeobs', verdict.lakeobs],
    ...Object.entries(scanned).map(([name, number]): [string, number] => [`scanned.${name}`, number]),
    ['since', verdict.since],
    ['until', verdict.until],
    ['config', verdict.config],
    ...Object.entries(verdict.roster ?? {}).map(([name, value]): [string, string | number | null] => [
      `roster.${name}`,
      value,
    ]),
    ...overridesInWords(verdict).map((words): [string, string] => ['override', words]),
    ['baseline', baselineInWords(verdict).join('; ') || null],
    ['since_last', sinceLastInWords(verdict).join('; ') || null],
    ...Object.entries(params).map(([name, value]): [string, string] => [`params.${name}`, value]),
  ];
  return {
    name: 'properties',
    children: pairs
      .filter(([, value]) => value !== null)
      .map(([name, value]) => ({ name: 'property', attributes: { name, value: String(value) } })),
  };
}
