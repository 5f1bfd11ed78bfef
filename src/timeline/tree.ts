// The place of every moment in the tree: spans stand in their parents, attempts in front of their span, sessions where their spans began, logs in their span. Pure.
// Every row stands in it exactly once: who names a parent that is not there stands at the top, who is its own ancestor is cut loose and marked. No recursion: chains
// may be as long as there are rows.

import type { Entry, EntryType, Moment, Timeline } from './entry.ts';
import type { Gathered } from './gather.ts';
import { momentOf } from './moments.ts';

/** The time line of what was gathered; `asked` is what somebody typed. */
export function timelineOf(asked: string, gathered: Omit<Gathered, 'evidence'>): Timeline {
  const nodes = nodesOf(gathered.rows);
  place(nodes);
  cutCircles(nodes);
  const entries = listed(nodes, gathered.around);
  const own = entries.filter(({ context }) => !context);
  const starts = own.flatMap(({ startMs }) => (startMs === null ? [] : [startMs]));
  const ends = own.flatMap(({ startMs, endMs }) => (endMs === null && startMs === null ? [] : [endMs ?? startMs!]));
  return {
    id: gathered.id,
    asked,
    kinds: gathered.kinds,
    startMs: starts.length === 0 ? null : starts.reduce((a, b) => Math.min(a, b)),
    endMs: ends.length === 0 ? null : ends.reduce((a, b) => Math.max(a, b)),
    entries,
    more: gathered.more,
    whole: gathered.whole,
  };
}

interface Node {
  moment: Moment;
  parent: Node | null;
  circular: boolean;
  /** Where it stands among its siblings; its start, as far as it has one. */
  orderMs: number;
  /** Place among all rows: what breaks ties. */
  index: number;
}

const typeOf = {
  sessions: 'session',
  attempts: 'attempt',
  spans: 'span',
  ops: 'op',
  logs: 'log',
  replays: 'replay',
} as const;

function nodesOf(rows: Gathered['rows']): Node[] {
  const nodes: Node[] = [];
  for (const [view, type] of Object.entries(typeOf) as [keyof Gathered['rows'], EntryType][])
    for (const row of rows[view]) {
      const moment = momentOf(type, row);
      // What has no time stands behind what has.
      const orderMs = moment.startMs ?? Number.POSITIVE_INFINITY;
      nodes.push({ moment, parent: null, circular: false, orderMs, index: nodes.length });
    }
  return nodes;
}

/** Gives every node the parent its row names. */
function place(nodes: readonly Node[]): void {
  const of = (type: EntryType) => nodes.filter(({ moment }) => moment.type === type);
  const spans = of('span');
  const attempts = of('attempt');
  const sessions = of('session');
  const spanBy = firstBy(spans, 'span_id');
  const sessionBy = firstBy(sessions, 'session_id');
  const sessionAt = new Map(sessions.map((node) => [placeOf(node), node]));
  const sessionOf = (node: Node, column: string) => sessionBy.get(textOf(node, column) ?? '') ?? null;
  for (const attempt of attempts) attempt.parent = sessionAt.get(placeOf(attempt)) ?? sessionOf(attempt, 'session_id');
  for (const node of [...of('op')]) node.parent = sessionOf(node, 'session_id');
  for (const node of of('log')) node.parent = spanBy.get(textOf(node, 'span_id') ?? '') ?? sessionOf(node, 'turn_id');

  // An attempt takes the place of its span, and its time; a span that two attempts name belongs to the first.
  const attemptOf = new Map<Node, Node>();
  for (const attempt of attempts) {
    const span = spanBy.get(textOf(attempt, 'span_id') ?? '');
    if (span === undefined || attemptOf.has(span)) continue;
    attemptOf.set(span, attempt);
    const { startMs, endMs, durationMs } = span.moment;
    attempt.moment = { ...attempt.moment, startMs, endMs, durationMs };
  }
  orderAttempts(attempts);
  const parentSpan = (span: Node): Node | null => {
    const parent = spanBy.get(textOf(span, 'parent_span_id') ?? '') ?? null;
    return parent === span ? null : parent;
  };
  const owners = ownersOf(spans, parentSpan, (span) => {
    const attempt = attemptOf.get(span);
    return attempt === undefined ? sessionOf(span, 'turn_id') : attempt.parent;
  });
  for (const span of spans) {
    if (textOf(span, 'parent_span_id') === textOf(span, 'span_id') && textOf(span, 'span_id') !== null)
      span.circular = true;
    const around = parentSpan(span);
    const session = owners.get(span) ?? null;
    // Where a session's spans begin inside a span that is not the session's, the session stands between them.
    const begins = session !== null && (around === null || owners.get(around) !== session);
    if (begins && around !== null && session.parent === null) session.parent = around;
    const natural = begins ? session : around;
    const attempt = attemptOf.get(span);
    if (attempt === undefined) span.parent = natural;
    else {
      span.parent = attempt;
      if (natural !== null) attempt.parent = natural;
    }
  }
}

