// Iterate sessions as they happened, each attempt with its times and its verdict. The records of the other families are told from these, so that ids,
// times and errors agree across them.
import { SESSION_SCHEMA, type SessionRecord } from '../schema/session.ts';
import type { Random } from './random.ts';
import {
  type Daemon,
  daemons,
  daemonWeights,
  dayMs,
  fadedFirstShot,
  fadingDays,
  fadingModel,
  infraErrors,
  journalingDaemon,
  type Kind,
  kinds,
  kindWeights,
  type Model,
  maxIterations,
  models,
  modelWeights,
  phantomOf,
  roles,
  shifts,
  sites,
  spanDays,
} from './world.ts';

export interface Attempt {
  startedMs: number;
  endedMs: number;
  record: SessionRecord['attempts'][number];
}

/** One session: its record, and what the record does not say. */
export interface Trace {
  record: SessionRecord;
  startedMs: number;
  endedMs: number;
  attempts: readonly Attempt[];
  /** Span around the whole session; only the journaling daemon has spans. */
  spanId: string | null;
  conversationId: string;
  /** What was asked for. */
  task: Task;
  /** Workers of an accepted fill. */
  workers: readonly string[];
}

export interface Task {
  kind: Kind;
  role: string;
  site: (typeof sites)[number];
  day: string;
  shift: string;
  count: number;
}

/** One session that starts at `startedMs`; with `phantom`, an accepted fill of the journaling daemon that names this worker, who is not in the roster. */
export function traceOf(
  random: Random,
  clock: { startedMs: number; nowMs: number },
  roster: readonly string[],
  phantom?: string,
): Trace {
  const { startedMs } = clock;
  const planted = phantom !== undefined;
  const daemon: Daemon = planted ? journalingDaemon : random.pick(daemons, daemonWeights);
  const kind: Kind = planted ? 'fill' : random.pick(kinds, kindWeights);
  const model = planted ? models.at(-1)! : random.pick(models, modelWeights);
  const task = taskOf(random, kind, startedMs);
  const journaled = daemon === journalingDaemon;
  const sessionId = idAt(random, startedMs);
  const conversationId = `${task.site.name}, ${task.day}`;
  const attempts: Attempt[] = [];
  const outcomes = planted ? [{ verdict: 'accepted' as const }] : outcomesOf(random, model, task, clock, roster);
  let atMs = startedMs + random.whole(3, 40);
  for (const [iteration, { verdict, error }] of outcomes.entries()) {
    const tookMs = Math.round(verdict === 'infra_error' ? infraMs(random, error) : random.around(model.answerMs, 0.4));
    const record = {
      iteration,
      verdict_kind: verdict,
      ...(error === undefined ? {} : { error }),
      ...(journaled ? { span_id: random.hex(16) } : {}),
    };
    attempts.push({ startedMs: atMs, endedMs: atMs + tookMs, record });
    atMs += tookMs + random.whole(2, 30);
  }
  const endedMs = atMs;
  const last = outcomes.at(-1)!.verdict;
  const spent = last === 'infra_error' ? outcomes.length - 1 : outcomes.length;
  const accepted = last === 'accepted';
  const workers = accepted && kind === 'fill' ? random.sample(roster, task.count) : [];
  if (planted) workers[workers.length - 1] = phantom;
  const record: SessionRecord = {
    schema: SESSION_SCHEMA,
    session_id: sessionId,
    timestamp: new Date(endedMs).toISOString(),
    daemon,
    kind,
    model: model.name,
    provider: model.provider,
    prompt: promptOf(task),
    iterations: spent,
    max_iterations: maxIterations[kind],
    final_verdict: accepted ? 'accepted' : last === 'infra_error' ? 'infra_error' : 'max_iter_exhausted',
    attempts: attempts.map((attempt) => attempt.record),
    ...(accepted ? { artifact: artifactOf(task, workers) } : {}),
    ...(accepted && kind === 'fill' ? { grounded_in_roster: !planted } : {}),
    duration_ms: endedMs - startedMs,
  };
  return {
    record,
    startedMs,
    endedMs,
    attempts,
    spanId: journaled ? random.hex(16) : null,
    conversationId,
    task,
    workers,
  };
}

/** A start in the last ten days: most in the day, few at night, none in the last ten minutes, in which a session may still run. */
export function startOf(random: Random, nowMs: number): number {
  for (;;) {
    const startedMs = nowMs - Math.floor(random.next() * spanDays * dayMs);
    const hour = new Date(startedMs).getUTCHours();
    if (startedMs < nowMs - 10 * 60_000 && random.chance(hour >= 6 && hour < 20 ? 1 : 0.25)) return startedMs;
  }
}

/** 32 hex digits that sort by time, as the writer mints them (schema/ids.ts), from the seeded source. */
export function idAt(random: Random, atMs: number): string {
  return atMs.toString(16).padStart(12, '0') + random.hex(20);
}

interface Outcome {
  verdict: SessionRecord['attempts'][number]['verdict_kind'];
  error?: string;
}

