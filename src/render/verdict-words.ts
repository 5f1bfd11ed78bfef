// The words a verdict is told in, shared by the page for people and the Markdown summary, so that both say the same.
import { countedFindings } from '../gate/judge.ts';
import { sourcesShown } from '../limits.ts';
import type { CheckResult, Identity, Override, SourceSummary, Verdict } from '../result.ts';
import { count, counted, humanBytes } from './figures.ts';

/** "1 of 3 checks failed" and the like: the checks by status, worst first. */
export function checksInWords(verdict: Verdict): string {
  if (verdict.checks.length === 0) return 'no check ran';
  const counts = statuses
    .map(([status, word]) => [verdict.checks.filter((check) => check.status === status).length, word] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`);
  return `${counted(verdict.checks.length, 'check')}: ${counts.join(', ')}`;
}

const statuses = [
  ['fail', 'failed'],
  ['error', 'could not run'],
  ['inconclusive', 'inconclusive'],
  ['warn', 'warned'],
  ['pass', 'passed'],
  ['skipped', 'skipped'],
] as const;

/** "1 finding", "no findings, 3 accepted": first what counts. */
export function findingsInWords(check: CheckResult): string {
  if (check.status === 'skipped' || check.status === 'error') return '–';
  const { accepted, known, resolved } = check;
  const counting = countedFindings(check);
  return [
    counting === 0 ? 'no findings' : counted(counting, 'finding'),
    ...(accepted > 0 ? [`${count(accepted)} accepted`] : []),
    ...(known > 0 ? [`${count(known)} known`] : []),
    ...((resolved ?? 0) > 0 ? [`${count(resolved!)} resolved`] : []),
  ].join(', ');
}

/** How much a check judged: "1,204 judged". */
export function populationInWords(check: CheckResult): string {
  return check.population === null ? '–' : `${count(check.population)} judged`;
}

/** "3 files, 4.2 MiB, 5,812 records". */
export function scannedInWords(verdict: Verdict): string {
  const { files, bytes, records } = verdict.scanned;
  return `${counted(files, 'file')}, ${humanBytes(bytes)}, ${counted(records, 'record')}`;
}

/** Everything that was not read as a known record, one phrase each; empty when all was. */
export function damageInWords(verdict: Verdict): string[] {
  const { quarantined, accepted, torn, unknown_schema, unrecognised, segments_unread } = verdict.scanned;
  const phrases: [number, string][] = [
    [quarantined, `${counted(quarantined, 'damaged range')} in quarantine`],
    [accepted, `${counted(accepted, 'damaged range')} accepted as known`],
    [torn, counted(torn, 'torn tail')],
    [unknown_schema, `${counted(unknown_schema, 'record')} of an unknown version`],
    [unrecognised, `${counted(unrecognised, 'line')} of no known family`],
    [segments_unread, `${counted(segments_unread, 'segment')} not read`],
  ];
  return phrases.filter(([number]) => number > 0).map(([, phrase]) => phrase);
}

/** The time window in force. */
export function windowInWords(verdict: Verdict): string {
  if (verdict.since === null && verdict.until === null) return 'all times';
  const since = verdict.since === null ? '' : `from ${verdict.since}`;
  const until = verdict.until === null ? '' : `until ${verdict.until} (exclusive)`;
  return [since, until].filter((part) => part !== '').join(' ');
}

/** The parameters in force. */
export function paramsInWords(verdict: Verdict): string {
  const pairs = Object.entries(verdict.params).map(([name, value]) => `${name} = ${value}`);
  return pairs.length === 0 ? 'none' : pairs.join(', ');
}

/** "alarm.severity: warn (/etc/lakeobs.json)" for each override. */
export function overridesInWords({ overrides }: Pick<Verdict, 'overrides'>): string[] {
  return overrides.map(overrideInWords);
}

function overrideInWords({ check, key, value, from }: Override): string {
  return `${check === null ? '' : `${check}.`}${key}: ${value} (${from})`;
}

/** What the baseline did, one phrase each; empty without one. */
export function baselineInWords({ baseline }: Verdict): string[] {
  if (baseline === null) return [];
  const { file, entries, accepted, expired, gone, unknown_checks, updated } = baseline;
  const entry = (number: number) => counted(number, 'entry', 'entries');
  return [
    file,
    `${entry(entries)}, ${counted(accepted, 'finding')} accepted`,
    ...(updated === null
      ? []
      : [
          `written: ${count(updated.added)} added, ${count(updated.renewed)} renewed, ${count(updated.dropped)} dropped`,
        ]),
    ...((updated?.unjudged ?? []).length > 0
      ? [`left as it was for ${updated!.unjudged.join(', ')}, which could not be judged`]
      : []),
    ...(expired > 0 ? [`the acceptance of ${counted(expired, 'finding')} is over: they count again`] : []),
    ...(gone > 0
      ? [
          `${counted(gone, 'accepted finding')} no longer ${gone === 1 ? 'occurs' : 'occur'}: remove ${gone === 1 ? 'it' : 'them'} with --update-baseline`,
        ]
      : []),
    ...(unknown_checks.length > 0 ? [`there is no check ${unknown_checks.join(', ')}: its entries stay unused`] : []),
  ];
}

/** What --since-last did, one phrase each; empty without it. */
export function sinceLastInWords({ since_last }: Verdict): string[] {
  if (since_last === null) return [];
  const { state, previous, known, resolved, kept } = since_last;
  return [
    previous === null ? 'first run: all findings are new' : `against the run of ${previous}`,
    `${count(since_last.new)} new, ${count(known)} known, ${resolved === null ? 'resolved ones are not told in a time window' : `${count(resolved)} resolved`}`,
    ...(kept ? [] : ['not remembered']),
    state,
  ];
}

/** "session_id: s-1, daemon: d". */
export function identityInWords(identity: Identity): string {
  return Object.entries(identity)
    .map(([name, value]) => `${name}: ${value === null ? 'NULL' : value}`)
    .join(', ');
}

/** Why a finding is accepted: "until 2026-12-31, known bug". */
export function acceptanceInWords({ expires, reason }: { expires: string | null; reason: string | null }): string {
  return [expires === null ? 'accepted' : `accepted until ${expires}`, ...(reason === null ? [] : [reason])].join(', ');
}

/** The first files, those with damage before those without, and how many are not listed. */
export function sourcesToShow(verdict: Verdict): { sources: readonly SourceSummary[]; more: number } {
  const damaged = (source: SourceSummary): number =>
    source.quarantined + source.torn_bytes + source.unknown_schema + source.unrecognised > 0 ? 0 : 1;
  const sources = [...verdict.sources].sort((a, b) => damaged(a) - damaged(b)).slice(0, sourcesShown);
  return { sources, more: verdict.sources.length - sources.length };
}
