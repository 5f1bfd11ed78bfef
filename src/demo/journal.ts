// The journal of the one daemon that keeps one: a span per session, one per attempt, logs between them, and three crashes that left spans open.
import type { JournalRecord } from '../schema/journal.ts';
import type { Random } from './random.ts';
import { type Attempt, idAt, type Trace } from './sessions.ts';
import { dayMs, journalingDaemon, models, sites, spanDays } from './world.ts';

/** Journal lines in the order they were written. */
export function journalOf(random: Random, traces: readonly Trace[], nowMs: number): JournalRecord[] {
  const lines = traces.filter((trace) => trace.spanId !== null).flatMap((trace) => sessionLines(random, trace));
  for (const daysAgo of [1.3, 4.6, 8.2]) lines.push(...crashLines(random, Math.round(nowMs - daysAgo * dayMs)));
  for (let hour = spanDays * 24 - 1; hour > 0; hour -= 3) lines.push(upkeepLine(random, nowMs - hour * 3_600_000));
  return lines.sort((a, b) => a.timestamp - b.timestamp);
}

function sessionLines(random: Random, trace: Trace): JournalRecord[] {
  const { record, startedMs, endedMs, conversationId } = trace;
  const ids = { conversationId, turnId: record.session_id };
  const spanId = trace.spanId!;
  const open: JournalRecord = {
    kind: 'span-open',
    extensionId: journalingDaemon,
    timestamp: startedMs,
    ...ids,
    spanId,
    name: `iterate ${record.kind}`,
    attributes: { model: record.model, max_iterations: record.max_iterations },
  };
  const lines: JournalRecord[] = [open];
  for (const [at, attempt] of trace.attempts.entries()) {
    const { iteration, verdict_kind, error, span_id } = attempt.record;
    const before = trace.attempts[at - 1]?.record.span_id;
    const span = { ...ids, spanId: span_id!, parentSpanId: spanId };
    lines.push({
      kind: 'span-open',
      extensionId: journalingDaemon,
      timestamp: attempt.startedMs,
      ...span,
      name: 'attempt',
      attributes: { iteration, model: record.model },
      ...(before === undefined ? {} : { links: [{ spanId: before, turnId: record.session_id, reason: 'retry' }] }),
    });
    if (record.kind === 'fill') lines.push(...retrievalLines(random, ids, attempt));
    if (error !== undefined)
      lines.push({
        kind: 'log',
        extensionId: journalingDaemon,
        timestamp: attempt.endedMs,
        ...span,
        level: verdict_kind === 'infra_error' ? 'error' : 'warn',
        msg: verdict_kind === 'infra_error' ? `model call failed: ${error}` : `rejected: ${error}`,
        attributes: { iteration },
      });
    lines.push({
      kind: 'span-close',
      extensionId: journalingDaemon,
      timestamp: attempt.endedMs,
      ...span,
      name: 'attempt',
      durationMs: attempt.endedMs - attempt.startedMs,
      status: verdict_kind === 'accepted' ? 'ok' : 'error',
      attributes: { verdict: verdict_kind },
    });
  }
  lines.push({
    kind: 'span-close',
    extensionId: journalingDaemon,
    timestamp: endedMs,
    ...ids,
    spanId,
    name: `iterate ${record.kind}`,
    durationMs: endedMs - startedMs,
    status: record.final_verdict === 'accepted' ? 'ok' : 'error',
    attributes: { verdict: record.final_verdict, iterations: record.iterations },
  });
  return lines;
}

/** The retriever asks for workers before the model is called: quick, now and then slow. */
function retrievalLines(
  random: Random,
  ids: { conversationId: string; turnId: string },
  { startedMs, endedMs, record }: Attempt,
): JournalRecord[] {
  const span = { ...ids, spanId: random.hex(16), parentSpanId: record.span_id! };
  const searchMs = random.chance(0.02) ? random.around(2400, 0.4) : random.around(35, 0.6);
  const durationMs = Math.min(Math.round(searchMs), endedMs - startedMs);
  const name = 'search workers';
  const opened = { extensionId: 'retriever', timestamp: startedMs, ...span };
  const closed = { extensionId: 'retriever', timestamp: startedMs + durationMs, ...span };
  return [
    { kind: 'span-open', ...opened, name },
    ...(durationMs > 1000
      ? [{ kind: 'log' as const, ...closed, level: 'warn' as const, msg: `slow search: ${durationMs} ms` }]
      : []),
    { kind: 'span-close', ...closed, name, durationMs, status: 'ok' },
  ];
}

/** A daemon killed in the middle of an attempt: two spans that nobody closed, and what the supervisor saw. */
function crashLines(random: Random, atMs: number): JournalRecord[] {
  const ids = {
    conversationId: `${random.pick(sites).name}, ${new Date(atMs).toISOString().slice(0, 10)}`,
    turnId: idAt(random, atMs),
  };
  const spanId = random.hex(16);
  const model = random.pick(models).name;
  return [
    {
      kind: 'span-open',
      extensionId: journalingDaemon,
      timestamp: atMs,
      ...ids,
      spanId,
      name: 'iterate fill',
      attributes: { model, max_iterations: 5 },
    },
    {
      kind: 'span-open',
      extensionId: journalingDaemon,
      timestamp: atMs + 12,
      ...ids,
      spanId: random.hex(16),
      parentSpanId: spanId,
      name: 'attempt',
      attributes: { iteration: 0, model },
    },
    {
      kind: 'log',
      extensionId: 'supervisor',
      timestamp: atMs + 1900,
      level: 'error',
      msg: `${journalingDaemon} ended by signal 9, starting again`,
      attributes: { restarts: 1, signal: 9 },
      body: `memory: rss 512 MiB of 512 MiB\nlast session: ${ids.turnId}\nopen spans: 2`,
    },
  ];
}

function upkeepLine(random: Random, timestamp: number): JournalRecord {
  const queued = random.whole(0, 14);
  const level = random.pick(['debug', 'info', 'info', 'warn'] as const);
  const msg = level === 'warn' ? `queue is long: ${queued + 40} waiting` : `queue: ${queued} waiting`;
  return { kind: 'log', extensionId: 'supervisor', timestamp, level, msg, attributes: { queued } };
}
