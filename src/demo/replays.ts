// Replays of accepted fills: what retrieval brought, and whether the right workers were among it. Some bring nothing, some the wrong ones.
import { REPLAY_SCHEMA, type ReplayRecord } from '../schema/replay.ts';
import type { Random } from './random.ts';
import type { Trace } from './sessions.ts';

/** Replay rows in the order they ended. */
export function replaysOf(
  random: Random,
  traces: readonly Trace[],
  roster: readonly string[],
  nowMs: number,
): ReplayRecord[] {
  const rows: ReplayRecord[] = [];
  for (const trace of traces) {
    const rejected = trace.attempts.some((attempt) => attempt.record.verdict_kind === 'validation_failed');
    if (trace.workers.length === 0 || !random.chance(rejected ? 0.6 : 0.3)) continue;
    const atMs = Math.min(nowMs, trace.endedMs + random.whole(60_000, 6 * 3_600_000));
    const brought = random.chance(0.06) ? 'nothing' : rejected && random.chance(0.4) ? 'wrong' : 'right';
    const workers = new Set(trace.workers);
    const others = random.sample(
      roster.filter((worker) => !workers.has(worker)),
      random.whole(3, 8),
    );
    const found = { nothing: [], wrong: others, right: random.sample([...trace.workers, ...others], 99) }[brought];
    rows.push({
      schema: REPLAY_SCHEMA,
      session_id: trace.record.session_id,
      timestamp: new Date(atMs).toISOString(),
      task_id: '',
      model: trace.record.model,
      retrieved: found,
      output: brought === 'right' ? 'same workers' : brought === 'wrong' ? 'other workers' : 'no answer',
      score: Number((brought === 'right' ? 0.7 + 0.3 * random.next() : 0.4 * random.next()).toFixed(3)),
      duration_ms: Math.round(random.around(1800, 0.5)),
    });
  }
  rows.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  return rows.map((row, index) => ({ ...row, task_id: `task-${String(index + 1).padStart(5, '0')}` }));
}
