// What a run knows of earlier ones: the baseline somebody accepted, and the run before (--since-last). Sorts every failing row as it comes, and after the
// judgement brings both up to date. Loaded only when one of them is asked for. What could not be written is said and never a pass.
import { openScratch, type Scratch } from '../catalog/scratch.ts';
import { LakeobsError } from '../errors.ts';
import { baselineEntriesMax, checkRowsMax } from '../limits.ts';
import type { Query } from '../query/header.ts';
import type { RunOptions } from '../query/run.ts';
import type { BaselineUse, CheckResult, Identity, ResultColumn, Row, SinceLast } from '../result.ts';
import { type BaselineEntry, type Judged, matchBaseline, updateBaseline } from './baseline.ts';
import { readBaseline, writeBaseline } from './baseline-file.ts';
import { type Draft, openDraft } from './draft.ts';
import { fingerprints, identities } from './fingerprint.ts';
import { countedFindings, findsOneByOne, type Outcome } from './judge.ts';
import { type FindingLines, type LastRunKey, openFindingLines, openLastRun, publishLastRun } from './last-run.ts';
import { matchLastRun, staysOfLast } from './since-last.ts';

export interface EarlierOptions {
  /** The file of accepted findings. */
  baseline?: BaselineOptions | undefined;
  /** Only what was not there in the last run counts; `choice` are the words that chose the checks. */
  sinceLast?: { choice: readonly string[] } | undefined;
}

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
  let before: ReturnType<typeof openBefore> | null = null;
  try {
    if (sinceLast !== undefined)
      before = openBefore({ ...run, stateFolder: run.stateFolder, choice: sinceLast.choice });
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

function judgedOf({ status, complete }: CheckResult): Judged {
  if (status === 'pass' || status === 'fail' || status === 'warn') return complete ? 'whole' : 'part';
  return 'not';
}

/** The baseline in use. */
function openAccepted({ file, update, checks }: BaselineOptions, now: Date) {
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

/** The last run in use. */
function openBefore(run: Omit<LastRunKey, 'window'> & { startedAt: Date; since?: unknown; until?: unknown }) {
  const { startedAt } = run;
  const { last, draft } = openLastRun({ ...run, window: [run.since !== undefined, run.until !== undefined] });
  const match = matchLastRun(last?.findings ?? new Map());
  const own = new Map<string, FindingLines>();
  let scratch: Scratch | null = null;
  return {
    begin: (check: string): FindingLines => {
      scratch ??= openScratch();
      const lines = openFindingLines(scratch);
      own.set(check, lines);
      return lines;
    },
    meet: match.meet,
    finish: (outcomes: readonly Outcome[], judged: (check: string) => Judged, inWindow: boolean) => {
      const isOver = (check: string) => judged(check) === 'whole' && !inWindow;
      const resolved = new Map<string, { count: number; shown: Identity[] }>();
      const isResolved = (check: string, fingerprint: string) => isOver(check) && !match.isMet(check, fingerprint);
      if (last !== null) {
        const counted = new Set<string>();
        for (const { check, fingerprint, identity } of last.lines(isResolved)) {
          if (counted.has(fingerprint)) continue;
          counted.add(fingerprint);
          const held = resolved.get(check) ?? { count: 0, shown: [] };
          held.count++;
          if (held.shown.length < checkRowsMax) held.shown.push(identity);
          resolved.set(check, held);
        }
      }
      const after = outcomes.map((outcome): Outcome => {
        const { name } = outcome.query;
        const over = resolved.get(name) ?? { count: 0, shown: [] };
        return { ...outcome, resolved: isOver(name) ? over.count : null, resolvedFindings: over.shown };
      });
      const use: SinceLast = {
        state: draft.path,
        previous: last?.at ?? null,
        new: after.reduce((sum, outcome) => sum + countedFindings(outcome), 0),
        known: after.reduce((sum, outcome) => sum + outcome.known, 0),
        resolved: inWindow ? null : after.reduce((sum, outcome) => sum + (outcome.resolved ?? 0), 0),
        kept: false,
      };
      if (after.every(({ query }) => judged(query.name) === 'not')) return { outcomes: after, use, unkept: null };
      try {
        publish(
          outcomes.map(({ query }) => query.name),
          (check) => {
            const how = judged(check);
            // What has left a time window would be remembered for ever.
            return inWindow && how === 'part' ? 'whole' : how;
          },
        );
        return { outcomes: after, use: { ...use, kept: true }, unkept: null };
      } catch (error) {
        if (!(error instanceof LakeobsError)) throw error;
        return { outcomes: after, use, unkept: `--since-last: ${error.message}` };
      }
    },
    dispose: () => {
      draft.discard();
      last?.close();
      scratch?.dispose();
    },
  };

  function publish(checks: readonly string[], judged: (check: string) => Judged): void {
    const stays = (check: string, fingerprint: string): boolean => {
      const what = staysOfLast(checks.includes(check) ? judged(check) : 'not');
      return what === 'all' || (what === 'unmet' && !match.isMet(check, fingerprint));
    };
    const counts = new Map<string, number>();
    const now: string[] = [];
    for (const check of checks) {
      const lines = own.get(check);
      if (judged(check) === 'not') continue;
      const { path, count } = lines?.end() ?? { path: null, count: 0 };
      counts.set(check, count);
      if (path !== null) now.push(path);
    }
    for (const [check, fingerprints] of last?.findings ?? []) {
      const staying = fingerprints.filter((fingerprint) => stays(check, fingerprint)).length;
      counts.set(check, (counts.get(check) ?? 0) + staying);
    }
    publishLastRun(draft, { at: startedAt.toISOString(), counts, now, last: last?.lines(stays) ?? null });
  }
}
