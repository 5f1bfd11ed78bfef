// A verdict as SARIF 2.1.0 for code scanning: a rule per check, a result per finding that is kept, at the line of its record. Within the limits GitHub names
// (limits.ts); whatever is left out is said in a notification. Files in the repository are named relative to it.
import { relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ArtifactLocation, Invocation, Location, Log, Notification, ReportingDescriptor, Result } from 'sarif';
import { fingerprintOf } from '../gate/fingerprint.ts';
import { decides } from '../gate/judge.ts';
import { sarifResultsMax, sarifTagsMax, sarifTextCodePointsMax } from '../limits.ts';
import type { AcceptedFinding, CheckResult, Row, Value, Verdict } from '../result.ts';
import { counted } from './figures.ts';
import { cutText, findingFields } from './finding.ts';
import { jsonOf } from './json-text.ts';
import { mdText } from './md.ts';
import type { VerdictOptions } from './verdict-format.ts';
import { acceptanceInWords, identityInWords } from './verdict-words.ts';
import { visible } from './visible.ts';

export function verdictSarif(verdict: Verdict, options: VerdictOptions): string {
  const all = verdict.checks
    .flatMap((check, ruleIndex) => [
      ...check.rows.map((row) => resultOf(check, row, ruleIndex, verdict, options)),
      ...check.acceptedRows.map((one) => suppressed(resultOf(check, one.row, ruleIndex, verdict, options), one)),
    ])
    // Stable: what is kept of a level comes in the order of the checks.
    .sort((a, b) => levels.indexOf(a.level!) - levels.indexOf(b.level!));
  const results = all.slice(0, sarifResultsMax);
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'lakeobs',
            version: verdict.lakeobs,
            rules: verdict.checks.map((check) => ruleOf(check, options)),
          },
        },
        invocations: [invocationOf(verdict, results, options)],
        ...(options.root === undefined
          ? {}
          : { originalUriBaseIds: { [baseId]: { uri: `${uriOf(options.root).replace(/\/$/, '')}/` } } }),
        results,
        properties: {
          verdict: verdict.verdict,
          complete: verdict.complete,
          reason: verdict.reason,
          scanned: { ...verdict.scanned },
          params: { ...verdict.params },
          since: verdict.since,
          until: verdict.until,
          config: verdict.config,
          roster: verdict.roster,
          overrides: verdict.overrides.map((override) => ({ ...override })),
          baseline: verdict.baseline === null ? null : { ...verdict.baseline },
          since_last: verdict.since_last === null ? null : { ...verdict.since_last },
        },
      },
    ],
  };
  return `${jsonOf(log as unknown as Value)}\n`;
}

const levels: readonly (Result.level | undefined)[] = ['error', 'warning', 'note'];
const baseId = '%SRCROOT%';

function ruleOf(check: CheckResult, options: VerdictOptions): ReportingDescriptor {
  const query = options.queries?.find(({ name }) => name === check.name);
  const description = query === undefined || query.description === '' ? check.title : query.description;
  const rows = `lakeobs query ${check.name}`;
  return {
    id: visible(check.name),
    shortDescription: { text: textOf(check.title) },
    fullDescription: { text: textOf(description) },
    help: {
      text: textOf(`${description}\n\nAll rows: ${rows}`),
      markdown: `${mdText(description)}\n\nAll rows: \`${visible(rows).replaceAll('`', "'")}\`\n`,
    },
    defaultConfiguration: { level: check.severity === 'error' ? 'error' : 'warning' },
    properties: { tags: (query?.tags ?? []).slice(0, sarifTagsMax).map(visible) },
  };
}

function resultOf(check: CheckResult, row: Row, ruleIndex: number, verdict: Verdict, options: VerdictOptions): Result {
  const identity = options.queries?.find(({ name }) => name === check.name)?.identity ?? [];
  const fingerprint = fingerprintOf({ name: check.name, identity }, check.columns, row);
  return {
    ruleId: visible(check.name),
    ruleIndex,
    level: levelOf(check),
    message: { text: textOf(`${check.title}: ${findingFields(check.columns, row).join(', ')}`) },
    locations: locationsOf(row, verdict, options),
    // Against the last run: what it had is not listed.
    ...(verdict.since_last === null ? {} : { baselineState: 'new' as const }),
    // The first is the one GitHub reads; without it the uploader would hash the text around the line, which says nothing of a log.
    partialFingerprints: { primaryLocationLineHash: fingerprint, 'lakeobsIdentity/v1': fingerprint },
  };
}

