// Which ids hang together. A span leads to the spans in it, to its turn and to its session, and those to their spans; upwards it leads to the spans around it, and from
// these only further up: a span that lasts as long as the program would tie everything together. A span that names no turn and no attempt is part of what the next span
// around it is part of. Pure, given who answers for links.
import { timelineIdsMax } from '../limits.ts';
import type { Reach } from './statements.ts';

/** A span's line or an attempt: the span, the span around it, the turn or session it is part of. */
export interface Link {
  span: string;
  parent: string | null;
  trace: string | null;
}

/** Follows links until nothing new comes; `linksOf` gives every link that one of the ids is an end of. `whole`: false when limits.timelineIdsMax ended it. */
export async function reachFrom(
  start: Reach,
  linksOf: (ids: Reach) => Promise<readonly Link[]>,
): Promise<{ reach: Reach; whole: boolean }> {
  const trace = new Set(start.trace);
  const span = new Set(start.span);
  const around = new Set(start.around);
  // Spans around others that name no turn: theirs counts.
  const leading = new Set<string>();
  let asking: Reach = start;
  let whole = true;
  while (whole && asking.trace.length + asking.span.length + asking.around.length > 0) {
    const found = { trace: new Set<string>(), span: new Set<string>(), around: new Set<string>() };
    const links = await linksOf(asking);
    const traced = new Set(links.flatMap((link) => (link.trace === null ? [] : [link.span])));
    for (const { span: own, parent, trace: part } of links) {
      const inside = span.has(own) || (part !== null && trace.has(part)) || (parent !== null && span.has(parent));
      if (inside && !span.has(own)) found.span.add(own);
      if ((inside || leading.has(own)) && part !== null && !trace.has(part)) found.trace.add(part);
      if ((inside || leading.has(own)) && parent !== null && !traced.has(own)) leading.add(parent);
      if (parent !== null && !span.has(parent) && !around.has(parent)) found.around.add(parent);
    }
    for (const id of found.trace) trace.add(id);
    for (const id of found.span) span.add(id);
    for (const id of found.around) around.add(id);
    asking = { ...start, trace: [...found.trace], span: [...found.span], around: [...found.around] };
    whole = trace.size + span.size + around.size <= timelineIdsMax;
  }
  return {
    reach: { ...start, trace: [...trace], span: [...span], around: [...around].filter((id) => !span.has(id)) },
    whole,
  };
}