/** An attempt without a time comes right behind the one before it; a chain without any stands in front of everything else in its session. */
function orderAttempts(attempts: readonly Node[]): void {
  const last = new Map<Node | null, number>();
  for (const attempt of attempts) {
    attempt.orderMs = attempt.moment.startMs ?? last.get(attempt.parent) ?? Number.NEGATIVE_INFINITY;
    last.set(attempt.parent, attempt.orderMs);
  }
}

/** The session each span belongs to: the one it says, else that of the span around it. */
function ownersOf(
  spans: readonly Node[],
  parentSpan: (span: Node) => Node | null,
  own: (span: Node) => Node | null,
): Map<Node, Node | null> {
  const owners = new Map<Node, Node | null>();
  for (const span of spans) {
    const chain: Node[] = [];
    const seen = new Set<Node>();
    let at: Node | null = span;
    let owner: Node | null = null;
    while (at !== null && !seen.has(at)) {
      if (owners.has(at)) {
        owner = owners.get(at)!;
        break;
      }
      chain.push(at);
      seen.add(at);
      owner = own(at);
      if (owner !== null) break;
      at = parentSpan(at);
    }
    for (const node of chain) owners.set(node, owner);
  }
  return owners;
}

/** Two records of one session id are two sessions: an attempt belongs to the one of its own line. */
function placeOf(node: Node): string {
  const { session_id, source_file, ts } = node.moment.row;
  return JSON.stringify([session_id, source_file, ts]);
}

function firstBy(nodes: readonly Node[], column: string): Map<string, Node> {
  const first = new Map<string, Node>();
  for (const node of nodes) {
    const id = textOf(node, column);
    if (id !== null && !first.has(id)) first.set(id, node);
  }
  return first;
}

function textOf({ moment }: Node, column: string): string | null {
  const value = moment.row[column];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Cuts every circle of parents at its earliest member. */
function cutCircles(nodes: readonly Node[]): void {
  const safe = new Set<Node>();
  for (const start of nodes) {
    const path: Node[] = [];
    const onPath = new Set<Node>();
    let at: Node | null = start;
    while (at !== null && !safe.has(at) && !onPath.has(at)) {
      path.push(at);
      onPath.add(at);
      at = at.parent;
    }
    if (at !== null && onPath.has(at)) {
      const first = path.slice(path.indexOf(at)).reduce((a, b) => (before(b, a) ? b : a));
      first.parent = null;
      first.circular = true;
    }
    for (const node of path) safe.add(node);
  }
}

/** The nodes as entries, parents in front of their children, siblings in the order of time. */
function listed(nodes: readonly Node[], around: ReadonlySet<string>): Entry[] {
  const children = new Map<Node | null, Node[]>();
  for (const node of nodes) {
    const siblings = children.get(node.parent);
    if (siblings === undefined) children.set(node.parent, [node]);
    else siblings.push(node);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => (before(a, b) ? -1 : 1));
  const entries: Entry[] = [];
  const stack = (children.get(null) ?? []).map((node) => ({ node, depth: 0, parent: null as number | null })).reverse();
  while (stack.length > 0) {
    const { node, depth, parent } = stack.pop()!;
    const { moment, circular } = node;
    const context = moment.type === 'span' && around.has(String(moment.row.span_id));
    const index = entries.push({ ...moment, depth, parent, context, circular }) - 1;
    for (const child of (children.get(node) ?? []).toReversed())
      stack.push({ node: child, depth: depth + 1, parent: index });
  }
  return entries;
}

function before(a: Node, b: Node): boolean {
  return a.orderMs === b.orderMs ? a.index < b.index : a.orderMs < b.orderMs;
}
