// What a run knows of earlier ones: the baseline somebody accepted, and the run before (--since-last). Sorts every failing row as it comes, and after the
// judgement brings both up to date. Loaded only when one of them is asked for. What could not be written is said and never a pass.
import type { Query } from '../query/header.ts';
import type { RunOptions } from '../query/run.ts';
import type { BaselineUse, CheckResult, ResultColumn, Row, SinceLast } from '../result.ts';
import { type BaselineOptions, openAccepted, type Standing } from './accepted-findings.ts';
import { fingerprints, identities } from './fingerprint.ts';
import { findsOneByOne, type Judged, judgedOf, type Outcome } from './judge.ts';
import { openKnown } from './known-findings.ts';

export type { BaselineOptions, Standing };

export interface EarlierOptions {
  /** The file of accepted findings. */
  baseline?: BaselineOptions | undefined;
  /** Only what was not there in the last run counts; `choice` are the words that chose the checks. */
  sinceLast?: { choice: readonly string[] } | undefined;
}

export interface Earlier {
  /** Tells how the rows of one check stand; undefined when they are not findings one by one. */
  sorter(check: Query, columns: readonly ResultColumn[]): ((row: Row) => Standing) | undefined;
  /** Once every check ran: judges, brings baseline and last run up to date, and judges again what an update has changed. */
  finish(outcomes: readonly Outcome[], judge: (outcome: Outcome) => CheckResult): Finished;
  /** Removes what was begun and not published. */
  dispose(): void;
}

export interface Finished {
  results: CheckResult[];
  baseline: BaselineUse | null;
  sinceLast: SinceLast | null;
  /** What could not be written. */
  unkept: string | null;
}

/** Reads what earlier runs left, and proves that what is to be written can be.
 * @throws LakeobsError usage for a baseline that is not there, input for a file that is damaged, io for a place that cannot be written. */
export function openEarlier(
  { baseline, sinceLast }: EarlierOptions,
  run: Pick<RunOptions, 'scope' | 'since' | 'until' | 'stateFolder'> & {
    params: Readonly<Record<string, string>>;
    startedAt: Date;
  },
): Earlier {
  const inWindow = run.since !== undefined || run.until !== undefined;
  const accepted = baseline === undefined ? null : openAccepted(baseline, run.startedAt);
  let before: ReturnType<typeof openKnown> | null = null;
  try {
    if (sinceLast !== undefined) before = openKnown({ ...run, stateFolder: run.stateFolder, choice: sinceLast.choice });
  } catch (error) {
    accepted?.dispose();
    throw error;
  }
  return {
    sorter: (check, columns) => {
      if (!findsOneByOne(check)) return undefined;
      const fingerprint = fingerprints(check, columns);
      const identity = identities(check.identity, columns);
      const lines = before?.begin(check.name);
      return (row) => {
        const hex = fingerprint(row);
        const held = accepted?.meet(check.name, hex, () => identity(row)) ?? { state: 'new', expired: false };
        const known = before?.meet(check.name, hex) === true;
        if (held.state === 'accepted') return held;
        lines?.add({ check: check.name, fingerprint: hex, identity: identity(row) });
        return known ? { state: 'known' } : held;
      };
    },
    finish: (outcomes, judge) => {
      const first = outcomes.map(judge);
      const judged = (name: string): Judged => {
        const at = outcomes.findIndex(({ query }) => query.name === name);
        return at === -1 || !findsOneByOne(outcomes[at]!.query) ? 'not' : judgedOf(first[at]!);
      };
      // What lies outside a time window is not gone.
      const inBaseline = (name: string): Judged => (inWindow && judged(name) === 'whole' ? 'part' : judged(name));
      const kept = accepted?.finish(outcomes, first, inBaseline) ?? { outcomes, use: null, unkept: null };
      const seen = before === null ? null : before.finish(kept.outcomes, judged, inWindow);
      return {
        results: (seen?.outcomes ?? kept.outcomes).map(judge),
        baseline: kept.use,
        sinceLast: seen?.use ?? null,
        unkept: [kept.unkept, seen?.unkept ?? null].filter((what) => what !== null).join('; ') || null,
      };
    },
    dispose: () => {
      accepted?.dispose();
      before?.dispose();
    },
  };
}
