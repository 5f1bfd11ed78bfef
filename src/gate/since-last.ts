// The rules of --since-last: what is new, known and resolved against the run before. Pure; the file that remembers a run is last-run.ts's business.
import type { Judged } from './judge.ts';

/** Findings of the last run in use: told those of this run one by one, it knows which are known and which entries were met. */
export interface LastRunMatch {
  /** Whether the last run had it; noted as met. */
  meet(check: string, fingerprint: string): boolean;
  isMet(check: string, fingerprint: string): boolean;
}

/** `last`: fingerprints by check. */
export function matchLastRun(last: ReadonlyMap<string, readonly string[]>): LastRunMatch {
  const checks = new Map([...last].map(([check, all]) => [check, new Map(all.map((one) => [one, false]))]));
  return {
    meet: (check, fingerprint) => {
      const own = checks.get(check);
      if (own === undefined || !own.has(fingerprint)) return false;
      own.set(fingerprint, true);
      return true;
    },
    isMet: (check, fingerprint) => checks.get(check)?.get(fingerprint) === true,
  };
}

/** What stays of the last run for a check, beside its findings of this run: nothing; what nobody could look for; or all, because it was not judged. */
export function staysOfLast(judged: Judged): 'none' | 'unmet' | 'all' {
  return ({ whole: 'none', part: 'unmet', not: 'all' } as const)[judged];
}
