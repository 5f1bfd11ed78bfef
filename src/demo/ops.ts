// What the observer saw: tool calls of the sessions, staged incidents of which a few kinds fail again and again, and corrections by people.
import { createHash } from 'node:crypto';
import type { ObserverRecord } from '../schema/observer.ts';
import type { Random } from './random.ts';
import { startOf, type Trace } from './sessions.ts';
import { roles, sites } from './world.ts';

/** Observed operations in the order they ended. */
export function opsOf(random: Random, traces: readonly Trace[], nowMs: number): ObserverRecord[] {
  const ops = traces.flatMap((trace) => toolCalls(random, trace));
  const scenarios = Array.from({ length: scenarioCount }, (_, at) => scenarioOf(random, at < hopelessCount));
  for (let at = 0; at < Math.ceil(traces.length / 4); at++)
    ops.push(scenarioOp(random, random.pick(scenarios), startOf(random, nowMs)));
  for (let at = 0; at < Math.ceil(traces.length / 40); at++) ops.push(otherOp(random, startOf(random, nowMs)));
  return ops.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

function toolCalls(random: Random, { record, task, startedMs }: Trace): ObserverRecord[] {
  if (record.kind !== 'fill' || !random.chance(0.55)) return [];
  const endpoint = random.pick(['/tools/search_workers', '/tools/check_availability', '/tools/book_shift']);
  const success = !random.chance(endpoint === '/tools/book_shift' ? 0.09 : 0.03);
  return [
    {
      timestamp: new Date(startedMs + random.whole(5, 400)).toISOString(),
      endpoint,
      source: 'mcp',
      success,
      duration_ms: Math.round(random.around(45, 0.7)),
      input_summary: `${task.role}, ${task.site.city}, ${task.day}, ${task.shift}`,
      ...(success
        ? { output_summary: `${random.whole(3, 40)} workers` }
        : { error: random.pick(['the shift was changed meanwhile', 'time-out after 2000 ms']) }),
      session_id: record.session_id,
    },
  ];
}

/** A staged incident, played again and again; the like of a few is hardly ever mastered: these are the clusters. */
interface Scenario {
  incident: string;
  role: string;
  site: (typeof sites)[number];
  hopeless: boolean;
}

const scenarioCount = 14;
const hopelessCount = 4;
const incidents = ['no_show', 'late_arrival', 'double_booking', 'extra_demand'] as const;

function scenarioOf(random: Random, hopeless: boolean): Scenario {
  return { incident: random.pick(incidents), role: random.pick(roles), site: random.pick(sites), hopeless };
}

function scenarioOp(random: Random, { incident, role, site, hopeless }: Scenario, atMs: number): ObserverRecord {
  const success = !random.chance(hopeless ? 0.75 : 0.05);
  const rescued = !success && random.chance(0.5);
  return {
    timestamp: new Date(atMs).toISOString(),
    endpoint: `/scenario/${incident}`,
    source: 'scenario',
    success,
    duration_ms: Math.round(random.around(900, 0.5)),
    input_summary: `${incident.replace('_', ' ')}: ${role} at ${site.name}`,
    ...(success
      ? { output_summary: 'replacement found' }
      : { error: hopeless ? 'nobody with the certificate is free' : 'no replacement within 30 minutes' }),
    event_kind: incident,
    staffer_id: `S-${String(random.whole(1, 24)).padStart(3, '0')}`,
    role,
    sig_hash: createHash('sha256').update(`${incident}|${role}|${site.city}`).digest('hex').slice(0, 16),
    city: site.city,
    state: site.state,
    count: random.whole(1, 4),
    ...(success ? {} : { rescue_attempted: true, rescue_succeeded: rescued }),
    task_class: 'staffing',
  };
}

function otherOp(random: Random, atMs: number): ObserverRecord {
  const source = random.pick(['langfuse', 'overseer_correction', 'workflow', 'inbox']);
  const success = !random.chance(0.08);
  return {
    timestamp: new Date(atMs).toISOString(),
    endpoint: `/${source}`,
    source,
    success,
    duration_ms: Math.round(random.around(150, 0.5)),
    input_summary: source === 'overseer_correction' ? 'shift moved by hand' : 'nightly sync',
    ...(success ? {} : { error: 'upstream answered 502 Bad Gateway' }),
  };
}
