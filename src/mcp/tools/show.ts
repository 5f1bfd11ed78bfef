// show: everything about one id.
import * as z from 'zod/mini';
import { described, tool, word } from '../tool.ts';

export const show = tool({
  name: 'show',
  title: 'Everything about one id, on one time line',
  description:
    'Gives everything that hangs together with an id, in order of time: session, attempts, operations, logs, spans, replays, with depth in the tree, duration and state. The id of a session, turn, span, conversation, extension or replay task, or its beginning (4 characters at least). Find ids with run_query or sql.',
  input: z.strictObject({
    id: word('the id, or its first characters'),
    from: z._default(described(z.int().check(z.gte(1)), 'the first entry to give, for long time lines'), 1),
  }),
  run: ({ id, from }, { desk, signal }) => desk.task({ tool: 'show', id, from }, signal),
});
