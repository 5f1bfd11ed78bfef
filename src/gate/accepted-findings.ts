// The baseline at work in a run: read before anything else, asked about every failing row, written anew when that is wanted and the checks are judged.
import { LakeobsError } from '../errors.ts';
import { baselineEntriesMax, checkRowsMax } from '../limits.ts';
import type { BaselineUse, CheckResult, Identity } from '../result.ts';
import { type BaselineEntry, matchBaseline, updateBaseline } from './baseline.ts';
import { readBaseline, writeBaseline } from './baseline-file.ts';
import { type Draft, openDraft } from './draft.ts';
import { type Judged, judgedOf, type Outcome } from './judge.ts';

export interface BaselineOptions {
  /** Absolute. */
  file: string;
  /** Write it anew; what new entries say. */
  update?: { expires: string | null; reason: string | null } | undefined;
  /** Names of all checks there are. */
  checks: readonly string[];
}

/** How a failing row stands to earlier runs. */
export type Standing =
  | { state: 'new'; expired: boolean }
  | { state: 'known' }
  | { state: 'accepted'; expires: string | null; reason: string | null };

/** Opens a baseline; with `update` also its draft.
 * @throws LakeobsError usage when it is not there, input when it is damaged, io when it cannot be written. */
export function openAccepted({ file, update, checks }: BaselineOptions, now: Date) {
  const held = readBaseline(file);
  if (held === null && update === undefined)
    throw new LakeobsError('usage', `there is no baseline at ${file}`, {
      path: file,
      hint: 'Make one of what is there now: --update-baseline.',
    });
  const entries = held ?? [];
  const match = matchBaseline(entries, now);
  const draft: Draft | null =
    update === undefined ? null : openDraft(file, { hint: 'Check the folder and its permissions.' });
  const found = new Map<string, Pick<BaselineEntry, 'check' | 'identity'>>();
  return {
    meet: (check: string, fingerprint: string, identity: () => Identity): Standing => {
      const entry = match.meet(check, fingerprint);
      if (entry !== undefined && !match.isExpired(entry))
        return { state: 'accepted', expires: entry.expires, reason: entry.reason };
      if (entry === undefined && draft !== null && found.size <= baselineEntriesMax && !found.has(fingerprint))
        found.set(fingerprint, { check, identity: identity() });
      return { state: 'new', expired: entry !== undefined };
    },
    finish: (outcomes: readonly Outcome[], results: readonly CheckResult[], judged: (check: string) => Judged) => {
      const use = (
        updated: BaselineUse['updated'],
        now: readonly Outcome[],
        left: readonly BaselineEntry[],
      ): BaselineUse => ({
        file,
        entries: left.length,
        accepted: now.reduce((sum, outcome) => sum + outcome.accepted, 0),
        expired: left.filter((entry) => match.isExpired(entry) && match.isMet(entry)).length,
        gone: left.filter((entry) => judged(entry.check) === 'whole' && !match.isMet(entry)).length,
        unknown_checks: [...new Set(entries.map(({ check }) => check))].filter((name) => !checks.includes(name)),
        updated,
      });
      const asItWas = (unkept: string | null) => ({ outcomes, use: use(null, outcomes, entries), unkept });
      if (update === undefined || draft === null) return asItWas(null);
      const unjudged = results.filter((result) => judgedOf(result) === 'not');
      if (unjudged.length === outcomes.length)
        return asItWas(`--update-baseline: no check could be judged, ${file} was not written`);
      const next = updateBaseline(entries, match, { found, judged, now, ...update });
      if (next.entries.length > baselineEntriesMax)
        return asItWas(
          `--update-baseline: more than ${baselineEntriesMax.toLocaleString('en-US')} findings are no baseline, ${file} was not written; raise the check's error_if, or mend them`,
        );
      try {
        writeBaseline(draft, next.entries);
        draft.publish();
      } catch (error) {
        if (!(error instanceof LakeobsError)) throw error;
        return asItWas(`--update-baseline: ${error.message}`);
      }
      const after = outcomes.map((outcome, at) =>
        judged(outcome.query.name) === 'not' ? outcome : allAccepted(outcome, results[at]!, update),
      );
      const left = unjudged.filter(({ status }) => status !== 'skipped').map(({ name }) => name);
      const updated = use({ ...next.change, unjudged: left }, after, next.entries);
      return { outcomes: after, use: { ...updated, expired: 0, gone: 0 }, unkept: null };
    },
    dispose: () => draft?.discard(),
  };
}

/** The outcome under the baseline just written. */
function allAccepted(
  outcome: Outcome,
  { rows }: CheckResult,
  { expires, reason }: { expires: string | null; reason: string | null },
): Outcome {
  const moved = rows.map((row) => ({ row, expires, reason }));
  return {
    ...outcome,
    accepted: outcome.findings - outcome.known,
    acceptedRows: [...outcome.acceptedRows, ...moved].slice(0, checkRowsMax),
    expired: 0,
    rows: [],
  };
}
