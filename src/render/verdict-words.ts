// The words a verdict is told in, shared by the page for people and the Markdown summary, so that both say the same.
import { sourcesShown } from '../limits.ts';
import type { CheckResult, SourceSummary, Verdict } from '../result.ts';
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

/** "1 finding", "no findings". */
export function findingsInWords(check: CheckResult): string {
  if (check.status === 'skipped' || check.status === 'error') return '–';
  return check.findings === 0 ? 'no findings' : counted(check.findings, 'finding');
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

/** The first files, those with damage before those without, and how many are not listed. */
export function sourcesToShow(verdict: Verdict): { sources: readonly SourceSummary[]; more: number } {
  const damaged = (source: SourceSummary): number =>
    source.quarantined + source.torn_bytes + source.unknown_schema + source.unrecognised > 0 ? 0 : 1;
  const sources = [...verdict.sources].sort((a, b) => damaged(a) - damaged(b)).slice(0, sourcesShown);
  return { sources, more: verdict.sources.length - sources.length };
}
