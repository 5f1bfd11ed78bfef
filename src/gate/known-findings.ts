// The last run at work in a run: asked about every failing row; afterwards it tells what is resolved, and this run takes its place.
import { openScratch, type Scratch } from '../catalog/scratch.ts';
import { LakeobsError } from '../errors.ts';
import { checkRowsMax } from '../limits.ts';
import type { Identity, SinceLast } from '../result.ts';
import { countedFindings, type Judged, type Outcome } from './judge.ts';
import { type FindingLines, type LastRunKey, openFindingLines, openLastRun, publishLastRun } from './last-run.ts';
import { matchLastRun, staysOfLast } from './since-last.ts';

/** Opens the last run, and the place where this one will be remembered.
 * @throws LakeobsError input when it is damaged, io when there is no place. */
export function openKnown(run: Omit<LastRunKey, 'window'> & { startedAt: Date; since?: unknown; until?: unknown }) {
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
