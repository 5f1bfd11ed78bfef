// The generator behind `demo` and the examples: ten days of believable records of every family, the same for the same seed and clock, with exactly one
// accepted fill that names a worker who does not exist. Pure: no clock, no disk, no network.
import type { JournalRecord } from '../schema/journal.ts';
import type { ObserverRecord } from '../schema/observer.ts';
import type { ReplayRecord } from '../schema/replay.ts';
import type { SessionRecord } from '../schema/session.ts';
import { journalOf } from './journal.ts';
import { opsOf } from './ops.ts';
import { randomOf } from './random.ts';
import { replaysOf } from './replays.ts';
import { startOf, traceOf } from './sessions.ts';
import { phantomOf, rosterOf } from './world.ts';

export interface DemoOptions {
  /** Any whole number; the same seed and now give the same records. */
  seed: number;
  /** Sessions to make, at least 1; the other families follow from them: about 3.5 times as many records in all. */
  sessions: number;
  /** Nothing is newer than this. */
  now: Date;
}

export interface DemoRecords {
  /** Oldest first, in every list, as a writer would have appended them. */
  session: SessionRecord[];
  observer: ObserverRecord[];
  journal: JournalRecord[];
  replay: ReplayRecord[];
  /** Worker ids. */
  roster: string[];
  /** What the alarm must find. */
  planted: { sessionId: string; workerId: string };
}

export function demoRecords({ seed, sessions, now }: DemoOptions): DemoRecords {
  const random = randomOf(seed);
  const nowMs = now.getTime();
  const roster = rosterOf(random);
  const phantom = phantomOf(random, new Set(roster));
  const plantedMs = nowMs - 5 * 3_600_000 - random.whole(0, 3_600_000);
  const planted = traceOf(random, { startedMs: plantedMs, nowMs }, roster, phantom);
  const starts = Array.from({ length: sessions - 1 }, () => startOf(random, nowMs));
  const traces = [planted, ...starts.map((startedMs) => traceOf(random, { startedMs, nowMs }, roster))];
  traces.sort((a, b) => a.endedMs - b.endedMs);
  return {
    session: traces.map((trace) => trace.record),
    observer: opsOf(random, traces, nowMs),
    journal: journalOf(random, traces, nowMs),
    replay: replaysOf(random, traces, roster, nowMs),
    roster,
    planted: { sessionId: planted.record.session_id, workerId: phantom },
  };
}
