import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Link, reachFrom } from '../../src/timeline/reach.ts';
import type { Reach } from '../../src/timeline/statements.ts';

const nothing: Reach = { trace: [], span: [], around: [], conversation: [], extension: [] };

/** What the statement over the views answers. */
const answering = (links: readonly Link[]) => async (ids: Reach) =>
  links.filter(
    ({ span, parent, trace }) =>
      (trace !== null && ids.trace.includes(trace)) ||
      ids.span.includes(span) ||
      ids.around.includes(span) ||
      (parent !== null && ids.span.includes(parent)),
  );
const reached = async (start: Partial<Reach>, links: readonly Link[]) => {
  const { reach } = await reachFrom({ ...nothing, ...start }, answering(links));
  return { trace: [...reach.trace].sort(), span: [...reach.span].sort(), around: [...reach.around].sort() };
};
const link = (span: string, parent: string | null = null, trace: string | null = null): Link => ({
  span,
  parent,
  trace,
});

describe('what hangs together', () => {
  it('a span leads to its turn, the turn to its other spans, those to what is in them', async () => {
    const links = [
      link('root', null, 't'),
      link('one', 'root', 't'),
      link('two', 'root', 't'),
      link('deep', 'two'),
      link('other', null, 'u'),
    ];
    expect(await reached({ span: ['one'] }, links)).toEqual({
      trace: ['t'],
      span: ['deep', 'one', 'root', 'two'],
      around: [],
    });
  });

  it('from the spans around it leads only further up: not to everything else the program did', async () => {
    const links = [
      link('main', null),
      link('day', 'main'),
      link('a', 'day', 's1'),
      link('b', 'day', 's2'),
      link('c', 'main', 's3'),
    ];
    expect(await reached({ trace: ['s1'] }, links)).toEqual({ trace: ['s1'], span: ['a'], around: ['day', 'main'] });
    expect((await reached({ span: ['day'] }, links)).trace).toEqual(['s1', 's2']);
  });

  it('a span that names no turn is part of what the next span around it is part of, and of nothing above that', async () => {
    const links = [
      link('main', null, 'life'),
      link('try', 'main', 's1'),
      link('step', 'try'),
      link('deep', 'step'),
      link('x', 'main', 's2'),
    ];
    expect(await reached({ span: ['deep'] }, links)).toEqual({
      trace: ['s1'],
      span: ['deep', 'step', 'try'],
      around: ['main'],
    });
  });

  it('any links, circles too: it ends, and has the start, everything below it and all of its traces', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const maybe = fc.option(name, { nil: null });
    const anyLinks = fc.array(fc.record({ span: name, parent: maybe, trace: maybe }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(anyLinks, name, async (links, start) => {
        const { trace, span, around } = await reached({ span: [start] }, links);
        expect(span).toContain(start);
        expect(span.filter((id) => around.includes(id))).toEqual([]);
        for (const { span: own, parent, trace: part } of links) {
          const inside = span.includes(own);
          if ((parent !== null && span.includes(parent)) || (part !== null && trace.includes(part)))
            expect(inside).toBe(true);
          if (inside && part !== null) expect(trace).toContain(part);
          if ((inside || around.includes(own)) && parent !== null) expect([...span, ...around]).toContain(parent);
        }
      }),
      { numRuns: 500 },
    );
  });
});
