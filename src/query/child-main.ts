// The child's side of child.ts: runs the statements it is sent, one at a time, each over files listed and read anew, and ends with its parent.
import { preloadEngine } from '../engine/preload.ts';
import { countedRowsMax, heldRowsUnitsMax } from '../limits.ts';
import type { Row, RowStream, Value } from '../result.ts';
import { type FromChild, sentError, sentRows, type ToChild } from './child-messages.ts';
import { endWithoutParent } from './private-folder.ts';
import { withRun } from './run.ts';

type Asked = Extract<ToChild, { type: 'run' }>;

/** Serves until the parent is gone. Ctrl-C, and the end of the terminal, reach every process of it: what they mean here is the parent's to say. */
export function serveStatements(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  let current: { id: number; ending: AbortController; taken: () => void } | null = null;
  process.on('message', (received) => {
    const message = received as ToChild;
    if (message.type === 'run') {
      const ending = new AbortController();
      const mine = { id: message.id, ending, taken: () => {} };
      current = mine;
      const taken = () =>
        new Promise<void>((resolve) => {
          mine.taken = resolve;
        });
      void answer(message, ending.signal, taken);
    } else if (message.id === current?.id) {
      if (message.type === 'cancel') current.ending.abort();
      // Also who is cancelled must not wait for ever.
      current.taken();
    }
  });
  // Nobody is left to answer; whatever runs here must not run on.
  process.on('disconnect', endWithoutParent);
}

async function answer(asked: Asked, signal: AbortSignal, taken: () => Promise<void>): Promise<void> {
  const { id } = asked;
  const started = performance.now();
  try {
    await withRun(
      [{ sql: asked.sql, params: asked.params }],
      {
        ...asked.options,
        signal,
        onProgress: (what, done, total) => send({ id, type: 'progress', what, done, total }),
      },
      async (run) => {
        const rest = await sendRows(await run.stream(0), asked, taken);
        const { scanned, sources } = run.evidence;
        send({ id, type: 'done', ...rest, scanned, sources, ms: Math.round(performance.now() - started) });
      },
    );
  } catch (error) {
    send({ id, type: 'failed', error: sentError(error) });
  }
  // For the next statement: opening takes a while, and now there is time.
  await preloadEngine();
}

/** Sends the columns and the rows up to the limit; counts the others. */
async function sendRows(
  { columns, chunks }: RowStream,
  { id, limit, held }: Asked,
  taken: () => Promise<void>,
): Promise<{ more: number; counted: boolean }> {
  send({ id, type: 'columns', columns });
  let room = limit;
  let units = held ? heldRowsUnitsMax : Number.POSITIVE_INFINITY;
  let more = 0;
  for await (const chunk of chunks) {
    let count = 0;
    for (; count < chunk.length && count < room && units > 0; count++) if (held) units -= unitsOf(chunk[count]!);
    if (count > 0) {
      const wait = held ? null : taken();
      send({ id, type: 'rows', rows: sentRows(count === chunk.length ? chunk : chunk.slice(0, count)) });
      await wait;
    }
    room = units > 0 ? room - count : 0;
    more += chunk.length - count;
    if (more > countedRowsMax) return { more, counted: false };
  }
  return { more, counted: true };
}

/** About how much text a row is. */
function unitsOf(row: Row): number {
  let units = 0;
  const stack: unknown[] = [...row];
  while (stack.length > 0) {
    const value = stack.pop() as Value;
    if (typeof value === 'string') units += value.length;
    else if (Array.isArray(value)) for (const item of value) stack.push(item);
    else if (typeof value === 'object' && value !== null) units += String(value).length;
    units += 8;
  }
  return units;
}

function send(message: FromChild): void {
  if (process.connected) process.send?.(message, () => {});
}
