// What ends a run from outside: its time, a signal, the memory of the process. The engine is interrupted first; some functions do not listen, so a moment later the run is
// given up whether it has stopped or not. Ending the process that it is stuck in is not this file's business (child.ts, commands/supervised.ts).
import { type Ending, type Engine, interruption } from '../engine/engine.ts';
import { interruptGraceMs, memoryPollMs, timerMsMax } from '../limits.ts';

export interface RunLimits {
  timeoutMs?: number | undefined;
  processBytesMax?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface RunWatch {
  /** Aborted with the LakeobsError that names the cause. */
  signal: AbortSignal;
  /** Rejects with that error limits.interruptGraceMs later; at once when it is the memory, which goes on growing. Never resolves. */
  over: Promise<never>;
  /** Starts the clock. */
  begin(): void;
  stop(): void;
}

/** Watches a run; `interrupt` is called once, with the first cause. */
export function watchRun(limits: RunLimits, interrupt: (cause: Ending) => void): RunWatch {
  const ending = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let giveUp: (reason: unknown) => void = () => {};
  const over = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  // Nobody may be listening any more when it comes.
  over.catch(() => {});
  const end = (cause: Ending) => {
    if (ending.signal.aborted) return;
    ending.abort(interruption(cause));
    interrupt(cause);
    if (cause === 'memory') giveUp(ending.signal.reason);
    else timers.push(setTimeout(() => giveUp(ending.signal.reason), interruptGraceMs));
  };
  const onAbort = () => end('signal');
  return {
    signal: ending.signal,
    over,
    begin: () => {
      const { timeoutMs, processBytesMax, signal } = limits;
      if (timeoutMs !== undefined) timers.push(setTimeout(() => end('time-out'), Math.min(timeoutMs, timerMsMax)));
      if (processBytesMax !== undefined)
        timers.push(
          setInterval(() => {
            if (process.memoryUsage.rss() > processBytesMax) end('memory');
          }, memoryPollMs).unref(),
        );
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      limits.signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** Does some work within limits that hold for it alone: what waits for hours is not looked at all the time. @throws as RunWatch.over. */
export async function whileWatched<T>(limits: RunLimits, engine: Engine, work: () => Promise<T>): Promise<T> {
  const watch = watchRun(limits, (cause) => engine.interrupt(cause));
  watch.begin();
  try {
    return await Promise.race([work(), watch.over]);
  } finally {
    watch.stop();
  }
}
