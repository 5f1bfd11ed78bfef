// The rules of a baseline: findings somebody has looked at and accepted until a day. Pure: entries in, what is accepted and what an update makes of them out.
// Reading and writing the file is baseline-file.ts's business.
import { LakeobsError } from '../errors.ts';
import { parseDuration, parseInstant } from '../query/times.ts';
import type { BaselineUpdate, Identity } from '../result.ts';
import type { Judged } from './judge.ts';

/** One accepted finding; the field order is the order on disk. */
export interface BaselineEntry {
  check: string;
  /** As gate/fingerprint.ts makes it. */
  fingerprint: string;
  /** For people: the values it is hashed from. */
  identity: Identity;
  /** ISO 8601. */
  first_seen: string;
  /** A day or an instant, UTC: from then on it counts again. Null: never. */
  expires: string | null;
  reason: string | null;
}

/** A baseline in use: told the findings of a run one by one, it knows which are accepted and which entries were met. */
export interface BaselineMatch {
  /** The entry of a finding, noted as met; undefined when there is none. */
  meet(check: string, fingerprint: string): BaselineEntry | undefined;
  isExpired(entry: BaselineEntry): boolean;
  isMet(entry: BaselineEntry): boolean;
}

export function matchBaseline(entries: readonly BaselineEntry[], now: Date): BaselineMatch {
  const byFingerprint = new Map(entries.map((entry) => [entry.fingerprint, entry]));
  const met = new Set<BaselineEntry>();
  return {
    meet: (check, fingerprint) => {
      const entry = byFingerprint.get(fingerprint);
      if (entry === undefined || entry.check !== check) return undefined;
      met.add(entry);
      return entry;
    },
    isExpired: ({ expires }) => expires !== null && Date.parse(expires) <= now.getTime(),
    isMet: (entry) => met.has(entry),
  };
}

/** What --update-baseline makes of the entries: findings that are there are accepted, entries whose finding is gone are dropped, the others stay as they are.
 * An expired entry that is met is accepted anew. In order of check, then fingerprint. */
export function updateBaseline(
  entries: readonly BaselineEntry[],
  match: BaselineMatch,
  run: {
    /** Findings without an entry, by fingerprint. */
    found: ReadonlyMap<string, Pick<BaselineEntry, 'check' | 'identity'>>;
    judged: (check: string) => Judged;
    now: Date;
    /** Of new and renewed entries. */
    expires: string | null;
    reason: string | null;
  },
): { entries: BaselineEntry[]; change: Omit<BaselineUpdate, 'unjudged'> } {
  const { expires, reason } = run;
  const change = { added: 0, renewed: 0, dropped: 0 };
  const kept = entries.flatMap((entry): BaselineEntry[] => {
    const judged = run.judged(entry.check);
    if (judged === 'not' || (!match.isMet(entry) && judged === 'part')) return [entry];
    if (!match.isMet(entry)) {
      change.dropped++;
      return [];
    }
    if (!match.isExpired(entry)) return [entry];
    change.renewed++;
    return [{ ...entry, expires, reason: reason ?? entry.reason }];
  });
  const first_seen = run.now.toISOString();
  const added = [...run.found].flatMap(([fingerprint, { check, identity }]): BaselineEntry[] =>
    run.judged(check) === 'not' ? [] : [{ check, fingerprint, identity, first_seen, expires, reason }],
  );
  change.added = added.length;
  return { entries: [...kept, ...added].sort(inOrder), change };
}

/** `90d` or a date → what `expires` holds: a day (UTC), or an instant when hours matter.
 * @throws LakeobsError usage for text that is neither, and for a time that is over. */
export function parseExpiry(text: string, now: Date): string {
  const span = parseDuration(text);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
  const instant =
    span !== null ? new Date(now.getTime() + span) : /^\d{4}-/.test(text.trim()) ? parseInstant(text, now) : null;
  if (instant === null || Number.isNaN(instant.getTime()))
    throw new LakeobsError('usage', `--baseline-expires: ${JSON.stringify(text)} is no duration and no date`, {
      hint: 'Use 90d, 12h, 2026-12-31 or 2026-12-31T12:00:00Z.',
    });
  if (instant <= now)
    throw new LakeobsError('usage', `--baseline-expires: ${text} is over`, { hint: 'Name a time to come.' });
  return isDay || (span !== null && span % dayMs === 0) ? instant.toISOString().slice(0, 10) : instant.toISOString();
}

const dayMs = 86_400_000;

function inOrder(a: BaselineEntry, b: BaselineEntry): number {
  if (a.check !== b.check) return a.check < b.check ? -1 : 1;
  return a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0;
}