/** Accepted by the baseline: there, and no alert. */
function suppressed(result: Result, accepted: AcceptedFinding): Result {
  const { baselineState, ...rest } = result;
  return {
    ...rest,
    level: 'note',
    ...(baselineState === undefined ? {} : { baselineState: 'unchanged' }),
    suppressions: [{ kind: 'external', status: 'accepted', justification: textOf(acceptanceInWords(accepted)) }],
  };
}

/** A check within its threshold may have rows: notes. */
function levelOf({ status }: CheckResult): 'error' | 'warning' | 'note' {
  return status === 'fail' ? 'error' : status === 'warn' ? 'warning' : 'note';
}

/** The record's line; else its file; else, for a finding about many records, the first file that was read: GitHub refuses a result without a place. */
function locationsOf(row: Row, verdict: Verdict, options: VerdictOptions): Location[] {
  const place = options.places?.get(row);
  if (place !== undefined)
    return [
      {
        physicalLocation: {
          artifactLocation: artifactOf(place.file, options),
          ...(place.line === null ? {} : { region: { startLine: place.line } }),
        },
      },
    ];
  const first = verdict.sources.find(({ form }) => form !== 'stdin');
  return first === undefined
    ? []
    : [
        {
          physicalLocation: { artifactLocation: artifactOf(first.file, options) },
          message: { text: 'found over all records; this is the first file that was read' },
        },
      ];
}

function artifactOf(file: string, { root }: VerdictOptions): ArtifactLocation {
  const path = root === undefined ? '..' : relative(root, file);
  if (path === '' || path.split(sep)[0] === '..') return { uri: uriOf(file) };
  return { uri: path.split(sep).map(segmentOf).join('/'), uriBaseId: baseId };
}

function uriOf(file: string): string {
  return pathToFileURL(wellFormed(file)).href;
}

function segmentOf(segment: string): string {
  return encodeURIComponent(wellFormed(segment));
}

/** Half a surrogate pair stands for no character and in no URI. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function invocationOf(verdict: Verdict, results: readonly Result[], options: VerdictOptions): Invocation {
  return {
    executionSuccessful: verdict.verdict !== 'inconclusive' && verdict.checks.every(({ status }) => status !== 'error'),
    exitCode: verdict.exit_code,
    exitCodeDescription: verdict.verdict,
    startTimeUtc: verdict.started_at,
    toolExecutionNotifications: [...notificationsOf(verdict, results, options)],
  };
}

/** What the results do not tell: what could not be judged, and what is not listed. */
function* notificationsOf(
  verdict: Verdict,
  results: readonly Result[],
  options: VerdictOptions,
): Generator<Notification> {
  const about = (index: number) => ({ id: visible(verdict.checks[index]!.name), index });
  for (const [index, check] of verdict.checks.entries()) {
    const { name, status, reason } = check;
    const findings = check.findings - check.known;
    if (status === 'error' || status === 'inconclusive' || status === 'skipped' || !check.complete)
      yield {
        level: status === 'skipped' || !decides(check, options) ? 'note' : 'error',
        message: { text: textOf(`${name}: ${status}${reason === '' ? '' : `: ${reason}`}`) },
        associatedRule: about(index),
      };
    const listed = results.filter(({ ruleIndex }) => ruleIndex === index).length;
    if (findings > listed)
      yield {
        level: 'warning',
        message: {
          text: textOf(
            `${name}: ${listed} of ${counted(findings, 'finding')} are listed; all rows: lakeobs query ${name}`,
          ),
        },
        associatedRule: about(index),
      };
    for (const identity of check.resolvedFindings)
      yield {
        level: 'note',
        message: { text: textOf(`${name}: resolved since the last run: ${identityInWords(identity)}`) },
        associatedRule: about(index),
      };
  }
  if (verdict.verdict === 'inconclusive')
    yield { level: 'error', message: { text: textOf(`inconclusive: ${verdict.reason}`) } };
  const lost = [...(options.places?.values() ?? [])].filter(({ line }) => line === null).length;
  if (lost > 0)
    yield {
      level: 'note',
      message: {
        text: `${counted(lost, 'finding')} without a line: the row does not say which record it is, the file has moved since it was read, or is too long to look through`,
      },
    };
}

/** Within GitHub's limit, and with nothing a viewer would take for a link: `](`. */
function textOf(text: string): string {
  return cutText(text.split('\n').map(visible).join('\n').replaceAll('](', '] ('), sarifTextCodePointsMax);
}
