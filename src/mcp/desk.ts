// Where calls are worked on, away from the process that speaks to the client: statements in the child for SQL, which stays and is warm; checks and time lines, which are many
// statements and a judgement, each in a process of its own. Both can be killed, and are: at a time limit, on cancellation, when the client is gone.
import { type ChildAnswer, type ChildRunOptions, openChild } from '../query/child.ts';
import type { Place } from './place.ts';
import { openQueue } from './queue.ts';
import type { Task } from './task.ts';
import { runInProcess } from './task-process.ts';
import type { ToolAnswer } from './tool.ts';

export interface Desk {
  /** Runs one statement. @throws LakeobsError as SqlChild.run. */
  statement(sql: string, options: ChildRunOptions, signal: AbortSignal): Promise<ChildAnswer>;
  /** @throws LakeobsError as the command of that name. */
  task(task: Task, signal: AbortSignal): Promise<ToolAnswer>;
  /** Ends whatever runs. */
  close(): Promise<void>;
}

export async function openDesk(place: Place): Promise<Desk> {
  const child = await openChild(place.run);
  const queue = openQueue();
  const closing = new AbortController();
  const ending = (signal: AbortSignal) => AbortSignal.any([signal, closing.signal]);
  return {
    statement: (sql, options, asked) => {
      const signal = ending(asked);
      return queue.run(async () => {
        const cancel = () => child.cancel();
        signal.addEventListener('abort', cancel, { once: true });
        try {
          return await child.run(sql, options);
        } finally {
          signal.removeEventListener('abort', cancel);
        }
      }, signal);
    },
    task: (task, asked) => {
      const signal = ending(asked);
      return queue.run(() => runInProcess(task, place.run.timeoutMs, signal), signal);
    },
    close: async () => {
      closing.abort();
      await child.close();
    },
  };
}
