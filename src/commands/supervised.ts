// Commands that run SQL somebody wrote run in a process of their own, under one that only waits. DuckDB has functions that do not listen to an interrupt, and a process
// cannot leave while one of them runs: its exit waits for the thread. So the command hands its exit code up, and is killed. A crash is told, too.
import { EXIT } from '../errors.ts';
import { interruptGraceMs, killGraceMs } from '../limits.ts';
import { endWithoutParent, makePrivateFolder } from '../query/private-folder.ts';
import { endBySignal } from './end-by-signal.ts';

/** Whether this process has such a parent. */
export const isSupervised: boolean = process.env.LAKEOBS_SUPERVISOR === String(process.ppid);

/** Runs this very command line again, in a process under this one, with the same streams; gives its exit code. */
export async function supervise(): Promise<number> {
  const { fork } = await import('node:child_process');
  const folder = makePrivateFolder();
  const env = { ...process.env, ...folder.env, LAKEOBS_SUPERVISOR: String(process.pid) };
  const child = fork(process.argv[1]!, process.argv.slice(2), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env });
  const end = () => {
    child.kill('SIGKILL');
    folder.remove();
  };
  let interrupted = false;
  process.on('SIGINT', () => {
    interrupted = true;
    // A terminal tells both; whoever sends a signal tells one.
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), interruptGraceMs + killGraceMs).unref();
  });
  let ended: NodeJS.Signals | null = null;
  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      ended = signal;
      // It may have a terminal to give back (screen.ts).
      child.kill(signal);
      setTimeout(() => child.kill('SIGKILL'), killGraceMs).unref();
    });
  return new Promise((resolve) => {
    child.once('message', (code) => {
      end();
      resolve(Number(code));
    });
    child.once('error', (error) => {
      process.stderr.write(`lakeobs: cannot start a process: ${error.message}\n`);
      resolve(EXIT.failed);
    });
    child.once('exit', (code, signal) => {
      end();
      if (ended !== null) endBySignal(ended);
      else if (interrupted) resolve(EXIT.interrupted);
      else if (signal === null) resolve(code ?? EXIT.failed);
      else {
        process.stderr.write(
          `lakeobs: the statement ended the process it ran in (${signal})\n  try: ask for less at once: shorter texts, fewer rows; --memory bounds what it may take\n`,
        );
        resolve(EXIT.failed);
      }
    });
  });
}

/** Ends a supervised process: what must be tidied is, its exit code goes up, and it is killed. */
export function handUp(code: number): Promise<never> {
  process.emit('exit', code);
  if (process.connected) process.send?.(code, () => {});
  else endWithoutParent();
  return new Promise(() => {});
}