function outcomesOf(
  random: Random,
  model: Model,
  task: Task,
  clock: { startedMs: number; nowMs: number },
  roster: readonly string[],
): Outcome[] {
  const outcomes: Outcome[] = [];
  const known = new Set(roster);
  const stubborn = random.chance(model.stubborn);
  const faded = model.name === fadingModel && clock.startedMs > clock.nowMs - fadingDays * dayMs;
  const firstShot = faded ? fadedFirstShot : model.firstShot;
  let mistake = rejectionOf(random, task, known);
  while (outcomes.length < maxIterations[task.kind]) {
    if (random.chance(inOutage(model, clock) ? 0.7 : 0.006))
      return [...outcomes, { verdict: 'infra_error', error: random.pick(infraErrors) }];
    const chance = outcomes.length === 0 ? firstShot : stubborn ? 0.05 : model.afterRejection;
    if (random.chance(chance)) return [...outcomes, { verdict: 'accepted' }];
    outcomes.push(mistake);
    if (!stubborn) mistake = rejectionOf(random, task, known);
  }
  return outcomes;
}

/** Three hours, four days ago, in which one provider was down. */
function inOutage(model: Model, { startedMs, nowMs }: { startedMs: number; nowMs: number }): boolean {
  const outageMs = nowMs - 4 * dayMs;
  return model.provider === 'vllm' && startedMs >= outageMs && startedMs < outageMs + 3 * 3_600_000;
}

function infraMs(random: Random, error = ''): number {
  return error.includes('deadline') ? 30_000 + random.whole(1, 40) : random.around(60, 0.8);
}

function rejectionOf(random: Random, task: Task, roster: ReadonlySet<string>): Outcome {
  if (random.chance(0.12))
    return {
      verdict: 'no_json',
      error: random.pick(['no JSON object in the answer', 'the answer ends inside a JSON object']),
    };
  return { verdict: 'validation_failed', error: complaintOf(random, task, roster) };
}

function complaintOf(random: Random, task: Task, roster: ReadonlySet<string>): string {
  const at = random.whole(0, task.count - 1);
  if (task.kind === 'email')
    return random.pick([
      `body: ${random.whole(1001, 1900)} characters, at most 1000`,
      'subject: must not be empty',
      'body: a placeholder {{name}} was left in',
      'to: expected a site contact, got a worker id',
    ]);
  if (task.kind === 'playbook')
    return random.pick([
      `steps[${random.whole(0, 5)}].owner: required`,
      `steps: ${random.whole(13, 22)} steps, at most 12`,
      `steps[${random.whole(0, 5)}].minutes: expected a number, got a string`,
    ]);
  return random.pick(
    [
      `worker ${phantomOf(random, roster)} is not in the roster`,
      `worker ${random.pick([...roster])} is already booked on ${task.day}`,
      `fills: expected ${task.count} items, got ${task.count - 1}`,
      `fills[${at}].role: expected one of ${roles.slice(0, 3).join(', ')}, got "${task.role}s"`,
      `fills[${at}].candidate_id: required`,
    ],
    [9, 4, 3, 2, 1],
  );
}

function taskOf(random: Random, kind: Kind, startedMs: number): Task {
  return {
    kind,
    role: random.pick(roles),
    site: random.pick(sites),
    day: new Date(startedMs + random.whole(1, 6) * dayMs).toISOString().slice(0, 10),
    shift: random.pick(shifts),
    count: random.whole(2, 6),
  };
}

function promptOf({ kind, role, site, day, shift, count }: Task): string {
  const place = `${site.name}, ${site.city}`;
  if (kind === 'fill')
    return `Fill ${count} ${role} places at ${place} on ${day}, ${shift}. Use only workers from the roster. Answer with one JSON object: {"fills":[{"candidate_id","role"}]}.`;
  if (kind === 'email')
    return `Write a mail to the site contact of ${place}: ${count} ${role} places on ${day}, ${shift}, are confirmed. At most 1000 characters. Answer with one JSON object: {"subject","body"}.`;
  return `Write a playbook for a missing ${role} at ${place} during the shift ${shift}. At most 12 steps. Answer with one JSON object: {"title","steps":[{"do","owner","minutes"}]}.`;
}

function artifactOf(
  { kind, role, site, day, shift, count }: Task,
  workers: readonly string[],
): Record<string, unknown> {
  if (kind === 'fill')
    return { fills: workers.map((worker) => ({ candidate_id: worker, role, shift })), site: site.name };
  if (kind === 'email')
    return {
      subject: `${count} ${role} places on ${day} are confirmed`,
      body: `All ${count} ${role} places at ${site.name} on ${day}, ${shift}, are confirmed. The crew reports at the gate 15 minutes before.`,
    };
  return {
    title: `No ${role} at ${site.name}`,
    steps: [
      { do: 'call the stand-by list', owner: 'dispatcher', minutes: 10 },
      { do: 'move one worker from the other hall', owner: 'shift lead', minutes: 20 },
      { do: 'tell the site contact', owner: 'dispatcher', minutes: 5 },
    ],
  };
}
