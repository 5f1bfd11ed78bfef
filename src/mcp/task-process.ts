// A task in a process of its own: this very command line once more, under this process (commands/supervised.ts has the rules), so that it looks where the server looks. It is killed
// when it has answered, when it takes too long, and when nobody wants the answer any more.
import { fork } from 'node:child_process';
import { interruption } from '../engine/engine.ts';
import { LakeobsError, reasonOf } from '../errors.ts';
import { killGraceMs, timerMsMax } from '../limits.ts';
import { programFile } from '../query/child.ts';
import { receivedError, type SentError, sentError } from '../query/child-messages.ts';
import { makePrivateFolder } from '../query/private-folder.ts';
import type { Place } from './place.ts';
import { runTask, type Task } from './task.ts';
import type { ToolAnswer } from './tool.ts';

type FromTask = { type: 'begun' } | { type: 'done'; answer: ToolAnswer } | { type: 'failed'; error: SentError };

/** Runs a task and gives its answer. `timeoutMs` counts from when it begins; the process keeps to it by itself, or is killed limits.killGraceMs later.
 * @throws LakeobsError as the task, query when its time is over, it was cancelled or its process died. */
export function runInProcess(task: Task, timeoutMs: number, signal: AbortSignal): Promise<ToolAnswer> {
  const folder = makePrivateFolder();
  const child = fork(programFile(), process.argv.slice(2), {
    serialization: 'advanced',
    // Nothing it might print is anybody's answer.
    stdio: ['ignore', 'ignore', process.env.LAKEOBS_DEBUG === undefined ? 'ignore' : 'inherit', 'ipc'],
    env: { ...process.env, ...folder.env, LAKEOBS_SUPERVISOR: String(process.pid) },
    execArgv: [],
  });
  let killer: NodeJS.Timeout | undefined;
  let cancel = () => {};
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const answer = new Promise<ToolAnswer>((resolve, reject) => {
    cancel = () => reject(interruption('signal'));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    child.on('message', (received) => {
      // A number is the exit code of a process that had nothing to say.
      if (typeof received !== 'object') return;
      const message = received as FromTask;
      if (message.type === 'begun')
        killer = setTimeout(() => reject(interruption('time-out')), Math.min(timeoutMs + killGraceMs, timerMsMax));
      else if (message.type === 'done') resolve(message.answer);
      else reject(receivedError(message.error));
    });
    const died = (how: string) =>
      reject(
        new LakeobsError('query', `the call ended the process it ran in (${how})`, {
          hint: 'Nothing else is harmed. Ask for less at once: fewer checks, a shorter time.',
        }),
      );
    child.once('exit', (code, by) => died(by === null ? `exit code ${code}` : by));
    child.once('error', (error) => died(reasonOf(error)));
    child.send(task, () => {});
  });
  return answer.finally(async () => {
    clearTimeout(killer);
    signal.removeEventListener('abort', cancel);
    child.kill('SIGKILL');
    await gone;
    folder.remove();
  });
}

/** The other side: takes one task from the parent and answers it. What happens when the parent is gone is the command line's to know. */
export async function serveTask(place: Place): Promise<void> {
  const task = await new Promise<Task>((resolve) => process.once('message', (received) => resolve(received as Task)));
  const send = (message: FromTask) => new Promise<void>((resolve) => process.send!(message, () => resolve()));
  await send({ type: 'begun' });
  try {
    await send({ type: 'done', answer: await runTask(task, place) });
  } catch (error) {
    await send({ type: 'failed', error: sentError(error) });
  }
}
